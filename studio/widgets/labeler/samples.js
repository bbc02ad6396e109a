// One picture with all that is known of it, and the small pictures of many; asked for once.

import { fetchBytes, fetchJson } from '../scene/address.js';

const MOST_SAMPLES = 200;
const MOST_PICTURES = 3000;
const AT_ONCE = 64;

export class Samples {
  constructor(labeler) {
    Object.assign(this, { labeler, known: new Map(), pictures: new Map() });
    labeler.on('colours', ({ kind }) => { if (kind === 'predicted') this.known.clear(); });
  }

  clear() {
    this.known.clear();
    this.pictures.clear();
  }

  get path() {
    return `/labels/${encodeURIComponent(this.labeler.about.id)}`;
  }

  // A promise of what is known of a row.
  get(row) {
    if (!this.known.has(row)) {
      if (this.known.size >= MOST_SAMPLES) this.known.delete(this.known.keys().next().value);
      const asked = fetchJson(`${this.path}/sample/${row}`).then(decoded);
      this.known.set(row, asked);
      asked.catch(() => { if (this.known.get(row) === asked) this.known.delete(row); });
    }
    return this.known.get(row);
  }

  // The pictures of rows, uint8 [n * H * W * C], in their order.
  async many(rows) {
    const { about } = this.labeler;
    const size = about.shape.reduce((product, n) => product * n, 1);
    const missing = [...new Set(rows)].filter((row) => !this.pictures.has(row));
    for (let at = 0; at < missing.length; at += AT_ONCE) {
      const part = missing.slice(at, at + AT_ONCE);
      const data = await fetchBytes(`${this.path}/pictures?rows=${part.join()}`);
      if (about !== this.labeler.about) return new Uint8Array(rows.length * size);
      part.forEach((row, i) => this.pictures.set(row, new Uint8Array(data, 4 + i * size, size)));
    }
    const found = new Uint8Array(rows.length * size);
    rows.forEach((row, i) => found.set(this.pictures.get(row), i * size));
    for (const row of this.pictures.keys()) {
      if (this.pictures.size <= MOST_PICTURES) break;
      this.pictures.delete(row);
    }
    return found;
  }
}

function decoded(sample) {
  return { ...sample, picture: bytes(sample.picture), reconstruction: bytes(sample.reconstruction) };
}

function bytes(text) {
  return text ? Uint8Array.from(atob(text), (c) => c.charCodeAt(0)) : null;
}
