// The numbers that samples are made of, fetched once a seed: standard normals, and draws from fitted
// mixtures. Both come 64 rows at a time, and a row does not depend on how many are shown.

import { fetchBytes } from '../scene/address.js';
import { queryOf } from './fitter.js';

const MOST = 24;
const AGAIN_MS = 1500;

export class Noise {
  // arrived() is called when numbers are there, or are refused; failed(error) the first time that they
  // cannot be got.
  constructor(arrived, failed) {
    Object.assign(this, { arrived, failed, known: new Map(), awaited: new Set(), refused: new Map() });
  }

  // Float32Array [64 * columns], or null while they are on their way.
  normals(seed, columns) {
    return this.get(`/sampling/-/normals?seed=${seed}&columns=${columns}`, `normals ${columns}`);
  }

  // Float32Array [64 * D] from a mixture that was fitted to a model's codes, or null.
  draws(about, source, seed) {
    const query = queryOf(source);
    query.set('seed', seed);
    return this.get(`/sampling/${encodeURIComponent(about.name)}/draws?${query}&v=${about.digest.slice(0, 12)}`, wish(about, source));
  }

  // Why there are no draws, in a sentence, or undefined.
  refusal(about, source) {
    return this.refused.get(wish(about, source));
  }

  // What was refused may be asked for again.
  forgive() {
    this.refused.clear();
  }

  get(path, kind) {
    const found = this.known.get(path);
    if (!found && !this.refused.has(kind)) this.fetch(path, kind);
    return found ?? null;
  }

  async fetch(path, kind) {
    if (this.awaited.has(path)) return;
    this.awaited.add(path);
    try {
      this.known.set(path, new Float32Array(await fetchBytes(path)));
      // The oldest go; a seed that is asked for again is fetched again.
      for (const old of [...this.known.keys()].slice(0, -MOST)) this.known.delete(old);
    } catch (error) {
      if (error.status >= 400 && error.status < 500 && error.status !== 429) this.refused.set(kind, error.message);
      else {
        // A studio that is away is asked again until it answers, or until nobody wants to know.
        this.failed(error);
        await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
      }
    }
    this.awaited.delete(path);
    this.arrived();
  }
}

const wish = ({ name, digest }, source) => `${name} ${digest} ${queryOf(source)}`;
