// Several runs side by side: their curves, pictures and settings.

import { Chart } from '../chart/chart.js';
import { Feed } from './feed.js';
import { Samples } from './samples.js';
import { Settings } from './settings.js';

const SPLITS = { validation: 'held out', train: 'training' };
const PARTS = { total: 'loss', kl: 'KL' };
const NATS = 'nats per example';
const SINGLE = {
  learning_rate: ['learning rate', ''],
  beta: ['beta', ''],
  examples_per_second: ['examples a second', 'examples a second'],
};
const OVER = { epoch: 'epochs', step: 'steps', seconds: 'time' };
const FIRST = ['validation.total', 'train.total', 'validation.reconstruction', 'train.reconstruction',
  'validation.kl', 'train.kl'];

export class Comparison {
  constructor(root, kept, keep) {
    this.root = root;
    this.kept = kept;
    this.keep = keep;
    this.feed = new Feed();
    this.which = root.querySelector('.compare-which');
    this.what = root.querySelector('.compare-what');
    this.over = root.querySelector('.compare-over');
    this.chart = new Chart(root.querySelector('.compare-curves'), { label: 'Compared runs' });
    this.samples = new Samples(root.querySelector('.compare-samples'));
    this.settings = new Settings(root.querySelector('.compare-settings'), kept, keep);
    options(this.over, Object.entries(OVER), kept.over ?? 'epoch');
    options(this.what, [['validation.total', title('validation.total')]], 'validation.total');
    this.what.addEventListener('change', () => this.changed('what'));
    this.over.addEventListener('change', () => this.changed('over'));
  }

  changed(name) {
    this.kept[name] = this[name].value;
    this.keep();
    this.draw();
  }

  // Show these runs; `looks` has a colour and a dash for each. Curves come first, they are looked for.
  async show(runs, looks, newest) {
    const ids = runs.map((run) => run.id).join();
    const other = ids !== this.wanted;
    this.wanted = ids;
    this.root.dataset.busy = other;
    const grown = await this.feed.renewCurves(runs);
    // Another tick may have come while these were fetched.
    if (this.wanted !== ids) return;
    if (other || grown) this.showCurves(runs, looks, newest);
    const more = await this.feed.renewDetails(runs);
    if (this.wanted !== ids) return;
    if (other || more) this.showDetails();
    this.root.dataset.compared = this.runs.length;
    this.root.dataset.busy = false;
  }

  showCurves(runs, looks, newest) {
    this.runs = runs.map((run) => ({
      id: run.id, label: run.name, run, ...looks.get(run.id), curves: this.feed.curves.get(run.id) ?? {},
    }));
    this.newest = newest;
    this.choices();
    this.draw();
  }

  showDetails() {
    for (const run of this.runs) run.details = this.feed.details.get(run.id);
    this.samples.show(this.runs);
    this.settings.show(this.runs);
  }

  // What can be drawn is what any of the runs has.
  choices() {
    const found = new Set(this.runs.flatMap((run) => Object.keys(run.curves)));
    for (const name of Object.keys(OVER)) found.delete(name);
    const first = FIRST.filter((name) => found.delete(name));
    const last = Object.keys(SINGLE).filter((name) => found.delete(name));
    const names = [...first, ...[...found].filter((name) => name.includes('.')).sort(), ...last];
    if (!names.length) return;
    const wanted = [this.kept.what, 'validation.total', names[0]].find((name) => names.includes(name));
    options(this.what, names.map((name) => [name, title(name)]), wanted);
  }

  draw() {
    if (!this.runs) return;
    const [what, over] = [this.what.value, this.over.value];
    const has = (run) => run.curves[what] && !run.curves[what].every(Number.isNaN);
    const missing = this.runs.filter((run) => Object.keys(run.curves).length && !has(run));
    this.chart.set(this.runs.filter(has).map(({ id, label, colour, dash, curves }) => ({
      id, label, colour, dash, x: curves[over], y: curves[what],
    })), {
      xLabel: { epoch: 'epoch', step: 'step', seconds: 'training time' }[over],
      yLabel: what in SINGLE ? SINGLE[what][1] : NATS,
      wholeX: over !== 'seconds', secondsX: over === 'seconds', label: `${title(what)} of compared runs`,
      empty: missing.length ? `None of these runs has a curve of: ${title(what)}.`
        : 'The curves begin when the first epoch has ended.',
    });
    this.tell(missing);
  }

  // Which runs these are, and which of them have no such curve.
  tell(missing) {
    const count = this.runs.length;
    const which = this.newest
      ? `${count === 1 ? 'the newest run' : `the newest ${count} runs`}; tick rows to choose others`
      : `${count} ticked`;
    this.which.textContent = which + (missing.length ? ` · ${missing.length} without this curve` : '');
    this.which.title = missing.map((run) => run.label).join(', ');
  }
}

function title(name) {
  if (name in SINGLE) return SINGLE[name][0];
  const [split, part] = name.split('.');
  return `${PARTS[part] ?? part}, ${SPLITS[split] ?? split}`;
}

// Fill a choice, touching it only when its entries differ.
function options(select, entries, value) {
  const mark = JSON.stringify(entries);
  if (select.dataset.entries !== mark) {
    select.dataset.entries = mark;
    select.replaceChildren(...entries.map(([key, text]) => new Option(text, key)));
  }
  if (select.value !== value) select.value = value;
}
