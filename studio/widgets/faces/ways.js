// One step along each attribute, fetched once for every way of taking it: from means or normals, as it is
// or with other attributes left alone.

import { ask } from '../scene/address.js';

const MOST = 40;

export class Ways {
  constructor(faces) {
    Object.assign(this, { faces, known: new Map(), asked: new Map(), steps: null, whole: new Set(), lefts: [] });
  }

  clear() {
    this.known.clear();
    this.asked.clear();
    Object.assign(this, { steps: null, whole: new Set(), lefts: [] });
  }

  has(name) {
    return Boolean(this.faces.about?.attributes.some((attribute) => attribute.name === name));
  }

  query() {
    const { kind, conditional, shown } = this.faces;
    const query = new URLSearchParams({ kind, conditional: Number(conditional) });
    if (conditional) for (const name of shown) query.append('keep', name);
    return query.toString();
  }

  // Use the steps that are wanted now, asked for if they are not known yet. True if they are others than
  // those used before.
  async load() {
    const { about } = this.faces;
    const query = this.query();
    if (about.attributes.length && !this.known.has(query)) await this.fetch(about, query);
    if (about !== this.faces.about || query !== this.query()) return false;
    const before = this.steps;
    const found = this.known.get(query);
    Object.assign(this, { steps: found?.steps ?? null, whole: found?.whole ?? new Set(), lefts: found?.lefts ?? [] });
    return this.steps !== before;
  }

  async fetch(about, query) {
    if (!this.asked.has(query)) this.asked.set(query, this.get(about, query));
    const { asked } = this;
    try {
      await asked.get(query);
    } finally {
      asked.delete(query);
    }
  }

  async get(about, query) {
    const version = about.digest.slice(0, 12);
    const response = await ask(`/faces/${encodeURIComponent(about.name)}/steps?${query}&v=${version}`);
    const steps = new Float32Array(await response.arrayBuffer());
    if (about !== this.faces.about) return;
    const listed = (header) => (response.headers.get(header) ?? '').split(',').map((text) => text.trim()).filter(Boolean);
    this.known.set(query, { steps, whole: new Set(listed('X-Whole').map(decoded)), lefts: listed('X-Left').map(Number) });
    for (const old of [...this.known.keys()].slice(0, -MOST)) this.known.delete(old);
  }

  // How far one step moves an attribute's own score, in raw steps; null where that is not known.
  left(name) {
    const left = this.lefts[this.row(name)];
    return Number.isFinite(left) ? left : null;
  }

  row(name) {
    return this.faces.about?.attributes.findIndex((attribute) => attribute.name === name) ?? -1;
  }

  // Float32Array [D], or null.
  step(name) {
    const row = this.row(name);
    const size = this.faces.about?.latent_dim;
    return this.steps && row >= 0 ? this.steps.subarray(row * size, (row + 1) * size) : null;
  }

  // A code moved by so many steps of each.
  moved(base, strengths) {
    const code = Float32Array.from(base);
    for (const [name, strength] of strengths) {
      const step = this.step(name);
      if (step) for (let d = 0; d < code.length; d += 1) code[d] += strength * step[d];
    }
    return code;
  }
}

// Names come with their commas and whatever is no plain letter escaped.
function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
