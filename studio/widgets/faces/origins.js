// Where faces come from: drawn from a seed, or held out and encoded. The newest wish counts, and a face
// taken meanwhile counts more.

import { fetchJson } from '../scene/address.js';

export const MOST_SEED = Number.MAX_SAFE_INTEGER;

export class Origins {
  constructor(faces) {
    Object.assign(this, { faces, turn: 0, seed: null, awaited: '' });
  }

  // What is on its way is not wanted any more.
  interrupt() {
    this.turn += 1;
    this.wait('');
  }

  // The seed after that of the last random face, also while that is still on its way.
  get next() {
    return this.seed === null ? 1 : (this.seed + 1) % (MOST_SEED + 1);
  }

  async draw(seed, byHand = true) {
    const { faces } = this;
    this.seed = seed;
    await this.fetch(`/random?seed=${seed}`, 'random', ({ z }) => {
      if (byHand) faces.steps.remember();
      const draw = Float32Array.from(z);
      faces.set({ origin: { kind: 'random', seed, draw }, base: faces.truncated(draw) }, byHand);
    });
  }

  // A face that took no part in training, encoded; without a row any. Returns what `fetch` does.
  async heldOut(row, strengths, byHand = true) {
    const query = row === undefined ? `seed=${Math.floor(Math.random() * 2 ** 31)}` : `row=${row}`;
    return this.fetch(`/held-out?${query}`, 'held-out', ({ z, ...rest }) => {
      this.faces.take({ code: Float32Array.from(z), origin: { kind: 'held-out', ...rest }, strengths }, byHand);
    });
  }

  // Ask for a face; true if it was taken, false if it cannot be had, null if something else was wanted
  // meanwhile.
  async fetch(path, what, taken) {
    this.turn += 1;
    const { turn, faces } = this;
    const { about } = faces;
    const mine = () => turn === this.turn && about === faces.about;
    this.wait(what);
    try {
      const [found] = await Promise.all([fetchJson(faces.path(path)), faces.ways.load()]);
      if (!mine()) return null;
      taken(found);
      return true;
    } catch (error) {
      if (!mine()) return null;
      faces.fail(error);
      return false;
    } finally {
      if (mine()) this.wait('');
    }
  }

  wait(what) {
    if (this.awaited === what) return;
    this.awaited = what;
    this.faces.emit('busy', { what });
  }
}
