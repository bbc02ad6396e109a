// One visitor's sampler: the model, what codes are drawn from, the codes, and which of them is looked
// at. The widgets of the tab listen to it and act on it; nothing of it is shared with other visitors.
//
// Events: about (a model is there), change ({glide}: codes or what is shown), others (models compared),
// fits (facts of a fit, or one is on its way), done (something was done by hand), error.

import { fetchJson } from '../scene/address.js';
import { Host } from '../scene/host.js';
import { Fitter } from './fitter.js';
import { SamplerSteps } from './steps.js';
import { fitting, readLink, writeLink } from './link.js';
import { Noise } from './noise.js';

export const MOST_SEED = Number.MAX_SAFE_INTEGER;
export const SIGMA_REACH = 2;
const MU_REACH = 3;
export const MOST_OTHERS = 2;
const samplers = new Map();

export function sampler(name) {
  if (!samplers.has(name)) samplers.set(name, new Sampler(name));
  return samplers.get(name);
}

export class Sampler extends Host {
  constructor(name) {
    super(name);
    Object.assign(this, {
      others: [], comparing: [], mode: 'gaussian', mu: [], sigma: [], z: [], seed: 1,
      count: 16, chosen: 0, dim: 0, pair: [0, 1], show: 'samples', device: null,
    });
    this.noise = new Noise(() => this.change({ glide: this.awaiting }), (error) => this.fail(error));
    this.fitter = new Fitter(this);
    this.steps = new SamplerSteps(this);
    this.on('change', () => writeLink(this));
  }

  describe(checkpoint) {
    return fetchJson(`/sampling/${encodeURIComponent(checkpoint)}`);
  }

  readLink() {
    return readLink(this.name);
  }

  async enter(about) {
    const before = this.about;
    const intent = before && this.fitter.leave(about);
    this.about = about;
    // A model that was beside the former one changes places with it.
    const swapped = this.others.map((other) => (other.name === about.name ? before : other));
    this.beside(swapped.filter((other) => other && other.name !== about.name));
    if (before?.latent_dim !== about.latent_dim) this.resize(about.latent_dim);
    if (!about.devices.includes(this.device)) this.device = about.device;
    const link = this.takeLink();
    this.steps.clear();
    this.emit('about', about);
    this.emit('others');
    this.change();
    if (link) await this.adopt(link);
    else if (intent) await this.fitter.again(intent, before);
  }

  // Another number of dimensions: everything begins at the prior.
  resize(size) {
    this.mu = Array(size).fill(0);
    this.sigma = Array(size).fill(1);
    this.z = Array(size).fill(0);
    const [first, second] = this.about.order;
    this.dim = first;
    this.pair = [first, second ?? first];
  }

  async renew(wasGone = false) {
    await super.renew(wasGone);
    if (this.others.length) await this.compare(this.comparing, true);
  }

  // Where the model had been deleted, what was refused is asked for again.
  refresh(wasGone) {
    if (wasGone) {
      this.noise.forgive();
      this.emit('others');
    }
    this.change();
  }

  // Take what a link says, as far as this model has it; the rest is told.
  async adopt(link) {
    const { taken, faults } = fitting(link, this.about);
    if (faults.length) this.fail(new Error(`In the link, ${faults.join('; ')}.`), 'link');
    const { others, source, mode, ...plain } = taken;
    this.set({ ...plain, ...(mode && mode !== 'fitted' ? { mode } : {}) });
    if (mode === 'fitted') this.fitter.mixture(source ?? this.fitter.source);
    if (others) await this.compare(others);
  }

  change({ glide = false } = {}) {
    if (!this.about) return;
    this.chosen = Math.min(this.chosen, this.shown - 1);
    // Numbers that are still on their way glide in when they arrive.
    this.awaiting = !this.codes() && (glide || this.awaiting);
    this.emit('change', { glide });
  }

  // Something done by hand. A step that glides can be taken back.
  set(changes, glide = false) {
    if (!this.about || !sound(changes)) return;
    if (glide) this.steps.remember();
    if (['mode', 'mu', 'sigma', 'z'].some((key) => key in changes)) this.fitter.interrupt();
    Object.assign(this, changes);
    this.emit('done');
    this.change({ glide });
  }

  // Another way to draw; an exact code begins with the one that is looked at.
  setMode(mode) {
    if (mode === this.mode || !this.about) return;
    if (mode === 'fitted') return void this.fitter.mixture(this.fitter.source);
    this.set({ mode, ...(mode === 'exact' ? { z: this.code() ?? this.z } : {}) }, true);
  }

  // How many codes are shown: an exact one is one.
  get shown() {
    return this.mode === 'exact' ? 1 : this.count;
  }

  // The codes that a model decodes, Float32Array [shown * D], or null while they are on their way.
  // Another latent size is matched by the seed: its first dimensions are the same numbers.
  codes(about = this.about) {
    const size = about.latent_dim;
    const count = this.shown;
    if (this.mode === 'exact') return Float32Array.from({ length: size }, (_, d) => this.z[d] ?? 0);
    if (this.mode === 'fitted') {
      return this.noise.draws(about, this.fitter.source, this.seed)?.slice(0, count * size) ?? null;
    }
    const noise = this.noise.normals(this.seed, size);
    if (!noise) return null;
    const codes = noise.slice(0, count * size);
    if (this.mode === 'prior') return codes;
    for (let at = 0; at < codes.length; at += 1) {
      const d = at % size;
      codes[at] = (this.mu[d] ?? 0) + (this.sigma[d] ?? 1) * codes[at];
    }
    return codes;
  }

  // The code that is looked at, as numbers; null while it is on its way.
  code(about = this.about) {
    const codes = about && this.codes(about);
    const size = about?.latent_dim;
    return codes && Array.from(codes.slice(this.chosen * size, (this.chosen + 1) * size));
  }

  // Let the code that is looked at have other values: where there is a mean it moves, else the code
  // stands for itself from now on.
  moveTo(values, glide = false) {
    const z = this.code();
    if (!z) return;
    if (this.mode === 'gaussian') {
      const mu = this.mu.slice();
      for (const [d, value] of values) mu[d] = round(mu[d] + value - z[d]);
      this.set({ mu }, glide);
      return;
    }
    for (const [d, value] of values) z[d] = value;
    this.set({ mode: 'exact', z, chosen: 0 }, glide);
  }

  // How far the sliders reach: three, or as far as a fit or a number went.
  get reach() {
    return reachOf({ gaussian: this.mu, exact: this.z }[this.mode] ?? []);
  }

  resample() {
    if (this.mode !== 'exact') this.set({ seed: this.seed >= MOST_SEED ? 0 : this.seed + 1 }, true);
  }

  reset() {
    const size = this.about.latent_dim;
    this.set({ mu: Array(size).fill(0), sigma: Array(size).fill(1) }, true);
  }

  randomize() {
    const mu = this.mu.map(() => Math.max(-MU_REACH, Math.min(MU_REACH, round(standardNormal()))));
    this.set({ mode: 'gaussian', mu }, true);
  }

  beside(others) {
    this.others = others;
    this.comparing = others.map(({ name }) => name);
  }

  // The names of the models beside this one, two at most; `anew` asks for known ones again, too.
  async compare(names, anew = false) {
    const wanted = names.filter((name) => name !== this.about.name).slice(0, MOST_OTHERS);
    this.comparing = wanted;
    const found = await Promise.all(wanted.map(async (name) => {
      const known = this.others.find((other) => other.name === name);
      if (known && !anew) return known;
      const about = await this.describe(name).catch((error) => void this.fail(error));
      return about?.digest === known?.digest ? known : about;
    }));
    if (this.comparing !== wanted) return;
    this.beside(found.filter(Boolean));
    this.emit('others');
    this.change();
  }
}

// Nothing that is no number gets into the codes.
function sound(changes) {
  return ['mu', 'sigma', 'z'].every((key) => !(key in changes) || changes[key]?.every(Number.isFinite));
}

// Random numbers for a hand that wants to be surprised; the mu they give is in the link.
function standardNormal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

// The least whole number from three that no value is beyond.
export function reachOf(values) {
  return values.reduce((most, v) => Math.max(most, Math.ceil(Math.abs(v))), MU_REACH);
}

export function round(value) {
  return Number(value.toFixed(4));
}

window.latentSampler = sampler;
