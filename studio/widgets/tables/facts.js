// What the studio says of one model of one table: asked for when it is wanted, and kept.

import { fetchBytes, fetchJson } from '../scene/address.js';

const FIELD = 96;

export class Facts {
  constructor(table, model, arrived) {
    Object.assign(this, { table, model, arrived });
    this.asked = new Map();
    // What has arrived, for those who draw without waiting.
    this.here = {};
  }

  look() {
    return this.once('look', () => this.json('look'));
  }

  quality() {
    return this.once('quality', () => this.json('quality'));
  }

  samples(count, seed) {
    return this.once(`samples ${count} ${seed}`, () => this.json('samples', { count, seed }));
  }

  anomalies(normal) {
    return this.once(`anomalies ${normal}`, () => this.json('anomalies', normal === null ? {} : { normal }));
  }

  // The decoded value of a column over a part of the plane, float32 [size, size] from the top.
  field(column, [x0, x1, y0, y1]) {
    const query = { column, size: FIELD, x0, x1, y0, y1 };
    const key = `field ${Object.values(query).join(' ')}`;
    return this.once(key, async () => {
      const bytes = await fetchBytes(this.path('background', query));
      return { size: FIELD, extent: [x0, x1, y0, y1], values: new Float32Array(bytes), column };
    });
  }

  path(part, query = {}) {
    return `/tables/${encodeURIComponent(this.table)}/${part}?${new URLSearchParams({ model: this.model, ...query })}`;
  }

  json(part, query) {
    return fetchJson(this.path(part, query));
  }

  // A refusal is not kept: the next one who asks tries again.
  once(key, ask) {
    if (!this.asked.has(key)) {
      const answer = ask().then((found) => {
        this.here[key] = found;
        this.arrived(key);
        return found;
      });
      answer.catch(() => this.asked.delete(key));
      this.asked.set(key, answer);
    }
    return this.asked.get(key);
  }
}
