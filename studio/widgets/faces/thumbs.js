// Small pictures of codes, decoded together and kept as long as the model is there.

import { fill } from '../scene/pixels.js';

const MOST_AT_ONCE = 64;
const MOST_KEPT = 400;

export class Thumbs {
  constructor(state) {
    Object.assign(this, { state, pictures: new Map(), waiting: new Map(), digest: '' });
  }

  // A canvas with the picture of a code, at once or as soon as it is there.
  canvas(z) {
    const [, height, width] = this.state.about.shape;
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    this.paint(canvas, z);
    return canvas;
  }

  paint(canvas, z) {
    const { about } = this.state;
    if (this.digest !== about.digest) this.forget(about);
    const key = z.join();
    canvas.dataset.painted = '';
    const known = this.pictures.get(key);
    if (known) return void show(canvas, known);
    if (!this.waiting.has(key)) this.waiting.set(key, { z, canvases: [] });
    this.waiting.get(key).canvases.push(canvas);
    this.asking ??= setTimeout(() => this.ask(about));
  }

  forget({ digest }) {
    this.digest = digest;
    this.pictures.clear();
    this.waiting.clear();
  }

  async ask(about) {
    const batch = [...this.waiting].slice(0, MOST_AT_ONCE);
    try {
      if (batch.length && about === this.state.about) await this.fetch(batch, about);
    } catch (error) {
      // Whoever paints them next asks again.
      for (const [key] of batch) this.waiting.delete(key);
      if (about === this.state.about) this.state.fail(error);
    }
    this.asking = this.waiting.size ? setTimeout(() => this.ask(this.state.about)) : null;
  }

  async fetch(batch, about) {
    const size = about.latent_dim;
    const codes = new Float32Array(batch.length * size);
    batch.forEach(([, { z }], i) => codes.set(z, i * size));
    const pixels = await this.state.decodeOnce(codes);
    if (about.digest !== this.digest) return;
    const [channels, height, width] = about.shape;
    batch.forEach(([key, { canvases }], i) => {
      const picture = fill(new ImageData(width, height), pixels, channels, i * channels * height * width);
      this.pictures.set(key, picture);
      this.waiting.delete(key);
      for (const canvas of canvases) show(canvas, picture);
    });
    for (const key of [...this.pictures.keys()].slice(0, Math.max(0, this.pictures.size - MOST_KEPT))) this.pictures.delete(key);
  }
}

function show(canvas, picture) {
  Object.assign(canvas, { width: picture.width, height: picture.height });
  canvas.getContext('2d').putImageData(picture, 0, 0);
  canvas.dataset.painted = 'yes';
}

const kept = new WeakMap();

// The pictures of a tab, for all that show some.
export function thumbsOf(state) {
  if (!kept.has(state)) kept.set(state, new Thumbs(state));
  return kept.get(state);
}
