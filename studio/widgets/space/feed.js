// Decoded pictures for the view. Drawing never waits for them: between the two newest it fades, along
// a path it decodes ahead and fades between the two that the ship is between; late ones are dropped.

import { LiveSocket } from '../scene/socket.js';

const AHEAD_RATE = 40;
const MOST_CODES = 64;
const SLOWEST_FADE = 120;

export class Feed {
  constructor(flight, say) {
    Object.assign(this, { flight, say });
    this.times = [];
    this.latencies = [];
    this.reset();
  }

  open(about) {
    this.socket?.close();
    this.reset();
    this.size = about.shape.reduce((a, b) => a * b, 1);
    this.socket = new LiveSocket(about.name, about.latent_dim, {
      frame: (frame) => this.receive(frame),
      error: (sentence) => this.say(sentence),
      status: (status) => this.status?.(status),
    }, true);
  }

  reset() {
    Object.assign(this, { before: null, newest: null, asked: null, ahead: [], every: 30, density: NaN });
  }

  close() {
    this.socket?.close();
  }

  // How many pictures the view shows at once.
  get count() {
    return this.flight.view.mode === 'grid' ? this.flight.view.side ** 2 : 1;
  }

  // The codes of the view at a code: itself, or the plane that the ship faces, rows from the top.
  codesAt(z) {
    const { view } = this.flight;
    if (view.mode !== 'grid') return z;
    const [right, up] = this.flight.axes().map((a) => this.direction(a, view.spread));
    const half = (view.side - 1) / 2;
    const codes = new Float32Array(view.side ** 2 * z.length);
    for (let row = 0, at = 0; row < view.side; row += 1) {
      for (let column = 0; column < view.side; column += 1) {
        for (let d = 0; d < z.length; d += 1, at += 1) {
          codes[at] = z[d] + (column - half) * right[d] + (half - row) * up[d];
        }
      }
    }
    return codes;
  }

  // A direction of the space as one of latent space, `share` of the space's side long.
  direction(vector, share) {
    const { axes, side } = this.flight.space;
    const length = share * side;
    return axes[0].map((_, d) => length * (
      vector[0] * axes[0][d] + vector[1] * axes[1][d] + vector[2] * axes[2][d]));
  }

  ask() {
    if (!this.socket || !this.flight.space) return;
    const frames = Math.floor(MOST_CODES / this.count);
    if (this.flight.auto.playing && frames >= 4) this.askAhead(Math.min(16, frames));
    else this.want(this.codesAt(this.flight.z), { count: this.count });
  }

  want(codes, tag) {
    if (same(codes, this.asked)) return;
    this.asked = codes;
    codes.tag = tag;
    this.socket.want(codes);
  }

  // The next pictures along the path, one request after the other.
  askAhead(frames) {
    const { auto } = this.flight;
    const apart = auto.shareOf(auto.speed / AHEAD_RATE);
    const last = this.ahead.at(-1);
    const fits = last && this.aheadOf === auto.path && Math.abs(last.share - auto.share) < 3 * frames * apart;
    if (!fits && last) this.ahead = [];
    this.aheadOf = auto.path;
    if (this.socket.sent || this.socket.wanted) return;
    const from = fits ? Math.max(last.share, auto.share - apart) : auto.share - apart;
    if (from - auto.share > frames * apart) return;
    const shares = Array.from({ length: frames }, (_, i) => from + (i + 1) * apart);
    const codes = new Float32Array(frames * this.count * this.flight.about.latent_dim);
    shares.forEach((share, i) => {
      const part = this.codesAt(auto.codeAt(share));
      codes.set(part, i * part.length);
    });
    codes.tag = { count: this.count, shares, path: auto.path };
    this.asked = null;
    this.socket.want(codes);
  }

  receive({ codes, pixels, density, latency }) {
    const { count, shares, path, rings } = codes.tag ?? {};
    this.note(latency, density.length);
    if (rings) {
      this.rings?.(codes.tag, pixels, density);
      this.show(pixels.subarray(0, this.size), density[0]);
      return;
    }
    if (count !== this.count) return;
    if (!shares) {
      this.show(pixels, density[(count - 1) / 2]);
      return;
    }
    if (path !== this.flight.auto.path) return;
    const length = count * this.size;
    shares.forEach((share, i) => {
      const part = pixels.subarray(i * length, (i + 1) * length);
      this.ahead.push({ share, pixels: part, density: density[i * count + (count - 1) / 2] });
    });
  }

  show(pixels, density) {
    const now = performance.now();
    if (this.newest) this.every += 0.2 * (Math.min(SLOWEST_FADE, now - this.arrived) - this.every);
    const fits = this.newest?.length === pixels.length;
    this.before = fits ? this.blend(now) : pixels;
    Object.assign(this, { newest: pixels, density, arrived: now });
  }

  blend(now) {
    const share = Math.min(1, (now - this.arrived) / Math.min(SLOWEST_FADE, this.every));
    return share >= 1 ? this.newest : mix(this.before, this.newest, share);
  }

  // The pictures of this moment, uint8 [count, H, W, C], or null before the first.
  current(now) {
    const { auto } = this.flight;
    const along = auto.playing && this.flight.view.mode !== 'tunnel' ? this.between(auto.share) : null;
    if (along) {
      this.show(along, this.density);
      this.before = along;
      return along;
    }
    return this.newest ? this.blend(now) : null;
  }

  between(share) {
    while (this.ahead.length > 2 && this.ahead[1].share <= share) this.ahead.shift();
    const [a, b] = this.ahead;
    if (!a || !b || a.pixels.length !== this.count * this.size) return null;
    this.density = a.density;
    return mix(a.pixels, b.pixels, Math.min(1, Math.max(0, (share - a.share) / (b.share - a.share))));
  }

  note(latency, fresh) {
    const now = performance.now();
    for (let i = 0; i < fresh; i += this.count) this.times.push(now);
    this.times = this.times.filter((t) => t > now - 1000);
    this.latencies.push(latency);
    if (this.latencies.length > 40) this.latencies.shift();
  }

  get latency() {
    return [...this.latencies].sort((a, b) => a - b)[this.latencies.length >> 1] ?? NaN;
  }
}

function mix(a, b, share) {
  const t = Math.round(256 * share);
  const mixed = new Uint8Array(b.length);
  for (let i = 0; i < b.length; i += 1) mixed[i] = (a[i] * (256 - t) + b[i] * t) >> 8;
  return mixed;
}

function same(a, b) {
  return Boolean(b) && a.length === b.length && a.every((v, i) => v === b[i]);
}
