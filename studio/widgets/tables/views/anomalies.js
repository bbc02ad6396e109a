// What is unusual: a score's histogram with its threshold, the ROC where a class is the usual one, the
// scores of classical methods beside it, and the rows in order.

import { make } from '../../scene/parts.js';
import { cssColour } from '../../labeler/colours.js';
import { Histogram } from '../histogram.js';
import { Roc } from '../roc.js';
import { figure, flaggedWords, valued } from '../words.js';
import { View } from './view.js';

const RANKED = 200;

export class AnomaliesView extends View {
  constructor(pane) {
    super(pane);
    const { host } = this;
    this.histogram = new Histogram(this.box('spread'), host, 'A histogram of scores.');
    this.roc = new Roc(this.box('roc'), host, 'ROC curves.');
    this.methods = make('div', { className: 'methods', role: 'radiogroup', 'aria-label': 'Score' });
    this.ranked = make('ol', { className: 'ranked', tabIndex: 0, 'aria-label': 'Rows, the most unusual first' });
    this.plots.append(this.methods, this.ranked);
    this.listen();
  }

  listen() {
    const { host, ranked } = this;
    const rowOf = (event) => Number(event.target.closest('li')?.dataset.row ?? -1);
    ranked.addEventListener('pointerover', (event) => host.hover(rowOf(event)));
    ranked.addEventListener('pointerleave', () => host.hover(-1));
    ranked.addEventListener('click', (event) => { if (rowOf(event) >= 0) host.pick(rowOf(event)); });
    ranked.addEventListener('keydown', (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || !this.order) return;
      const next = this.order.indexOf(host.selected) + step;
      if (next >= 0 && next < this.order.length) host.select(this.order[next]);
      event.preventDefault();
    });
    for (const event of ['hover', 'select']) host.on(event, () => this.point());
  }

  async ready() {
    const { host, facts } = this;
    return { found: await facts.anomalies(host.normal) };
  }

  draw({ found }) {
    const { host } = this;
    this.found = found;
    const key = found.scores[host.score] ? host.score : found.methods[0].key;
    const scores = found.scores[key];
    const method = found.methods.find((one) => one.key === key);
    this.order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
    this.scores = scores;
    const sorted = this.order.map((i) => scores[i]);
    this.histogram.show({ scores, sorted, truth: found.truth, title: titled(method.title) });
    this.plots.dataset.truth = found.roc ? 'yes' : 'no';
    if (found.roc) {
      const curves = found.methods.filter((one) => found.roc[one.key]).map((one) => ({ ...found.roc[one.key], key: one.key, kind: one.kind }));
      this.roc.show({ curves, chosen: key, counted: () => this.counts() });
    }
    this.choices(found, key);
    this.rank();
    this.told();
  }

  choices({ methods }, chosen) {
    const best = Math.max(...methods.map(({ auroc }) => auroc ?? -1));
    this.methods.replaceChildren(...methods.map(({ key, title, kind, auroc }) => {
      const made = make('button', {
        type: 'button', role: 'radio', 'aria-checked': String(key === chosen), 'data-kind': kind, 'data-best': String(auroc !== null && auroc === best),
        title: `${titled(title)}: ${kind === 'vae' ? 'a score of this model' : 'a classical method on the same rows'}`,
      }, make('span', { textContent: titled(title) }), make('i'), make('b', { textContent: auroc === null ? '' : figure(auroc, 3) }));
      // From a half, which is chance, to one.
      made.style.setProperty('--share', Math.max(0, Math.min(1, 2 * (auroc ?? 0.5) - 1)).toFixed(3));
      made.addEventListener('click', () => this.host.set({ score: key }));
      return made;
    }));
  }

  rank() {
    const { host, order, scores } = this;
    const { table } = host;
    const [low, high] = [scores[order.at(-1)], scores[order[0]]];
    this.ranked.replaceChildren(...order.slice(0, RANKED).map((i) => {
      const label = table.labels[i];
      const dot = make('i', { className: 'dot' });
      if (label >= 0) dot.style.setProperty('--colour', cssColour(label));
      const line = make('li', { 'data-row': String(i) }, dot, make('span', { textContent: `row ${(table.row[i] + 1).toLocaleString('en')}` }),
        make('span', { className: 'of', textContent: table.classes[label] ?? '' }), make('b', { textContent: valued(scores[i]) }));
      line.style.setProperty('--share', ((scores[i] - low) / (high - low || 1)).toFixed(3));
      return line;
    }));
    if (order.length > RANKED) this.ranked.append(make('li', { className: 'rest', textContent: `and ${(order.length - RANKED).toLocaleString('en')} more, less unusual` }));
    this.flags();
    this.point();
  }

  // The rows above the threshold.
  flags() {
    const count = Math.round(this.host.share * this.order.length);
    [...this.ranked.children].forEach((line, place) => line.classList.toggle('flagged', place < count));
    this.pane.root.dataset.flagged = count;
  }

  counts() {
    const { found, order } = this;
    const { truth, fitted } = found;
    const flagged = new Set(order.slice(0, Math.round(this.host.share * order.length)));
    const counted = { flagged: 0, usual: 0, found: 0, of: 0, rows: flagged.size };
    truth?.forEach((odd, i) => {
      // Rows that the methods were fitted to say nothing of how well they do.
      if (fitted?.[i]) return;
      counted[odd ? 'of' : 'usual'] += 1;
      if (flagged.has(i)) counted[odd ? 'found' : 'flagged'] += 1;
    });
    return counted;
  }

  told() {
    this.say([flaggedWords(this.counts(), this.found.normal), this.found.sentence].filter(Boolean).join(' '));
  }

  point() {
    if (!this.order || !this.body.isConnected) return;
    const { hovered, selected } = this.host;
    for (const line of this.ranked.children) {
      const row = Number(line.dataset.row ?? -1);
      line.classList.toggle('hovered', row === hovered && row >= 0);
      if (row === selected && row >= 0) {
        if (!line.hasAttribute('aria-current')) this.ranked.scrollTop = line.offsetTop - this.ranked.clientHeight / 2;
        line.setAttribute('aria-current', 'true');
      } else line.removeAttribute('aria-current');
    }
  }

  // The threshold moves with the hand: nothing has to be asked for.
  follow(changes) {
    if (!this.order || Object.keys(changes).some((key) => key !== 'share')) return false;
    this.histogram.remark();
    this.histogram.describe();
    this.roc.remark();
    this.flags();
    this.told();
    return true;
  }

  picture(title) {
    const above = this.histogram.picture(title, []);
    if (!this.found.roc) return above;
    const below = this.roc.picture(`ROC of ${this.histogram.data.title}, other scores dashed or thin`, []);
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [Math.max(above.width, below.width), above.height + below.height];
    const context = canvas.getContext('2d');
    context.drawImage(above, 0, 0);
    context.drawImage(below, 0, above.height);
    return canvas;
  }
}

// With a true minus.
function titled(title) {
  return title.replace(/^-/, '−');
}
