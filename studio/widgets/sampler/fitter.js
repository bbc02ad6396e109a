// What a sampler is fitted to: mu and sigma of data, or Gaussians with full covariances. The newest wish
// counts, and whatever a hand does meanwhile counts more.

import { fetchJson } from '../scene/address.js';
import { round } from './sampler.js';

export class Fitter {
  constructor(sampler) {
    this.sampler = sampler;
    this.source = { label: null, components: null };
    // The fit that mu and sigma stand for, {label} of data or {} of a picture, until something moves.
    this.moments = null;
    this.facts = new Map();
    this.turn = 0;
    this.busy = false;
  }

  // A hand did something: what is on its way is not wanted any more.
  interrupt() {
    this.turn += 1;
    this.moments = null;
    this.wait(false);
  }

  wait(busy) {
    if (this.busy === busy) return;
    this.busy = busy;
    this.sampler.emit('fits');
  }

  // Take mu and sigma from where data is: all of it, a class, an example, a picture. Returns the fit, or
  // null if something else was wanted meanwhile.
  async fit(path, intent, options) {
    const { sampler } = this;
    this.turn += 1;
    const { turn } = this;
    this.wait(true);
    try {
      const fitted = await fetchJson(`/sampling/${encodeURIComponent(sampler.about.name)}/${path}`, options);
      if (turn !== this.turn) return null;
      sampler.set({ mode: 'gaussian', mu: fitted.mu.map(round), sigma: fitted.sigma.map(round) }, true);
      this.moments = { ...intent, examples: fitted.examples };
      sampler.emit('fits');
      return fitted;
    } catch (error) {
      if (turn === this.turn) sampler.fail(error);
      return null;
    } finally {
      if (turn === this.turn) this.wait(false);
    }
  }

  fitTo(label) {
    return this.fit(label === null ? 'fit' : `fit?label=${label}`, { label });
  }

  // Draw from Gaussians that are fitted to data.
  async mixture(source) {
    const { sampler } = this;
    this.turn += 1;
    const { turn } = this;
    this.wait(true);
    try {
      await this.factsOf(sampler.about, source);
      if (turn !== this.turn) return;
      sampler.steps.remember();
      this.source = source;
      sampler.set({ mode: 'fitted' });
    } catch (error) {
      if (turn === this.turn) sampler.fail(error);
    } finally {
      if (turn === this.turn) this.wait(false);
    }
  }

  // What a mixture of a model is, once it was asked for; else undefined.
  known(about, source = this.source) {
    return this.facts.get(key(about, source))?.found;
  }

  // The same, asked for once.
  factsOf(about, source = this.source) {
    const at = key(about, source);
    if (!this.facts.has(at)) {
      const asked = fetchJson(`/sampling/${encodeURIComponent(about.name)}/mixture?${queryOf(source)}`);
      const entry = { asked };
      this.facts.set(at, entry);
      asked.then((found) => {
        entry.found = found;
        this.sampler.emit('fits');
      }, () => this.facts.delete(at));
    }
    return this.facts.get(at).asked;
  }

  // Leave a model for another one: what the fit stood for, or null. A class is kept where its name is.
  leave(next) {
    const { sampler } = this;
    const { class_names: names } = sampler.about;
    const alike = names.join('\n') === next.class_names.join('\n');
    const { mode } = sampler;
    const intent = mode === 'fitted' ? { source: this.source } : mode === 'gaussian' ? this.moments : null;
    this.interrupt();
    if (mode === 'fitted') sampler.mode = 'gaussian';
    if (!alike) this.source = { ...this.source, label: null };
    if (!intent) return { kept: true };
    if (intent.source) return { source: this.source };
    return intent.label === undefined || (!alike && intent.label !== null) ? { kept: true } : intent;
  }

  // Fit another model to the same.
  async again(intent, before) {
    const { sampler } = this;
    const there = sampler.about.aggregate !== null;
    if (intent.source && there) await this.mixture(intent.source);
    else if (intent.label !== undefined && there) await this.fitTo(intent.label);
    else if (moved(sampler) && before.latent_dim === sampler.about.latent_dim) {
      sampler.tell('The numbers stay as they were, but every model has its own use for a dimension.');
    }
  }
}

export function queryOf({ label, components }) {
  const query = new URLSearchParams();
  if (label !== null) query.set('label', label);
  if (components !== null) query.set('components', components);
  return query;
}

const key = ({ name, digest }, source) => `${name} ${digest} ${queryOf(source)}`;

function moved({ mode, mu, sigma }) {
  return mode === 'exact' || (mode === 'gaussian' && (mu.some((v) => v !== 0) || sigma.some((v) => v !== 1)));
}
