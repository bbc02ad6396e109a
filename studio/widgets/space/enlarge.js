// Enlarges small pictures by a whole factor with the Catmull-Rom cubic, which passes through every
// value it was given: smooth, and no pixel is made up or lost. A browser scales the rest of the way.

const TAPS = 4;

// How each of `factor * size` places is made of four of `size`: indices and weights.
function taps(size, factor) {
  const index = new Int32Array(TAPS * factor * size);
  const weight = new Float32Array(TAPS * factor * size);
  for (let x = 0; x < factor * size; x += 1) {
    const at = (x + 0.5) / factor - 0.5;
    const left = Math.floor(at);
    const t = at - left;
    const weights = [
      ((2 - t) * t - 1) * t, (3 * t - 5) * t * t + 2, ((4 - 3 * t) * t + 1) * t, (t - 1) * t * t,
    ];
    weights.forEach((value, n) => {
      index[TAPS * x + n] = Math.min(size - 1, Math.max(0, left - 1 + n));
      weight[TAPS * x + n] = value / 2;
    });
  }
  return { index, weight };
}

export class Enlarger {
  constructor([channels, height, width], factor) {
    Object.assign(this, { channels, height, width, factor });
    this.across = taps(width, factor);
    this.down = taps(height, factor);
    this.rows = Array.from({ length: channels }, () => new Float32Array(height * factor * width));
  }

  // Write the picture at `offset` of `pixels` into `data` (RGBA, rows of `stride` pixels) at `start`;
  // transparency is left as it is.
  into(data, stride, start, pixels, offset) {
    for (let c = 0; c < this.channels; c += 1) this.widen(this.rows[c], pixels, offset + c);
    const [red, green, blue] = this.channels === 3 ? this.rows : [this.rows[0], null, null];
    const { index, weight } = this.down;
    const w = this.width * this.factor;
    for (let y = 0; y < this.height * this.factor; y += 1) {
      const [i, j, k, l] = [0, 1, 2, 3].map((n) => w * index[TAPS * y + n]);
      const [p, q, r, s] = weight.subarray(TAPS * y, TAPS * y + TAPS);
      for (let x = 0, to = 4 * (start + y * stride); x < w; x += 1, to += 4) {
        // A clamped array rounds and cuts what overshoots.
        const first = p * red[i + x] + q * red[j + x] + r * red[k + x] + s * red[l + x];
        data[to] = first;
        data[to + 1] = green ? p * green[i + x] + q * green[j + x] + r * green[k + x] + s * green[l + x] : first;
        data[to + 2] = blue ? p * blue[i + x] + q * blue[j + x] + r * blue[k + x] + s * blue[l + x] : first;
      }
    }
  }

  widen(row, pixels, offset) {
    const { index, weight } = this.across;
    const { channels, width } = this;
    const w = width * this.factor;
    for (let y = 0, to = 0; y < this.height; y += 1) {
      const from = offset + y * width * channels;
      for (let n = 0; n < TAPS * w; n += TAPS, to += 1) {
        row[to] = weight[n] * pixels[from + channels * index[n]]
          + weight[n + 1] * pixels[from + channels * index[n + 1]]
          + weight[n + 2] * pixels[from + channels * index[n + 2]]
          + weight[n + 3] * pixels[from + channels * index[n + 3]];
      }
    }
  }
}
