// A few more epochs of training, while one goes on labelling.

import { Chart } from '../chart/chart.js';
import { hasTab } from '../house/house.js';
import { fetchJson } from '../scene/address.js';

const ACTIVE = ['waiting', 'running', 'stopping'];
const NAMES = { total: 'loss', kl: 'KL', mutual_information: 'mutual information' };
const NO_PART = ['epoch', 'step', 'time', 'learning_rate', 'beta', 'examples_per_second'];
const COLOURS = [0, 2, 1, 5, 7, 4, 3];
const WORDS = { waiting: 'waiting for its turn', running: 'training', stopping: 'stopping after this batch', finished: 'done', failed: 'failed' };

export class Rounds {
  constructor(side, labeler) {
    Object.assign(this, { root: side.querySelector('.rounds'), labeler });
    this.part = (selector) => this.root.querySelector(selector);
    this.fold = side.querySelector('.losses');
    this.epochs = this.part('input');
    this.begin = this.part('[data-do="train"]');
    this.end = this.part('[data-do="stop"]');
    this.begin.addEventListener('click', () => this.start());
    this.end.addEventListener('click', () => this.stop());
    this.epochs.addEventListener('input', () => this.show());
    labeler.on('about', () => this.show());
    labeler.on('state', () => this.show());
    this.name();
  }

  name() {
    const n = this.wanted;
    this.begin.disabled = !n || this.active;
    this.begin.textContent = n === 1 ? 'Train 1 more epoch' : `Train ${n || '…'} more epochs`;
  }

  get wanted() {
    const n = Number(this.epochs.value);
    return Number.isInteger(n) && n >= 1 && n <= 1000 ? n : 0;
  }

  get active() {
    return ACTIVE.includes(this.labeler.state?.round?.state);
  }

  async start() {
    const { labeler } = this;
    if (!this.wanted || this.active) return;
    this.begin.disabled = true;
    await this.ask('rounds', { epochs: this.wanted });
    labeler.emit('done');
    this.name();
  }

  async stop() {
    this.end.disabled = true;
    await this.ask('stop', {});
    this.end.disabled = false;
  }

  async ask(path, body) {
    const { labeler } = this;
    try {
      const round = await fetchJson(`/labels/${encodeURIComponent(labeler.about.id)}/${path}`, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
      });
      labeler.state = { ...labeler.state, round };
      labeler.emit('state', labeler.state);
      labeler.feed.soon();
    } catch (error) {
      labeler.fail(error);
    }
  }

  show() {
    const round = this.labeler.state?.round ?? null;
    const { root, active } = this;
    root.dataset.state = round?.state ?? 'none';
    root.dataset.run = round?.run ?? '';
    this.end.hidden = !active;
    this.epochs.disabled = active;
    this.name();
    const share = round?.steps ? Math.min(1, round.step / round.steps) : 0;
    const bar = this.part('.bar-of');
    bar.hidden = !active;
    bar.firstElementChild.style.width = `${100 * share}%`;
    bar.setAttribute('aria-valuenow', Math.round(100 * share));
    this.part('.said').textContent = !this.wanted && !active ? 'Epochs are a whole number from 1 to 1,000.' : round ? said(round) : 'In the background, while you go on labelling.';
    const details = this.part('a');
    details.hidden = !round?.run || !hasTab('train');
    if (!details.hidden) details.href = `?${new URLSearchParams({ tab: 'train', run: round.run })}`;
    this.curves(round?.history ?? []);
  }

  curves(history) {
    const { fold } = this;
    fold.hidden = !history.length;
    const key = `${this.labeler.about?.id}:${history.length}:${history.at(-1)?.total}`;
    if (!history.length || key === this.drawn) return;
    this.drawn = key;
    this.chart ??= new Chart(fold.querySelector('.losses-chart'), { label: 'Losses', xLabel: 'epoch', yLabel: 'weighted sum and its terms', empty: 'After the first epoch.' });
    const names = Object.keys(history.at(-1)).filter((name) => !NO_PART.includes(name) && typeof history.at(-1)[name] === 'number');
    const x = history.map(({ epoch }) => epoch);
    this.chart.set(names.map((name, i) => ({
      id: name, label: NAMES[name] ?? name.replaceAll('_', ' '), x, y: history.map((line) => line[name]),
      colour: `var(--class-${COLOURS[i % COLOURS.length]})`,
      // Hundreds of nats: on their scale nothing could be seen of the others.
      ...(name === 'reconstruction' ? { axis: 'right', short: 'nats' } : {}),
    })), { wholeX: true });
  }
}

function said({ state, epoch, epochs, sentence }) {
  const words = WORDS[state] ?? state;
  const where = ['running', 'stopping'].includes(state) ? ` · epoch ${Math.min(epochs, Math.floor(epoch * 10) / 10)} of ${epochs}` : '';
  return sentence && !['running', 'stopping'].includes(state) ? sentence : `${words}${where}`;
}
