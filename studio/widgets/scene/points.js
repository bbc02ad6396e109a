// The encoded points: loaded once as binary, indexed in a grid, painted straight into pixels.

import { fetchBytes } from './address.js';

const CELLS = 128;
export const UNLABELLED = 255;
const GREY = [128, 136, 148];

export async function loadPoints(about) {
  const name = encodeURIComponent(about.name);
  const data = await fetchBytes(`/checkpoints/${name}/points?v=${about.digest.slice(0, 12)}`);
  const count = new DataView(data).getUint32(0, true);
  return new Points(
    new Float32Array(data, 4, count),
    new Float32Array(data, 4 + 4 * count, count),
    new Uint8Array(data, 4 + 8 * count, count),
    about.palette,
  );
}

export class Points {
  constructor(x, y, classes, palette) {
    Object.assign(this, { x, y, classes, count: x.length });
    this.colours = palette.map(rgb);
    this.hidden = new Set();
    this.bounds = bounds(x, y);
    this.index();
  }

  // Points sorted by cell of a square grid, with where each cell begins.
  index() {
    const { x, y, count } = this;
    const [x0, x1, y0, y1] = this.bounds;
    const cells = new Int32Array(count);
    this.begin = new Int32Array(CELLS * CELLS + 1);
    for (let i = 0; i < count; i += 1) {
      cells[i] = this.cell(y[i], y0, y1) * CELLS + this.cell(x[i], x0, x1);
      this.begin[cells[i] + 1] += 1;
    }
    for (let c = 0; c < CELLS * CELLS; c += 1) this.begin[c + 1] += this.begin[c];
    const next = this.begin.slice();
    this.sorted = new Int32Array(count);
    for (let i = 0; i < count; i += 1) {
      this.sorted[next[cells[i]]] = i;
      next[cells[i]] += 1;
    }
  }

  cell(v, low, high) {
    return Math.max(0, Math.min(CELLS - 1, Math.floor(((v - low) / (high - low || 1)) * CELLS)));
  }

  // The nearest visible point with index below `limit` within `radius`, or -1.
  nearest(px, py, radius, limit = this.count) {
    const [x0, x1, y0, y1] = this.bounds;
    const [left, right] = [this.cell(px - radius, x0, x1), this.cell(px + radius, x0, x1)];
    const [low, high] = [this.cell(py - radius, y0, y1), this.cell(py + radius, y0, y1)];
    let best = -1;
    let least = radius * radius;
    for (let row = low; row <= high; row += 1) {
      const end = this.begin[row * CELLS + right + 1];
      for (let k = this.begin[row * CELLS + left]; k < end; k += 1) {
        const i = this.sorted[k];
        if (i >= limit || this.hidden.has(this.classes[i])) continue;
        const distance = (this.x[i] - px) ** 2 + (this.y[i] - py) ** 2;
        if (distance < least) [least, best] = [distance, i];
      }
    }
    return best;
  }

  // Visible points inside a polygon [[x, y], ...].
  inside(polygon) {
    const [left, right, low, high] = bounds(polygon.map((p) => p[0]), polygon.map((p) => p[1]));
    const found = [];
    for (let i = 0; i < this.count; i += 1) {
      const [px, py] = [this.x[i], this.y[i]];
      if (px < left || px > right || py < low || py > high) continue;
      if (!this.hidden.has(this.classes[i]) && contains(polygon, px, py)) found.push(i);
    }
    return found;
  }

  // Paint squares of `size` pixels into an ImageData; view: x -> x * scale + left, y up.
  paint(image, { scale, left, top }, size, alpha) {
    const { width, height } = image;
    const words = new Uint32Array(image.data.buffer);
    words.fill(0);
    const colour = new Uint32Array(256).fill(pack(GREY, alpha));
    this.colours.forEach((c, k) => { colour[k] = pack(c, alpha); });
    for (const k of this.hidden) colour[k] = 0;
    const half = (size - 1) / 2;
    for (let i = 0; i < this.count; i += 1) {
      const c = colour[this.classes[i]];
      if (c === 0) continue;
      const px = Math.round(this.x[i] * scale + left - half);
      const py = Math.round(top - this.y[i] * scale - half);
      if (px < 0 || py < 0 || px + size > width || py + size > height) continue;
      for (let row = 0; row < size; row += 1) {
        const at = (py + row) * width + px;
        for (let column = 0; column < size; column += 1) words[at + column] = c;
      }
    }
  }
}

function rgb(hex) {
  const v = Number.parseInt(hex.slice(1), 16);
  return [v >> 16, (v >> 8) & 255, v & 255];
}

// Little-endian RGBA in one word.
function pack([r, g, b], alpha) {
  return ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

function bounds(x, y) {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < x.length; i += 1) {
    x0 = Math.min(x0, x[i]);
    x1 = Math.max(x1, x[i]);
    y0 = Math.min(y0, y[i]);
    y1 = Math.max(y1, y[i]);
  }
  return x.length ? [x0, x1, y0, y1] : [-3, 3, -3, 3];
}

function contains(polygon, px, py) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [[ax, ay], [bx, by]] = [polygon[i], polygon[j]];
    if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
