// One of the two models: which it is, what it shows in the mode that is open, and a sentence on it.

import { make } from '../scene/parts.js';
import { sentence } from '../scene/address.js';
import { AnomaliesView } from './views/anomalies.js';
import { ErrorsView } from './views/errors.js';
import { LossesView } from './views/losses.js';
import { MapView } from './views/map.js';
import { PairsView } from './views/pairs.js';
import { PlaneView } from './views/plane.js';
import { SamplesView } from './views/samples.js';
import { about, KINDS } from './words.js';

const VIEWS = {
  map: MapView, reconstruction: PlaneView, pairs: PairsView, errors: ErrorsView, samples: SamplesView,
  anomalies: AnomaliesView, losses: LossesView,
};
// Whatever takes longer is worth a word.
const PATIENCE_MS = 250;
const panes = new Map();
// What a mode needs of its table.
const NEEDS_ROWS = ['reconstruction', 'pairs', 'errors', 'anomalies'];

// The pane of a side, for those who look at it from outside.
export function paneOf(side) {
  return panes.get(side);
}

export class Pane {
  constructor(root, host, side) {
    Object.assign(this, { root, host, side, views: {} });
    panes.set(side, this);
    this.part = (selector) => root.querySelector(selector);
    this.select = this.part('select');
    this.select.addEventListener('change', () => { if (this.select.value) host.setModel(side, this.select.value); });
    host.on('list', () => this.name());
    host.on('training', () => this.trained());
    host.on('table', () => this.clear());
    host.on('sides', () => this.show());
    host.on('mode', () => this.show());
    host.on('curves', () => { if (host.mode === 'losses') this.show(); });
    host.on('options', (changes) => {
      const view = this.views[host.mode];
      if (!(this.root.dataset.state === 'there' && view?.follow(changes))) this.show();
    });
  }

  clear() {
    for (const view of Object.values(this.views)) view.body.remove();
    this.views = {};
    this.name();
  }

  name() {
    const { host, side, select } = this;
    const chosen = host.sides[side];
    const fitting = host.models;
    const key = JSON.stringify([fitting.map(({ name }) => name), chosen]);
    if (key !== this.named) {
      this.named = key;
      const none = chosen ? [] : [make('option', { value: '', textContent: 'choose a model' })];
      select.replaceChildren(...none, ...fitting.map(({ name }) => make('option', { value: name, textContent: name })));
      select.value = chosen ?? '';
    }
    const run = host.training.runs.find((one) => one.kind === side && host.training.active.includes(one));
    this.root.dataset.run = run?.id ?? '';
    const live = run && host.mode === 'losses';
    select.hidden = !fitting.length || Boolean(live);
    const model = host.modelOf(side);
    this.part('.kind').textContent = model && model.kind !== side ? KINDS[model.kind] ?? KINDS[side] : KINDS[side];
    this.part('.about').textContent = live ? `in training: ${run.name}` : model ? about(model) : '';
  }

  async show() {
    const { host, root } = this;
    this.name();
    if (!host.table) return;
    this.turn = {};
    const { turn } = this;
    const { mode } = host;
    const view = (this.views[mode] ??= new VIEWS[mode](this));
    root.dataset.mode = mode;
    const live = mode === 'losses' && host.training.curves[this.side];
    const lacks = !host.sides[this.side] && !live ? 'model' : NEEDS_ROWS.includes(mode) && !host.table.here ? 'rows' : '';
    if (lacks) {
      this.tell('none', lacks === 'model' ? this.coming() : host.table.sentence);
      return;
    }
    const patience = setTimeout(() => { if (turn === this.turn) this.waiting(view); }, PATIENCE_MS);
    try {
      const found = await view.ready();
      if (turn !== this.turn) return;
      this.mount(view);
      view.draw(found);
      this.tell('there', '');
    } catch (error) {
      if (turn === this.turn) this.tell('refused', sentence(error));
    } finally {
      clearTimeout(patience);
    }
  }

  // How far the training of the model that is lacking has come; nothing without one.
  coming() {
    const { run } = this.root.dataset;
    return run ? `The ${KINDS[this.side]} is being trained; it will stand here. Its curves are under Losses.` : '';
  }

  // Trainings begin and end.
  trained() {
    const before = this.root.dataset.run;
    this.name();
    if (this.root.dataset.state === 'none' && before !== this.root.dataset.run) this.show();
  }

  // What was there stays until the new is, unless it is another mode's.
  waiting(view) {
    if (this.part('.shown').firstElementChild !== view.body) this.part('.shown').replaceChildren();
    this.tell('waiting', 'Working it out …');
  }

  mount(view) {
    const place = this.part('.shown');
    if (place.firstElementChild !== view.body) place.replaceChildren(view.body);
  }

  tell(state, words) {
    this.root.dataset.state = state;
    this.part('.message').textContent = words;
    if (state === 'none' || state === 'refused') this.part('.shown').replaceChildren();
    this.part('.empty').hidden = state !== 'none' || Boolean(words);
    this.part('.empty p').textContent = `There is no ${KINDS[this.side]} of this table yet.`;
    this.host.emit('shown');
  }

  // What is shown, as a canvas.
  picture(title) {
    if (this.root.dataset.state !== 'there') return null;
    return this.views[this.host.mode].picture?.(`${title} · ${this.part('.kind').textContent} ${this.host.sides[this.side] ?? ''}`) ?? null;
  }
}
