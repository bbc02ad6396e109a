// Rows that the model makes up: drawn from the prior, decoded, in the table's PCA plane and as a table.

import { make } from '../../scene/parts.js';
import { route } from '../../scene/address.js';
import { planeRange } from '../plane_plot.js';
import { paintDots, paintMark, nearestAt } from '../dots.js';
import { clipped, layout, paintAxes } from '../axes.js';
import { grown, pixels } from '../map_plot.js';
import { Plot } from '../plot.js';
import { amount, named, percent, plain, told } from '../words.js';
import { View } from './view.js';

export const DOWNLOADED = 1000;

class SamplesPlot extends Plot {
  // data: {xy, made, range, axes, held, hold}
  compose(context, width, height) {
    const { xy, made, range, axes } = this.data;
    const { table } = this.host;
    const place = layout(context, width, height, ...range, { equal: true });
    paintAxes(context, place, this.ink, { xTitle: axes[0], yTitle: axes[1] });
    const rows = pixels(xy, place);
    this.at = pixels(made, place);
    clipped(context, grown(place.frame), () => {
      context.save();
      context.filter = 'none';
      for (let i = 0; 2 * i < rows.length; i += 1) {
        context.globalAlpha = this.host.pale(i) ? 0.06 : 0.42;
        context.fillStyle = this.colours(table.labels[i]);
        context.beginPath();
        context.arc(rows[2 * i], rows[2 * i + 1], 3, 0, 2 * Math.PI);
        context.fill();
      }
      context.restore();
      paintDots(context, this.at, () => ({ colour: this.ink.strong, ring: false, pale: false }), this.ink, 3.2);
    });
  }

  overlay(context) {
    const { held } = this.data;
    if (held >= 0 && 2 * held < this.at.length) paintMark(context, this.at[2 * held], this.at[2 * held + 1], 3.4, this.ink.strong, this.ink, true);
  }

  moved(event) {
    const found = nearestAt(this.at, ...this.place(event), 18);
    this.top.style.cursor = found >= 0 ? 'pointer' : '';
    this.data.hold(found, true);
  }

  left() {
    this.data.hold(-1);
  }

  hit() {
    return -1;
  }

  key() {}

  describe() {
    return 'Rows drawn from the prior among the rows of the table, which are pale.';
  }
}

export class SamplesView extends View {
  constructor(pane) {
    super(pane);
    this.plot = new SamplesPlot(this.box('low'), this.host, 'Samples.');
    this.head = make('tr');
    this.lines = make('tbody');
    this.table = make('div', { className: 'sampled', tabIndex: 0, role: 'region', 'aria-label': 'Sampled rows' }, make('table', {}, make('thead', {}, this.head), this.lines));
    this.plots.append(this.table);
    this.link = make('a', { className: 'take', download: '', textContent: `${DOWNLOADED.toLocaleString('en')} rows as CSV` });
    this.under.append(this.link);
    this.lines.addEventListener('pointerover', (event) => {
      const line = event.target.closest('tr');
      if (line) this.hold(line.sectionRowIndex);
    });
    this.lines.addEventListener('pointerleave', () => this.hold(-1));
  }

  async ready() {
    const { host, facts } = this;
    const [found] = await Promise.all([facts.samples(host.count, host.seed), host.bothLooks()]);
    return { found };
  }

  draw({ found }) {
    const { host } = this;
    const { table } = host;
    const { pca } = table;
    // Of a table that is gone nobody knows the spread.
    const summary = table.here ? table.summary : found.columns.map((name, c) => spread(name, found.rows.map((row) => row[c])));
    this.plot.element.hidden = !found.plane || !pca;
    const hold = (i, reveal) => this.hold(i, reveal);
    this.data = {
      xy: pca?.xy ?? [], made: found.plane ?? [], held: -1, hold, axes: (pca?.variance ?? [0, 0]).map((share, i) => `PC ${i + 1} (${percent(share)})`),
      range: planeRange([pca?.xy ?? [], found.plane]),
    };
    this.plot.show(this.data);
    this.head.replaceChildren(...summary.map((column) => make('th', { scope: 'col', title: named(column), textContent: plain(column) })));
    this.lines.replaceChildren(...found.rows.map((row) => make('tr', {}, ...row.map((v, c) => {
      const cell = make('td', { textContent: told(v, summary[c]) });
      const { min, max } = summary[c];
      cell.style.setProperty('--share', Math.min(1, Math.max(0, (v - min) / (max - min || 1))).toFixed(3));
      return cell;
    }))));
    this.link.href = route(this.facts.path('samples.csv', { count: DOWNLOADED, seed: host.seed }));
    this.say(`${amount(found.rows.length, 'row', 'rows')} that nobody measured: drawn from the prior and decoded.${table.here ? ' The table\'s own are pale.' : ''}`);
  }

  // The sample under the pointer, here and in the table.
  hold(i, reveal = false) {
    if (!this.data || this.data.held === i) return;
    this.lines.children[this.data.held]?.removeAttribute('aria-current');
    this.data.held = i;
    this.plot.remark();
    const line = this.lines.children[i];
    line?.setAttribute('aria-current', 'true');
    if (reveal && line) this.table.scrollTop = line.offsetTop - this.table.clientHeight / 2;
  }

  picture(title) {
    return this.plot.picture(title, this.legend);
  }
}

// A column as its samples show it.
function spread(name, values) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const std = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  return { name, unit: '', std, min: Math.min(...values), max: Math.max(...values) };
}
