// What a view has to tell in words. Some of it stands for as long as it is so (no connection, no
// model); the rest passes once there was time to read it.
//
// The host of a tab: {name, about, unsaid, heard, on(type, listener), renew(wasGone)}; it emits `error`
// with {message, kind}, `about`, and `done` once something succeeds.

import { fetchJson } from './address.js';

const STATUS = {
  connecting: 'connecting ...', live: 'live', lost: 'connection lost', gone: 'checkpoint gone',
  out: 'logged out',
};
// The first of these that stands is shown, unless something passes.
const STANDING = ['connection', 'gone', 'empty'];
const READING_MS = { info: 2500, error: 7000, link: 14000 };
const MS_A_LETTER = 60;
const MOST_WAITING = 4;

export class Notices {
  // words: what is said when the connection is `lost`, and while there is no model at all (`empty`).
  constructor(root, host, words) {
    Object.assign(this, { host, told: words, box: root.querySelector('.notice') });
    this.words = this.box.querySelector('span');
    this.box.querySelector('button').addEventListener('click', () => this.dismiss());
    this.standing = new Map();
    this.passing = [];
    host.on('error', ({ message, kind }) => this.say(message, kind));
    host.on('about', () => this.opened());
    host.on('done', () => this.forgive());
    window.addEventListener('studio-checkpoints', () => this.tellIfEmpty());
    window.addEventListener('studio-registry', () => this.lookForModel());
    // What was said before there was a view.
    for (const { message, kind } of host.unsaid.splice(0)) this.say(message, kind);
    host.heard = true;
    this.tellIfEmpty();
  }

  say(sentence, kind = 'error') {
    if (!sentence) return;
    if (STANDING.includes(kind)) {
      this.standing.set(kind, sentence);
      this.show();
      return;
    }
    // What a hand has just done is answered at once, in place of the last answer, unless that was a
    // fault and this is no more than news; what was said of a link comes back after it.
    if (kind === 'info' && this.passing[0]?.kind === 'error') return;
    const said = { sentence, kind };
    const others = this.passing.filter((p) => p.sentence !== sentence);
    if (kind === 'link') this.passing = [...others, said].slice(-MOST_WAITING);
    else this.passing = [said, ...others.filter((p) => p.kind === 'link')];
    this.show();
  }

  clear(...kinds) {
    for (const kind of kinds) this.standing.delete(kind);
    this.show();
  }

  dismiss() {
    if (this.passing.length) this.passing.shift();
    else for (const kind of STANDING) if (this.standing.delete(kind)) break;
    this.show();
  }

  // What went wrong is over once something else went well.
  forgive() {
    if (!this.passing.some(({ kind }) => kind === 'error')) return;
    this.passing = this.passing.filter(({ kind }) => kind !== 'error');
    this.show();
  }

  // Another model: what was said of the one before is over.
  opened() {
    this.passing = this.passing.filter(({ kind }) => kind === 'link');
    this.clear('gone', 'empty', 'connection');
  }

  show() {
    const [first] = this.passing;
    const kind = first?.kind ?? STANDING.find((k) => this.standing.has(k));
    const sentence = first?.sentence ?? this.standing.get(kind) ?? '';
    this.box.hidden = !sentence;
    this.box.dataset.kind = kind ?? '';
    if (this.words.textContent !== sentence) this.words.textContent = sentence;
    if (first === this.read) return;
    this.read = first;
    clearTimeout(this.reading);
    if (first) this.reading = setTimeout(() => this.pass(first), READING_MS[first.kind] + MS_A_LETTER * sentence.length);
  }

  pass(sentence) {
    this.passing = this.passing.filter((p) => p !== sentence);
    this.show();
  }

  // The connection to the decode service.
  status(status) {
    const line = document.getElementById('live-status');
    if (line) Object.assign(line, { textContent: STATUS[status] }).dataset.state = status;
    if (status === 'lost') {
      this.was = 'lost';
      this.say(this.told.lost, 'connection');
    }
    if (status === 'gone') this.missing();
    if (status !== 'live') return;
    this.clear('connection');
    if (this.was === 'lost') this.lookForModel();
    this.was = 'live';
  }

  // Models came, went or were made anew: is the one that is shown still there, and the same?
  async lookForModel() {
    const { host } = this;
    const { about } = host;
    if (!about) return;
    try {
      const there = await isThere(host.name, about.name);
      if (host.about !== about) return;
      if (!there) this.missing();
      else await host.renew(this.standing.delete('gone'));
      this.show();
    } catch {
      // Without an answer nothing is known; the connection's own notice says so.
    }
  }

  missing() {
    const { about } = this.host;
    if (about) this.say(`The model '${about.name}' was deleted from the studio; choose another one above.`, 'gone');
  }

  tellIfEmpty() {
    const { body } = document;
    if (body.dataset.checkpoints !== 'none' || body.dataset.tab !== this.host.name) return;
    if (this.host.about) this.lookForModel();
    else this.say(this.told.empty, 'empty');
  }
}

// Whether a model can be opened in this tab.
export async function isThere(tab, model) {
  const { tabs } = await fetchJson(`/house/tabs?model=${encodeURIComponent(model)}`);
  return tabs.some(({ name }) => name === tab);
}
