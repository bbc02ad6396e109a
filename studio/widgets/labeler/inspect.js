// The selected picture beside what the model makes of it: what it takes it for, how sure it is, what it
// truly is, and the buttons that label it. With a lasso: what lies inside.

import { make } from '../scene/parts.js';
import { toCanvas } from '../scene/pixels.js';
import { cssColour } from './colours.js';
import { keysOf } from './keys.js';
import { amount } from './labeler.js';

const MOST_INSIDE = 24;
// All classes as likely as each other: nothing is said yet.
const NO_IDEA = 1e-3;

export class Inspect {
  constructor(root, labeler) {
    Object.assign(this, { root, labeler });
    this.part = (selector) => root.querySelector(selector);
    labeler.on('about', () => this.open());
    labeler.on('selected', () => this.follow());
    labeler.on('lasso', () => this.follow());
    labeler.on('colours', ({ kind }) => {
      if (kind === 'mine') this.showMine();
      if (kind === 'predicted') this.load();
    });
    labeler.on('labelled', ({ label }) => this.flash(label));
    if (labeler.about) this.open();
  }

  open() {
    const { about } = this.labeler;
    if (!about) return;
    this.sample = null;
    for (const figure of this.root.querySelectorAll('.pictures figure')) figure.querySelector('canvas')?.remove();
    const keys = keysOf(about);
    const { dataset } = this.part('.classes');
    dataset.named = about.classes.some((name, k) => name !== keys[k]) ? 'yes' : 'no';
    dataset.many = about.classes.length > 12 ? 'yes' : 'no';
    this.buttons = about.classes.map((name, k) => {
      const made = make('button', { type: 'button', title: `Label it ${name} (${keys[k]})`, 'data-class': k, 'aria-pressed': 'false' },
        make('kbd', { textContent: keys[k] }), make('span', { textContent: name === keys[k] ? '' : name }));
      made.style.setProperty('--colour', cssColour(k));
      made.setAttribute('aria-label', `Label it ${name}`);
      made.addEventListener('click', () => this.labeler.label(k));
      return made;
    });
    this.part('.classes').replaceChildren(...this.buttons);
    this.follow();
  }

  follow() {
    const { labeler, root } = this;
    const inside = labeler.lasso.length > 0;
    root.dataset.what = inside ? 'lasso' : labeler.selected >= 0 ? 'one' : 'none';
    if (inside) this.showLasso();
    else this.load();
    this.showMine();
  }

  // The newest selection wins; what is shown stays until the next is there.
  async load() {
    const { labeler } = this;
    const row = labeler.selected;
    if (row < 0 || labeler.lasso.length) return;
    if (this.sample?.row !== row) this.await(row);
    try {
      const sample = await labeler.samples.get(row);
      if (row === labeler.selected && labeler.about) this.show(sample);
    } catch (error) {
      if (!error.unreachable && row === labeler.selected) labeler.fail(error);
    }
  }

  // What was there before is not what is selected: it pales until the next has come. One of the queue is
  // shown at once, because its small picture is known.
  await(row) {
    const known = this.labeler.samples.pictures.get(row);
    this.draw('original', known);
    for (const name of ['original', 'reconstruction']) {
      this.part(`.${name}`).classList.toggle('waiting', name !== 'original' || !known);
    }
  }

  draw(name, pixels) {
    if (!pixels) return;
    const figure = this.part(`.${name}`);
    figure.classList.remove('waiting', 'empty');
    figure.querySelector('canvas')?.remove();
    figure.prepend(toCanvas(pixels, this.labeler.about.shape));
  }

  show(sample) {
    const { about } = this.labeler;
    this.sample = sample;
    this.root.dataset.row = sample.row;
    for (const [name, pixels] of [['original', sample.picture], ['reconstruction', sample.reconstruction]]) {
      const figure = this.part(`.${name}`);
      figure.classList.remove('waiting');
      figure.classList.toggle('empty', !pixels);
      if (!pixels) figure.querySelector('canvas')?.remove();
      this.draw(name, pixels);
    }
    this.part('.original figcaption').textContent = `picture ${sample.row.toLocaleString('en')}`;
    const known = (sample.predicted ?? null) !== null && sample.certainty > 1 / about.classes.length + NO_IDEA;
    this.part('.says').textContent = known ? about.classes[sample.predicted] : '–';
    this.showDoubt(sample.row);
    const certainty = known ? sample.certainty : 0;
    const bar = this.part('.sure i');
    bar.style.width = `${100 * certainty}%`;
    bar.style.background = known ? cssColour(sample.predicted) : '';
    this.part('.sure output').textContent = known ? `${percent(certainty)} sure` : 'no idea yet';
    this.buttons.forEach((made, k) => made.style.setProperty('--p', known ? sample.probabilities?.[k] ?? 0 : 0));
    const truth = this.part('.truth');
    truth.hidden = !about.has_truth || sample.true === null;
    if (!truth.hidden) {
      truth.textContent = `true: ${about.classes[sample.true]} ${known ? (sample.true === sample.predicted ? '✓' : '✗') : ''}`;
      truth.dataset.right = known ? sample.true === sample.predicted : '';
    }
  }

  // A label agrees with itself; what counts is what the others would say without it.
  showDoubt(row) {
    const { about, line } = this.labeler;
    const doubt = line.given.get(row);
    this.part('.doubt').hidden = !doubt;
    if (doubt) this.part('.doubt').textContent = `without your label: ${about.classes[doubt.predicted]}`;
  }

  showMine() {
    const { labeler } = this;
    if (!this.buttons) return;
    const mine = labeler.lasso.length ? null : labeler.mineOf(labeler.selected);
    this.buttons.forEach((made, k) => made.setAttribute('aria-pressed', mine === k));
    const line = this.part('.mine');
    const none = labeler.lasso.length ? 'one key labels all of them' : 'not labelled yet';
    line.textContent = mine === null ? none : `your label: ${labeler.about.classes[mine]}`;
    line.style.setProperty('--colour', mine === null ? 'transparent' : cssColour(mine));
    this.part('[data-do="remove"]').disabled = mine === null && !labeler.lasso.length;
  }

  async showLasso() {
    const { labeler } = this;
    const { lasso, about } = labeler;
    this.part('.inside b').textContent = amount(lasso.length);
    const every = Math.max(1, Math.floor(lasso.length / MOST_INSIDE));
    const rows = Array.from(lasso).filter((_, i) => i % every === 0).slice(0, MOST_INSIDE);
    const pixels = await labeler.samples.many(rows).catch(() => null);
    if (!pixels || labeler.lasso !== lasso) return;
    const size = pixels.length / rows.length;
    this.part('.mosaic').replaceChildren(...rows.map((_, i) => toCanvas(pixels, about.shape, i * size)));
  }

  // Something happened, also for an eye that rests on the picture.
  flash(label) {
    const line = this.part('.pictures');
    const said = label === null ? 'label removed' : this.labeler.about.classes[label];
    const mark = make('span', { className: 'stamp', textContent: said });
    if (label !== null) mark.style.setProperty('--colour', cssColour(label));
    line.querySelector('.stamp')?.remove();
    line.append(mark);
    mark.addEventListener('animationend', () => mark.remove());
  }
}

export function percent(share) {
  const value = 100 * share;
  return `${value >= 99.95 || value < 10 || value % 1 === 0 ? value.toFixed(0) : value.toFixed(value > 90 ? 1 : 0)} %`;
}
