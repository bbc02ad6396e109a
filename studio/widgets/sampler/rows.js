// A row a dimension: its name and how much it says, the slider of its mean (or of the code itself), and
// that of its width. Behind the slider lie the data, N(mu, sigma^2), and the code that is looked at.

import { button, make } from '../scene/parts.js';
import { plainNumber } from '../scene/fields.js';
import { SIGMA_REACH, round } from './sampler.js';
import { number } from './words.js';

const PAGE = 16;

export class Rows {
  constructor(sampler) {
    Object.assign(this, { sampler, page: 0, query: '', first: false, rows: new Map(), grip: null });
    this.list = make('div', { className: 'rows' });
    this.list.addEventListener('pointerdown', (event) => this.press(event));
    window.addEventListener('pointerup', () => this.release());
    window.addEventListener('pointercancel', () => this.release());
    this.heads = make('div', { className: 'heads', 'aria-hidden': 'true' });
    this.ten = button('most active first', 'Order by how much each dimension tells of an example', () => {
      this.first = !this.first;
      this.page = 0;
      this.arrange();
    }, { 'aria-pressed': 'false', className: 'ten' });
    this.search = make('input', {
      type: 'search', placeholder: 'find: 7, 40-55', 'aria-label': 'Find dimensions by number', autocomplete: 'off',
    });
    this.search.addEventListener('input', () => {
      this.query = this.search.value;
      this.page = 0;
      this.arrange();
    });
    this.back = button('‹', 'Dimensions before', () => this.turn(-1));
    this.on = button('›', 'Dimensions after', () => this.turn(1));
    this.where = make('span', { className: 'page', role: 'status' });
    this.pager = make('div', { className: 'pager' }, this.search, this.where, this.back, this.on);
  }

  build() {
    const { latent_dim: size, digest } = this.sampler.about;
    if (this.built === digest) return;
    Object.assign(this, { built: digest, page: 0, query: '', first: size > PAGE });
    this.search.value = '';
    this.rows.clear();
    this.pager.hidden = size <= PAGE;
    this.ten.hidden = !this.sampler.about.activity || size < 3;
    this.arrange();
  }

  turn(step) {
    this.page += step;
    this.arrange();
  }

  // Dimensions in the order in which they are shown, those alone that are searched for.
  wanted() {
    const { about } = this.sampler;
    const all = Array.from({ length: about.latent_dim }, (_, d) => d);
    const ordered = this.first ? about.order : all;
    const spans = this.query.split(/[\s,;]+/).filter(Boolean).map(span);
    return spans.length ? ordered.filter((d) => spans.some(([low, high]) => d + 1 >= low && d + 1 <= high)) : ordered;
  }

  arrange() {
    const wanted = this.wanted();
    const pages = Math.max(1, Math.ceil(wanted.length / PAGE));
    this.page = Math.max(0, Math.min(pages - 1, this.page));
    const shown = wanted.slice(this.page * PAGE, (this.page + 1) * PAGE);
    this.shown = shown.map((d) => {
      if (!this.rows.has(d)) this.rows.set(d, new Row(this.sampler, d));
      return this.rows.get(d);
    });
    this.list.replaceChildren(...this.shown.map((row) => row.root));
    const from = this.page * PAGE + 1;
    this.where.textContent = wanted.length
      ? `${from}–${from + shown.length - 1} of ${wanted.length}`
      : `none; they go from 1 to ${this.sampler.about.latent_dim}`;
    this.back.disabled = this.page === 0;
    this.on.disabled = this.page === pages - 1;
    this.ten.setAttribute('aria-pressed', this.first);
    this.follow();
  }

  // A scale stands still while a slider is dragged on it, and the drag can be taken back.
  press({ target }) {
    if (target.type !== 'range') return;
    const { sampler } = this;
    sampler.steps.remember();
    this.grip = { reach: sampler.reach, sigma: sigmaReach(sampler) };
  }

  release() {
    if (!this.grip) return;
    this.grip = null;
    this.follow();
  }

  follow() {
    const { sampler } = this;
    if (!this.shown) return;
    const { mode } = sampler;
    const { reach, sigma } = this.grip ?? { reach: sampler.reach, sigma: sigmaReach(sampler) };
    const heads = {
      gaussian: [`μ from ${-reach} to ${reach}`, `σ to ${sigma}`],
      exact: [`z from ${-reach} to ${reach}`, ''],
      prior: ['z on N(0, 1)', ''],
      fitted: ['z on the fit', ''],
    }[mode];
    const text = heads.map((head) => head.replace('-', '−'));
    if (text.join() !== this.headed) {
      this.headed = text.join();
      this.heads.replaceChildren(...['', ...text].map((head) => make('span', { textContent: head })));
    }
    this.list.dataset.mode = mode;
    const z = sampler.code();
    for (const row of this.shown) row.follow(z, reach, sigma);
  }
}

class Row {
  constructor(sampler, d) {
    Object.assign(this, { sampler, d });
    const name = `z${d + 1}`;
    this.name = button(name, `Sweep ${name}`, () => this.choose(), { className: 'name' });
    this.mu = range('mu', `μ of ${name}`, (value) => this.take('mu', value));
    this.sigma = range('sigma', `σ of ${name}`, (value) => this.take('sigma', value));
    this.muNumber = field('', (value) => this.take('mu', value), (text) => this.refuse(text));
    this.sigmaNumber = field(`σ of ${name} as a number`, (value) => this.take('sigma', value), (text) => this.refuse(text));
    this.data = make('i', { className: 'data' });
    this.band = make('i', { className: 'band' });
    this.tick = make('i', { className: 'tick-z' });
    this.activity = make('i', { className: 'says' });
    this.name.append(this.activity);
    this.track = make('div', { className: 'track' }, this.data, this.band, this.tick, this.mu);
    this.root = make('div', { className: 'dim', 'data-d': d }, this.name, this.track, this.muNumber, this.sigma, this.sigmaNumber);
    this.root.addEventListener('focusin', ({ target }) => { if (target.tagName === 'INPUT') this.sweep(); });
    this.introduce();
  }

  sweep() {
    if (this.sampler.dim !== this.d) this.sampler.set({ dim: this.d });
  }

  refuse(text) {
    this.sampler.fail(new Error(`A number from −1000 to 1000 goes here, not '${text.slice(0, 24)}'.`));
  }

  introduce() {
    const { activity } = this.sampler.about;
    if (!activity) return;
    const most = Math.max(...activity.values, 1e-9);
    this.activity.style.width = `${(100 * activity.values[this.d]) / most}%`;
    const says = number(activity.values[this.d]);
    this.name.title = activity.kind === 'kl'
      ? `z${this.d + 1} tells ${says} nats of an example; click to sweep it`
      : `The means of z${this.d + 1} vary by ${says}; click to sweep it`;
  }

  // It is swept, and the plane has it beside the one before.
  choose() {
    const { sampler, d } = this;
    if (sampler.dim !== d) sampler.set({ dim: d, pair: [d, sampler.dim] });
  }

  take(key, value) {
    const { sampler, d } = this;
    if (sampler.mode === 'exact') {
      const z = sampler.z.slice();
      z[d] = value;
      sampler.set({ z });
      return;
    }
    if (key === 'sigma' && value < 0) {
      sampler.fail(new Error(`A width is 0 or more, so σ of z${d + 1} cannot be ${number(value)}.`));
      this.sigmaNumber.value = this.sigmaNumber.dataset.value;
      return;
    }
    const values = sampler[key].slice();
    values[d] = value;
    sampler.set({ [key]: values });
  }

  follow(z, reach, sigma) {
    const { sampler, d } = this;
    const { mode, about: { aggregate } } = sampler;
    this.root.classList.toggle('swept', sampler.dim === d);
    const free = mode === 'gaussian' || mode === 'exact';
    const value = mode === 'gaussian' ? sampler.mu[d] : z?.[d] ?? 0;
    this.mu.hidden = !free;
    const name = mode === 'gaussian' ? `μ of z${d + 1}` : `z${d + 1}`;
    this.mu.setAttribute('aria-label', name);
    this.muNumber.setAttribute('aria-label', `${name} as a number`);
    show(this.mu, value, -reach, reach);
    write(this.muNumber, value);
    this.muNumber.readOnly = !free;
    this.sigma.hidden = this.sigmaNumber.hidden = mode !== 'gaussian';
    show(this.sigma, sampler.sigma[d], 0, sigma);
    write(this.sigmaNumber, sampler.sigma[d]);
    const spread = (element, mean, width) => {
      element.hidden = mean === null;
      if (mean !== null) between(element, mean - width, mean + width, reach);
    };
    spread(this.data, aggregate ? aggregate.mean[d] : null, aggregate?.std[d]);
    const fit = mode === 'fitted' ? sampler.fitter.known(sampler.about) : null;
    const [mean, width] = {
      gaussian: [sampler.mu[d], sampler.sigma[d]], prior: [0, 1], exact: [null, 0],
      fitted: [fit?.mean[d] ?? null, fit?.std[d]],
    }[mode];
    spread(this.band, mean, width);
    this.tick.hidden = !z || mode === 'exact';
    if (z) this.tick.style.transform = `translateX(${percent(z[d], reach)}%)`;
  }
}

const sigmaReach = ({ sigma }) => sigma.reduce((most, v) => Math.max(most, Math.ceil(v)), SIGMA_REACH);

// '7', '40-55', '120-' as the first and last dimension; what is none finds nothing.
function span(part) {
  const [, low, dash, high] = /^z?(\d+)(-)?(?:z?(\d+))?$/i.exec(part) ?? [];
  if (!low) return [Infinity, -Infinity];
  const ends = [Number(low), high ? Number(high) : dash ? Infinity : Number(low)];
  return ends.sort((a, b) => a - b);
}

function range(className, label, changed) {
  const input = make('input', { type: 'range', className, step: 0.01, 'aria-label': label });
  input.addEventListener('input', () => changed(Number(input.value)));
  return input;
}

// A number that is typed is exact; what is none is put back.
function field(label, changed, refused) {
  const input = make('input', { className: 'number', inputMode: 'decimal', autocomplete: 'off', 'aria-label': label });
  const take = () => {
    if (input.value === input.dataset.value) return;
    const value = plainNumber(input.value.replace(',', '.'));
    if (value === null) {
      refused(input.value);
      input.value = input.dataset.value;
    } else changed(round(value));
  };
  input.addEventListener('change', take);
  input.addEventListener('keydown', (event) => { if (event.key === 'Enter') input.blur(); });
  return input;
}

function write(input, value) {
  const text = number(value);
  if (input.dataset.value === text && input.value === text) return;
  input.dataset.value = text;
  if (document.activeElement !== input) input.value = text;
}

function show(input, value, min, max) {
  if (Number(input.max) !== max) Object.assign(input, { min, max });
  if (Number(input.value) !== value) input.value = value;
}

// Where a value lies on a track of -reach to reach, in percent; the thumb's middle stops short of the
// ends, and so does this.
function percent(value, reach) {
  return 50 + 50 * Math.max(-1.02, Math.min(1.02, value / reach));
}

// Transforms alone, which need no layout under a drag: marks are as wide as the track.
function between(element, low, high, reach) {
  const [left, right] = [percent(low, reach), percent(high, reach)];
  element.style.transform = `translateX(${left}%) scaleX(${Math.max(0, right - left) / 100})`;
}

