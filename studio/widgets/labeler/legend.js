// Below the map: what its colours mean and how many labels each class has; a press on one shows it alone.

import { button, make } from '../scene/parts.js';
import { NONE, cssColour, rampGradient } from './colours.js';

export class Legend {
  constructor(root, labeler) {
    Object.assign(this, { root, labeler, built: null });
  }

  show() {
    const { labeler } = this;
    if (!labeler.about) return;
    const scale = labeler.colour === 'certainty';
    const key = `${labeler.about.id}:${scale}:${document.body.classList.contains('dark')}`;
    if (key !== this.built) this.build(scale);
    this.built = key;
    if (scale) return;
    this.chips.forEach(({ chip, count, k }) => {
      const n = k === NONE ? labeler.about.rows - labeler.labelled : labeler.counts[k];
      count.textContent = k === NONE ? '' : n.toLocaleString('en');
      chip.dataset.count = n;
      chip.setAttribute('aria-pressed', labeler.alone === k);
      chip.classList.toggle('off', labeler.alone !== null && labeler.alone !== k);
      chip.classList.toggle('none', !n);
      if (k === NONE) chip.hidden = labeler.colour !== 'mine';
    });
  }

  build(scale) {
    if (scale) {
      const bar = make('i', { className: 'ramp' });
      bar.style.background = rampGradient();
      this.root.replaceChildren(make('span', { className: 'scale' }, 'unsure', bar, 'certain'));
      return;
    }
    const { classes } = this.labeler.about;
    this.chips = [...classes.map((name, k) => this.chip(name, k, cssColour(k))), this.chip('no label', NONE, '#8894a8')];
    this.root.dataset.many = classes.join('').length + 6 * classes.length > 220 ? 'yes' : 'no';
    this.root.replaceChildren(...this.chips.map(({ chip }) => chip));
  }

  chip(name, k, colour) {
    const count = make('b');
    const title = k === NONE ? 'Show those without a label alone' : `Show ${name} alone; the number counts your labels`;
    const chip = button('', title, () => this.labeler.setAlone(k), { className: 'chip', 'data-class': k });
    chip.setAttribute('aria-label', title);
    chip.style.setProperty('--colour', colour);
    chip.replaceChildren(make('i'), make('span', { textContent: name }), count);
    return { chip, count, k };
  }
}
