// Small pictures of rows: asked for a few at a time once the map rests, kept, and drawn.

import { toCanvas } from '../scene/pixels.js';

const MOST_SEEN = 60;
const MOST_KEPT = 1200;
const REST_MS = 70;
const FADE_MS = 160;
const SMALLEST = 22;
const LARGEST = 60;

export class Pictures {
  constructor(map) {
    this.map = map;
    this.forget();
  }

  // Other rows, or another data set.
  forget() {
    this.kept = new Map();
    this.wanted = new Set();
    this.asked = new Set();
  }

  // The picture of a row as {canvas, since}, or null while it is on its way.
  of(row) {
    if (!this.map.pictures || !this.map.shape || row < 0) return null;
    const kept = this.kept.get(row);
    if (!kept && !this.asked.has(row)) {
      this.wanted.add(row);
      clearTimeout(this.rest);
      this.rest = setTimeout(() => this.ask(), REST_MS);
    }
    return kept ?? null;
  }

  async ask() {
    const rows = [...this.wanted].slice(-MOST_SEEN);
    const { asked, kept } = this;
    this.wanted.clear();
    for (const row of rows) asked.add(row);
    try {
      const { shape } = this.map;
      const bytes = await this.map.pictures(rows);
      const size = shape[0] * shape[1] * shape[2];
      const since = performance.now();
      rows.forEach((row, n) => {
        if ((n + 1) * size <= bytes.length) kept.set(row, { canvas: toCanvas(bytes, shape, n * size), since });
      });
      for (const row of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(row);
    } catch {
      // Dots stand for what has no picture; it is asked for again when it is next seen.
    }
    for (const row of rows) asked.delete(row);
    this.map.touch();
  }

  // The rows that are few enough to be shown as pictures, with their side in CSS pixels; null for dots.
  seen() {
    const { camera, field } = this.map;
    this.side = 0;
    if (!this.map.pictures || !this.map.shape || !field.placed) return null;
    const [x0, x1, y0, y1] = camera.box();
    const rows = field.within(x0, x1, y0, y1, MOST_SEEN);
    if (!rows?.length) return null;
    const room = Math.sqrt((camera.width * camera.height) / rows.length);
    this.side = Math.min(LARGEST, Math.max(SMALLEST, 0.5 * room));
    return { rows, side: this.side };
  }

  // Draw a row's picture about a place in a frame of its colour; says whether it is there, and still fading in.
  draw(context, row, place, side, frame) {
    const kept = this.of(row);
    if (!kept) return { there: false, fading: false };
    const [, height, width] = this.map.shape;
    const [w, h] = [Math.round(side * Math.min(1, width / height)), Math.round(side * Math.min(1, height / width))];
    const [left, top] = [Math.round(place[0] - w / 2), Math.round(place[1] - h / 2)];
    const since = performance.now() - kept.since;
    context.globalAlpha = Math.min(1, Math.max(0.05, since / FADE_MS));
    context.fillStyle = frame;
    context.beginPath();
    context.roundRect(left - 2.5, top - 2.5, w + 5, h + 5, 5);
    context.fill();
    context.imageSmoothingEnabled = side < width;
    context.drawImage(kept.canvas, left, top, w, h);
    context.globalAlpha = 1;
    return { there: true, fading: since < FADE_MS };
  }
}
