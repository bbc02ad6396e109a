// From the lines of metrics.jsonl to the curves of the chart.

import { Chart } from '../chart/chart.js';

const NO_PART = new Set([
  'kind', 'time', 'step', 'epoch', 'learning_rate', 'beta', 'examples_per_second',
]);
const ORDER = ['total', 'reconstruction', 'kl'];
const NAMES = { total: 'loss', kl: 'KL' };
// Far smaller than the others: on their scale its shape could not be seen.
const APART = { kl: { axis: 'right', scale: 'kl', short: 'KL' } };
// With at least so many steps to an epoch told, the steps show more than the epochs.
const STEPS_AN_EPOCH = 3;

export class RunCurves {
  constructor(element) {
    this.chart = new Chart(element, {
      label: 'Losses', xLabel: 'epoch', yLabel: 'nats per example',
      empty: 'The curves begin with the first steps.',
    });
    this.clear();
  }

  clear() {
    this.steps = [];
    this.epochs = [];
    this.chart.set([]);
  }

  add(lines) {
    if (!lines.length) return;
    for (const line of lines) (line.kind === 'epoch' ? this.epochs : this.steps).push(line);
    const last = Math.max(0, ...lines.map((line) => line.epoch));
    this.chart.set(this.series(), { wholeX: last >= 2 });
  }

  series() {
    const fine = this.steps.length > STEPS_AN_EPOCH * this.epochs.length;
    const lines = fine ? this.steps : this.epochs;
    const partsOf = fine ? (line) => line : (line) => line.train;
    const x = lines.map((line) => line.epoch);
    const parts = parted(lines.map(partsOf));
    const curves = parts.map((part, i) => ({
      id: part, label: NAMES[part] ?? part, x, y: lines.map((line) => partsOf(line)?.[part]),
      colour: `var(--class-${[0, 2, 1, 5, 7][i % 5]})`, ...APART[part],
    }));
    const held = this.epochs.filter((line) => line.validation);
    if (held.length) {
      curves.push({
        id: 'held out', label: 'loss, held out', x: held.map((line) => line.epoch),
        y: held.map((line) => line.validation.total), colour: 'var(--class-0)', dash: [6, 4],
      });
    }
    return [
      ...curves,
      ...[['learning_rate', 'learning rate', [2, 3]], ['beta', 'beta', [8, 3, 2, 3]]].map(
        ([id, label, dash]) => ({
          id, label, short: id === 'beta' ? 'β' : 'rate', x, y: lines.map((line) => line[id]),
          axis: 'right', dash, colour: id === 'beta' ? 'var(--class-3)' : 'var(--class-7)',
        }),
      ),
    ];
  }
}

function parted(lines) {
  const found = new Set();
  for (const line of [lines[0], lines.at(-1)]) {
    for (const [name, value] of Object.entries(line ?? {})) {
      if (!NO_PART.has(name) && typeof value === 'number') found.add(name);
    }
  }
  return [...ORDER.filter((name) => found.delete(name)), ...found];
}
