// One large grid in place of the rows' pictures: one row alone, a plane of two dimensions, or the classes of
// a discrete part by a dimension.

import { make } from '../scene/parts.js';
import { argmax, oneHot, placeOf, valueAt } from './parts.js';
import { Tiles } from './tiles.js';
import { classLabel, classWords, dimensionWords, number } from './words.js';

const MOST_ACROSS = 7;

export class Sheet {
  constructor(root, host) {
    Object.assign(this, { root, host, shown: null });
    this.tiles = new Tiles({
      words: (cell) => `${this.words(cell)}; Enter goes there, arrows look around`,
      look: (cell) => this.look(cell), go: (cell) => host.goTo(this.code(cell)),
      hold: (on) => host.undo.hold(on), drag: (column, line) => this.drag(column, line),
    });
    this.left = make('div', { className: 'left', 'aria-hidden': 'true' });
    this.below = make('div', { className: 'below', 'aria-hidden': 'true' });
    root.replaceChildren(this.left, this.tiles.root, this.below);
    host.on('about', () => this.follow());
    host.on('change', () => this.follow());
    host.on('grid', (grid) => this.paint(grid));
    if (host.grid.shown) this.paint(host.grid.shown);
  }

  part(name) {
    return this.host.about.parts.find((part) => part.name === name);
  }

  paint({ pixels, columns, show, of }) {
    if (show === 'rows') return;
    const parts = of.map((name) => this.part(name));
    const [first] = parts;
    const count = { row: first.discrete ? first.classes : columns.length, plane: columns.length ** 2, classes: first.classes * columns.length }[show];
    const across = show === 'row' ? Math.ceil(count / Math.ceil(count / MOST_ACROSS)) : columns.length;
    this.shown = { show, parts, columns, across, lines: Math.ceil(count / across) };
    this.root.style.setProperty('--columns', across);
    this.root.style.setProperty('--lines', this.shown.lines);
    this.tiles.show(pixels, 0, count, across, this.host.about.shape);
    this.label();
    this.follow();
  }

  // What the columns and lines are.
  label() {
    const { show, parts, columns, across, lines } = this.shown;
    const texts = { row: [], plane: [...columns].reverse().map((v) => number(v, 1)), classes: [] }[show];
    if (show === 'classes') texts.push(...Array.from({ length: lines }, (_, k) => classLabel(parts[0], k)));
    this.left.replaceChildren(...texts.map((textContent) => make('span', { textContent, title: textContent })));
    const below = show === 'row' ? [] : columns.map((v) => number(v, 1));
    this.below.replaceChildren(...below.slice(0, across).map((textContent) => make('span', { textContent })));
  }

  // The cell as the codes of its parts.
  values(cell) {
    const { show, parts, columns, across } = this.shown;
    const [column, line] = [cell % across, Math.floor(cell / across)];
    if (show === 'plane') return [[parts[0], columns[column]], [parts[1], columns[columns.length - 1 - line]]];
    if (show === 'classes') return [[parts[0], line], [parts[1], columns[column]]];
    return [[parts[0], parts[0].discrete ? cell : columns[cell]]];
  }

  words(cell) {
    return this.values(cell).map(([part, v]) => (part.discrete ? classWords(part, v) : dimensionWords(part, v))).join(', ');
  }

  code(cell) {
    let z = Float32Array.from(this.host.target ?? this.host.z);
    for (const [part, v] of this.values(cell)) {
      if (part.discrete) z = oneHot(z, part, v);
      else z[part.index] = v;
    }
    return z;
  }

  look(cell) {
    const { host } = this;
    if (cell === null || !this.shown) host.lookAt(null);
    else host.lookAt(this.code(cell), `${this.words(cell)}: what the picture would be. Click to go there.`);
  }

  // A drag moves along dimensions, and from class to class.
  drag(column, line) {
    const { show, parts, columns, across, lines } = this.shown;
    const { host } = this;
    const inside = (v, count) => Math.max(0, Math.min(count - 1, v));
    const along = (place) => Number(valueAt(inside(place, columns.length), columns).toFixed(4));
    let z = (host.target ?? host.z).slice();
    if (show === 'plane') {
      z[parts[0].index] = along(column);
      z[parts[1].index] = along(columns.length - 1 - line);
    } else if (show === 'classes') {
      z = oneHot(z, parts[0], Math.round(inside(line, lines)));
      z[parts[1].index] = along(column);
    } else {
      const place = Math.round(inside(line, lines)) * across + inside(column, across);
      if (parts[0].discrete) z = oneHot(z, parts[0], Math.round(inside(place, parts[0].classes)));
      else z[parts[0].index] = along(place);
    }
    host.set({ z, looked: null }, 'sheet');
  }

  follow() {
    const { host, shown } = this;
    if (!shown || !host.z || shown.parts.some((part) => this.part(part.name) !== part)) return;
    const { show, parts, columns, across } = shown;
    const at = (part) => (part.discrete ? argmax(host.z.subarray(part.start, part.start + part.classes)) : placeOf(host.z[part.index], columns));
    if (show === 'plane') this.tiles.put(at(parts[0]), columns.length - 1 - at(parts[1]));
    else if (show === 'classes') this.tiles.put(at(parts[1]), at(parts[0]));
    else {
      const place = at(parts[0]);
      const line = Math.max(0, Math.min(shown.lines - 1, Math.floor((place + 0.5) / across)));
      this.tiles.put(place - line * across, line);
    }
  }
}
