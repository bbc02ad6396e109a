// Labels in and out: a CSV is read, told of, and only then taken over; and what can be taken home.

import { download } from '../faces/saving.js';
import { ask, fetchJson, route, sentence } from '../scene/address.js';
import { make } from '../scene/parts.js';
import { amount } from './labeler.js';

const MOST_BYTES = 10_000_000;
const MOST_PROBLEMS = 5;
const EXPORTS = ['labels.csv', 'latent.npz', 'figures.zip'];
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export class Files {
  constructor(root, labeler, drop) {
    Object.assign(this, { root, labeler });
    this.part = (selector) => root.querySelector(selector);
    this.told = this.part('.told');
    this.box = this.part('.import-preview');
    const file = this.part('input[type="file"]');
    this.part('[data-do="import"]').addEventListener('click', () => file.click());
    file.addEventListener('change', () => {
      this.take(file.files[0]);
      file.value = '';
    });
    this.part('[data-do="take"]').addEventListener('click', () => this.bring());
    this.part('[data-do="leave"]').addEventListener('click', () => this.clear());
    this.part('form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.register();
    });
    for (const link of root.querySelectorAll('[data-export]')) {
      link.addEventListener('click', (event) => {
        event.preventDefault();
        this.fetch(link.dataset.export);
      });
    }
    this.dropping(drop);
    labeler.on('about', () => this.open());
  }

  dropping(place) {
    const over = (on) => place.classList.toggle('dropping', on);
    place.addEventListener('dragover', (event) => {
      if (!event.dataTransfer.types.includes('Files') || !this.labeler.about) return;
      event.preventDefault();
      over(true);
    });
    place.addEventListener('dragleave', (event) => { if (!place.contains(event.relatedTarget)) over(false); });
    place.addEventListener('drop', (event) => {
      over(false);
      if (!this.labeler.about) return;
      event.preventDefault();
      this.take(event.dataTransfer.files[0]);
    });
  }

  open() {
    this.clear();
    this.say('');
    const { about } = this.labeler;
    if (!about) return;
    for (const name of EXPORTS) this.part(`[data-export="${name}"]`).href = route(`${this.path}/export/${name}`);
  }

  get path() {
    return `/labels/${encodeURIComponent(this.labeler.about.id)}`;
  }

  async take(file) {
    if (!file) return;
    this.root.open = true;
    this.clear();
    if (file.size > MOST_BYTES) {
      this.say(`'${file.name}' is over 10 MB; that is no list of labels.`, true);
      return;
    }
    this.say('Reading ...');
    const { about } = this.labeler;
    try {
      const given = { name: file.name, body: await file.arrayBuffer() };
      const found = await this.send('preview=1', given.body);
      if (about !== this.labeler.about) return;
      this.given = given;
      this.preview(found);
      this.say('');
    } catch (error) {
      this.say(sentence(error), true);
    }
  }

  preview({ added, changed, same, removed = 0, problems = [] }) {
    this.part('.file-name').textContent = this.given.name;
    const counts = [['new', added], ['changed', changed], ['removed', removed], ['as they are', same]];
    this.part('.import-preview dl').replaceChildren(...counts.flatMap(([name, n]) => [
      make('dt', { textContent: name }), make('dd', { textContent: n.toLocaleString('en') }),
    ]));
    const more = problems.length > MOST_PROBLEMS ? [`and ${problems.length - MOST_PROBLEMS} more.`] : [];
    this.part('.problems').replaceChildren(...[...problems.slice(0, MOST_PROBLEMS), ...more].map((words) => make('li', { textContent: words })));
    const take = this.part('[data-do="take"]');
    const work = added + changed + removed;
    take.disabled = problems.length > 0 || !work;
    take.textContent = problems.length ? 'Mend the file first' : work ? `Import ${amount(work, 'label', 'labels')}` : 'Nothing to import';
    this.box.hidden = false;
    this.box.scrollIntoView({ block: 'nearest' });
    if (!take.disabled) take.focus({ preventScroll: true });
  }

  async bring() {
    const { given, labeler } = this;
    const take = this.part('[data-do="take"]');
    take.disabled = true;
    try {
      const answer = await this.send(`key=${key()}`, given.body);
      this.clear();
      this.say(`${given.name} is imported; Ctrl-Z takes all of it back.`);
      labeler.feed.acknowledged(answer, false);
    } catch (error) {
      this.say(sentence(error), true);
      take.disabled = false;
    }
  }

  send(query, body) {
    return fetchJson(`${this.path}/import?${query}`, { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body });
  }

  // Some take a while to make, and what cannot be made is told here, not in a file.
  async fetch(name) {
    const { about } = this.labeler;
    if (this.making) return;
    this.making = true;
    this.say(`Making ${name} ...`);
    try {
      const blob = await (await ask(`${this.path}/export/${name}`)).blob();
      download(blob, `${about.name.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^[-.]+|-+$/g, '').slice(0, 40) || 'labels'}-${name}`);
      this.say('');
    } catch (error) {
      this.say(sentence(error), true);
    }
    this.making = false;
  }

  async register() {
    const box = this.part('form input');
    const name = box.value.trim();
    if (!NAME.test(name)) {
      this.say('A checkpoint\'s name has letters, digits, dots, dashes and underscores, 64 at most.', true);
      return;
    }
    const keep = this.part('form button');
    keep.disabled = true;
    this.say(`Keeping the model as '${name}' ...`);
    try {
      const answer = await fetchJson(`${this.path}/export/checkpoint`, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name }),
      });
      box.value = '';
      const taken = answer.name === name ? '' : `There is a '${name}' already. `;
      this.say(`${taken}The model is now the checkpoint '${answer.name}'; every tab that can use it opens it.`);
    } catch (error) {
      this.say(sentence(error), true);
    }
    keep.disabled = false;
  }

  clear() {
    this.given = null;
    this.box.hidden = true;
  }

  say(words, bad = false) {
    this.told.textContent = words;
    this.told.classList.toggle('bad', bad);
    if (bad) this.root.open = true;
  }
}

function key() {
  return `${Array.from(crypto.getRandomValues(new Uint8Array(16)), (v) => v.toString(16).padStart(2, '0')).join('')}:1`;
}
