// The start screen: projects to open, rename or delete, and a form for a new one.

import { fetchJson } from '../scene/address.js';
import { button, make } from '../scene/parts.js';
import { amount } from './labeler.js';

const json = (method, body) => ({ method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

export class Projects {
  constructor(root, labeler) {
    Object.assign(this, { root, labeler });
    this.part = (selector) => root.querySelector(selector);
    this.list = this.part('.project-list');
    this.form = this.part('form.new');
    this.told = this.part('.told');
    this.part('[data-do="example"]').addEventListener('click', ({ target }) => this.doing(target, () => labeler.example()));
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.doing(this.form.querySelector('.begin'), () => this.create());
    });
    this.form.elements.dataset.addEventListener('change', () => this.offer());
    this.form.elements.checkpoint.addEventListener('change', () => this.bring());
    // A list that comes late does not take a half-typed name away.
    labeler.on('listing', () => { if (!this.list.querySelector('.asking')) this.show(); });
    labeler.on('about', () => this.say(''));
    if (labeler.listing) this.show();
  }

  show() {
    const { projects, datasets } = this.labeler.listing;
    const newest = projects.toSorted((a, b) => (a.created < b.created ? 1 : -1));
    this.list.replaceChildren(...newest.map((project) => this.card(project)));
    this.part('.none-yet').hidden = projects.length > 0;
    const select = this.form.elements.dataset;
    const chosen = select.value;
    select.replaceChildren(...datasets.map(({ name, title, here, rows }) => make('option', {
      value: name, disabled: !here, textContent: `${title ?? name}${rows ? ` · ${amount(rows)}` : ''}${here ? '' : ' · not here'}`,
    })));
    const there = datasets.some(({ name, here }) => here && name === chosen);
    select.value = there ? chosen : datasets.find(({ here }) => here)?.name ?? '';
    this.offer();
  }

  // Models that know this data's classes, first of all those that learned from labels.
  offer() {
    const { datasets, checkpoints } = this.labeler.listing;
    const wanted = this.form.elements.dataset.value;
    const data = datasets.find(({ name }) => name === wanted);
    const fitting = checkpoints.filter(({ dataset }) => dataset === wanted).toSorted((a, b) => b.given - a.given);
    const select = this.form.elements.checkpoint;
    select.replaceChildren(
      ...fitting.map(({ name }) => make('option', { value: name, textContent: name })),
      make('option', { value: '', textContent: 'a new model, not trained yet' }),
    );
    this.bring();
    const missing = datasets.filter(({ here, why }) => !here && why).map(({ why }) => why);
    this.part('.why').textContent = data?.why || missing.join(' ');
  }

  // Labels that the chosen model learned from may come along.
  bring() {
    const chosen = this.labeler.listing.checkpoints.find(({ name }) => name === this.form.elements.checkpoint.value);
    this.part('.bring').hidden = !chosen?.given;
    this.part('.bring span').textContent = `begin with the ${amount(chosen?.given ?? 0, 'label', 'labels')} that it learned from`;
  }

  card(project) {
    const { id, name, dataset, checkpoint, labelled, rows, created } = project;
    const card = make('li', { className: 'project-card', 'data-project': id });
    const open = button('Open', `Open ${name}`, () => this.doing(open, () => this.labeler.open(id)), { className: 'begin' });
    const about = [dataset, checkpoint, `${labelled.toLocaleString('en')} of ${amount(rows)} labelled`, day(created)];
    const acts = make('div', { className: 'acts' }, open,
      button('Rename', `Give ${name} another name`, () => this.rename(card, project)),
      button('Delete', `Delete ${name} with its labels`, () => this.confirm(card, project)));
    card.append(make('div', { className: 'what' }, make('b', { textContent: name }), make('span', { textContent: about.filter(Boolean).join(' · ') })), acts);
    return card;
  }

  async create() {
    const { name, dataset, checkpoint, labels } = this.form.elements;
    const body = {
      name: name.value.trim(), dataset: dataset.value, checkpoint: checkpoint.value || null,
      labels: !this.part('.bring').hidden && labels.checked,
    };
    const { id } = await fetchJson('/labels', json('POST', body));
    this.form.reset();
    this.labeler.look().catch(() => {});
    await this.labeler.open(id);
  }

  rename(card, { id, name }) {
    const box = this.ask(card, `New name of ${name}`, 'Rename', '', async (text) => {
      await fetchJson(`/labels/${encodeURIComponent(id)}`, json('PATCH', { name: text }));
    });
    box.value = name;
    box.select();
  }

  confirm(card, { id, name, labelled }) {
    const words = `${amount(labelled, 'label', 'labels')} will be gone for good. Type ${name} to delete it.`;
    this.ask(card, words, 'Delete it', 'danger', async (text) => {
      await fetchJson(`/labels/${encodeURIComponent(id)}`, json('DELETE', { name: text }));
    });
  }

  // One line of text, in place of the card's buttons.
  ask(card, words, action, kind, act) {
    card.querySelector('form')?.remove();
    const box = make('input', { type: 'text', maxLength: 60, autocomplete: 'off', spellcheck: false, 'aria-label': words, required: true });
    const go = make('button', { type: 'submit', className: kind || 'begin', textContent: action });
    const form = make('form', { className: 'asking' }, make('p', { textContent: words }), box, go,
      button('Leave it', 'Change nothing', () => this.show()));
    form.addEventListener('keydown', (event) => { if (event.key === 'Escape') this.show(); });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.doing(go, async () => {
        await act(box.value.trim());
        form.remove();
        await this.labeler.look();
      });
    });
    card.querySelector('.acts').hidden = true;
    card.append(form);
    box.focus();
    return box;
  }

  async doing(control, work) {
    control.disabled = true;
    this.say('');
    try {
      await work();
    } catch (error) {
      this.say(error.unreachable ? 'The studio is not answering; try again in a moment.' : error.message);
    }
    control.disabled = false;
  }

  say(words) {
    this.told.textContent = words;
    this.told.hidden = !words;
  }
}

function day(created) {
  const date = new Date(created);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' });
}
