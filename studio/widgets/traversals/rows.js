// A row a part of the code: what it tells, its pictures, and under them the slider or buttons that move it.

import { plainNumber } from '../scene/fields.js';
import { button, make } from '../scene/parts.js';
import { argmax, oneHot, ordered, placeOf, valueAt } from './parts.js';
import { Tiles } from './tiles.js';
import { classLabel, classWords, dimensionWords, nats, number } from './words.js';

const THUMB = 14;

export class Rows {
  constructor(root, host) {
    Object.assign(this, { root, host, rows: [] });
    this.more = make('button', { type: 'button', className: 'more' });
    this.more.addEventListener('click', () => this.unfold());
    host.on('about', () => this.build());
    host.on('change', () => this.follow());
    host.on('grid', (grid) => this.paint(grid));
    window.addEventListener('pointerup', () => host.undo.hold(false));
    if (host.about) this.build();
  }

  build() {
    const { host } = this;
    this.most = Math.max(...host.about.parts.map((part) => part.nats ?? 0), 1e-9);
    this.rows = ordered(host.about).map((part) => (part.discrete ? new ClassRow(this, part) : new LineRow(this, part)));
    this.arrange();
    if (host.grid.shown) this.paint(host.grid.shown);
    this.follow();
  }

  unfold() {
    const { host } = this;
    const next = host.grid.rows().length;
    host.unfolded += 1;
    this.arrange();
    host.change();
    this.rows[next].name.focus();
  }

  // As many rows as are asked for.
  arrange() {
    const shown = this.host.grid.rows().length;
    const left = this.rows.length - shown;
    const { next } = this.host.grid;
    const rest = this.rows[shown]?.part.nats;
    const tell = rest === null || rest === undefined ? '' : `, which tell at most ${nats(rest)} each`;
    this.more.textContent = next < left ? `Show ${next} more of ${left}${tell}` : `Show the other ${left}${tell}`;
    this.root.replaceChildren(...this.rows.slice(0, shown).map((row) => row.root), ...(left ? [this.more] : []));
  }

  paint({ pixels, show, of }) {
    if (show !== 'rows') return;
    let offset = 0;
    const size = this.host.about.shape.reduce((a, b) => a * b, 1);
    for (const name of of) {
      const row = this.rows.find(({ part }) => part.name === name);
      const count = row.count(this.host.grid.columns);
      row.tiles.show(pixels, offset, count, row.across(count), this.host.about.shape);
      offset += count * size;
    }
    this.follow();
  }

  follow() {
    const { host } = this;
    if (!host.z) return;
    const { columns } = host.grid;
    for (const row of this.rows) {
      row.root.classList.toggle('chosen', host.row === row.part.name);
      row.follow(host.z, columns);
    }
  }

  // The row above or below takes the focus.
  leave(row, step) {
    const next = this.rows[this.rows.indexOf(row) + step];
    if (next?.root.isConnected) next.tiles.canvas.focus();
  }

  smoothen(smooth) {
    for (const { tiles } of this.rows) {
      tiles.smooth = smooth;
      tiles.paint();
    }
  }
}

class Row {
  constructor(rows, part) {
    Object.assign(this, { rows, part, host: rows.host });
    const bar = make('i', { className: 'says' });
    bar.style.width = `${(100 * (part.nats ?? 0)) / rows.most}%`;
    const told = make('small', { textContent: nats(part.nats) });
    this.name = button('', this.title(), () => this.choose(), { className: 'name' });
    this.name.append(make('b', { textContent: part.name }), told, bar);
    this.tiles = new Tiles({
      words: (cell) => `${this.words(cell)}, cell ${cell + 1} of ${this.tiles.count} of row ${part.name}; Enter goes there, arrows look around`,
      look: (cell) => this.look(cell), go: (cell) => this.go(cell), leave: (step) => rows.leave(this, step), measured: () => this.measured(),
      hold: (on) => this.host.undo.hold(on), drag: this.drag && ((column) => this.drag(column)),
    });
    this.tiles.smooth = rows.host.smooth ?? true;
  }

  title() {
    const { name, nats: told } = this.part;
    return told === null ? `Choose ${name}: to play, to show alone` : `${name} tells ${nats(told)} of an example; choose it to play or to show alone`;
  }

  choose() {
    if (this.host.row !== this.part.name) this.host.set({ row: this.part.name });
  }

  look(cell) {
    if (cell === null) this.host.lookAt(null);
    else this.host.lookAt(this.code(cell), `${this.words(cell)}: what the picture would be. Click to go there.`);
  }

  go(cell) {
    this.host.row = this.part.name;
    this.host.goTo(this.code(cell));
  }

  measured() {}
}

// A continuous dimension.
class LineRow extends Row {
  constructor(rows, part) {
    super(rows, part);
    const { host } = this;
    this.range = make('input', { type: 'range', min: 0, step: 0.02, 'aria-label': part.name });
    this.range.addEventListener('pointerdown', () => host.undo.hold(true));
    this.range.addEventListener('input', () => this.slide(Number(this.range.value)));
    this.track = make('div', { className: 'track' }, make('i', { className: 'rail' }), this.range);
    this.field = make('input', { className: 'number', inputMode: 'decimal', autocomplete: 'off', 'aria-label': `${part.name} as a number` });
    this.field.addEventListener('change', () => this.take());
    this.field.addEventListener('keydown', (event) => { if (event.key === 'Enter') this.field.blur(); });
    this.root = make('div', { className: 'part line', 'data-part': part.name }, this.name, this.field, make('div', { className: 'lane' }, this.tiles.root, this.track));
  }

  count(columns) {
    return columns.length;
  }

  across(count) {
    return count;
  }

  words(cell) {
    return dimensionWords(this.part, this.host.grid.columns[cell]);
  }

  code(cell) {
    const z = Float32Array.from(this.host.target ?? this.host.z);
    z[this.part.index] = this.host.grid.columns[cell];
    return z;
  }

  slide(place) {
    this.put(valueAt(place, this.host.grid.columns));
  }

  drag(column) {
    const { columns } = this.host.grid;
    this.put(valueAt(Math.max(0, Math.min(columns.length - 1, column)), columns));
  }

  put(value) {
    this.host.row = this.part.name;
    this.host.put(this.part.index, Number(value.toFixed(4)));
  }

  take() {
    const { field, host } = this;
    if (field.value === field.dataset.value) return;
    const value = plainNumber(field.value.replace(',', '.'));
    if (value === null) {
      host.fail(new Error(`A number from −1000 to 1000 goes here, not '${field.value.slice(0, 24)}'.`));
      field.value = field.dataset.value;
    } else this.put(value);
  }

  // The slider's thumb is under the frame.
  measured() {
    const { pitch, columns } = this.tiles;
    Object.assign(this.track.style, {
      marginLeft: `${pitch.width / 2 - THUMB / 2}px`, width: `${pitch.across * (columns - 1) + THUMB}px`,
    });
  }

  follow(z, columns) {
    const value = z[this.part.index];
    const place = placeOf(value, columns);
    this.tiles.put(place);
    const last = columns.length - 1;
    if (Number(this.range.max) !== last) this.range.max = last;
    this.range.value = Math.max(0, Math.min(last, place));
    this.range.setAttribute('aria-valuetext', number(value));
    const text = number(value);
    if (this.field.dataset.value === text) return;
    this.field.dataset.value = text;
    if (document.activeElement !== this.field) this.field.value = text;
  }
}

// A discrete part: one of its classes is on.
class ClassRow extends Row {
  constructor(rows, part) {
    super(rows, part);
    const names = part.meanings.map((_, k) => classLabel(part, k));
    this.chips = make('div', { className: 'chips', role: 'group', 'aria-label': `Classes of ${part.name}` }, ...names.map((name, k) => {
      const made = button(name, `Let ${classWords(part, k)}`, () => this.go(k), { 'data-class': k, 'aria-label': classWords(part, k) });
      if (part.colours[k]) made.style.setProperty('--colour', part.colours[k]);
      return made;
    }));
    this.chips.classList.toggle('words', names.some((name) => name.length > 3));
    this.chips.style.setProperty('--across', this.across(part.classes));
    this.root = make('div', { className: 'part classes', 'data-part': part.name }, this.name, make('div', { className: 'lane' }, this.tiles.root, this.chips));
  }

  count() {
    return this.part.classes;
  }

  // Many classes take several lines.
  across(count) {
    return Math.ceil(count / Math.ceil(count / 20));
  }

  words(cell) {
    return classWords(this.part, cell);
  }

  code(cell) {
    return oneHot(this.host.target ?? this.host.z, this.part, cell);
  }

  follow(z) {
    const { start, classes } = this.part;
    const shares = z.subarray(start, start + classes);
    const on = argmax(shares);
    const across = this.across(classes);
    // On the way from one class to another the frame goes along.
    const total = shares.reduce((sum, v) => sum + v, 0);
    const middle = shares.reduce((sum, v, k) => sum + k * v, 0) / total;
    if (classes <= across) this.tiles.put(this.host.target && Number.isFinite(middle) ? middle : on);
    else this.tiles.put(on % across, Math.floor(on / across));
    for (const chip of this.chips.children) chip.setAttribute('aria-pressed', Number(chip.dataset.class) === on);
  }
}
