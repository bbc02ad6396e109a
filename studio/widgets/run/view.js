// One run: its state, progress, curves, pictures, map and log.

import { route } from '../scene/address.js';
import { RunActions } from './actions.js';
import { RunCurves } from './curves.js';
import { LatentView } from './latent.js';
import { facts, share, stateOf } from './words.js';

const LOG_CHARACTERS = 65536;

export class RunView {
  constructor(root, handlers) {
    this.root = root;
    this.find = (name) => root.querySelector(`.run-${name}`);
    this.title = root.querySelector('.run-title h3');
    this.picture = root.querySelector('.run-sample img');
    this.log = root.querySelector('.run-log pre');
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
    this.find('wait').hidden = false;
    this.root.querySelector('.run-sample figcaption').textContent = '';
    this.log.textContent = '';
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
    this.find('about').textContent = `${run.recipe} on ${run.dataset}, `
      + `${run.latent_dim} latent dimension${run.latent_dim === 1 ? '' : 's'}`;
    const percent = Math.floor(100 * share(run));
    const bar = this.find('bar');
    bar.firstElementChild.style.width = `${100 * share(run)}%`;
    bar.setAttribute('aria-valuenow', percent);
    bar.setAttribute('aria-label', `${percent} % trained`);
    this.find('facts').textContent = facts(run);
    const message = this.find('message');
    message.textContent = run.message;
    message.hidden = !run.message;
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
    this.picture.src = route(path);
  }

  pictured() {
    const epoch = Number(this.sample?.match(/\d+/)?.[0]);
    const caption = `What the decoder makes of the same random codes after epoch ${epoch}.`;
    this.picture.hidden = false;
    this.picture.alt = caption;
    this.find('wait').hidden = true;
    this.root.querySelector('.run-sample figcaption').textContent = caption;
  }

  addLog(text) {
    if (!text) return;
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 30;
    this.log.textContent = (this.log.textContent + text).slice(-LOG_CHARACTERS);
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
  }
}
