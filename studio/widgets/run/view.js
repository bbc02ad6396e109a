// One run: its state, progress, curves, pictures, map and log.

import { route } from '../scene/address.js';
import { RunActions } from './actions.js';
import { RunCurves } from './curves.js';
import { LatentView } from './latent.js';
import { facts, share, stateOf } from './words.js';

const LOG_CHARACTERS = 65536;
// The day, said in every line of the file, would take half of a line here.
const DATE = /^\d{4}-\d\d-\d\d (?=\d\d:)/gm;
const NO_PICTURES = 'A table has rows and no pictures; once it is trained, look at the model in the tab Tables.';
const WAITING = 'It begins as soon as there is room for it. '
  + 'How many train at once is set above.';

export class RunView {
  constructor(root, handlers) {
    this.root = root;
    this.find = (name) => root.querySelector(`.run-${name}`);
    this.title = root.querySelector('.run-title h3');
    this.picture = root.querySelector('.run-sample img');
    this.waiting = root.querySelector('.run-sample .run-wait');
    this.promise = this.waiting.textContent;
    this.log = root.querySelector('.run-log pre');
    this.following = true;
    this.log.addEventListener('scroll', () => { this.following = this.atEnd(); });
    new ResizeObserver(() => this.follow()).observe(this.log);
    this.curves = new RunCurves(this.find('chart'));
    this.map = new LatentView(this.find('map'));
    this.actions = new RunActions(this.find('buttons'), handlers);
    this.picture.addEventListener('load', () => this.pictured());
  }

  // Begin with another run, of which nothing is known yet.
  clear() {
    this.curves.clear();
    this.map.clear();
    this.sample = null;
    this.picture.hidden = true;
    this.waiting.hidden = false;
    this.root.querySelector('.run-sample figcaption').textContent = '';
    this.log.textContent = '';
    this.following = true;
  }

  summary(run) {
    this.run = run;
    const { sign, word } = stateOf(run);
    this.title.textContent = run.name;
    const state = this.find('state');
    state.textContent = `${sign} ${word}`;
    this.root.dataset.state = run.state;
    this.root.dataset.run = run.id;
    this.root.dataset.step = run.step;
    const about = this.find('about');
    about.textContent = `${run.recipe} on ${run.dataset}, `
      + `${run.latent_dim} latent dimension${run.latent_dim === 1 ? '' : 's'}`;
    about.title = about.textContent;
    const percent = Math.floor(100 * share(run));
    const bar = this.find('bar');
    bar.firstElementChild.style.width = `${100 * share(run)}%`;
    bar.setAttribute('aria-valuenow', percent);
    bar.setAttribute('aria-label', `${percent} % trained`);
    this.find('facts').textContent = facts(run);
    if (!run.pictures) this.waiting.textContent = NO_PICTURES;
    else if (this.waiting.textContent === NO_PICTURES) this.waiting.textContent = this.promise;
    const message = this.find('message');
    message.textContent = run.state === 'queued' ? WAITING : run.message;
    message.hidden = !message.textContent;
    // A run that has not begun has nothing to show but that.
    const nothing = !run.step && ['queued', 'stopped'].includes(run.state);
    this.root.dataset.news = nothing && !this.sample ? 'none' : 'some';
    // Its place is kept from the start, or everything beside it would move when it comes.
    this.map.expect(run.latent_dim === 2 && !nothing);
    this.actions.show(run);
  }

  news({ summary, metrics, log, samples, latent_step: step }) {
    this.summary(summary);
    this.curves.add(metrics);
    this.addLog(log);
    const newest = samples.at(-1);
    if (newest && newest !== this.sample) this.show(newest);
    if (step !== null && step !== undefined) this.map.load(summary.id, step);
  }

  show(sample) {
    this.sample = sample;
    const path = `/runs/${encodeURIComponent(this.run.id)}/samples/${encodeURIComponent(sample)}`;
    // A run that went on from a checkpoint draws the same epoch anew, under the same name.
    this.picture.src = route(`${path}?v=${this.run.step}`);
  }

  pictured() {
    const epoch = Number(this.sample?.match(/\d+/)?.[0]);
    const caption = `What the decoder makes of the same random codes after epoch ${epoch}.`;
    this.picture.hidden = false;
    this.picture.alt = caption;
    this.waiting.hidden = true;
    this.root.querySelector('.run-sample figcaption').textContent = caption;
  }

  addLog(text) {
    if (!text) return;
    const lines = text.replace(DATE, '');
    this.log.textContent = (this.log.textContent + lines).slice(-LOG_CHARACTERS);
    this.follow();
  }

  // Keep the end in sight, unless one has scrolled up to read.
  follow() {
    if (this.following) this.log.scrollTop = this.log.scrollHeight;
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 30;
  }
}
