// The row that is looked at: its values, what each model makes of them, and how unusual it finds it.

import { make } from '../scene/parts.js';
import { cssColour } from '../labeler/colours.js';
import { SIDES } from './choices.js';
import { named, plain, told, valued } from './words.js';

const SCORES = [
  ['error', 'error', 'Squared difference of row and reconstruction, in the model\'s own scale'],
  ['elbo', '−ELBO', 'What the row costs the model, in nats: the more, the more unusual'],
];
const LEAST_OFF = 0.05;

export class Card {
  constructor(root, host) {
    Object.assign(this, { root, host });
    this.part = (selector) => root.querySelector(selector);
    for (const event of ['table', 'hover', 'select', 'look', 'sides']) host.on(event, () => this.soon());
    this.part('button').addEventListener('click', () => host.select(-1));
  }

  soon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.show();
    });
  }

  show() {
    const { host, root } = this;
    const { table, selected } = host;
    const row = host.hovered >= 0 ? host.hovered : selected;
    const there = table?.here && row >= 0 && row < table.row.length;
    root.dataset.row = there ? row : '';
    this.part('.hint').hidden = there;
    this.part('.what').hidden = !there;
    this.part('button').hidden = !there || row !== selected;
    if (!there) return;
    const label = table.labels[row];
    this.part('.name').textContent = `row ${(table.row[row] + 1).toLocaleString('en')}`;
    this.part('.class').textContent = table.classes[label] ?? '';
    this.part('.dot').style.setProperty('--colour', label >= 0 ? cssColour(label) : 'transparent');
    this.part('.split').textContent = this.splitOf(row);
    const looks = SIDES.map((side) => this.lookOf(side));
    this.values(row, looks);
    this.scores(row, looks);
  }

  // Whether the models learned from a row. One that learned one class alone never saw the others.
  splitOf(row) {
    const { host } = this;
    const { table } = host;
    if (table.split[row]) return 'held out';
    const here = SIDES.map((side) => host.models.find(({ name }) => name === host.sides[side])).filter(Boolean);
    const blind = here.filter(({ normal_class: only }) => only && only !== table.classes[table.labels[row]]);
    if (!blind.length) return 'training';
    return blind.length === here.length ? 'not learned from' : `training, not of ${blind[0].name}`;
  }

  // The cells stay from row to row: a pointer passes many of them in a second.
  build() {
    const { table } = this.host;
    if (this.built === table) return;
    this.built = table;
    const line = (name, title) => {
      const cells = [make('td', { className: 'own' }), ...SIDES.map(() => make('td'))];
      return { cells, line: make('tr', {}, make('th', { scope: 'row', textContent: name, title }), ...cells) };
    };
    this.lines = table.summary.map((column) => line(plain(column), named(column)));
    this.feet = SCORES.map(([, name, title]) => line(name, title));
    this.part('tbody').replaceChildren(...this.lines.map((one) => one.line));
    this.part('tfoot').replaceChildren(...this.feet.map((one) => one.line));
  }

  // What the model makes of all rows; where it is not there yet, it is asked for and comes with `look`.
  lookOf(side) {
    const facts = this.host.factsOf(side);
    if (facts && !facts.here.look) facts.look().catch(() => {});
    return facts?.here.look ?? null;
  }

  // A line a column: the value, and what comes back, the farther off the stronger.
  values(row, looks) {
    const { table } = this.host;
    this.build();
    table.summary.forEach((column, c) => {
      const [own, ...cells] = this.lines[c].cells;
      const value = table.values[row][c];
      put(own, told(value, column));
      cells.forEach((cell, i) => {
        const made = looks[i]?.reconstruction?.[row]?.[c];
        put(cell, told(made, column));
        const off = made === undefined ? 0 : (made - value) / (column.std || 1);
        cell.style.setProperty('--off', Math.min(1, Math.abs(off)).toFixed(2));
        cell.dataset.to = Math.abs(off) < LEAST_OFF ? '' : off > 0 ? 'more' : 'less';
        cell.title = made === undefined ? '' : `${off >= 0 ? '+' : '−'}${Math.abs(off).toFixed(2)} standard deviations`;
      });
    });
  }

  scores(row, looks) {
    SCORES.forEach(([key], i) => {
      const [, ...cells] = this.feet[i].cells;
      cells.forEach((cell, side) => {
        const list = looks[side]?.[key];
        put(cell, list ? valued(list[row]) : '–');
        cell.title = list ? `${place(list, list[row])}. of ${list.length.toLocaleString('en')} rows, the most unusual first` : '';
      });
    });
  }
}

const sorted = new WeakMap();

// How many rows have at least this score.
function place(list, score) {
  if (!sorted.has(list)) sorted.set(list, Float64Array.from(list).sort());
  const ordered = sorted.get(list);
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ordered[middle] <= score) low = middle + 1;
    else high = middle;
  }
  return ordered.length - low + 1;
}

function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
