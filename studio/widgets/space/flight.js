// One visitor's flight: the checkpoint, the space it is flown in, the ship, its trail. The widgets of
// the tab listen to it and act on it; nothing of it is shared with other visitors.
//
// Events: about, stars, view, path, waypoints, error.

import { fetchJson } from '../scene/address.js';
import { Emitter } from '../scene/emitter.js';
import { anglesOf, attitudeOf } from './angles.js';
import { Autopilot } from './autopilot.js';
import { calmNow, followSystem } from './calm.js';
import { asks, destination } from './course.js';
import { Held } from './holdable.js';
import { hopOn, hopTo } from './hop.js';
import { writeLink } from './link.js';
import { describe, describeLinked, follow, linkFor, loadStars, place, tellDeleted } from './opening.js';
import { FORWARD, basis, dot, noseInto, rotate } from './quaternion.js';
import { AT_REST, step, turn } from './ship.js';
import { Waypoints } from './waypoints.js';

const TRAIL = 500;
const AGAIN_MS = 2000;
const STRIDE_SECONDS = 1;
const flights = new Map();

export function flight(name) {
  if (!flights.has(name)) flights.set(name, new Flight(name));
  return flights.get(name);
}

export class Flight extends Emitter {
  constructor(name) {
    super();
    this.name = name;
    this.about = null;
    this.space = null;
    this.stars = null;
    this.ship = AT_REST;
    this.held = new Held(this);
    this.held.apply();
    this.view = { mode: 'single', side: 3, map: 'inset', spread: 0.05, calm: calmNow() };
    this.auto = new Autopilot(this);
    this.waypoints = new Waypoints(this);
    this.trail = [];
    this.odometer = 0;
    this.hop = null;
    this.linked = true;
    this.tried = new Set();
    this.harbours = new Map();
    this.unsaid = [];
    for (const type of ['path', 'view', 'waypoints']) this.on(type, () => this.changed());
    this.on('waypoints', () => {
      this.keepDestination();
      this.tellTour();
    });
    followSystem(this);
    window.addEventListener('studio-link', ({ detail }) => this.followLink(detail));
  }

  // Say a sentence in the view. Kinds: error, link (long enough to read what a link lacks), info.
  fail(error, kind = 'error') {
    const said = { message: sentence(error), kind };
    if (!this.heard) this.unsaid.push(said);
    this.emit('error', said);
  }

  // The address follows.
  changed() {
    writeLink(this);
  }

  async open(checkpoint) {
    this.opening = checkpoint;
    const link = linkFor(this, checkpoint);
    const known = this.about?.name === checkpoint && (!link || link.foreign);
    if (!checkpoint || known) return;
    try {
      const found = await describeLinked(checkpoint, link);
      if (this.opening === checkpoint) await this.show(found, link);
    } catch (error) {
      if (this.opening !== checkpoint) return;
      this.fail(error);
      if (unreachable(error)) setTimeout(() => this.opening === checkpoint && this.open(checkpoint), AGAIN_MS);
      else this.tried.add(checkpoint);
    }
  }

  // A link inside the page to a flight.
  followLink({ tab, model, ...others }) {
    if (tab !== this.name || !(others.x || others.z || others.fly)) return;
    this.linked = true;
    if (this.about && (!model || model === this.about.name)) this.open(this.about.name);
  }

  // What is flown from now on; `link` may say where and how.
  async show({ about, space }, link = null) {
    const before = this.about?.name;
    this.leave();
    this.linked = false;
    Object.assign(this, { about, space, stars: null, near: null, choosing: null, hop: null, trail: [], lift: null });
    this.auto.clear();
    this.auto.plan.stops = null;
    this.auto.plan.place = null;
    this.waypoints.open(about);
    place(this, link);
    this.emit('about', about);
    this.emit('view');
    this.emit('path');
    if (before && before !== about.name) tellDeleted(this, before);
    await Promise.all([follow(this, link), this.chart()]);
  }

  // Keep the place in the model that is left.
  leave() {
    if (!this.about) return;
    const { attitude } = this.ship;
    this.harbours.set(this.about.name, { z: Float32Array.from(this.z), attitude });
  }

  async chart() {
    const { about, space } = this;
    try {
      const stars = await loadStars(about, space);
      if (this.space !== space) return;
      this.stars = stars;
      this.emit('stars');
    } catch (error) {
      if (this.space !== space) return;
      this.fail(error);
      if (unreachable(error)) setTimeout(() => this.space === space && this.chart(), AGAIN_MS);
    }
  }

  // The model may have been made anew under its name, or deleted and brought back: the ship stays.
  async renew(wasGone) {
    const { about } = this;
    const found = await describe(about.name, this.space.chosen?.join());
    if (this.about !== about) return;
    if (found.about.digest !== about.digest) {
      await this.show(found);
      this.fail(`The model '${about.name}' was made anew; the ship is where it was.`, 'info');
    } else if (wasGone) this.emit('about', about);
  }

  // Fly along three latent dimensions, counted from 1, or along the principal axes. The picture stays.
  async flyAlong(axes) {
    const { about } = this;
    this.choosing = axes ?? [];
    const { choosing } = this;
    try {
      const { space } = await describe(about.name, axes?.join());
      // Another choice may have followed.
      if (this.about !== about || this.choosing !== choosing) return;
      const z = this.z;
      Object.assign(this, { choosing: null, space, stars: null, hop: null, trail: [], lift: null });
      const { auto } = this;
      if (auto.path) auto.path.points = auto.path.codes.map((code) => this.fromLatent(code));
      if (auto.path && auto.z) auto.place(auto.share, 0);
      else this.settle(z);
      this.ship = { ...this.ship, velocity: [0, 0, 0], rates: [0, 0, 0] };
      this.emit('path');
      this.emit('view');
      await this.chart();
    } catch (error) {
      if (this.choosing !== choosing) return;
      this.choosing = null;
      this.fail(error);
      this.emit('view');
    }
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
    return noseInto(attitude, way);
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
    if (this.hop) hopOn(this, dt);
    else if (this.auto.playing) this.auto.advance(this.stride(dt));
    else this.ship = step(this.ship, this.controls, dt, this.space.ship);
    const moved = this.ship.position.map((v, d) => v - before[d]);
    this.odometer += this.auto.playing ? this.auto.speed * dt : dot(moved, rotate(this.ship.attitude, FORWARD));
    this.leaveTrail();
    if (Math.hypot(...moved) > 1e-6 || this.steered) this.changed();
  }

  // With less motion the autopilot goes in steps, each as long as the flight since the last.
  stride(dt) {
    if (!this.view.calm) return dt;
    this.saved = (this.saved ?? 0) + dt;
    if (this.saved < STRIDE_SECONDS) return 0;
    const stride = this.saved;
    this.saved = 0;
    return stride;
  }

  // A hand on the controls ends whatever flew the ship; a model of more dimensions is flown on
  // through the code where the path was left.
  takeOver() {
    this.hop = null;
    if (this.auto.z) this.settle(this.auto.z);
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
    if (!this.space) return;
    this.takeOver();
    this.ship = turn(this.ship, pitch, yaw, roll);
    this.changed();
  }

  // Put the ship somewhere, at rest: position in the frame, attitude.
  put(change) {
    if (!this.space) return;
    this.takeOver();
    this.ship = { ...this.ship, velocity: [0, 0, 0], rates: [0, 0, 0], ...change };
    this.changed();
  }

  hopTo(z, then = null) {
    if (this.space && z) hopTo(this, z, then);
  }

  // The n-th waypoint, from 1.
  hopToWaypoint(n) {
    this.hopTo(this.waypoints.list[n - 1]?.z);
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
    if (!this.space) return;
    this.takeOver();
    const [pitch, heading] = anglesOf(this.ship.attitude);
    this.ship = { ...this.ship, rates: [0, 0, 0], attitude: attitudeOf(pitch, heading, 0) };
    this.changed();
  }

  setView(change) {
    Object.assign(this.view, change);
    this.emit('view');
  }

  // A destination that was deleted is none.
  keepDestination() {
    const { plan } = this.auto;
    if (String(plan.to).startsWith('w') && !destination(this, plan.to)) plan.to = 0;
  }

  // A tour is flown on as it was planned.
  tellTour() {
    const { plan, path } = this.auto;
    if (plan.kind !== 'tour' || !path || plan.stops || same(path.asked.via, this.waypoints.list)) return;
    this.fail('The waypoints have changed; press Tour to fly through them as they are now.', 'info');
  }

  // What a path from here would be.
  asks() {
    return asks(this);
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

const same = (a, b) => a.length === b.length && a.every(({ z }, i) => z.every((v, d) => v === b[i].z[d]));

// Browsers say "Failed to fetch" and the like where nobody answers.
const unreachable = (error) => error instanceof TypeError && /fetch|network|load failed/i.test(error.message);

function sentence(error) {
  if (unreachable(error)) return 'The studio does not answer; try again in a moment.';
  return error.message ?? String(error);
}

window.latentFlight = { flight };
