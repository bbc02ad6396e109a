// A face over the strengths of one attribute, of every attribute that has a row, or of two at once.

import { fetchBytes } from '../scene/address.js';
import { button, choice, make } from '../scene/parts.js';
import { REACH } from './faces.js';
import { label, steps } from './words.js';

const SIDE = 2 * REACH + 1;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const VALUES = Array.from({ length: SIDE }, (_, i) => i - REACH);

export class AttributeGrid {
  constructor(grid, faces) {
    Object.assign(this, { grid, faces, every: false });
    this.x = choice('Attribute to the right', (name) => this.take('x', name));
    this.y = choice('Attribute upwards', (name) => this.take('y', name));
    this.x.row.firstChild.textContent = '→';
    this.y.row.firstChild.textContent = '↑';
    this.all = button('every row', 'A strip for each attribute that has a row in the panel', () => {
      this.every = !this.every;
      grid.follow();
    });
    this.controls = make('div', { className: 'axes' }, this.x.row, this.y.row, this.all);
  }

  opened() {
    const options = this.faces.about.attributes.map(({ name }) => [name, label(name)]);
    for (const axis of [this.x, this.y]) axis.fill(options, '');
  }

  // The axis that had this attribute takes what the other one had.
  take(axis, name) {
    const { axes } = this.faces;
    const other = axis === 'x' ? 'y' : 'x';
    this.faces.setAxes({ [axis]: name, ...(axes[other] === name ? { [other]: axes[axis] } : {}) });
  }

  follow() {
    const { faces, every } = this;
    const strip = faces.show === 'strip';
    this.y.row.hidden = strip;
    this.all.hidden = !strip;
    this.all.setAttribute('aria-pressed', every);
    this.x.select.disabled = strip && every;
    this.x.show(faces.axes.x ?? '');
    this.y.show(faces.axes.y ?? '');
  }

  // What is to be shown, or why nothing can be.
  plan() {
    const { faces } = this;
    const { about, axes: { x, y } } = faces;
    if (!about.attributes.length) return `'${about.name}' has no attributes: it was trained without labels. A blend of four faces needs none.`;
    if (!faces.ways.step(x)) return 'The steps of the attributes are on their way ...';
    if (faces.show === 'plane') return y && x !== y ? this.plane(x, y) : 'A plane needs two attributes; this model has one.';
    return this.strips(this.every && faces.shown.length ? faces.shown : [x]);
  }

  // The face without what the axes move.
  rest(names) {
    const others = [...this.faces.strengths].filter(([name]) => !names.includes(name));
    return Array.from(this.faces.ways.moved(this.faces.base, others));
  }

  ask(x, y, z) {
    const { faces } = this;
    const { kind, conditional } = faces;
    const body = JSON.stringify({ z, x, y, kind, conditional, keep: conditional ? faces.shown : [], low: -REACH, high: REACH, n: SIDE });
    return fetchBytes(faces.path('/plane'), { method: 'POST', body, headers: JSON_TYPE });
  }

  keyOf(...parts) {
    const { about, kind, conditional, shown } = this.faces;
    return JSON.stringify([about.digest, kind, conditional && shown, ...parts]);
  }

  strength(name) {
    return this.faces.strengths.get(name) ?? 0;
  }

  strips(names) {
    const { faces } = this;
    const rests = names.map((name) => this.rest([name]));
    const several = names.length > 1;
    return {
      key: this.keyOf('strip', names, rests), columns: SIDE, rows: names.length, file: several ? 'strips' : `strip-${names[0]}`,
      across: VALUES.map((value) => steps(value, 0)), down: several ? names.map(label) : [],
      title: several ? 'Each row moves one attribute from −3 to +3 steps, the others held.' : `${sentenceCase(label(names[0]))} from −3 to +3 steps, the others held.`,
      fetch: async () => {
        const parts = [];
        for (const [i, name] of names.entries()) parts.push(new Uint8Array(await this.ask(name, null, rests[i])));
        const pixels = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
        parts.reduce((at, part) => (pixels.set(part, at), at + part.length), 0);
        return pixels;
      },
      // Of several strips the one that was touched last has the mark.
      at: () => {
        const row = Math.max(0, names.indexOf(this.touched));
        return [this.strength(names[row]) + REACH, row];
      },
      words: (column, row) => `${sentenceCase(label(names[row]))} ${steps(Math.round(100 * (column - REACH)) / 100)}.`,
      choose: (column, row) => {
        this.touched = names[row];
        faces.setStrengths({ [names[row]]: column - REACH });
        this.grid.select();
      },
    };
  }

  plane(x, y) {
    const { faces } = this;
    const z = this.rest([x, y]);
    const values = (column, row) => [column - REACH, REACH - row];
    return {
      key: this.keyOf('plane', x, y, z), columns: SIDE, rows: SIDE, file: `plane-${x}-${y}`,
      across: VALUES.map((value) => steps(value, 0)), down: VALUES.map((value) => steps(-value, 0)),
      title: `${sentenceCase(label(x))} to the right, ${label(y)} upwards, from −3 to +3 steps; the others held.`,
      fetch: async () => new Uint8Array(await this.ask(x, y, z)),
      at: () => [this.strength(x) + REACH, REACH - this.strength(y)],
      words: (column, row) => {
        const [right, up] = values(column, row).map((value) => steps(Math.round(100 * value) / 100));
        return `${sentenceCase(label(x))} ${right}, ${label(y)} ${up}.`;
      },
      choose: (column, row) => {
        const [right, up] = values(column, row);
        faces.setStrengths({ [x]: right, [y]: up });
      },
    };
  }
}

function sentenceCase(words) {
  return words[0].toUpperCase() + words.slice(1);
}
