// The autopilot: asks the studio for a path and flies along it, its nose into the way.

import { drawPath, isWanted } from './course.js';
import { writeLink } from './link.js';
import { FORWARD, basis, between, multiply, normalised, rotate, slerp } from './quaternion.js';

const TURN_SECONDS = 0.25;
const LOOK_AHEAD = 0.012;

export class Autopilot {
  constructor(flight) {
    this.flight = flight;
    this.plan = { kind: 'walk', speed: 0.12, loop: true, even: false, seed: 1, to: 0 };
    this.path = null;
    this.share = 0;
    this.playing = false;
    this.z = null;
  }

  clear() {
    Object.assign(this, { path: null, share: 0, playing: false, z: null });
    this.flight.emit('path');
  }

  // Another plan; the path of the old one is dropped.
  choose(change) {
    const { kind, seed, to, even } = this.plan;
    Object.assign(this.plan, change);
    const same = ['kind', 'seed', 'to', 'even'].every((k) => this.plan[k] === { kind, seed, to, even }[k]);
    if (!same) this.stop();
    this.flight.emit('path');
    writeLink(this.flight);
  }

  // Speed in latent units a second; the plan has it as a share of the side of the space.
  get speed() {
    return this.plan.speed * this.flight.space.side;
  }

  async toggle() {
    if (this.playing || this.flight.hop) this.pause();
    else await this.start();
  }

  async start() {
    const { flight } = this;
    if (!flight.space) return;
    if (!this.path) await this.draw();
    if (!this.path) return;
    if (this.share >= 1) this.share = 0;
    const begin = () => {
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
    if (this.z && !this.flight.hop) this.flight.settle(this.z);
    this.clear();
  }

  // One fiftieth of the way.
  async step() {
    if (!this.path) await this.draw();
    if (!this.path) return;
    this.pause();
    this.place(Math.min(1, this.share + 0.02), 1);
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

  // The attitude with the nose into the way at a share, by the least turn from the ship's.
  facing(share) {
    const { attitude } = this.flight.ship;
    const [here, ahead] = [share, share + LOOK_AHEAD].map((at) => this.pointAt(at));
    const way = ahead.map((v, d) => v - here[d]);
    return normalised(multiply(between(rotate(attitude, FORWARD), way), attitude));
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
