// News of the open project: asks the studio what is new, and fetches only what changed.

import { fetchBytes, fetchJson } from '../scene/address.js';

const PERIOD_MS = { labelled: 300, begun: 150, growing: 400, training: 700, resting: 1000, hidden: 5000, silent: 1200 };
// After a label its consequences are awaited this long.
const EAGER_MS = 3000;
// Which version tells whether these bytes are still right.
const OF = { mine: 'labels', predicted: 'predictions', certainty: 'predictions', true: 'truth', points: 'points' };

export class Feed {
  constructor(labeler) {
    Object.assign(this, { labeler, turn: 0, known: {}, wanted: new Set(), last: -Infinity, deeds: 0 });
    document.addEventListener('visibilitychange', () => this.soon());
    window.addEventListener('studio-tab', () => this.soon());
  }

  get path() {
    return `/labels/${encodeURIComponent(this.labeler.about.id)}`;
  }

  open() {
    this.turn += 1;
    this.known = {};
    this.silent = false;
    this.wanted = new Set(['mine', 'predicted', this.labeler.colour, 'points']);
    this.poll(this.turn);
  }

  close() {
    this.turn += 1;
    this.wake?.();
  }

  want(kind) {
    this.wanted.add(kind);
    this.soon();
  }

  labelled() {
    this.deeds += 1;
    this.last = performance.now();
  }

  // What is known of these versions may be wrong: ask again.
  stale(...versions) {
    for (const [kind, version] of Object.entries(OF)) if (versions.includes(version)) delete this.known[kind];
    this.soon();
  }

  // The answer to a step of this page; after an undo or redo the labels are fetched anew.
  acknowledged(answer, plain) {
    const { labeler, known } = this;
    this.labelled();
    const { versions, undo, redo } = answer;
    labeler.state = { ...labeler.state, undo, redo };
    if (plain && known.mine === versions?.labels - 1) known.mine = versions.labels;
    else delete known.mine;
    labeler.emit('state', labeler.state);
    this.soon();
  }

  // Ask without waiting for the next turn.
  soon() {
    if (this.asking) this.again = true;
    else this.wake?.();
  }

  async poll(turn) {
    while (turn === this.turn) {
      this.asking = true;
      this.again = false;
      await this.ask(turn);
      this.asking = false;
      if (turn === this.turn && !this.again) await this.pause();
    }
  }

  pause() {
    const { labeler } = this;
    const unseen = document.hidden || document.body.dataset.tab !== labeler.name;
    const eager = performance.now() - this.last < EAGER_MS;
    const training = ['running', 'stopping', 'waiting'].includes(labeler.state?.round?.state);
    const { map = 1 } = labeler.state?.ready ?? {};
    const growth = map < 1 ? (map ? 'growing' : 'begun') : '';
    const kind = unseen ? 'hidden' : this.silent ? 'silent' : growth || (eager ? 'labelled' : training ? 'training' : 'resting');
    return new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, PERIOD_MS[kind]);
    });
  }

  async ask(turn) {
    const { labeler } = this;
    try {
      const state = await fetchJson(`${this.path}/state`);
      if (turn !== this.turn) return;
      if (this.silent) this.heard();
      labeler.state = state;
      labeler.emit('state', state);
      await Promise.all([...this.wanted].map((kind) => this.fetch(kind, state.versions[OF[kind]], turn)));
    } catch (error) {
      if (turn === this.turn) this.failed(error);
    }
  }

  async fetch(kind, version, turn) {
    const { labeler, known } = this;
    if (known[kind] === version) return;
    if (kind === 'mine' && 'mine' in known && labeler.outbox.pending.length) return;
    const { deeds } = this;
    const data = await fetchBytes(`${this.path}/${kind === 'points' ? kind : `colour/${kind}`}`);
    // Whatever was done meanwhile makes the answer an old one.
    if (turn !== this.turn || (kind === 'mine' && deeds !== this.deeds)) return;
    if (kind === 'points') {
      labeler.xy = new Float32Array(data, 4);
      labeler.emit('points');
      labeler.showAny();
    } else labeler.takeBytes(kind, new Uint8Array(data));
    known[kind] = version;
  }

  failed(error) {
    const { labeler } = this;
    if (error.status === 404) {
      const { name } = labeler.about;
      labeler.leave();
      labeler.fail(new Error(`The project '${name}' was deleted elsewhere; choose another one.`));
      labeler.look().catch(() => {});
    } else if (error.unreachable) {
      this.silent = true;
      labeler.fail(new Error('The studio does not answer. Labels that you give wait here and are saved as soon as it is back.'), 'connection');
    } else labeler.fail(error);
  }

  // It is back, perhaps started anew: nothing that was known is sure.
  heard() {
    this.silent = false;
    this.known = {};
    this.labeler.samples.clear();
    this.labeler.emit('heard');
    this.labeler.outbox.hurry();
  }
}
