// What a mode lets one choose, the same for both models.

import { button, make } from '../scene/parts.js';
import { FEATURES } from './choices.js';
import { named, percent, plain } from './words.js';
import { SHOWN } from './plane_plot.js';

const MOST_SHARE = 0.6;
// More columns to choose from than this stand in lines of their own.
const MOST_BESIDE = 6;

export class Options {
  constructor(root, host) {
    Object.assign(this, { root, host });
    for (const event of ['table', 'mode']) host.on(event, () => this.build());
    host.on('options', () => this.follow());
    host.on('list', () => this.follow());
  }

  build() {
    const { host, root } = this;
    this.followed = [];
    const made = host.table ? this[host.mode]?.() ?? [] : [];
    root.replaceChildren(...made);
    root.hidden = !made.length;
    root.dataset.long = host.mode === 'pairs' && host.table?.columns.length > MOST_BESIDE ? 'yes' : 'no';
    this.follow();
  }

  follow() {
    if (this.host.table) for (const act of this.followed ?? []) act();
  }

  map() {
    const { host } = this;
    const { table } = host;
    if (!table.here) return [];
    const options = [...table.summary.map((column, i) => [i, named(column)]), [-1, 'nothing']];
    return [this.choice('behind the rows', options, () => host.column, (value) => host.set({ column: Number(value) }))];
  }

  reconstruction() {
    return [this.segments('Shown', SHOWN, 'plane')];
  }

  errors() {
    return [this.segments('Order', [['table', 'as in the table'], ['worst', 'largest first']], 'sort')];
  }

  pairs() {
    const { host } = this;
    const chips = host.table.summary.map((column, i) => {
      const chip = button(plain(column), named(column), () => this.feature(i), { className: 'feature' });
      this.followed.push(() => {
        const on = host.features.includes(i);
        chip.setAttribute('aria-pressed', String(on));
        chip.setAttribute('aria-disabled', String(on ? host.features.length <= FEATURES.least : host.features.length >= FEATURES.most));
      });
      return chip;
    });
    return [make('div', { className: 'features', role: 'group', 'aria-label': 'Columns' }, ...chips)];
  }

  feature(i) {
    const { host } = this;
    const on = host.features.includes(i);
    const features = on ? host.features.filter((f) => f !== i) : [...host.features, i].sort((a, b) => a - b);
    if (features.length < FEATURES.least) host.tell('Two columns at least stand against each other; add one before.');
    else if (features.length > FEATURES.most) host.tell(`${FEATURES.most} columns at most have room; take one out before.`);
    else host.set({ features });
  }

  samples() {
    const { host } = this;
    const again = button('Draw anew', 'Draw other rows from the prior', () => host.set({ seed: host.seed + 1 }));
    const seed = make('span', { className: 'hint' });
    this.followed.push(() => { seed.textContent = `seed ${host.seed}`; });
    return [again, seed];
  }

  anomalies() {
    const { host } = this;
    const { table } = host;
    const made = [];
    if (table.classes.length > 1) {
      const options = [['', 'no class in particular'], ...table.classes.map((name, k) => [k, `only ${name}`])];
      made.push(this.choice('usual is', options, () => host.normal ?? '', (value) => host.set({ normal: value === '' ? null : Number(value) })));
    }
    const input = make('input', { type: 'range', min: 0, max: MOST_SHARE, step: 0.002, 'aria-label': 'Share of the rows that is flagged' });
    const output = make('output');
    input.addEventListener('input', () => host.set({ share: Number(input.value) }));
    this.followed.push(() => {
      input.value = host.share;
      output.textContent = percent(host.share, 1);
      input.setAttribute('aria-valuetext', `${percent(host.share, 1)} flagged`);
    });
    made.push(make('label', { className: 'share' }, make('span', { textContent: 'flag the most unusual' }), input, output));
    const alone = button('', '', () => host.training.begin({ normal_class: table.classes[host.normal] }), { className: 'alone' });
    this.followed.push(() => {
      const wanted = table.classes[host.normal];
      const fair = host.models.some(({ normal_class: only }) => only === wanted);
      alone.hidden = host.normal === null || fair || !table.here;
      alone.disabled = host.training.active.length > 0 || Boolean(host.training.asking);
      alone.textContent = `Train on ${wanted} alone`;
      alone.title = `These models have learned from every class; train two that know only ${wanted}`;
    });
    made.push(alone);
    return made;
  }

  choice(name, options, get, changed) {
    const select = make('select', { 'aria-label': name }, ...options.map(([value, textContent]) => make('option', { value: String(value), textContent })));
    select.addEventListener('change', () => changed(select.value));
    this.followed.push(() => { select.value = String(get()); });
    return make('label', { className: 'choice' }, make('span', { textContent: name }), select);
  }

  segments(name, options, key) {
    const { host } = this;
    const buttons = options.map(([value, text]) => {
      const made = button(text, text, () => host.set({ [key]: value }));
      this.followed.push(() => made.setAttribute('aria-pressed', String(host[key] === value)));
      return made;
    });
    return make('div', { className: 'segments', role: 'group', 'aria-label': name }, ...buttons);
  }
}
