// The latent plane: every row where its model lays it, over the decoded value of one column.

import { clipped, elided, layout, paintAxes, rangeOf, SMALL } from './axes.js';
import { paintDots, paintMark, radiusFor } from './dots.js';
import { paintHeights, shadeAt, valueAt } from './heights.js';
import { Plot } from './plot.js';
import { told } from './words.js';

const KEY = { width: 92, height: 8 };

export class MapPlot extends Plot {
  // data: {look, extent, field|null, range, title}
  compose(context, width, height) {
    const { look, extent: [x0, x1, y0, y1], field } = this.data;
    const place = layout(context, width, height, [x0, x1], [y0, y1], { equal: true });
    this.room = place;
    clipped(context, place.frame, () => {
      if (field) paintHeights(context, field, this.data.range, place, this.ink);
    });
    paintAxes(context, place, this.ink, { xTitle: look.axes[0], yTitle: look.axes[1] ?? '', grid: !field });
    this.at = pixels(look.xy, place);
    const { table } = this.host;
    // Of a table that is gone, its models have kept some codes of their own.
    const labels = table.here ? table.labels : look.labels ?? [];
    this.radius = radiusFor(look.xy.length);
    clipped(context, grown(place.frame), () => paintDots(context, this.at, (i) => ({
      colour: this.colours(labels[i]), ring: table.split[i] === 1, pale: this.host.pale(i, labels),
    }), this.ink, this.radius));
    if (field) this.key_(context, place);
  }

  // What the shades stand for.
  key_(context, { frame }) {
    const [low, high] = this.data.range;
    const x = frame.right - KEY.width;
    context.font = SMALL;
    context.textBaseline = 'middle';
    const [from, to] = [low, high].map((v) => told(v, this.data.column));
    const end = context.measureText(to).width;
    const start = x - end - 6;
    for (let i = 0; i < KEY.width; i += 1) {
      context.fillStyle = `rgb(${shadeAt(i / KEY.width).join(' ')})`;
      context.fillRect(start + i, 6, 1.5, KEY.height);
    }
    context.strokeStyle = this.ink.axis;
    context.strokeRect(start - 0.5, 5.5, KEY.width + 1, KEY.height + 1);
    context.fillStyle = this.ink.text;
    context.textAlign = 'left';
    context.fillText(to, start + KEY.width + 6, 10.5);
    context.textAlign = 'right';
    const room = start - 12 - context.measureText(`  ${from}`).width - frame.left;
    context.fillText(`${elided(context, this.data.title, room)}  ${from}`, start - 6, 10.5);
  }

  overlay(context) {
    const { table } = this.host;
    for (const [row, strong] of this.marked) {
      paintMark(context, this.at[2 * row], this.at[2 * row + 1], this.radius, this.colours(table.labels[row]), this.ink, strong);
    }
  }

  // Between the rows: what a row decoded here would have.
  said(event) {
    const { field } = this.data;
    const { room } = this;
    if (!field || !room) return '';
    const [px, py] = this.place(event);
    const { frame, x, y } = room;
    if (px < frame.left || px > frame.right || py < frame.top || py > frame.bottom) return '';
    const u = x[0] + ((px - frame.left) / (frame.right - frame.left)) * (x[1] - x[0]);
    const v = y[0] + ((frame.bottom - py) / (frame.bottom - frame.top)) * (y[1] - y[0]);
    const value = valueAt(field, u, v);
    return Number.isNaN(value) ? '' : `decoded here: ${told(value, this.data.column)}${this.data.column.unit ? ` ${this.data.column.unit}` : ''}`;
  }

  describe() {
    const { look, title } = this.data;
    return `The latent plane of ${look.model}: ${look.xy.length} rows over the decoded ${title}.`;
  }
}

export function pixels(xy, { toX, toY }) {
  const at = new Float32Array(2 * xy.length);
  xy.forEach(([x, y], i) => {
    at[2 * i] = toX(x);
    at[2 * i + 1] = toY(y ?? 0);
  });
  return at;
}

// A dot on the rim is not cut.
export function grown({ left, right, top, bottom }, by = 5) {
  return { left: left - by, right: right + by, top: top - by, bottom: bottom + by };
}

// The part of the plane that both models are shown in, and the larger one that is decoded behind it:
// the plot takes more of one side when it is wider than high.
export function extents(looks) {
  const lists = looks.map(({ extent }) => extent);
  const x = rangeOf(lists.map(([a, b]) => [a, b]), 0);
  const y = rangeOf(lists.map(([, , a, b]) => [a, b]), 0);
  return [...x, ...y];
}

export function around([x0, x1, y0, y1], by = 2.2) {
  const half = (by * Math.max(x1 - x0, y1 - y0)) / 2;
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return [x - half, x + half, y - half, y + half].map((v) => Number(v.toFixed(3)));
}
