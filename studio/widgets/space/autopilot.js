// The autopilot: asks the studio for a path and flies along it, its nose into the way.

import { drawPath, isWanted } from './course.js';
import { writeLink } from './link.js';
import { basis, noseInto, slerp } from './quaternion.js';

export const TURN_SECONDS = 0.25;
// How far ahead on the path the nose points, as a share of it.
export const LOOK_AHEAD = 0.012;
// The same in the tunnel, in rings.
const NOSE_RINGS = 3;

export class Autopilot {
  constructor(flight) {
    this.flight = flight;
    this.plan = { kind: 'walk', speed: 0.12, loop: true, even: false, seed: 1, to: 0 };
    this.path = null;
    this.share = 0;
    this.playing = false;
    this.z = null;
    this.starts = 0;
  }

  clear() {
    Object.assign(this, { path: null, share: 0, playing: false, z: null });
    this.flight.emit('path');
  }

  // Another plan; the path of the old one is dropped.
  choose(change) {
    const { kind, seed, to, even } = this.plan;
    // Of a loop that ends, the ship flies the pass that it is on.
    if (change.loop === false && this.path) this.share = this.wrap(this.share);
    Object.assign(this.plan, change);
    const same = ['kind', 'seed', 'to', 'even'].every((k) => this.plan[k] === { kind, seed, to, even }[k]);
    const { playing } = this;
    if (!same) this.stop();
    this.flight.emit('path');
    writeLink(this.flight);
    // In flight it flies on, along the new path from where the ship is.
    if (playing && !same) this.start();
  }

  // Speed in latent units a second; the plan has it as a share of the side of the space.
  get speed() {
    return this.plan.speed * this.flight.space.side;
  }

  async toggle() {
    if (this.playing) this.pause();
    else if (this.flight.hop?.then) this.flight.put({});
    else await this.start();
  }

  async start() {
    const { flight } = this;
    if (!flight.space) return;
    this.starts += 1;
    const { starts } = this;
    if (!this.path) await this.draw();
    const { path } = this;
    // Stopped, or started again, while the path was drawn.
    if (!path || starts !== this.starts) return;
    if (!this.plan.loop && this.share >= 1) this.share = 0;
    const begin = () => {
      if (this.path !== path) return;
      this.playing = true;
      flight.emit('path');
    };
    const start = this.codeAt(this.share);
    if (this.flight.view.calm) begin();
    else flight.hopTo(start, begin);
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.flight.ship = { ...this.flight.ship, velocity: [0, 0, 0] };
    this.flight.emit('path');
  }

  stop() {
    this.starts += 1;
    // Also on its way to where the path begins.
    if (this.flight.hop?.then) this.flight.put({});
    else if (this.z && !this.flight.hop) this.flight.settle(this.z);
    this.clear();
  }

  // One fiftieth of the way.
  async step() {
    if (!this.path) await this.draw();
    if (!this.path) return;
    this.pause();
    const share = this.share + 0.02;
    this.place(this.plan.loop ? share : Math.min(1, share), 1);
    this.flight.emit('path');
  }

  async draw() {
    const { flight } = this;
    const { about } = flight;
    try {
      let path = null;
      while (!path || !isWanted(flight, path)) {
        path = await drawPath(flight);
        if (flight.about !== about) return;
      }
      this.path = path;
      this.share = 0;
      flight.emit('path');
    } catch (error) {
      flight.fail(error);
    }
  }

  codeAt(share) {
    return Float32Array.from(sample(this.path.codes, this.wrap(share)));
  }

  pointAt(share) {
    return sample(this.path.points, this.wrap(share));
  }

  // A path that does not close goes there and back while it loops.
  wrap(share) {
    if (!this.plan.loop) return Math.min(1, Math.max(0, share));
    if (this.path.closed) return share - Math.floor(share);
    const round = ((share % 2) + 2) % 2;
    return round <= 1 ? round : 2 - round;
  }

  // How much of the path a second or a distance is.
  shareOf(distance) {
    return distance / Math.max(this.path.length, 1e-6);
  }

  advance(dt) {
    const share = this.share + this.shareOf(this.speed * dt);
    this.place(share, Math.min(1, dt / TURN_SECONDS), dt);
    if (share < 1 || this.plan.loop) return;
    this.share = 1;
    this.pause();
  }

  place(share, turning, dt = 0) {
    const { flight } = this;
    this.share = share;
    this.z = this.codeAt(share);
    const position = flight.fromLatent(this.z);
    const { attitude, position: before } = flight.ship;
    flight.ship = {
      position,
      // Where the ship really went: a re-timed path is not flown at the plan's speed.
      velocity: position.map((v, d) => (dt > 0 ? (v - before[d]) / dt : 0)),
      attitude: slerp(attitude, this.facing(share), turning),
      rates: [0, 0, 0],
    };
  }

  // The attitude with the nose into the way at a share, by the least turn from the ship's. In the
  // tunnel the nose points farther ahead, so that its end stays in sight.
  facing(share) {
    const { ship: { attitude }, view, space } = this.flight;
    const rings = view.mode === 'tunnel' ? this.shareOf(NOSE_RINGS * view.spread * space.side) : 0;
    const [here, ahead] = [share, share + Math.max(LOOK_AHEAD, rings)].map((at) => this.pointAt(at));
    const way = ahead.map((v, d) => v - here[d]);
    return noseInto(attitude, way);
  }

  // Right, up and forward of the ship once it is there.
  axesAt(share) {
    return basis(this.facing(share));
  }
}

function sample(rows, share) {
  const at = share * (rows.length - 1);
  const i = Math.min(rows.length - 2, Math.floor(at));
  const t = at - i;
  return rows[i].map((v, d) => v + t * (rows[i + 1][d] - v));
}
