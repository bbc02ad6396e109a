// The encoded points in the three directions of the flight, and a painter that puts tens of thousands
// of them in perspective straight into pixels, the far ones first and fainter.

const LEVELS = 20;
const LARGEST = 9;
// Rows of small discs by their size: [row, from, to].
const DISCS = Array.from({ length: LARGEST + 1 }, (_, size) => Array.from({ length: size }, (_, row) => {
  const up = row - (size - 1) / 2;
  const half = Math.sqrt(Math.max(0.3, (size / 2) ** 2 - up * up));
  return [row, Math.max(0, Math.round(size / 2 - half)), Math.min(size, Math.round(size / 2 + half))];
}));
const GREY = [128, 136, 148];
const GROUND = [7, 11, 22];

export class Stars {
  constructor(data, palette) {
    this.count = new DataView(data).getUint32(0, true);
    this.x = new Float32Array(data, 4, 3 * this.count);
    this.classes = new Uint8Array(data, 4 + 12 * this.count, this.count);
    this.words = shades(palette);
    this.at = new Int32Array(this.count);
    this.depth = new Uint8Array(this.count);
    this.order = new Int32Array(this.count);
    this.sizes = new Uint8Array(this.count);
  }

  // The classes of the `k` nearest points, the most frequent first: [class, share].
  nearest([px, py, pz], k = 24) {
    const best = new Float64Array(k).fill(Infinity);
    const rows = new Int32Array(k);
    for (let i = 0, j = 0; i < this.count; i += 1, j += 3) {
      const d = (this.x[j] - px) ** 2 + (this.x[j + 1] - py) ** 2 + (this.x[j + 2] - pz) ** 2;
      if (d >= best[k - 1]) continue;
      let at = k - 1;
      while (at > 0 && best[at - 1] > d) {
        best[at] = best[at - 1];
        rows[at] = rows[at - 1];
        at -= 1;
      }
      best[at] = d;
      rows[at] = i;
    }
    const counts = new Map();
    const found = Math.min(k, this.count);
    for (let n = 0; n < found; n += 1) {
      const c = this.classes[rows[n]];
      counts.set(c, (counts.get(c) ?? 0) + 1 / found);
    }
    return [...counts].sort((a, b) => b[1] - a[1]);
  }

  // camera: {eye, axes: [right, up, forward], focal, near, far, cx, cy}; `every`: take one in so many.
  paint(image, camera, { every = 1, grow = 1 } = {}) {
    const { width, height } = image;
    const words = new Uint32Array(image.data.buffer);
    words.fill(0);
    const seen = this.project(camera, width, height, every, grow);
    for (let n = 0; n < seen; n += 1) {
      const i = this.order[n];
      const word = this.words[this.classes[i] * LEVELS + this.depth[i]];
      const at = this.at[i];
      if (this.sizes[i] === 1) {
        words[at] = word;
        continue;
      }
      const y = Math.floor(at / width);
      for (const [row, from, to] of DISCS[this.sizes[i]]) {
        if (y + row >= height) break;
        const start = at + row * width;
        words.fill(word, start + from, Math.min(start + to, (y + row + 1) * width));
      }
    }
  }

  // Where each point falls; fills `order` from far to near and returns how many are seen.
  project({ eye, axes, focal, near, far, cx, cy }, width, height, every, grow) {
    const [[rx, ry, rz], [ux, uy, uz], [fx, fy, fz]] = axes;
    const begin = new Int32Array(LEVELS + 1);
    const { x, depth } = this;
    const scale = LEVELS / (far - near);
    for (let i = 0; i < this.count; i += every) {
      const j = 3 * i;
      const [dx, dy, dz] = [x[j] - eye[0], x[j + 1] - eye[1], x[j + 2] - eye[2]];
      const away = dx * fx + dy * fy + dz * fz;
      depth[i] = 255;
      if (away <= near || away >= far) continue;
      const k = focal / away;
      const px = (cx + (dx * rx + dy * ry + dz * rz) * k) | 0;
      const py = (cy - (dx * ux + dy * uy + dz * uz) * k) | 0;
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const level = LEVELS - 1 - Math.min(LEVELS - 1, ((away - near) * scale) | 0);
      depth[i] = level;
      this.at[i] = py * width + px;
      this.sizes[i] = Math.max(1, Math.min(LARGEST, Math.round(grow * k * 0.012)));
      begin[level + 1] += 1;
    }
    for (let l = 0; l < LEVELS; l += 1) begin[l + 1] += begin[l];
    const seen = begin[LEVELS];
    for (let i = 0; i < this.count; i += every) {
      if (depth[i] === 255) continue;
      this.order[begin[depth[i]]] = i;
      begin[depth[i]] += 1;
    }
    return seen;
  }
}

// A word of colour for every class and level, from the ground's colour to the class's own.
function shades(palette) {
  const colours = palette.map(rgb);
  return Uint32Array.from({ length: 256 * LEVELS }, (_, i) => {
    const colour = colours[Math.floor(i / LEVELS)] ?? GREY;
    const share = 0.26 + 0.74 * (((i % LEVELS) + 1) / LEVELS);
    return pack(colour.map((v, d) => GROUND[d] + share * (v - GROUND[d])));
  });
}

function rgb(hex) {
  const v = Number.parseInt(hex.slice(1), 16);
  return [v >> 16, (v >> 8) & 255, v & 255];
}

// Little-endian RGBA in one word.
function pack([r, g, b]) {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
