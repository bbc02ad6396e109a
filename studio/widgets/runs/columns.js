// The columns of the table of runs.

import { short } from '../chart/ticks.js';
import { count, duration, STATES, stateOf } from '../run/words.js';

const TONES = {
  running: 'busy', stopping: 'busy', queued: 'idle', stopped: 'idle',
  finished: 'good', failed: 'bad', interrupted: 'bad',
};
const states = Object.fromEntries(
  Object.entries(STATES).map(([state, { sign, word }]) => [state, [sign, word, TONES[state]]]),
);

export const COLUMNS = [
  {
    key: 'name', label: 'Name', kind: 'link', help: 'The checkpoint that it becomes; opens the run',
    href: (run) => `?tab=train&run=${encodeURIComponent(run.id)}`,
    title: (run) => `${run.name}: open the run in Train\n${run.id}`,
  },
  {
    key: 'state', label: 'State', kind: 'state', states,
    format: (state, run) => stateOf(run).word, title: (run) => run.message,
  },
  { key: 'recipe', label: 'Recipe' },
  { key: 'dataset', label: 'Data set' },
  { key: 'latent_dim', label: 'Latent', kind: 'number', help: 'Latent dimensions' },
  {
    key: 'epoch', label: 'Epochs', kind: 'number', help: 'Epochs done, of all',
    format: (epoch, run) => `${Math.floor(epoch)} / ${run.epochs}`,
  },
  {
    key: 'loss', label: 'Loss', kind: 'number', help: 'Training loss of the last epoch, nats per example',
    format: loss,
  },
  {
    key: 'validation', label: 'Held out', kind: 'number', format: loss,
    help: 'Loss on held-out examples after the last epoch, nats per example',
  },
  {
    key: 'examples_per_second', label: 'Examples/s', kind: 'number', help: 'Training speed',
    format: (rate) => (rate ? count(Math.round(rate)) : '–'),
  },
  {
    key: 'seconds', label: 'Duration', kind: 'number', help: 'Time spent in training',
    format: (seconds) => (seconds ? duration(seconds) : '–'),
  },
  { key: 'created', label: 'Started', kind: 'date', help: 'When it was asked for' },
];

function loss(value) {
  return Number.isFinite(value) ? value.toFixed(Math.abs(value) < 10 ? 3 : 2) : short(value);
}
