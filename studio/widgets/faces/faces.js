// One visitor's face: the model, the code it begins with, how far it is moved along which attributes, and
// the code that this gives. The widgets of the tab listen to it and act on it; nothing of it is shared
// with other visitors.
//
// Events: about (a model is there), change ({glide}: the face or what it is made of), show (which of the
// shows is open), look (the big picture shows another code for a while), busy (something is awaited),
// save and play (keys, for the shelf and the morph), done (something was done by hand), error.

import { fetchJson } from '../scene/address.js';
import { Host } from '../scene/host.js';
import { Decoder } from './decoder.js';
import { fitting, readLink, writeLink } from './link.js';
import { Origins } from './origins.js';
import { FaceSteps } from './steps.js';
import { Ways } from './ways.js';

export const REACH = 3;
export const MOST_TRUNCATION = 1.5;
export const SHOWS = ['face', 'morph', 'strip', 'plane', 'effects'];
const all = new Map();

export function faces(name) {
  if (!all.has(name)) all.set(name, new Faces(name));
  return all.get(name);
}

export class Faces extends Host {
  constructor(name) {
    super(name);
    Object.assign(this, {
      base: null, code: null, looked: null, origin: null, truncation: 0.7, strengths: new Map(),
      shown: [], conditional: false, kind: 'means', show: 'face', axes: { x: null, y: null },
    });
    this.ways = new Ways(this);
    this.origins = new Origins(this);
    this.steps = new FaceSteps(this);
    this.decoder = new Decoder(this);
    this.on('change', () => writeLink(this));
    this.on('show', () => writeLink(this));
  }

  path(rest = '') {
    return `/faces/${encodeURIComponent(this.about.name)}${rest}`;
  }

  describe(checkpoint) {
    return fetchJson(`/faces/${encodeURIComponent(checkpoint)}`);
  }

  readLink() {
    return readLink(this.name);
  }

  async enter(about) {
    const first = !this.about;
    this.about = about;
    const names = about.attributes.map(({ name }) => name);
    const there = (name) => names.includes(name);
    this.shown = this.shown.filter(there);
    if (!this.shown.length) this.shown = about.main.filter(there);
    this.strengths = new Map([...this.strengths].filter(([name]) => there(name)));
    const [x, y] = this.shown;
    this.axes = { x: there(this.axes.x) ? this.axes.x : x ?? null, y: there(this.axes.y) ? this.axes.y : y ?? null };
    if (!about.kinds.includes(this.kind)) [this.kind] = about.kinds;
    if (first) this.truncation = about.truncation;
    Object.assign(this, { base: null, code: null, looked: null, origin: null });
    this.ways.clear();
    this.decoder.clear();
    this.steps.clear();
    const link = this.takeLink();
    this.emit('about', about);
    if (link) await this.adopt(link);
    else await this.origins.draw(this.origins.seed ?? 1, false);
  }

  // Where the model had been deleted, all that was connected to it connects anew.
  async refresh(wasGone) {
    if (wasGone) {
      this.decoder.clear();
      this.looked = null;
      this.emit('about', this.about);
    }
    if (!this.base) return void await this.origins.draw(this.origins.seed ?? 1, false);
    this.change();
    if (await this.ways.load()) this.change({ glide: true });
  }

  // Take what a link says, as far as this model has it; the rest is told.
  async adopt(link) {
    const { taken, faults } = fitting(link, this.about);
    if (faults.length) this.fail(new Error(`In the link, ${faults.join('; ')}.`), 'link');
    const { seed, row, show, ...plain } = taken;
    this.steps.remember();
    Object.assign(this, plain);
    if (show) this.setShow(show);
    // Taken, or something newer is wanted by now.
    if (row !== undefined && (await this.origins.heldOut(row, plain.strengths, false)) !== false) return;
    if (seed !== undefined || !this.base) await this.origins.draw(seed ?? 1, false);
    else await this.turnTo();
  }

  // A random face; without a seed that of the next one. What it is moved by stays.
  async random(seed) {
    if (this.about) await this.origins.draw(seed ?? this.origins.next);
  }

  // A face that took no part in training; without a row any.
  async heldOut(row) {
    if (this.about) await this.origins.heldOut(row);
  }

  // What is awaited: 'random', 'held-out' or nothing.
  get busy() {
    return this.origins.awaited;
  }

  // A face from elsewhere: a shelf, a photo, a held-out one. By hand it can be taken back.
  take({ code, origin, strengths = new Map() }, byHand = true) {
    if (!this.about || code.length !== this.about.latent_dim || !code.every(Number.isFinite)) return;
    this.origins.interrupt();
    if (byHand) this.steps.remember();
    this.set({ base: Float32Array.from(code), origin, strengths: new Map(strengths) }, true);
  }

  truncated(draw) {
    const { mean } = this.about;
    return draw.map((value, d) => mean[d] + this.truncation * (value - mean[d]));
  }

  setTruncation(truncation) {
    if (!(truncation >= 0 && truncation <= MOST_TRUNCATION)) return;
    this.steps.remember('truncation');
    const { origin } = this;
    this.truncation = truncation;
    this.set(origin?.kind === 'random' ? { base: this.truncated(origin.draw) } : {});
  }

  setStrength(name, value, { glide = false } = {}) {
    this.setStrengths({ [name]: value }, { glide, tag: glide ? null : name });
  }

  // Several at once are one step to take back.
  setStrengths(values, { glide = true, tag = null } = {}) {
    const known = Object.entries(values).filter(([name, value]) => this.ways.has(name) && Number.isFinite(value));
    if (!known.length) return;
    this.steps.remember(tag);
    const strengths = new Map(this.strengths);
    for (const [name, value] of known) {
      const held = Math.max(-REACH, Math.min(REACH, Math.round(100 * value) / 100));
      if (held) strengths.set(name, held);
      else strengths.delete(name);
    }
    const unseen = known.map(([name]) => name).filter((name) => !this.shown.includes(name) && strengths.has(name));
    if (unseen.length) this.setShown([...this.shown, ...unseen]);
    this.set({ strengths }, glide);
  }

  reset(name) {
    if (name) this.setStrengths({ [name]: 0 });
    else if (this.strengths.size) this.setStrengths(Object.fromEntries([...this.strengths.keys()].map((key) => [key, 0])));
  }

  // Which attributes have a row, in the model's order; one that loses its row is not moved any more.
  setShown(names) {
    const { attributes } = this.about;
    const shown = attributes.map(({ name }) => name).filter((name) => names.includes(name));
    this.steps.remember();
    const strengths = new Map([...this.strengths].filter(([name]) => shown.includes(name)));
    this.set({ shown, strengths }, true);
    if (this.conditional) this.turnTo();
  }

  setConditional(conditional) {
    if (conditional !== this.conditional) this.turnTo({ conditional });
  }

  setKind(kind) {
    if (kind !== this.kind && this.about?.kinds.includes(kind)) this.turnTo({ kind });
  }

  // Other ways of moving: the face glides once their steps are there.
  async turnTo(changes = {}) {
    if (Object.keys(changes).length) this.steps.remember();
    Object.assign(this, changes);
    this.emit('done');
    this.change();
    try {
      if (await this.ways.load()) this.change({ glide: true });
    } catch (error) {
      this.fail(error);
    }
  }

  setShow(show) {
    if (!SHOWS.includes(show) || show === this.show) return;
    this.show = show;
    this.looked = null;
    this.emit('show', { show });
    this.emit('look');
  }

  setAxes(axes) {
    this.axes = { ...this.axes, ...axes };
    this.emit('done');
    this.change();
  }

  // Let the big picture show another code, as a morph does; null lets it show the face again.
  look(code) {
    this.looked = code;
    this.emit('look');
  }

  // One step along an attribute, Float32Array [D], or null while it is on its way.
  step(name) {
    return this.ways.step(name);
  }

  // Pictures of codes [n * D], as bytes [n * H * W * C].
  decodeOnce(codes) {
    return this.decoder.decodeOnce(codes);
  }

  set(changes, glide = false) {
    if (!this.about) return;
    Object.assign(this, changes);
    this.emit('done');
    this.change({ glide });
  }

  change({ glide = false } = {}) {
    if (!this.about || !this.base) return;
    this.code = this.ways.moved(this.base, this.strengths);
    this.emit('change', { glide });
  }
}

window.latentFaces = faces;
