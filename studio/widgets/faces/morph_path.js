// The codes along a morph, as the studio draws it. The newest wish counts; the last path is kept until
// the next one is there.

import { fetchBytes } from '../scene/address.js';
import { Latest } from '../sampler/latest.js';

// As many as the studio gives: a straight piece between two of them is the way itself to the eye.
export const MOST_STEPS = 240;
const ALMOST = 1e-6;

// The most steps that stop at every face, with at most so many from one face to the next.
export function stepsThrough(pieces, most = MOST_STEPS) {
  return Math.min(most, Math.floor((MOST_STEPS - 1) / pieces)) * pieces + 1;
}

export class MorphPath {
  constructor(state, changed) {
    Object.assign(this, { state, changed, found: null, asked: '' });
    this.latest = new Latest((wish) => this.fetch(wish), (error) => state.fail(error));
  }

  // {codes: [[D], ...], kind, closed}, or null for none.
  want(wish) {
    const { about } = this.state;
    if (!wish) {
      if (this.asked || this.found) this.clear();
      return;
    }
    const asked = JSON.stringify([about.digest, wish]);
    if (asked === this.asked) return;
    this.asked = asked;
    this.latest.want({ wish, asked, about });
  }

  // No way at all, whatever was asked for.
  clear() {
    Object.assign(this, { found: null, asked: '' });
    this.changed();
  }

  // The codes of the way, [n * D], or null; those of another model are none.
  get codes() {
    return this.found && this.found.about === this.state.about ? this.found.codes : null;
  }

  get pieces() {
    return piecesOf(this.found.wish);
  }

  async fetch({ wish, asked, about }) {
    if (asked !== this.asked) return;
    const options = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...wish, steps: stepsThrough(piecesOf(wish)) }),
    };
    try {
      const data = await fetchBytes(`/faces/${encodeURIComponent(about.name)}/path`, options);
      if (asked !== this.asked) return;
      this.found = { codes: new Float32Array(data), wish, about };
      this.changed();
    } catch (error) {
      // Of what is not wanted any more nobody needs to hear; the rest can be asked for again.
      if (asked !== this.asked) return;
      this.asked = '';
      throw error;
    }
  }

  get size() {
    return this.found.about.latent_dim;
  }

  get count() {
    return this.found.codes.length / this.size;
  }

  // The code at a share of the way, from 0 to 1: at a face that face's own.
  at(share) {
    const { codes, wish } = this.found;
    const stop = Math.round(share * this.pieces);
    if (Math.abs(share * this.pieces - stop) < ALMOST) return Float32Array.from(wish.codes[stop % wish.codes.length]);
    const place = share * (this.count - 1);
    const i = Math.min(this.count - 2, Math.floor(place));
    const t = place - i;
    const from = i * this.size;
    const code = codes.slice(from, from + this.size);
    for (let d = 0; d < this.size; d += 1) code[d] += t * (codes[from + this.size + d] - code[d]);
    return code;
  }

  // Codes at equal shares, one after another.
  spread(count) {
    const codes = new Float32Array(count * this.size);
    for (let i = 0; i < count; i += 1) codes.set(this.at(i / Math.max(1, count - 1)), i * this.size);
    return codes;
  }
}

const piecesOf = ({ codes, closed }) => (closed ? codes.length : codes.length - 1);
