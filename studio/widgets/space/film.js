// One film in the making at the studio: ordered, watched, cancelled, fetched.
//
// Events: progress, ready, failed, cancelled.

import { fetchJson, route } from '../scene/address.js';

const ASK_MS = 250;
const PATIENCE = 40;

export class Film extends EventTarget {
  constructor(job) {
    super();
    this.job = job;
    this.misses = 0;
    this.timer = setTimeout(() => this.ask(), ASK_MS);
  }

  // Codes (Float32Array) of a model; query: format, fps, count, side, title.
  static async order(model, codes, query) {
    const path = `/flight/${encodeURIComponent(model)}/films?${new URLSearchParams(query)}`;
    return new Film(await fetchJson(path, { method: 'POST', body: codes }));
  }

  get address() {
    return route(`/films/${this.job.id}/file`).href;
  }

  async ask() {
    const response = await fetch(route(`/films/${this.job.id}`)).catch(() => null);
    const answer = await response?.json().catch(() => null);
    if (this.over) return;
    if (!answer) this.miss();
    else if (!response.ok) this.end('failed', { ...this.job, sentence: answer.error });
    else this.hear(answer);
  }

  hear(answer) {
    this.misses = 0;
    if (answer.state === 'ready' || answer.state === 'failed') {
      this.end(answer.state, answer);
      return;
    }
    this.job = answer;
    this.dispatchEvent(new Event('progress'));
    this.timer = setTimeout(() => this.ask(), ASK_MS);
  }

  // The studio goes on while the connection is lost, so the page keeps asking for a while.
  miss() {
    this.misses += 1;
    if (this.misses < PATIENCE) this.timer = setTimeout(() => this.ask(), 4 * ASK_MS);
    else this.end('failed', { ...this.job, sentence: 'The studio does not answer, so the film is lost; record it again.' });
  }

  end(state, job) {
    this.over = true;
    clearTimeout(this.timer);
    this.job = { ...job, state };
    this.dispatchEvent(new Event(state));
  }

  cancel() {
    this.end('cancelled', this.job);
    fetch(route(`/films/${this.job.id}`), { method: 'DELETE' }).catch(() => {});
  }

  save() {
    const link = document.createElement('a');
    Object.assign(link, { href: this.address, download: this.job.name });
    document.body.append(link);
    link.click();
    link.remove();
  }
}
