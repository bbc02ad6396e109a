// One visitor's flight: the checkpoint, the space it is flown in, the ship, its trail. The widgets of
// the tab listen to it and act on it; nothing of it is shared with other visitors.
//
// Events: about, stars, view, path, waypoints, error.

import { fetchBytes, fetchJson } from '../scene/address.js';
import { reducedMotion } from '../scene/scene.js';
import { Autopilot } from './autopilot.js';
import { readLink, writeLink } from './link.js';
import { FORWARD, basis, between, dot, multiply, normalised, rotate, slerp } from './quaternion.js';
import { AT_REST, step, turn } from './ship.js';
import { Stars } from './stars.js';
import { Waypoints } from './waypoints.js';

const HOP_SECONDS = 0.9;
const TRAIL = 500;
const flights = new Map();

export function flight(name) {
  if (!flights.has(name)) flights.set(name, new Flight(name));
  return flights.get(name);
}

export class Flight extends EventTarget {
  constructor(name) {
    super();
    this.name = name;
    this.about = null;
    this.space = null;
    this.stars = null;
    this.ship = AT_REST;
    this.controls = { thrust: 0, brake: 0, pitch: 0, yaw: 0, roll: 0 };
    this.view = { mode: 'single', side: 3, map: 'inset', spread: 0.05, calm: reducedMotion() };
    this.auto = new Autopilot(this);
    this.waypoints = new Waypoints(this);
    this.trail = [];
    this.odometer = 0;
    this.hop = null;
    this.frame = null;
  }

  emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  on(type, listener) {
    this.addEventListener(type, (event) => listener(event.detail));
  }

  fail(error) {
    this.emit('error', { message: error.message ?? String(error) });
  }

  async open(checkpoint) {
    this.opening = checkpoint;
    if (!checkpoint || this.about?.name === checkpoint) return;
    const name = encodeURIComponent(checkpoint);
    try {
      const [about, space] = await Promise.all([
        fetchJson(`/checkpoints/${name}`), fetchJson(`/flight/${name}`),
      ]);
      if (this.opening !== checkpoint) return;
      this.show(about, space);
      const data = await fetchBytes(`/flight/${name}/stars?v=${about.digest.slice(0, 12)}`);
      if (this.about !== about) return;
      this.stars = new Stars(data, about.palette);
      this.emit('stars');
    } catch (error) {
      if (this.opening === checkpoint) this.fail(error);
    }
  }

  show(about, space) {
    const link = this.about ? {} : readLink(this.name);
    Object.assign(this, { about, space, stars: null, frame: null, hop: null, trail: [] });
    this.lift = null;
    this.auto.clear();
    const home = about.medoids.find(Boolean) ?? space.origin;
    this.ship = { ...AT_REST, position: this.fromLatent(home) };
    this.ship.attitude = this.towards(this.centre());
    if (link.fault) this.fail(new Error(link.fault));
    if (link.position) this.ship = { ...this.ship, position: link.position };
    if (link.attitude) this.ship = { ...this.ship, attitude: normalised(link.attitude) };
    Object.assign(this.view, link.view);
    this.waypoints.open(about);
    this.emit('about', about);
    this.emit('view');
    if (link.fly) this.auto.choose(link.fly);
  }

  // The code at a point of the frame, and the nearest point of the frame to a code.
  toLatent(x) {
    const { origin, axes } = this.space;
    const base = this.lift ?? origin;
    return Float32Array.from(base, (v, d) => v + x[0] * axes[0][d] + x[1] * axes[1][d] + x[2] * axes[2][d]);
  }

  fromLatent(z) {
    const { origin, axes } = this.space;
    return axes.map((axis) => axis.reduce((sum, a, d) => sum + a * (z[d] - origin[d]), 0));
  }

  get z() {
    return this.auto.z ?? this.toLatent(this.ship.position);
  }

  centre() {
    const { low, high } = this.space.ship;
    return low.map((v, d) => (v + high[d]) / 2);
  }

  towards(target) {
    const { position, attitude } = this.ship;
    const way = target.map((v, d) => v - position[d]);
    const nose = rotate(attitude, FORWARD);
    return normalised(multiply(between(nose, way), attitude));
  }

  // Right, up and forward of the ship.
  axes() {
    return basis(this.ship.attitude);
  }

  get steered() {
    return Object.values(this.controls).some(Boolean);
  }

  // Fly on; called once for every drawn frame.
  advance(dt) {
    if (!this.space) return;
    const before = this.ship.position;
    if (this.steered) this.takeOver();
    if (this.hop) this.hopOn(dt);
    else if (this.auto.playing) this.auto.advance(dt);
    else this.ship = step(this.ship, this.controls, dt, this.space.ship);
    const moved = this.ship.position.map((v, d) => v - before[d]);
    this.odometer += this.auto.playing ? this.auto.speed * dt : dot(moved, rotate(this.ship.attitude, FORWARD));
    this.leaveTrail();
    if (Math.hypot(...moved) > 1e-6 || this.steered) writeLink(this);
  }

  // A hand on the controls ends whatever flew the ship; a model of more dimensions is flown on
  // through the code where the path was left.
  takeOver() {
    this.hop = null;
    if (!this.auto.z) return;
    this.settle(this.auto.z);
    this.auto.pause();
    this.auto.z = null;
  }

  settle(z) {
    const x = this.fromLatent(z);
    this.lift = null;
    const flat = this.toLatent(x);
    this.lift = Float32Array.from(this.space.origin, (v, d) => v + z[d] - flat[d]);
    this.ship = { ...this.ship, position: x };
  }

  steer(pitch, yaw, roll = 0) {
    this.takeOver();
    this.ship = turn(this.ship, pitch, yaw, roll);
    writeLink(this);
  }

  // Go to a code from rest to rest, as `warp` of models/latent/flight/shapes.py does.
  hopTo(z, then = null) {
    if (!this.space || !z) return;
    this.auto.pause();
    const from = this.z;
    this.auto.z = null;
    const to = Float32Array.from(z);
    const way = this.fromLatent(to).map((v, d) => v - this.ship.position[d]);
    if (this.view.calm || Math.hypot(...way) < 1e-3) {
      this.land(to, then);
      return;
    }
    const facing = this.towards(this.fromLatent(to));
    this.hop = { from, to, then, at: 0, attitude: this.ship.attitude, facing };
  }

  hopOn(dt) {
    const { hop } = this;
    hop.at = Math.min(1, hop.at + dt / HOP_SECONDS);
    const u = hop.at;
    const share = u ** 3 * (10 - 15 * u + 6 * u * u);
    const z = hop.from.map((v, d) => v + share * (hop.to[d] - v));
    const before = this.ship.position;
    const position = this.fromLatent(z);
    this.auto.z = z;
    const velocity = position.map((v, d) => (dt > 0 ? (v - before[d]) / dt : 0));
    const attitude = slerp(hop.attitude, hop.facing, Math.min(1, 1.8 * share));
    this.ship = { position, velocity, attitude, rates: [0, 0, 0] };
    if (u === 1) this.land(hop.to, hop.then);
  }

  land(z, then) {
    this.hop = null;
    this.auto.z = null;
    this.settle(z);
    this.ship = { ...this.ship, velocity: [0, 0, 0], rates: [0, 0, 0] };
    writeLink(this);
    then?.();
  }

  anchor(k) {
    return this.about?.medoids?.[k] ?? this.about?.means?.[k] ?? null;
  }

  // Key 1 leads to the first class where classes have no digits for names.
  warpToDigit(digit) {
    const named = this.about?.class_names.indexOf(String(digit)) ?? -1;
    this.hopTo(this.anchor(named >= 0 ? named : (digit + 9) % 10));
  }

  async warpToCharted() {
    const { about } = this;
    if (!about) return;
    const seed = Math.floor(Math.random() * 2 ** 31);
    try {
      const name = encodeURIComponent(about.name);
      const drawn = await fetchJson(`/checkpoints/${name}/sample?kind=data&seed=${seed}`);
      if (about === this.about) this.hopTo(drawn.z);
    } catch (error) {
      this.fail(error);
    }
  }

  level() {
    this.takeOver();
    const forward = rotate(this.ship.attitude, FORWARD);
    this.ship = { ...this.ship, rates: [0, 0, 0], attitude: between(FORWARD, forward) };
    writeLink(this);
  }

  setView(change) {
    Object.assign(this.view, change);
    this.emit('view');
    writeLink(this);
  }

  leaveTrail() {
    const last = this.trail.at(-1);
    const { position } = this.ship;
    const apart = last ? Math.hypot(...position.map((v, d) => v - last[d])) : Infinity;
    if (apart < 0.004 * this.space.side) return;
    this.trail.push(position);
    if (this.trail.length > TRAIL) this.trail.shift();
  }
}

window.latentFlight = { flight };
