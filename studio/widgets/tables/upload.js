// A CSV of one's own: dropped anywhere on the tab or chosen, read by the studio, shown, and only then kept.

import { button, make } from '../scene/parts.js';
import { fetchJson, sentence } from '../scene/address.js';
import { amount } from './words.js';

const MOST_PROBLEMS = 6;

export class Upload {
  constructor(root, host) {
    Object.assign(this, { root, host });
    this.sheet = root.querySelector('.upload');
    this.part = (selector) => this.sheet.querySelector(selector);
    this.file = root.querySelector('input[type="file"]');
    this.file.addEventListener('change', () => {
      this.take(this.file.files[0]);
      this.file.value = '';
    });
    this.part('form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.keep();
    });
    this.part('[name="label"]').addEventListener('change', (event) => this.check({ label: event.target.value }));
    this.part('.complete').addEventListener('click', () => this.check({ complete: true }));
    this.part('.leave').addEventListener('click', () => this.check({ leave: [...this.left, ...this.needless] }));
    for (const close of this.sheet.querySelectorAll('[data-do="close"]')) close.addEventListener('click', () => this.close());
    this.sheet.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
      else if (event.key === 'Tab') this.turnBack(event);
    });
    this.sheet.addEventListener('pointerdown', (event) => { if (event.target === this.sheet) this.close(); });
    this.dropping(root);
  }

  choose() {
    this.file.click();
  }

  dropping(place) {
    const over = (on) => place.classList.toggle('dropping', on);
    place.addEventListener('dragover', (event) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      over(true);
    });
    place.addEventListener('dragleave', (event) => { if (!place.contains(event.relatedTarget)) over(false); });
    place.addEventListener('drop', (event) => {
      over(false);
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.take(event.dataTransfer.files[0]);
    });
  }

  async take(file) {
    if (!file) return;
    const most = this.host.limits?.bytes ?? 10_000_000;
    if (file.size > most) {
      this.host.fail(new Error(`'${file.name}' has ${(file.size / 1e6).toFixed(1)} MB; a table may have ${most / 1e6} MB. Take fewer rows or columns.`));
      return;
    }
    try {
      this.given = { name: file.name, body: await file.arrayBuffer() };
    } catch {
      this.host.fail(new Error(`'${file.name}' could not be read; a folder is no table.`));
      return;
    }
    Object.assign(this, { left: [], needless: [], label: null, complete: false });
    this.part('.file-name').textContent = file.name;
    this.part('[name="name"]').value = '';
    await this.check({});
  }

  // What the studio makes of the file, with this label and without these columns.
  async check(changes) {
    if ('label' in changes) this.label = changes.label;
    if (changes.complete) this.complete = true;
    if (changes.leave) this.left = [...new Set(changes.leave)];
    const turn = {};
    this.turn = turn;
    try {
      const found = await fetchJson(`/tables/check?${this.query()}`, this.post());
      if (turn === this.turn) this.show(found);
    } catch (error) {
      if (turn === this.turn) this.host.fail(error);
    }
  }

  query(more = {}) {
    const query = new URLSearchParams({ file: this.given.name, ...more });
    if (this.label !== null) query.set('label', this.label);
    if (this.complete) query.set('complete', 'true');
    for (const column of this.left) query.append('leave', column);
    return query;
  }

  post() {
    return { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: this.given.body };
  }

  show(found) {
    const { header, columns, rows, label, candidates, classes, problems, notes, sample, ok } = found;
    // What is in the way, or once nothing is, what tells nothing.
    this.needless = ok ? found.counting : found.faulty;
    this.label = label ?? '';
    const name = this.part('[name="name"]');
    if (!name.value) name.value = found.name ?? '';
    this.part('.sizes').textContent = [amount(rows, 'row', 'rows'), `${amount(columns.length, 'column', 'columns')} to learn from`,
      classes.length ? amount(classes.length, 'class', 'classes') : ''].filter(Boolean).join(' · ');
    const select = this.part('[name="label"]');
    const options = [...new Set([...candidates, ...(label ? [label] : [])])];
    select.replaceChildren(make('option', { value: '', textContent: 'none' }), ...options.map((value) => make('option', { value, textContent: value })));
    select.value = label ?? '';
    this.part('.classes-of').replaceChildren(...classes.slice(0, 12).map((one) => make('span', { textContent: `${one.name} ${one.count.toLocaleString('en')}` })));
    list(this.part('.problems'), problems);
    list(this.part('.notes'), notes ?? []);
    const leave = this.part('.leave');
    leave.hidden = !this.needless.length;
    leave.textContent = `Leave out ${this.needless.length > 3 ? amount(this.needless.length, 'column', 'columns') : this.needless.join(', ')}`;
    const complete = this.part('.complete');
    complete.hidden = !found.incomplete || this.complete;
    complete.textContent = `Leave out ${amount(found.incomplete ?? 0, 'incomplete row', 'incomplete rows')}`;
    const kind = (column) => (column === label ? 'label' : this.left.includes(column) ? 'left' : found.faulty.includes(column) ? 'bad' : columns.includes(column) ? '' : 'left');
    this.head(header, kind);
    this.part('tbody').replaceChildren(...sample.map((line) => make('tr', {}, ...line.map((value, c) => make('td', { textContent: value === '' ? '·' : value, 'data-kind': kind(header[c]) })))));
    for (const part of ['.preview', '.fields', '.sizes', '.about-label']) this.part(part).hidden = !header.length;
    const take = this.part('button.begin');
    take.disabled = !ok;
    take.textContent = ok ? 'Take this table' : 'Mend the file first';
    this.open();
    // What had the focus may be gone.
    if (!this.sheet.contains(document.activeElement)) this.part('form').focus();
  }

  // The names of the columns; each leaves its column out, and takes it in again.
  head(header, kind) {
    const line = this.part('thead tr');
    const at = [...line.children].indexOf(document.activeElement?.closest('th'));
    line.replaceChildren(...header.map((column) => {
      if (column === this.label) return make('th', { scope: 'col', textContent: column, 'data-kind': 'label', title: 'the label' });
      const out = this.left.includes(column);
      const title = out ? `Take ${column} in again` : `Leave ${column} out`;
      const turn = button(column, title, () => this.check({ leave: out ? this.left.filter((one) => one !== column) : [...this.left, column] }), { 'aria-pressed': String(!out) });
      return make('th', { scope: 'col', 'data-kind': kind(column) }, turn);
    }));
    if (at >= 0) line.children[at]?.querySelector('button')?.focus();
  }

  open() {
    if (!this.sheet.hidden) return;
    this.before = document.activeElement;
    this.sheet.hidden = false;
    this.part('[tabindex]').focus();
  }

  // The focus stays in the sheet while it is open.
  turnBack(event) {
    const within = [...this.sheet.querySelectorAll('button, input, select, .preview')]
      .filter((one) => !one.disabled && one.offsetParent);
    const [end, other] = event.shiftKey ? [within[0], within.at(-1)] : [within.at(-1), within[0]];
    const { activeElement: at } = document;
    if (at !== end && !(event.shiftKey && at === this.part('form'))) return;
    event.preventDefault();
    other.focus();
  }

  close() {
    this.turn = {};
    this.sheet.hidden = true;
    this.before?.focus?.();
  }

  async keep() {
    const { host } = this;
    const name = this.part('[name="name"]').value.trim();
    const take = this.part('button.begin');
    if (take.disabled) return;
    take.disabled = true;
    try {
      const made = await fetchJson(`/tables?${this.query({ name })}`, this.post());
      this.close();
      host.emit('done');
      await host.look();
      await host.open(made.name);
      host.tell(`'${made.title}' is here; train two models of it with one press.`);
    } catch (error) {
      list(this.part('.problems'), [sentence(error)]);
    }
    take.disabled = false;
  }
}

function list(element, words) {
  const more = words.length > MOST_PROBLEMS ? [`and ${words.length - MOST_PROBLEMS} more.`] : [];
  element.replaceChildren(...[...words.slice(0, MOST_PROBLEMS), ...more].map((textContent) => make('li', { textContent })));
}

