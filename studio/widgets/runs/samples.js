// The runs' pictures of one epoch side by side; a slider goes through the epochs.

import { sample } from '../chart/ink.js';
import { route } from '../scene/address.js';
import { part } from '../table/cells.js';

export class Samples {
  constructor(root) {
    this.root = root;
    this.at = null;
    this.slider = part('input', '', { type: 'range', min: 0, step: 1 });
    this.slider.setAttribute('aria-label', 'Epoch of the samples');
    this.slider.addEventListener('input', () => {
      this.at = this.epochs[this.slider.value];
      // At the end it goes on with the training.
      if (Number(this.slider.value) === this.epochs.length - 1) this.at = null;
      this.draw();
    });
    this.words = part('output', '');
    const line = part('div', 'samples-line');
    line.append(part('span', '', { textContent: 'Samples' }), this.slider, this.words);
    this.cards = part('div', 'samples-cards');
    this.root.replaceChildren(line, this.cards);
  }

  show(runs) {
    this.runs = runs.map((run) => ({
      ...run, pictures: (run.details?.samples ?? []).map((name) => [epochOf(name), name]),
    }));
    const all = this.runs.flatMap((run) => run.pictures.map(([epoch]) => epoch));
    this.epochs = [...new Set(all)].sort((a, b) => a - b);
    this.slider.max = Math.max(0, this.epochs.length - 1);
    this.slider.disabled = this.epochs.length < 2;
    const cards = new Map([...this.cards.children].map((card) => [card.dataset.id, card]));
    this.cards.replaceChildren(...this.runs.map((run) => cards.get(run.id) ?? this.card(run)));
    this.cards.style.setProperty('--cards', Math.min(3, this.runs.length));
    this.draw();
  }

  card(run) {
    const card = part('figure', '');
    card.dataset.id = run.id;
    const name = part('figcaption', '');
    const frame = part('div', 'frame');
    frame.append(part('img', '', { hidden: true }), part('span', '', { textContent: 'No pictures yet' }));
    card.append(name, frame);
    return card;
  }

  draw() {
    const last = this.epochs.length - 1;
    const at = this.at === null ? last : this.epochs.findLastIndex((epoch) => epoch <= this.at);
    this.slider.value = Math.max(0, at);
    const wanted = this.epochs[Math.max(0, at)];
    this.words.textContent = wanted === undefined ? '' : `epoch ${wanted.toLocaleString('en')}`;
    this.runs.forEach((run, i) => this.fill(this.cards.children[i], run, wanted));
  }

  // The run's last picture up to that epoch.
  fill(card, run, wanted) {
    const [name, frame] = card.children;
    const [picture, none] = frame.children;
    const found = run.pictures.findLast(([epoch]) => epoch <= wanted);
    const label = part('span', 'name', { textContent: run.label });
    const when = part('span', 'when', { textContent: found && found[0] !== wanted ? `epoch ${found[0]}` : '' });
    name.replaceChildren(sample(run.colour, run.dash), label, when);
    name.title = run.label;
    picture.hidden = !found;
    none.hidden = Boolean(found);
    if (!found) return;
    const address = route(`/runs/${run.id}/samples/${found[1]}`).href;
    if (picture.src !== address) picture.src = address;
    picture.alt = `What ${run.label} drew after epoch ${found[0]}`;
    card.dataset.epoch = found[0];
  }
}

function epochOf(name) {
  return Number(/\d+/.exec(name)[0]);
}
