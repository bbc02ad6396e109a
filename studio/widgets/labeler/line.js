// What is to be labelled next: a row after another, as the chosen way of asking orders them.

import { fetchJson } from '../scene/address.js';
import { writeLink } from './link.js';

export const SUSPICIOUS = 'suspicious';
const BATCH = 24;
// With fewer left that have no label the next ones are asked for.
const ENOUGH = 8;
const AGAIN_MS = 900;

export class Line {
  constructor(labeler) {
    Object.assign(this, { labeler, how: 'coverage', seed: 0 });
    this.clear();
    // A project that is opened for the first time may have nothing to choose from yet.
    labeler.on('state', () => { if (this.due && !this.early) this.load({ go: this.going }); });
    labeler.on('points', () => { if (!this.rows.length && !this.asking && this.how !== SUSPICIOUS) this.load(); });
  }

  clear() {
    Object.assign(this, { rows: [], at: -1, said: '', asking: null, due: false, refused: false, given: new Map(), over: false });
  }

  // What it takes is not known yet.
  get early() {
    const { map = 0, graph = 0 } = this.labeler.state?.ready ?? {};
    return this.how === SUSPICIOUS ? graph < 1 : !(map > 0);
  }

  get current() {
    return this.rows[this.at] ?? -1;
  }

  // Ask for a new queue, and go to its first row if nothing else is looked at.
  async load({ go = false } = {}) {
    const { labeler } = this;
    this.clear();
    this.going = go;
    const { queues } = labeler.about;
    if (this.how !== SUSPICIOUS && !queues.some(({ name }) => name === this.how)) this.how = queues[0]?.name ?? SUSPICIOUS;
    await this.ask();
    const first = this.rows.findIndex((row) => this.labeler.mineOf(row) === null || this.how === SUSPICIOUS);
    if (go || this.labeler.idle) this.go(first, false);
  }

  async choose(how) {
    this.how = how;
    writeLink(this.labeler);
    this.labeler.emit('done');
    await this.load({ go: true });
  }

  // Ask for others than the ones that are here.
  async renew() {
    this.seed += 1;
    await this.load({ go: true });
  }

  async ask() {
    const { labeler, how } = this;
    if (this.asking) return;
    this.due = this.early;
    if (this.due) {
      this.said = labeler.state?.ready?.sentence ?? '';
      labeler.emit('line');
      return;
    }
    const asked = { about: labeler.about, how };
    this.asking = asked;
    labeler.emit('line');
    try {
      const answer = await this.fetch(how);
      if (this.asking !== asked || labeler.about !== asked.about) return;
      const fresh = answer.rows.filter((row) => !this.rows.includes(row));
      this.rows = [...this.rows, ...fresh];
      this.over = !fresh.length;
      this.said = answer.sentence ?? '';
      // It says what it lacks; a new map, which a round leaves, asks it again.
      this.refused = answer.ready === false;
      answer.given?.forEach((given, i) => this.given.set(answer.rows[i], { given, predicted: answer.predicted[i] }));
    } catch (error) {
      if (this.asking === asked) this.failed(error, asked);
      return;
    }
    if (this.asking !== asked) return;
    this.asking = null;
    labeler.emit('line');
  }

  // What is not known yet, or not by a studio that is gone, is asked for again.
  failed(error, asked) {
    const { labeler } = this;
    const early = (labeler.state?.ready?.map ?? 0) < 1;
    const passing = error.unreachable || error.status === 503 || early;
    if (!error.unreachable) this.said = error.message;
    if (passing) setTimeout(() => { if (this.asking === asked) this.again(); }, AGAIN_MS);
    else {
      Object.assign(this, { asking: null, refused: true });
      labeler.fail(error);
    }
    labeler.emit('line');
  }

  again() {
    const { said, going } = this;
    this.asking = null;
    if (this.rows.length) this.ask();
    else this.load({ go: going });
    this.said = said;
  }

  fetch(how) {
    const path = `/labels/${encodeURIComponent(this.labeler.about.id)}`;
    if (how === SUSPICIOUS) return fetchJson(`${path}/suspicious`);
    return fetchJson(`${path}/queue?${new URLSearchParams({ how, count: BATCH, seed: this.seed })}`);
  }

  go(at, fly = true) {
    if (at < 0 || at >= this.rows.length) return;
    this.at = at;
    this.labeler.emit('line');
    this.labeler.select(this.rows[at], { fly });
    for (const row of this.rows.slice(at + 1, at + 3)) this.labeler.samples.get(row).catch(() => {});
    this.refill();
  }

  // Go to a row of the queue; says whether it is one.
  find(row) {
    const at = this.rows.indexOf(row);
    this.go(at);
    return at >= 0;
  }

  // One step back or on, from wherever one is.
  step(by) {
    if (!this.rows.length) return;
    const away = this.current !== this.labeler.selected;
    const at = away && this.at >= 0 ? this.at : this.at + by;
    this.go(Math.max(0, Math.min(this.rows.length - 1, at)));
  }

  // On to the next that has no label; of suspicious ones, simply to the next.
  async next() {
    const open = (row, i) => i > this.at && (this.how === SUSPICIOUS || this.labeler.mineOf(row) === null);
    let at = this.rows.findIndex(open);
    if (at < 0) {
      await this.ask();
      at = this.rows.findIndex(open);
    }
    if (at >= 0) this.go(at);
    else this.labeler.emit('line');
  }

  refill() {
    if (this.how === SUSPICIOUS || this.over) return;
    const left = this.rows.slice(this.at + 1).filter((row) => this.labeler.mineOf(row) === null);
    if (left.length < ENOUGH) this.ask();
  }
}
