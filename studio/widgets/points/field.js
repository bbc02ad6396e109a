// The points themselves: where they were and are, a grid over them, and the order of drawing.

const POINTS_A_CELL = 4;
const MOST_CELLS = 256;
const STRAY = 0.002;
const SAMPLE = 8000;
const NONE = 255;
const FAINT = 128;
// Bits of a point's mark.
export const RING = 1;
export const CHOSEN = 2;

export class Field {
  constructor() {
    this.count = 0;
    this.from = this.to = new Float32Array(0);
    this.colours = this.given = new Uint8Array(0);
    this.marks = new Uint8Array(0);
    this.palette = new Uint8Array(1024).fill(160);
    this.bounds = [-1, 1, -1, 1];
    this.index();
  }

  // New positions; what moves begins at share `t` of the last way, what is new appears in place.
  move(xy, t) {
    const from = new Float32Array(xy);
    const shared = Math.min(from.length, this.to.length);
    for (let i = 0; i < shared; i += 1) {
      const at = this.from[i] + t * (this.to[i] - this.from[i]);
      if (at === at && from[i] === from[i]) from[i] = at;
    }
    Object.assign(this, { from, to: Float32Array.from(xy), count: xy.length / 2 });
    this.recolour(this.given);
    this.marks = padded(this.marks, this.count, 0);
    this.bounds = core(xy);
    this.index();
  }

  // Colours may come before the points do, and so may marks.
  recolour(bytes, palette = this.palette) {
    this.given = bytes;
    this.colours = padded(bytes, this.count, NONE);
    this.palette = palette;
  }

  shade(k) {
    return `rgb(${this.palette.slice(4 * k, 4 * k + 3).join(' ')})`;
  }

  markAll(bit, on, count = this.count) {
    this.marks = padded(this.marks, Math.max(count, this.count), 0);
    const { marks } = this;
    for (let row = 0; row < marks.length; row += 1) marks[row] = (marks[row] & ~bit) | (on(row) ? bit : 0);
  }

  // Whether a row has a place and a colour that can be seen.
  shown(row) {
    return this.to[2 * row] === this.to[2 * row] && this.palette[4 * this.colours[row] + 3] > 0;
  }

  // Rows sorted by cell of a square grid, with where each cell begins; rows without a place are left out.
  index() {
    const { to, count } = this;
    this.side = Math.max(1, Math.min(MOST_CELLS, Math.ceil(Math.sqrt(count / POINTS_A_CELL))));
    const cells = new Int32Array(count).fill(-1);
    this.begin = new Int32Array(this.side * this.side + 1);
    for (let i = 0; i < count; i += 1) {
      if (to[2 * i] !== to[2 * i]) continue;
      cells[i] = this.row(to[2 * i + 1]) * this.side + this.column(to[2 * i]);
      this.begin[cells[i] + 1] += 1;
    }
    for (let c = 0; c < this.side * this.side; c += 1) this.begin[c + 1] += this.begin[c];
    const next = this.begin.slice();
    this.placed = next[this.side * this.side];
    this.sorted = new Int32Array(this.placed);
    for (let i = 0; i < count; i += 1) if (cells[i] >= 0) this.sorted[next[cells[i]]++] = i;
  }

  // Strays beyond the bounds lie in the cells at the edge.
  column(x) {
    const [x0, x1] = this.bounds;
    return Math.max(0, Math.min(this.side - 1, Math.floor(((x - x0) / (x1 - x0)) * this.side)));
  }

  row(y) {
    const [, , y0, y1] = this.bounds;
    return Math.max(0, Math.min(this.side - 1, Math.floor(((y - y0) / (y1 - y0)) * this.side)));
  }

  // Visit each row that is shown in the cells of a box, and perhaps a little outside it.
  near(x0, x1, y0, y1, visit) {
    const [left, right] = [this.column(x0), this.column(x1)];
    for (let r = this.row(y0); r <= this.row(y1); r += 1) {
      const end = this.begin[r * this.side + right + 1];
      for (let k = this.begin[r * this.side + left]; k < end; k += 1) {
        if (this.shown(this.sorted[k])) visit(this.sorted[k]);
      }
    }
  }

  // The nearest row within a radius, or -1.
  nearest(x, y, radius) {
    let best = -1;
    let least = radius * radius;
    this.near(x - radius, x + radius, y - radius, y + radius, (i) => {
      const distance = (this.to[2 * i] - x) ** 2 + (this.to[2 * i + 1] - y) ** 2;
      if (distance < least) [least, best] = [distance, i];
    });
    return best;
  }

  // The rows inside a box, or null when there are more than `most`.
  within(x0, x1, y0, y1, most) {
    const found = [];
    this.near(x0, x1, y0, y1, (i) => {
      if (found.length > most) return;
      const [x, y] = [this.to[2 * i], this.to[2 * i + 1]];
      if (x >= x0 && x <= x1 && y >= y0 && y <= y1) found.push(i);
    });
    return found.length > most ? null : found;
  }

  any([x0, x1, y0, y1]) {
    return this.within(x0, x1, y0, y1, 0) === null;
  }

  // Rows in the order of drawing, with the ends of the tiers: the unlabelled and the faint below, then
  // the rest, then what is marked. Within a tier they go by cell: no class lies on top, and a painter
  // works on one part of the picture at a time, which its caches thank it for.
  order() {
    const sizes = [0, 0, 0, 0];
    const tiers = new Uint8Array(this.placed);
    this.ringed = 0;
    this.sorted.forEach((row, k) => {
      const strong = this.colours[row] !== NONE && this.palette[4 * this.colours[row] + 3] >= FAINT;
      tiers[k] = !this.shown(row) ? 3 : this.marks[row] ? 2 : strong ? 1 : 0;
      sizes[tiers[k]] += 1;
      this.ringed += this.marks[row] & RING;
    });
    const next = [0, sizes[0], sizes[0] + sizes[1], this.placed - sizes[3]];
    const rows = new Uint32Array(this.placed);
    this.sorted.forEach((row, k) => {
      rows[next[tiers[k]]] = row;
      next[tiers[k]] += 1;
    });
    return { rows, ends: next.slice(0, 3) };
  }
}

function padded(bytes, count, value) {
  if (bytes.length === count) return bytes;
  const longer = new Uint8Array(count).fill(value);
  longer.set(bytes.subarray(0, count));
  return longer;
}

// The box of all points but a few strays on each side, as a sample of them tells: [x0, x1, y0, y1].
function core(xy) {
  return [0, 1].flatMap((d) => {
    const values = xy.filter((v, i) => i % 2 === d && v === v);
    if (!values.length) return [-1, 1];
    const apart = Math.ceil(values.length / SAMPLE);
    const sample = values.filter((_, i) => i % apart === 0).sort();
    const stray = Math.floor(STRAY * sample.length);
    const [low, high] = [sample[stray], sample[sample.length - 1 - stray]];
    return high > low ? [low, high] : [low - 1, high + 1];
  });
}
