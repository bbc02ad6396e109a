// The registry as a table, and below it the ways in.

import { Table } from '../table/table.js';
import { bytes, desk, sentence } from './desk.js';
import { Hub } from './hub.js';
import { Import } from './import.js';

const NARROW = 720;

export const STATES = {
  intact: ['✓', 'intact', 'good'],
  damaged: ['✕', 'DAMAGED', 'bad'],
  unchecked: ['○', 'not checked', 'idle'],
};

export function mount(element) {
  const root = element.querySelector('.vault');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  const table = new Table(root.querySelector('.vault-table'), {
    label: 'Checkpoints',
    noun: ['checkpoint', 'checkpoints'],
    empty: 'No checkpoints yet: train one, or bring one in below.',
    sort: { key: 'created', descending: true },
    id: (row) => row.name,
    columns: COLUMNS,
    chosen: (name) => {
      const another = desk.choice && name && name !== desk.choice;
      if (name) desk.choose(name);
      if (another && window.innerWidth < NARROW) showDetails();
    },
  });
  const notice = root.querySelector('.vault-notice');
  const say = (words) => {
    notice.textContent = words;
    notice.hidden = !words;
  };
  const unchecked = root.querySelector('.vault-unchecked');
  const all = unchecked.querySelector('button');
  all.addEventListener('click', async () => {
    all.disabled = true;
    await desk.verifyAll().catch((error) => say(sentence(error)));
    all.disabled = false;
  });
  const show = () => {
    say(desk.missing);
    const left = desk.checkpoints.filter((one) => one.state === 'unchecked').length;
    unchecked.hidden = !left;
    unchecked.querySelector('span').textContent = `${left} not checked yet`;
    table.set(desk.checkpoints);
    table.choose(desk.choice);
  };
  new Import(root.querySelector('.vault-import'));
  new Hub(root.querySelector('.vault-hub'));
  desk.addEventListener('list', show);
  desk.addEventListener('choice', () => {
    table.choose(desk.choice);
    say(desk.missing);
  });
  desk.addEventListener('silent', ({ detail }) => say(detail));
  show();
  desk.look();
}

// On a phone the details lie below everything else.
function showDetails() {
  document.getElementById('checkpoints-details')
    ?.scrollIntoView({ block: 'start', behavior: 'smooth' });
}

const COLUMNS = [
  {
    key: 'name', label: 'Name',
    format: (name, row) => (row.shipped ? `${name} · shipped` : name),
    title: (row) => (row.shipped ? 'Comes with the studio; it cannot be changed' : ''),
  },
  {
    key: 'state', label: 'Files', kind: 'state', states: STATES, title: (row) => row.reason ?? '',
    help: 'Whether every file has the sha256 that its manifest says',
  },
  { key: 'recipe', label: 'Recipe' },
  { key: 'dataset', label: 'Data' },
  { key: 'latent_dim', label: 'Latent', kind: 'number', help: 'Latent dimensions' },
  {
    key: 'elbo', label: 'Test ELBO', kind: 'number', help: 'Nats per example; higher is better',
    format: (value) => (value === null ? null : value.toFixed(1).replace('-', '−')),
  },
  { key: 'size', label: 'Size', kind: 'number', format: (value) => bytes(value) },
  { key: 'created', label: 'Created', kind: 'date' },
  { key: 'licence', label: 'Licence' },
];
