// What the view has to tell in words. Some of it stands for as long as it is so (no connection, no
// model); the rest passes once there was time to read it.

import { fetchJson } from '../scene/address.js';

const STATUS = {
  connecting: 'connecting ...', live: 'live', lost: 'connection lost', gone: 'checkpoint gone',
};
// The first of these that stands is shown, unless something passes.
const STANDING = ['connection', 'gone', 'empty'];
const READING_MS = { info: 2500, error: 7000, link: 14000 };
const MS_A_LETTER = 60;
const MOST_WAITING = 4;

export class Notices {
  constructor(root, flight) {
    Object.assign(this, { flight, box: root.querySelector('.notice') });
    this.words = this.box.querySelector('span');
    this.box.querySelector('button').addEventListener('click', () => this.dismiss());
    this.standing = new Map();
    this.passing = [];
    flight.on('error', ({ message, kind }) => this.say(message, kind));
    flight.on('about', () => this.opened());
    window.addEventListener('studio-checkpoints', () => this.tellIfEmpty());
    window.addEventListener('studio-registry', () => this.lookForModel());
    // What was said before there was a view.
    for (const { message, kind } of flight.unsaid.splice(0)) this.say(message, kind);
    flight.heard = true;
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
      this.say('The studio does not answer. Trying again; the ship stays where it is ...', 'connection');
    }
    if (status === 'gone') this.missing();
    if (status !== 'live') return;
    this.clear('connection');
    if (this.was === 'lost') this.lookForModel();
    this.was = 'live';
  }

  // Models came, went or were made anew: is the one that is flown still there, and the same?
  async lookForModel() {
    const { flight } = this;
    const { about } = flight;
    if (!about) return;
    try {
      const there = await isThere(flight.name, about.name);
      if (flight.about !== about) return;
      if (!there) this.missing();
      else await flight.renew(this.standing.delete('gone'));
      this.show();
    } catch {
      // Without an answer nothing is known; the connection's own notice says so.
    }
  }

  missing() {
    const { about } = this.flight;
    if (about) this.say(`The model '${about.name}' was deleted from the studio; choose another one above.`, 'gone');
  }

  tellIfEmpty() {
    const { body } = document;
    if (body.dataset.checkpoints !== 'none' || body.dataset.tab !== this.flight.name) return;
    if (this.flight.about) this.lookForModel();
    else this.say('There is no model of three dimensions yet. Train one with: make train-odyssey', 'empty');
  }
}

// Whether a model can be opened in this tab.
export async function isThere(tab, model) {
  const { tabs } = await fetchJson(`/house/tabs?model=${encodeURIComponent(model)}`);
  return tabs.some(({ name }) => name === tab);
}
