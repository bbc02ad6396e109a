// Above everything: which table, what it is, and the button that trains both models.

import { button, make } from '../scene/parts.js';
import { cssColour } from '../labeler/colours.js';
import { SIDES } from './choices.js';
import { active } from './training.js';
import { facts, KINDS } from './words.js';

// More classes than this stand in a line of their own.
const MOST_BESIDE = 5;
const WORDS = { queued: 'waiting', stopping: 'stopping' };

export class Head {
  constructor(root, host, upload) {
    Object.assign(this, { root, host, upload });
    this.part = (selector) => root.querySelector(selector);
    this.chooser = this.part('.chooser');
    this.train = this.part('[data-do="train"]');
    this.train.addEventListener('click', () => this.begin());
    this.part('[data-do="stop"]').addEventListener('click', () => host.training.stop());
    this.part('[data-do="add"]').addEventListener('click', () => upload.choose());
    this.part('.how form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.begin();
    });
    host.on('list', () => this.list());
    host.on('table', () => this.open());
    host.on('training', () => this.progress());
    host.on('sides', () => this.progress());
    host.on('options', () => this.legend());
    document.addEventListener('click', (event) => {
      const how = this.part('.how');
      if (how.open && !how.contains(event.target)) how.open = false;
    });
    this.part('.how').addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.part('.how').open = false;
    });
  }

  list() {
    const { host } = this;
    const key = JSON.stringify([host.list, host.table?.name]);
    if (key === this.listed) return;
    this.listed = key;
    this.chooser.replaceChildren(...host.list.map((table) => {
      const chosen = table.name === host.table?.name;
      const made = button(table.title, table.sentence || `${table.rows.toLocaleString('en')} rows, ${table.columns.length} columns`, () => this.choose(table.name), { 'aria-pressed': String(chosen), 'data-table': table.name });
      if (!table.own || !chosen || !table.here) return made;
      const gone = button('×', `Delete the table ${table.title}`, () => this.ask(table), { className: 'gone' });
      return make('span', { className: 'own' }, made, gone);
    }));
    this.chooser.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  choose(name) {
    if (name === this.host.table?.name) return;
    this.host.emit('done');
    this.host.open(name).catch((error) => this.host.fail(error));
  }

  // Deleting is asked for twice.
  ask(table) {
    const asking = this.part('.asking');
    asking.hidden = false;
    asking.querySelector('span').textContent = `Delete the table '${table.title}'? Its models stay.`;
    asking.querySelector('.danger').onclick = () => {
      asking.hidden = true;
      this.host.remove(table.name).catch((error) => this.host.fail(error));
    };
    asking.querySelector('.keep').onclick = () => { asking.hidden = true; };
    asking.querySelector('.keep').focus();
  }

  open() {
    const { host } = this;
    this.part('.asking').hidden = true;
    this.list();
    this.part('.facts-of').textContent = host.table ? facts(host.table) : '';
    const only = this.part('[name="normal"]');
    const classes = host.table?.classes ?? [];
    only.replaceChildren(make('option', { value: '', textContent: 'all rows' }), ...classes.map((name) => make('option', { value: name, textContent: `only ${name}` })));
    only.parentElement.hidden = !classes.length;
    this.legend();
    this.progress();
  }

  // The classes; one of them is looked at alone with a click.
  legend() {
    const { host } = this;
    const { table } = host;
    const key = JSON.stringify([table?.name, table?.classes, host.alone]);
    if (key === this.shown) return;
    this.shown = key;
    this.root.querySelector('.legend').dataset.many = (table?.classes.length ?? 0) > MOST_BESIDE ? 'yes' : 'no';
    const counts = table?.classes.map((_, k) => table.labels.filter((label) => label === k).length) ?? [];
    this.root.querySelector('.legend').replaceChildren(...(table?.classes ?? []).map((name, k) => {
      const chip = button('', `Show ${name} alone`, () => host.set({ alone: host.alone === k ? null : k }), { className: 'chip', 'aria-pressed': String(host.alone === k) });
      chip.style.setProperty('--colour', cssColour(k));
      chip.append(make('i'), make('span', { textContent: name }), make('b', { textContent: table.here ? counts[k].toLocaleString('en') : '' }));
      chip.classList.toggle('off', host.alone !== null && host.alone !== k);
      return chip;
    }));
    const held = make('span', { className: 'held', textContent: 'held out', title: 'On the latent map a ring is a row that no model has learned from' });
    held.prepend(make('i'));
    if (table?.here) this.root.querySelector('.legend').append(held);
  }

  begin() {
    const { host } = this;
    const form = this.part('.how form');
    if (!form.reportValidity()) return;
    const number = (name) => (form.elements[name].value.trim() === '' ? null : Number(form.elements[name].value));
    this.part('.how').open = false;
    host.training.begin({ epochs: number('epochs'), beta: number('beta'), normal_class: form.elements.normal.value });
  }

  progress() {
    const { host } = this;
    const { training, table } = host;
    const runs = SIDES.flatMap((side) => training.runs.filter((run) => run.kind === side && active(run)));
    const busy = runs.length > 0;
    this.root.dataset.training = busy ? 'yes' : 'no';
    this.train.hidden = busy;
    this.part('.how').hidden = busy;
    this.train.disabled = !table?.here || Boolean(training.asking);
    const line = this.part('.progress');
    line.hidden = !busy;
    this.part('[data-do="stop"]').disabled = busy && runs.every(({ state }) => state === 'stopping');
    if (!busy) return;
    line.querySelector('.runs').replaceChildren(...runs.map(({ kind, state, epoch: told = 0, epochs = 0, phase }) => {
      const epoch = Math.max(told, training.curves[kind]?.epoch.at(-1) ?? 0);
      const words = WORDS[state] ?? (epoch ? `${Math.floor(epoch)} of ${epochs}` : phase || 'beginning');
      const bar = make('i');
      const made = make('div', { className: 'run-of', title: `Epochs of ${KINDS[kind] ?? kind}` }, make('b', { textContent: KINDS[kind] ?? kind }), make('span', { textContent: words }), bar);
      bar.style.setProperty('--share', epochs ? Math.min(1, epoch / epochs) : 0);
      return made;
    }));
  }
}
