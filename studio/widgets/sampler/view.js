// The stage of the sampler: the pictures, the code beneath them, where it lies, and one dimension swept.

import { fetchJson } from '../scene/address.js';
import { Notices } from '../scene/notices.js';
import { Gauge } from './gauge.js';
import { Latest } from './latest.js';
import { Pane } from './pane.js';
import { MOST_SEED, sampler as samplerOf } from './sampler.js';
import { saveSheet } from './sheet.js';
import { Sweep } from './sweep.js';
import { Vector } from './vector.js';
import { caption, codeText, note, sentence, whereabouts } from './words.js';

const MOMENT_MS = 120;

export function mount(element, { props }) {
  const root = element.querySelector('.sampler');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new View(root, samplerOf(props.scene));
}

class View {
  constructor(root, sampler) {
    Object.assign(this, { root, sampler, panes: [] });
    this.part = (selector) => root.querySelector(selector);
    this.notices = new Notices(root, sampler, {
      lost: 'The studio does not answer. Trying again; everything stays as it is ...',
      empty: 'There is no model that decodes pictures yet. Train one with: make train-sampler',
    });
    this.gauge = new Gauge(this.part('.gauge'));
    this.vector = new Vector(this.part('.vector'), sampler);
    this.sweep = new Sweep(this.part('.sweep'), sampler);
    this.around = new Latest((asked) => this.locate(asked), (error) => this.showWhere(null, sentence(error)));
    this.listen();
    if (sampler.about) this.build();
  }

  listen() {
    const { sampler, root } = this;
    sampler.on('about', () => this.showWhere(null));
    sampler.on('fits', () => this.showFits());
    sampler.on('others', () => this.build());
    sampler.on('change', ({ glide }) => this.follow(glide));
    for (const button of root.querySelectorAll('[data-mode]')) {
      if (button !== root) button.addEventListener('click', () => sampler.setMode(button.dataset.mode));
    }
    for (const button of root.querySelectorAll('[data-show]')) {
      button.addEventListener('click', () => sampler.set({ show: button.dataset.show }));
    }
    this.part('[data-look="smooth"]').addEventListener('click', ({ target }) => {
      const on = root.classList.toggle('smooth');
      target.setAttribute('aria-pressed', on);
    });
    this.part('[data-do="resample"]').addEventListener('click', () => sampler.resample());
    this.part('[data-do="keep"]').addEventListener('click', () => sampler.setMode('exact'));
    this.part('[data-do="save"]').addEventListener('click', () => saveSheet(sampler, this.panes));
    this.axes = [...root.querySelectorAll('.axes select')];
    this.axes.forEach((select, i) => select.addEventListener('change', () => this.takeAxis(i, Number(select.value))));
    this.part('.seed').addEventListener('change', ({ target }) => this.takeSeed(target));
    this.part('.count input').addEventListener('input', ({ target }) => sampler.set({ count: Number(target.value) }));
    document.addEventListener('keydown', (event) => this.key(event));
  }

  // Keys of the whole tab.
  key(event) {
    const { sampler } = this;
    const typing = event.target.matches?.('input:not([type="range"]), textarea, select, [contenteditable]');
    if (typing || event.altKey || !sampler.about || document.body.dataset.tab !== sampler.name) return;
    const pressed = event.key.toLowerCase();
    const command = event.ctrlKey || event.metaKey;
    if (pressed === 'z' && command && !event.shiftKey) {
      event.preventDefault();
      sampler.steps.back();
    } else if (pressed === 'r' && !command) sampler.resample();
  }

  takeSeed(field) {
    const text = field.value.trim();
    const seed = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (seed <= MOST_SEED) this.sampler.set({ seed }, true);
    else {
      field.value = this.sampler.seed;
      this.sampler.fail(new Error(`A seed is a whole number from 0 to ${MOST_SEED}, not '${text.slice(0, 24)}'.`));
    }
  }

  // The axis that had this dimension takes what the other one had.
  takeAxis(i, d) {
    const pair = this.sampler.pair.slice();
    if (pair[1 - i] === d) pair[1 - i] = pair[i];
    pair[i] = d;
    this.sampler.set({ pair });
  }

  showAxes() {
    const { about: { latent_dim: size }, pair, show } = this.sampler;
    this.part('.axes').hidden = show !== 'plane';
    this.axes.forEach((select, i) => {
      if (select.options.length !== size) {
        select.replaceChildren(...Array.from({ length: size }, (_, d) => new Option(`z${d + 1}`, d)));
      }
      select.value = pair[i];
    });
  }

  // The panes of the model and of those beside it; one that is there already stays.
  build() {
    const { sampler } = this;
    const wanted = [sampler.about, ...sampler.others];
    const stays = (pane, about) => pane.about === about && !pane.gone && pane.device === sampler.device;
    const panes = wanted.map((about, i) => this.panes.find((pane) => stays(pane, about) && (pane.first === !i))
      ?? new Pane(sampler, about, i ? undefined : (status) => this.notices.status(status)));
    panes.forEach((pane, i) => { pane.first = !i; });
    for (const pane of this.panes) if (!panes.includes(pane)) pane.close();
    this.panes = panes;
    this.part('.panes').replaceChildren(...panes.map((pane) => pane.root));
    this.root.dataset.panes = panes.length;
    this.follow(false);
  }

  follow(glide) {
    const { sampler, root } = this;
    if (!root.isConnected) return void this.leave();
    if (this.panes[0]?.device !== sampler.device && this.panes.length) return void this.build();
    // What follows the hand goes first.
    for (const pane of this.panes) {
      pane.follow(glide);
      pane.select();
    }
    root.dataset.mode = sampler.mode;
    root.dataset.show = sampler.show;
    for (const button of root.querySelectorAll('.bar [data-mode]')) {
      button.setAttribute('aria-pressed', button.dataset.mode === sampler.mode);
    }
    for (const button of root.querySelectorAll('.bar [data-show]')) {
      button.setAttribute('aria-pressed', button.dataset.show === sampler.show);
    }
    this.showDrawing();
    this.showAxes();
    const z = sampler.code();
    this.vector.follow(z);
    this.sweep.follow(z);
    if (z) this.moved(z);
  }

  showDrawing() {
    const { sampler } = this;
    const seed = this.part('.seed');
    if (document.activeElement !== seed) seed.value = sampler.seed;
    const count = this.part('.count input');
    count.value = sampler.shown;
    this.part('.count output').textContent = sampler.shown;
    const still = sampler.mode === 'exact';
    for (const control of [seed, this.part('[data-do="resample"]')]) control.disabled = still;
    count.disabled = still || sampler.show === 'plane';
    this.part('.draw').title = still ? 'Exact numbers are one code, and nothing is drawn.' : '';
    this.part('[data-do="keep"]').hidden = still;
    this.showCaption();
  }

  showCaption() {
    const text = caption(this.sampler);
    if (this.part('.caption').textContent !== text) this.part('.caption').textContent = text;
  }

  showFits() {
    if (this.sampler.about) this.showCaption();
    for (const pane of this.panes) pane.showFit();
  }

  // Where the code lies is asked for a few times a second while a hand moves it.
  moved(z) {
    this.gauge.show(this.sampler.about, Math.hypot(...z));
    this.latest = z;
    this.waiting ??= setTimeout(() => {
      this.waiting = null;
      this.around.want({ z: this.latest, about: this.sampler.about });
    }, MOMENT_MS);
  }

  async locate({ z, about }) {
    if (z.length !== about.latent_dim) return;
    const query = new URLSearchParams({ z: codeText(z) });
    const found = await fetchJson(`/sampling/${encodeURIComponent(about.name)}/whereabouts?${query}`);
    if (about === this.sampler.about) this.showWhere(found);
  }

  showWhere(found, why = '') {
    const list = this.part('.where dl');
    const rows = found ? whereabouts(found) : [];
    list.replaceChildren(...rows.flatMap(([name, text]) => {
      const [term, words] = [document.createElement('dt'), document.createElement('dd')];
      term.textContent = name;
      words.textContent = text;
      return [term, words];
    }));
    const line = this.part('.where .note');
    line.textContent = found ? note(found) : why;
    this.part('.where').dataset.charted = found?.charted ?? '';
  }

  leave() {
    for (const pane of this.panes) pane.close();
    this.panes = [];
  }
}
