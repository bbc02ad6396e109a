// Decoded pictures for the view. Drawing never waits for them: between the two newest it fades, and
// along a path they are decoded ahead.

import { LiveSocket } from '../scene/socket.js';
import { Ahead, mix } from './ahead.js';
import { neighbourhood } from './neighbourhood.js';
import { Pace } from './pace.js';
import { PANELS } from './stations.js';

const MOST_CODES = 64;
const MOST_AHEAD = 16;
const SLOWEST_FADE = 120;
// A score of large requests a second is enough for the tunnel, and leaves other viewers theirs.
const TUNNEL_MS = 45;

export class Feed {
  constructor(flight, tunnel, say) {
    Object.assign(this, { flight, tunnel, say });
    this.pace = new Pace();
    this.ahead = new Ahead(flight, this.pace);
    this.asked = null;
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
    Object.assign(this, { before: null, newest: null, asked: null, every: 30, density: NaN });
    this.pace.reset();
    this.ahead.clear();
    this.tunnelAsked = 0;
  }

  close() {
    this.socket?.close();
  }

  // How many pictures the view shows at once.
  get count() {
    return this.flight.view.mode === 'grid' ? this.flight.view.side ** 2 : 1;
  }

  get inTunnel() {
    return this.flight.view.mode === 'tunnel';
  }

  // The codes of the view at a code: itself, or the plane across `axes`, rows from the top.
  codesAt(z, axes) {
    const { view } = this.flight;
    if (view.mode !== 'grid') return z;
    return neighbourhood(z, axes, this.flight.space, view);
  }

  ask() {
    const { flight } = this;
    if (!this.socket || !flight.space) return;
    if (flight.auto.playing) this.askAhead();
    else if (this.inTunnel) this.askAround();
    else this.want(this.codesAt(flight.z, flight.axes()), { count: this.count });
  }

  want(codes, tag) {
    if (same(codes, this.asked)) return;
    this.asked = codes;
    codes.tag = tag;
    this.socket.want(codes);
  }

  get busy() {
    return Boolean(this.socket.sent || this.socket.wanted);
  }

  // The next views along the path, and in the tunnel the rings that have come into sight.
  askAhead() {
    const { auto, view } = this.flight;
    const { count, inTunnel } = this;
    const { stations } = this.tunnel;
    const key = `${count} ${count > 1 ? view.spread : ''}`;
    this.ahead.fit(key);
    if (this.busy) return;
    const most = Math.min(MOST_AHEAD, Math.floor(MOST_CODES / count));
    const shares = this.ahead.next(count, most, inTunnel ? stations.reach : 0);
    const rings = (inTunnel && stations.wish(Math.floor((MOST_CODES - shares.length) / PANELS))) || [];
    if (!shares.length && !rings.length) return;
    const views = shares.map((share) => this.codesAt(auto.codeAt(share), auto.axesAt(share)));
    this.asked = null;
    this.send([...views, ...stations.codes(rings)], { count, shares, rings, path: auto.path, key });
  }

  // Where no path is known: the picture of here, the one at the end, and what lies around.
  askAround() {
    const now = performance.now();
    if (this.busy || now - this.tunnelAsked < TUNNEL_MS) return;
    const { stations } = this.tunnel;
    const rings = stations.wish(Math.floor((MOST_CODES - 2) / PANELS));
    if (!rings) return;
    this.tunnelAsked = now;
    this.asked = null;
    this.send([this.flight.z, stations.endCode(), ...stations.codes(rings)], { count: 1, end: true, rings });
  }

  send(parts, tag) {
    const codes = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      codes.set(part, at);
      at += part.length;
    }
    codes.tag = tag;
    this.socket.want(codes);
  }

  receive({ codes, pixels, density, classes, shares: parts, latency }) {
    const tag = codes.tag ?? {};
    const { count, shares, rings, end } = tag;
    this.pace.note(latency, density.length);
    if (rings?.length) {
      const first = density.length - rings.length * PANELS;
      this.tunnel.receive(rings, pixels.subarray(first * this.size), density.subarray(first));
    }
    if (end) this.tunnel.showEnd(pixels.subarray(this.size, 2 * this.size), 0.6);
    if (count !== this.count) return;
    const near = (at) => (classes ? { class: classes[at], share: parts[at] } : null);
    const view = (n) => {
      const middle = n * count + (count - 1) / 2;
      const pictures = pixels.subarray(n * count * this.size, (n + 1) * count * this.size);
      return { pixels: pictures, density: density[middle], near: near(middle) };
    };
    if (!shares) {
      this.pace.arrived(1);
      this.show(view(0));
    } else if (shares.length && tag.key === this.ahead.key && tag.path === this.ahead.path) {
      const shown = this.newest && { pixels: this.newest, density: this.density, near: this.flight.near };
      const views = shares.map((share, n) => ({ ...view(n), share }));
      this.pace.arrived(this.ahead.receive(views, shown));
    }
  }

  show({ pixels, density, near }) {
    const now = performance.now();
    if (this.newest) this.every += 0.2 * (Math.min(SLOWEST_FADE, now - this.arrived) - this.every);
    const fits = this.newest?.length === pixels.length;
    this.before = fits ? this.blend(now) : pixels;
    Object.assign(this, { newest: pixels, density, arrived: now });
    this.flight.near = near;
  }

  blend(now) {
    const share = Math.min(1, (now - this.arrived) / Math.min(SLOWEST_FADE, this.every));
    return share >= 1 ? this.newest : mix(this.before, this.newest, share);
  }

  // The pictures of this moment, uint8 [count, H, W, C], or null before the first.
  current(now) {
    const along = this.along();
    if (!along) return this.newest ? this.blend(now) : null;
    const { pixels, density, near } = along;
    Object.assign(this, { newest: pixels, before: pixels, density, arrived: now });
    this.flight.near = near;
    return pixels;
  }

  // What the path has for the place of the ship and, in the tunnel, for its end.
  along() {
    const { auto } = this.flight;
    if (!auto.playing || this.ahead.path !== auto.path) return null;
    this.ahead.pass(auto.share);
    if (this.inTunnel) {
      const end = this.ahead.at(auto.share + this.tunnel.stations.reach);
      if (end) this.tunnel.showEnd(end.pixels, 1);
    }
    const here = this.ahead.at(auto.share);
    return here?.pixels.length === this.count * this.size ? here : null;
  }
}

function same(a, b) {
  return Boolean(b) && a.length === b.length && a.every((v, i) => v === b[i]);
}
