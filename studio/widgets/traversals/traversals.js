// One visitor's traversals: the model, the place (a code), what it is around, and how it is shown. The
// widgets of the tab listen to it and act on it; nothing of it is shared with other visitors.
//
// Events: about (a model is there), change (the place, or what is shown), look (something else is looked
// at for a moment), grid (pictures arrived), play, done (something was done by hand), error.

import { fetchJson } from '../scene/address.js';
import { faultWords } from '../scene/fields.js';
import { glideBetween } from '../scene/glide.js';
import { Host } from '../scene/host.js';
import { reducedMotion } from '../scene/scene.js';
import { Steps } from '../scene/steps.js';
import { Grid } from './grid.js';
import { fitting, readLink, writeLink } from './link.js';
import { REACH, STEPS } from './limits.js';
import { Player } from './player.js';
import { argmax, oneHot, partsOf } from './parts.js';

const MOST_SEED = Number.MAX_SAFE_INTEGER;
const GLIDE_MS = 340;
const KEPT = ['z', 'origin', 'show', 'row', 'pair', 'cross'];
const places = new Map();

export function traversals(name) {
  if (!places.has(name)) places.set(name, new Traversals(name));
  return places.get(name);
}

export class Traversals extends Host {
  constructor(name) {
    super(name);
    Object.assign(this, {
      z: null, looked: null, origin: { kind: 'start' }, show: 'rows', row: 'z1', pair: [], cross: [], seed: 0,
      reach: REACH.usual, steps: STEPS.usual, spacing: 'even', unfolded: 0, turn: 0,
    });
    this.undo = new Back(this, KEPT);
    this.grid = new Grid(this);
    this.player = new Player(this);
    this.on('change', () => writeLink(this));
  }

  get code() {
    return this.z;
  }

  path(rest = '') {
    return `/traversals/${encodeURIComponent(this.about.name)}${rest}`;
  }

  describe(checkpoint) {
    return fetchJson(`/traversals/${encodeURIComponent(checkpoint)}`);
  }

  readLink() {
    return readLink(this.name);
  }

  async enter(about) {
    const before = this.about;
    this.about = { ...about, parts: partsOf(about) };
    this.stop();
    this.undo.clear();
    Object.assign(this, { looked: null, z: this.fitted(before) ?? this.start(), unfolded: 0 });
    this.reset(before);
    this.grid.forget();
    const link = this.takeLink();
    this.emit('about', this.about);
    this.change();
    if (link) await this.adopt(link);
  }

  start() {
    const { start } = this.about;
    this.origin = { kind: 'start', z: start };
    return Float32Array.from(start);
  }

  // The same model made anew keeps the place; another one has places of its own.
  fitted(before) {
    const same = before?.name === this.about.name && before.names.join() === this.about.names.join();
    return same ? this.z : null;
  }

  // What is shown begins with the parts that tell most.
  reset(before) {
    const { names, order, discrete, continuous } = this.about;
    if (before?.names.join() === names.join()) return;
    const [first, second] = order;
    this.row = names[first] ?? names[0];
    this.pair = continuous > 1 ? [names[first], names[second]] : [];
    this.cross = discrete.length && continuous ? [names[continuous], names[first]] : [];
    if (!this.shows.includes(this.show)) this.show = 'rows';
  }

  // What can be shown of this model.
  get shows() {
    return ['rows', 'row', ...(this.pair.length ? ['plane'] : []), ...(this.cross.length ? ['classes'] : [])];
  }

  refresh(wasGone) {
    if (wasGone) this.grid.forget();
    this.change();
  }

  // Take what a link says, as far as this model has it; the rest is told.
  async adopt(link) {
    const { taken: { example, ...plain }, faults } = fitting(link, this);
    if (faults.length) this.fail(new Error(faultWords(faults)), 'link');
    this.stop();
    Object.assign(this, plain);
    this.change();
    if (example !== undefined) await this.example(example, Boolean(plain.z));
  }

  change() {
    if (!this.about || !this.z) return;
    this.emit('change', { glide: false });
    this.grid.follow();
  }

  // Something done by hand that can be taken back.
  set(changes, tag = null) {
    if (!this.about) return;
    this.undo.remember(tag);
    this.stop();
    Object.assign(this, changes);
    this.emit('done');
    this.change();
  }

  // How far the rows go and in how many steps; the place stays.
  span(changes) {
    Object.assign(this, changes);
    this.emit('done');
    this.change();
  }

  // One number of the place, as a slider says.
  put(index, value, tag = `z${index}`) {
    if (!Number.isFinite(value)) return;
    const z = (this.target ?? this.z).slice();
    z[index] = value;
    this.set({ z, looked: null }, tag);
  }

  // Flow to a code. `origin` is what the place is around from now on.
  goTo(target, origin = this.origin) {
    if (!this.about || target.length !== this.about.latent_dim) return;
    this.undo.remember();
    this.player.stop();
    Object.assign(this, { origin, looked: null });
    this.emit('look');
    this.emit('done');
    this.flow(Float32Array.from(target));
  }

  // Flow from wherever the place is now.
  flow(target) {
    this.halt?.();
    if (reducedMotion()) {
      this.z = target;
      this.change();
      return;
    }
    this.target = target;
    this.halt = glideBetween(this.z, target, GLIDE_MS, (z) => {
      this.z = z;
      if (z === target) this.target = null;
      this.change();
    });
  }

  // Whatever moves by itself is where it was going.
  stop() {
    this.halt?.();
    if (this.target) this.z = this.target;
    this.target = null;
    this.player.stop();
  }

  // Look at a code without going there; null is the place again.
  lookAt(code, words = '') {
    if (code ? this.player.playing : !this.looked) return;
    Object.assign(this, { looked: code, looking: code ? words : '' });
    this.emit('look');
  }

  // The class that a discrete part is in, or flows to.
  classOf(part) {
    return argmax((this.target ?? this.z).subarray(part.start, part.start + part.classes));
  }

  choose(part, k) {
    this.goTo(oneHot(this.target ?? this.z, part, k));
  }

  centre() {
    if (!this.about) return;
    const { centre } = this.about;
    this.goTo(centre, { kind: 'centre', z: centre });
  }

  async draw(seed = (this.seed + 1) % MOST_SEED) {
    this.seed = seed;
    const found = await this.ask(`/draw?seed=${seed}`);
    if (found) this.goTo(found.z, { kind: 'draw', ...found });
  }

  // One of the model's own examples; with `stay` the place is elsewhere already.
  async example(row, stay = false) {
    const found = await this.ask(`/example?row=${row}`);
    if (!found) return;
    this.around({ kind: 'example', ...found }, stay);
  }

  async picture(blob, name) {
    const found = await this.ask(`/encode?fit=${this.about.fit}`, {
      method: 'POST', body: blob, headers: { 'Content-Type': 'application/octet-stream' },
    });
    if (found) this.around({ kind: 'picture', name, ...found });
  }

  around(origin, stay = false) {
    if (!stay) return void this.goTo(origin.z, origin);
    this.origin = origin;
    this.change();
  }

  // An answer of the studio, or null where it refused or something newer was wanted.
  async ask(rest, options) {
    const { about } = this;
    if (!about) return null;
    this.turn += 1;
    const { turn } = this;
    try {
      const found = await fetchJson(this.path(rest), options);
      return turn === this.turn && about === this.about ? found : null;
    } catch (error) {
      if (turn === this.turn) this.fail(error);
      return null;
    }
  }
}

// A step that is taken back flows to where the place was.
class Back extends Steps {
  take() {
    return { ...super.take(), z: this.host.target ?? this.host.z };
  }

  put({ z, ...rest }) {
    const { host } = this;
    host.player.stop();
    Object.assign(host, rest, { looked: null });
    host.flow(z);
  }
}

window.latentTraversals = traversals;
