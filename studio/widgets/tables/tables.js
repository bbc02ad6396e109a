// One visitor's tables: which table is open, which two models of it stand side by side, what is shown of
// them, and the row that is looked at. The parts of the tab listen to it and act on it.
//
// Rows are meant by their place among those shown (0 .. N-1), -1 for none; `table.row[i]` is a row's
// number in the file.
//
// Events: list, opening (another table is asked for), table (it is open, or none), sides (another model in a pane), mode, options (what
// a mode shows: column, features, normal class, score, share, alone), look (a model's facts are there),
// hover, select, training, error, done.

import { fetchJson, sentence } from '../scene/address.js';
import { Emitter } from '../scene/emitter.js';
import { faultWords } from '../scene/fields.js';
import { MODES, SIDES, tellingColumns } from './choices.js';
import { Facts } from './facts.js';
import { fitting, readLink, writeLink } from './link.js';
import { Training } from './training.js';

const SHARE = 0.1;
const COUNT = 24;
const rooms = new Map();

export function tables(name) {
  if (!rooms.has(name)) rooms.set(name, new Tables(name));
  return rooms.get(name);
}

export class Tables extends Emitter {
  constructor(name) {
    super();
    Object.assign(this, {
      name, list: [], limits: null, table: null, models: [], mode: 'map', unsaid: [], about: null,
    });
    this.forget();
    this.training = new Training(this);
    for (const event of ['table', 'sides', 'mode', 'options', 'select']) this.on(event, () => writeLink(this));
    window.addEventListener('studio-link', ({ detail }) => {
      if (detail.tab === name) this.follow(readLink(name)).catch((error) => this.fail(error));
    });
    window.addEventListener('studio-registry', () => this.renew());
  }

  forget() {
    Object.assign(this, {
      sides: { vae: null, beta: null }, facts: {}, hovered: -1, selected: -1, alone: null,
      column: 0, features: [], normal: null, score: 'elbo', share: SHARE, seed: 0, count: COUNT,
      plane: 'both', sort: 'table',
    });
  }

  fail(error, kind = 'error') {
    const said = { message: sentence(error), kind };
    if (!this.heard) this.unsaid.push(said);
    this.emit('error', said);
  }

  tell(words) {
    this.fail(new Error(words), 'info');
  }

  async begin() {
    try {
      await this.look();
      await this.follow(readLink(this.name));
    } catch (error) {
      this.fail(error);
      if (!this.table) this.emit('table');
    }
  }

  async look() {
    const { tables: list, limits } = await fetchJson('/tables');
    Object.assign(this, { list, limits });
    this.emit('list');
  }

  // What a link asks for, as far as it is there.
  async follow(link) {
    const there = this.list.some(({ name }) => name === link.table);
    const wanted = there ? link.table : this.table?.name ?? this.list[0]?.name;
    if (!wanted) return;
    // What a link says of another table says nothing of this one.
    const { table, show } = link;
    const fits = table && !there ? (show ? { show } : {}) : link;
    if (this.table?.name !== wanted) await this.open(wanted, fits);
    else this.adopt(fits);
    if (fits !== link) this.fail(new Error(`There is no table '${table.slice(0, 64)}' here; this is ${this.table?.title ?? wanted}.`), 'link');
  }

  async open(name, link = {}) {
    this.opening = name;
    this.emit('opening', { name });
    const path = `/tables/${encodeURIComponent(name)}`;
    const [table, models] = await Promise.all([fetchJson(path), fetchJson(`${path}/models`)]).finally(() => {
      if (this.opening === name) this.emit('opened');
    });
    if (this.opening !== name) return;
    this.forget();
    this.table = table;
    this.features = tellingColumns(table);
    this.takeModels(models, false);
    this.put(link);
    this.emit('table');
    this.emit('options');
    this.emit('sides');
  }

  adopt(link) {
    this.put(link);
    this.emit('options');
    this.emit('sides');
    this.emit('mode');
    this.emit('select');
  }

  // Take what a link says, as far as this table has it; the rest is told.
  put(link) {
    const { taken, faults } = fitting(link, this);
    Object.assign(this, taken);
    if (faults.length) this.fail(new Error(faultWords(faults)), 'link');
  }

  // Models came or went, here or in another page.
  async renew(prefer = {}) {
    const { table } = this;
    if (!table) return;
    try {
      const found = await fetchJson(`/tables/${encodeURIComponent(table.name)}/models`);
      if (table !== this.table) return;
      this.takeModels(found, true, prefer);
      await this.training.settle();
    } catch (error) {
      this.fail(error);
    }
  }

  takeModels({ models, shown, training }, told, prefer = {}) {
    this.models = models;
    const before = JSON.stringify(this.sides);
    for (const side of SIDES) {
      const there = models.some(({ name }) => name === this.sides[side]);
      this.sides[side] = prefer[side] ?? (there ? this.sides[side] : shown[side]);
    }
    this.training.heard(training);
    if (told) this.emit(before === JSON.stringify(this.sides) ? 'list' : 'sides');
  }

  // What is known of the model on a side; null without one.
  factsOf(side) {
    const model = this.sides[side];
    if (!model || !this.table) return null;
    const about = this.models.find(({ name }) => name === model);
    const key = `${model} ${about?.created ?? ''}`;
    this.facts[key] ??= new Facts(this.table.name, model, () => this.emit('look', { side }));
    return this.facts[key];
  }

  modelOf(side) {
    return this.models.find(({ name }) => name === this.sides[side]) ?? null;
  }

  // The looks that are there by now, by side.
  get looks() {
    return SIDES.map((side) => this.factsOf(side)?.here?.look).filter((look) => look?.xy);
  }

  // Once both are there, or were refused: what stands in one scale needs both.
  bothLooks() {
    return Promise.allSettled(SIDES.map((side) => this.factsOf(side)?.look()));
  }

  setModel(side, model) {
    this.sides[side] = model;
    this.emit('done');
    this.emit('sides');
  }

  setMode(mode) {
    if (mode === this.mode || !MODES.includes(mode)) return;
    this.mode = mode;
    this.emit('done');
    this.emit('mode');
  }

  set(options) {
    Object.assign(this, options);
    this.emit('options', options);
  }

  hover(row) {
    if (!this.table?.here) row = -1;
    if (row === this.hovered) return;
    this.hovered = row;
    this.emit('hover');
  }

  select(row) {
    if (!this.table?.here) row = -1;
    if (row === this.selected) return;
    this.selected = row;
    this.emit('select');
  }

  // What a hand just did with a click on a row: once more lets go of it.
  pick(row) {
    this.select(row === this.selected ? -1 : row);
  }

  // Whether a row is told by its colour, or pale because another class is looked at alone.
  pale(row, labels = this.table.labels) {
    return this.alone !== null && labels[row] !== this.alone;
  }

  async remove(name) {
    await fetchJson(`/tables/${encodeURIComponent(name)}`, { method: 'DELETE' });
    await this.look();
    if (this.table?.name === name && this.list[0]) await this.open(this.list[0].name);
    this.tell(`The table '${name}' is deleted; its models stay under Checkpoints.`);
  }
}
