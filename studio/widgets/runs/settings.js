// The runs' settings as a table, with the differing ones marked.

import { sample } from '../chart/ink.js';
import { part } from '../table/cells.js';

const LEFT_OUT = new Set(['name', 'summary', 'licence']);

export class Settings {
  constructor(root, kept, keep) {
    this.root = root;
    this.kept = kept;
    this.box = part('input', 'checkbox', { type: 'checkbox', checked: kept.differences ?? true });
    this.box.addEventListener('change', () => {
      kept.differences = this.box.checked;
      keep();
      this.draw();
    });
    const label = part('label', '');
    label.append(this.box, 'only differences');
    this.words = part('span', 'count');
    this.words.setAttribute('role', 'status');
    const line = part('div', 'settings-line');
    line.append(part('h4', '', { textContent: 'Settings' }), label, this.words);
    this.table = part('table', '');
    this.table.setAttribute('aria-label', 'Settings of the compared runs');
    const scroll = part('div', 'settings-scroll', { tabIndex: 0 });
    scroll.append(this.table);
    root.replaceChildren(line, scroll);
  }

  show(runs) {
    this.runs = runs.filter((run) => run.details);
    this.draw();
  }

  draw() {
    const columns = this.runs.map((run) => flatten(run.details));
    const names = [...new Set(columns.flatMap((column) => [...column.keys()]))];
    const rows = names.map((name) => {
      const values = columns.map((column) => column.get(name) ?? '–');
      return { name, values, differs: new Set(values).size > 1 };
    });
    const differing = rows.filter((row) => row.differs);
    const several = this.runs.length > 1;
    const shown = several && this.box.checked ? differing : rows;
    this.words.textContent = several ? said(differing.length, rows.length) : '';
    this.root.dataset.differences = differing.length;
    this.box.disabled = !several;
    const mark = JSON.stringify([shown, this.runs.map((run) => [run.id, run.label, run.colour])]);
    if (mark === this.drawn) return;
    this.drawn = mark;
    this.table.replaceChildren(this.header(), ...sections(shown, this.runs.length));
    this.table.hidden = shown.length === 0;
  }

  header() {
    const row = part('tr', '');
    row.append(part('th', '', { textContent: 'Setting', scope: 'col' }));
    for (const { label, colour, dash } of this.runs) {
      const cell = part('th', '', { scope: 'col', title: label });
      cell.append(sample(colour, dash), part('span', '', { textContent: label }));
      row.append(cell);
    }
    const head = part('thead', '');
    head.append(row);
    return head;
  }
}

function said(differing, all) {
  if (!differing) return `All ${all} settings are the same.`;
  return `${differing} of ${all} differ`;
}

// One body of the table for each part of the settings.
function sections(rows, columns) {
  const bodies = new Map();
  for (const { name, values, differs } of rows) {
    const [section, field] = split(name);
    if (!bodies.has(section)) {
      const head = part('tr', 'section');
      head.append(part('th', '', { textContent: section, colSpan: columns + 1, scope: 'rowgroup' }));
      const body = part('tbody', '');
      body.append(head);
      bodies.set(section, body);
    }
    const line = part('tr', differs ? 'differs' : '');
    line.dataset.field = name;
    const title = part('th', '', { textContent: field, scope: 'row', title: field });
    if (differs) {
      const sign = part('span', 'sign', { textContent: '≠', title: 'The runs differ in this' });
      sign.setAttribute('aria-label', 'differs:');
      title.prepend(sign);
    }
    const usual = common(values);
    line.append(title, ...values.map((value) => part('td', value === usual ? '' : 'other', {
      textContent: value, title: value,
    })));
    bodies.get(section).append(line);
  }
  return [...bodies.values()];
}

// The value that most runs have, the first of them if none is more frequent.
function common(values) {
  const count = (value) => values.filter((other) => other === value).length;
  return values.reduce((best, value) => (count(value) > count(best) ? value : best));
}

function split(name) {
  const at = name.indexOf('.');
  return [name.slice(0, at), name.slice(at + 1).replaceAll('_', ' ').replaceAll('.', ' · ')];
}

// Settings as 'section.field' -> words.
function flatten({ config, launch, versions, parent, recipe }) {
  const found = new Map([['recipe.recipe', recipe]]);
  const walk = (value, path) => {
    if (value && typeof value === 'object' && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`);
    } else found.set(path, words(value));
  };
  for (const [key, value] of Object.entries(config ?? {})) {
    if (LEFT_OUT.has(key)) continue;
    walk(value, value && typeof value === 'object' ? key : `recipe.${key}`);
  }
  if (parent) found.set('recipe.cloned_from', parent);
  walk(launch ?? {}, 'launch');
  walk(versions ?? {}, 'versions');
  return found;
}

function words(value) {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(words).join(', ') || '–';
  return String(value);
}
