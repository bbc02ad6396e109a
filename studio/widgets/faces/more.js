// All other attributes, to tick those that shall have a row.

import { check, make } from '../scene/parts.js';
import { label, meaning } from './words.js';

export class More {
  constructor(faces) {
    Object.assign(this, { faces, ticks: new Map() });
    this.search = make('input', { type: 'search', placeholder: 'find: hair, beard', 'aria-label': 'Find attributes', autocomplete: 'off' });
    this.search.addEventListener('input', () => this.find());
    this.list = make('div', { className: 'ticks-list' });
    this.none = make('p', { className: 'facts', role: 'status' });
    this.content = [this.search, this.none, this.list];
  }

  open() {
    const { about } = this.faces;
    if (this.opened === about) return;
    Object.assign(this, { opened: about, followed: null });
    this.search.value = '';
    this.ticks = new Map(this.sorted().filter(({ name }) => !about.main.includes(name)).map((attribute) => {
      const { name } = attribute;
      const tick = check(label(name), false, (on) => this.toggle(name, on), meaning(name));
      const auc = make('small');
      tick.row.append(auc);
      return [name, { ...tick, auc, attribute }];
    }));
    this.list.replaceChildren(...[...this.ticks.values()].map(({ row }) => row));
    this.find();
  }

  sorted() {
    const { about: { attributes } } = this.faces;
    const auc = (attribute) => attribute.auc.means ?? attribute.auc.normal ?? 0;
    return [...attributes].sort((a, b) => auc(b) - auc(a));
  }

  toggle(name, on) {
    const { faces } = this;
    faces.setShown(on ? [...faces.shown, name] : faces.shown.filter((other) => other !== name));
  }

  find() {
    const wanted = this.search.value.trim().toLowerCase();
    let found = 0;
    for (const [name, { row }] of this.ticks) {
      row.hidden = !`${label(name)} ${name.replaceAll('_', ' ')}`.toLowerCase().includes(wanted);
      if (!row.hidden) found += 1;
    }
    this.none.textContent = found ? '' : `No attribute is called '${wanted.slice(0, 24)}'.`;
  }

  follow() {
    const { faces } = this;
    // Nothing here moves under a drag.
    if (this.followed?.shown === faces.shown && this.followed.kind === faces.kind) return;
    this.followed = { shown: faces.shown, kind: faces.kind };
    for (const [name, tick] of this.ticks) {
      tick.show(faces.shown.includes(name));
      const auc = tick.attribute.auc[faces.kind] ?? null;
      const text = auc === null ? '' : auc.toFixed(2).replace(/^0/, '');
      if (tick.auc.textContent !== text) tick.auc.textContent = text;
    }
  }
}
