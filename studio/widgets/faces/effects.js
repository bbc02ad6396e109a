// What a step of one attribute does to all the others, as a heat map: rows move, columns answer.

import { fetchJson } from '../scene/address.js';
import { button, make } from '../scene/parts.js';
import { Latest } from '../sampler/latest.js';
import { Heat } from './effects_heat.js';
import { label, sentence } from './words.js';

const MOST_COLUMNS = 12;
const LEAST_TOLD = 0.05;
const STEPS_TRIED = 2;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TITLES = { plain: 'Steps as they were learned', conditional: 'Steps that leave the main attributes alone' };
const ASIDE = {
  plain: () => 'Raw steps, with all that tends to go with them.',
  conditional: (main) => `Steps that leave the scores of ${main.map(label).join(', ')} as they are, but for their own.`,
};

export class Effects {
  constructor(host, faces) {
    Object.assign(this, { host, faces, all: false, way: null, found: null, wanted: '', cell: null, hovered: null });
    this.latest = new Latest((asked) => this.fetch(asked), (error) => { this.wanted = ''; this.blank(sentence(error)); });
    this.build();
    faces.on('about', () => { Object.assign(this, { found: null, wanted: '', cell: null, way: null }); this.follow(); });
    for (const event of ['change', 'show']) faces.on(event, () => this.follow());
    this.follow();
  }

  build() {
    this.ways = make('div', { className: 'bar', role: 'group', 'aria-label': 'Which steps' }, ...Object.keys(ASIDE).map((way) => (
      button(way === 'plain' ? 'raw' : way, TITLES[way], () => { this.way = way; this.arrange(); }, { 'data-way': way }))));
    this.every = button('all attributes', 'Every attribute in rows and columns', () => {
      Object.assign(this, { all: !this.all, cell: null });
      this.arrange();
    });
    this.canvas = make('canvas', { tabIndex: 0, role: 'application', 'data-frames': 0 });
    this.heat = new Heat(this.canvas);
    this.scroll = make('div', { className: 'scroll' }, this.canvas);
    this.legend = make('div', { className: 'legend' }, this.low = make('span'), make('i'), this.high = make('span'),
      make('span', { textContent: 'standard deviations of the answer to a step' }));
    this.told = make('p', { className: 'told', role: 'status' });
    this.aside = make('p', { className: 'aside' });
    this.said = make('p', { className: 'hint', hidden: true });
    this.shown = make('div', { className: 'shown' }, make('div', { className: 'heads' }, this.ways, this.every, this.legend), this.told, this.scroll, this.aside);
    this.scroll.addEventListener('scroll', () => this.heat.ask());
    this.root = make('section', { className: 'face-effects', 'aria-label': 'What each step changes' }, this.said, this.shown);
    this.host.replaceChildren(this.root);
    this.canvas.addEventListener('pointermove', (event) => this.hover(this.heat.cellAt(event)));
    this.canvas.addEventListener('pointerleave', () => this.hover(null));
    this.canvas.addEventListener('click', (event) => this.choose(this.heat.cellAt(event)));
    this.canvas.addEventListener('dblclick', (event) => this.try(this.heat.cellAt(event)));
    this.canvas.addEventListener('keydown', (event) => this.key(event));
  }

  follow() {
    const { faces } = this;
    const { about, kind } = faces;
    if (faces.show !== 'effects' || !about) return;
    if (!about.effects) {
      this.blank(about.attributes.length
        ? `What else a step changes was not measured for '${about.name}': its data set has no independent classifier.`
        : `'${about.name}' has no attributes: it was trained without labels.`);
      return;
    }
    const wanted = `${about.digest} ${kind}`;
    if (wanted !== this.wanted) {
      this.wanted = wanted;
      this.latest.want({ wanted, path: faces.path(`/effects?kind=${kind}`) });
    } else if (this.found && this.rowsShown !== faces.shown.join()) this.arrange();
  }

  async fetch({ wanted, path }) {
    const found = await fetchJson(path);
    if (wanted !== this.wanted) return;
    this.found = found;
    this.arrange();
  }

  // Rows are those of the panel; their columns, and beside them what answers most.
  arrange() {
    const { faces, found, all } = this;
    if (!found) return;
    this.way ??= faces.conditional ? 'conditional' : 'plain';
    this.rowsShown = faces.shown.join();
    const { names } = found;
    const values = found[this.way];
    const rows = all ? names.map((_, i) => i) : names.flatMap((name, i) => (faces.shown.includes(name) ? [i] : []));
    const strongest = (column) => Math.max(...rows.map((row) => Math.abs(values[row][column])));
    const others = names.map((_, i) => i).filter((i) => !rows.includes(i)).sort((a, b) => strongest(b) - strongest(a));
    const columns = all ? rows : [...rows, ...others.slice(0, Math.max(0, MOST_COLUMNS - rows.length))];
    this.table = {
      rows: rows.map((i) => names[i]), columns: columns.map((i) => names[i]), own: rows.length, values: rows.map((row) => columns.map((column) => values[row][column])),
    };
    this.said.hidden = true;
    this.shown.hidden = false;
    this.every.hidden = names.length <= rows.length && !all;
    this.every.setAttribute('aria-pressed', all);
    for (const made of this.ways.children) made.setAttribute('aria-pressed', made.dataset.way === this.way);
    const { limit } = this.heat.show({ ...this.table, labels: [this.table.rows, this.table.columns].map((some) => some.map(label)) });
    this.low.textContent = `−${limit}`;
    this.high.textContent = `+${limit}`;
    const rest = all || columns.length === names.length ? '' : ' Columns: the rows\' own attributes, then those that answer most.';
    this.aside.textContent = `Rows move, columns answer, as a classifier sees it that took no part in learning. ${ASIDE[this.way](faces.about.main)}${rest} A double click or Enter tries two steps of a row.`;
    if (this.cell && (this.cell[0] >= columns.length || this.cell[1] >= rows.length)) this.cell = null;
    this.tell();
  }

  hover(cell) {
    if (String(cell) === String(this.hovered)) return;
    this.hovered = cell;
    this.tell();
  }

  choose(cell) {
    this.cell = cell;
    this.tell();
  }

  // The row's attribute moved by two steps, to be seen.
  try(cell) {
    if (!cell) return;
    const { faces } = this;
    const name = this.table.rows[cell[1]];
    faces.setStrengths({ [name]: (faces.strengths.get(name) ?? 0) >= STEPS_TRIED ? 0 : STEPS_TRIED });
    faces.setShow('face');
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.table) return;
    const step = ARROWS[event.key];
    if (!step && event.key !== 'Enter') return;
    event.preventDefault();
    if (!step) return void this.try(this.cell);
    const { rows, columns } = this.table;
    const [x, y] = this.cell ?? [-Math.max(0, step[0]), -Math.max(0, step[1])];
    const within = (value, count) => Math.max(0, Math.min(count - 1, value));
    this.hovered = null;
    this.choose([within(x + step[0], columns.length), within(y + step[1], rows.length)]);
    this.heat.reveal(this.scroll, this.cell);
  }

  tell() {
    if (!this.table) return;
    const cell = this.hovered ?? this.cell;
    this.heat.mark(cell);
    const words = cell ? sentenceOf(this.table, ...cell) : largest(this.table);
    if (this.told.textContent !== words) this.told.textContent = words;
    this.canvas.setAttribute('aria-label', `Heat map of ${this.table.rows.length} moves and ${this.table.columns.length} answers. ${words} Arrow keys go from cell to cell.`);
  }

  // Nothing can be shown, and why.
  blank(words) {
    this.table = null;
    this.said.textContent = words;
    this.said.hidden = false;
    this.shown.hidden = true;
  }

  save() {
    if (!this.table) return void this.faces.fail(new Error('There is nothing to save yet.'));
    this.heat.save(`${this.faces.about.name}-effects-${this.way}.png`, (error) => this.faces.fail(error));
  }
}

function sentenceOf({ rows, columns, values }, x, y) {
  const value = values[y][x];
  const whom = rows[y] === columns[x] ? 'its own score' : label(columns[x]);
  if (Math.abs(value) < LEAST_TOLD) return `One step of ${label(rows[y])} leaves ${whom} as it is (${signed(value)} standard deviations).`;
  return `One step of ${label(rows[y])} changes ${whom} by ${signed(value)} standard deviations.`;
}

function largest({ rows, columns, values }) {
  let [most, at] = [0, null];
  values.forEach((line, y) => line.forEach((value, x) => {
    if (rows[y] === columns[x] || Math.abs(value) <= most) return;
    [most, at] = [Math.abs(value), [x, y]];
  }));
  if (!at) return '';
  return `The largest side effect here: one step of ${label(rows[at[1]])} changes ${label(columns[at[0]])} by ${signed(values[at[1]][at[0]])} standard deviations.`;
}

function signed(value) {
  const text = Math.abs(value).toFixed(2);
  return Number(text) ? `${value < 0 ? '−' : '+'}${text}` : '0.00';
}
