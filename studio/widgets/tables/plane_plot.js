// The table's own PCA plane: every row, and where its reconstruction lies, joined by a line.

import { clipped, layout, paintAxes, rangeOf } from './axes.js';
import { paintDots, paintMark, radiusFor } from './dots.js';
import { grown, pixels } from './map_plot.js';
import { Plot } from './plot.js';

export const SHOWN = [['both', 'both'], ['rows', 'rows'], ['made', 'reconstructed']];

export class PlanePlot extends Plot {
  // data: {xy, made, range: [x, y], shown, axes}
  compose(context, width, height) {
    const { xy, made, range, shown, axes } = this.data;
    const place = layout(context, width, height, ...range, { equal: true });
    const { table } = this.host;
    const [rows, ends] = [pixels(xy, place), pixels(made, place)];
    Object.assign(this, { rows, ends, radius: radiusFor(xy.length), at: shown === 'made' ? ends : rows });
    paintAxes(context, place, this.ink, { xTitle: axes[0], yTitle: axes[1] });
    clipped(context, grown(place.frame), () => {
      if (shown === 'both') this.lines(context);
      if (shown !== 'made') {
        paintDots(context, rows, (i) => ({ colour: this.colours(table.labels[i]), ring: false, pale: this.host.pale(i) }), this.ink, this.radius);
      }
      if (shown !== 'rows') this.crosses(context, this.ends);
    });
  }

  lines(context) {
    const { rows, ends } = this;
    context.lineWidth = 1;
    for (let i = 0; 2 * i < rows.length; i += 1) {
      context.globalAlpha = this.host.pale(i) ? 0.05 : 0.45;
      context.strokeStyle = this.colours(this.host.table.labels[i]);
      context.beginPath();
      context.moveTo(rows[2 * i], rows[2 * i + 1]);
      context.lineTo(ends[2 * i], ends[2 * i + 1]);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  crosses(context, at) {
    const r = this.radius * 0.85;
    for (const [width, edge] of [[3.4, true], [1.7, false]]) {
      context.lineWidth = width;
      for (let i = 0; 2 * i < at.length; i += 1) {
        context.globalAlpha = this.host.pale(i) ? 0.08 : 1;
        context.strokeStyle = edge ? this.ink.ground : this.colours(this.host.table.labels[i]);
        cross(context, at[2 * i], at[2 * i + 1], r);
      }
    }
    context.globalAlpha = 1;
  }

  overlay(context) {
    const { rows, ends, ink, radius, data: { shown } } = this;
    for (const [row, strong] of this.marked) {
      const colour = this.colours(this.host.table.labels[row]);
      const [a, b] = [rows.subarray(2 * row, 2 * row + 2), ends.subarray(2 * row, 2 * row + 2)];
      context.strokeStyle = ink.strong;
      context.lineWidth = strong ? 2.2 : 1.5;
      context.beginPath();
      context.moveTo(...a);
      context.lineTo(...b);
      context.stroke();
      if (shown !== 'made') paintMark(context, ...a, radius, colour, ink, strong);
      if (shown !== 'rows') paintMark(context, ...b, radius * 0.7, colour, ink, false);
    }
  }

  describe() {
    return `The rows in the plane of their first two principal components, and their reconstructions by ${this.data.model}.`;
  }
}

function cross(context, x, y, r) {
  context.beginPath();
  context.moveTo(x - r, y - r);
  context.lineTo(x + r, y + r);
  context.moveTo(x + r, y - r);
  context.lineTo(x - r, y + r);
  context.stroke();
}

export function planeRange(lists) {
  const all = lists.filter(Boolean);
  return [rangeOf(all.map((xy) => xy.map(([x]) => x))), rangeOf(all.map((xy) => xy.map(([, y]) => y)))];
}
