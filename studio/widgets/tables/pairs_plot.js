// Up to five columns against each other: rows below the diagonal, reconstructions above it.

import { needsOutline } from '../chart/ink.js';
import { tickLabel, ticks } from '../chart/ticks.js';
import { clipped, elided, rangeOf, SMALL } from './axes.js';
import { Plot } from './plot.js';
import { plain } from './words.js';

const LEFT = 40;
const BOTTOM = 24;
const TOP = 20;
const RIGHT = 18;
const GAP = 5;
const BINS = 16;

export class PairsPlot extends Plot {
  // data: {values, made|null, features, columns}
  build({ values, made, features }) {
    this.ranges = features.map((c) => rangeOf([values.map((row) => row[c]), ...(made ? [made.map((row) => row[c])] : [])], 0.06));
  }

  compose(context, width, height) {
    const { features, values, made } = this.data;
    const { ink } = this;
    const n = features.length;
    const [w, h] = [(width - LEFT - RIGHT - (n - 1) * GAP) / n, (height - TOP - BOTTOM - (n - 1) * GAP) / n];
    this.cells = [];
    for (let r = 0; r < n; r += 1) {
      for (let c = 0; c < n; c += 1) {
        const left = LEFT + c * (w + GAP);
        const top = TOP + r * (h + GAP);
        this.cells.push({ r, c, left, top, right: left + w, bottom: top + h, rows: c > r && made ? made : values });
      }
    }
    context.font = SMALL;
    for (const cell of this.cells) this.cell(context, cell);
    context.fillStyle = ink.text;
    this.scales(context, w, h);
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    context.fillStyle = ink.strong;
    features.forEach((f, k) => {
      const left = LEFT + k * (w + GAP);
      context.fillText(elided(context, plain(this.host.table.summary[f]), w - 2), left + 1, 10);
    });
    this.at = new Float32Array(2 * values.length).fill(NaN);
  }

  to(cell, i) {
    const { features } = this.data;
    const [x, y] = [cell.rows[i][features[cell.c]], cell.rows[i][features[cell.r]]];
    const [[x0, x1], [y0, y1]] = [this.ranges[cell.c], this.ranges[cell.r]];
    return [
      cell.left + ((x - x0) / (x1 - x0)) * (cell.right - cell.left),
      cell.bottom - ((y - y0) / (y1 - y0)) * (cell.bottom - cell.top),
    ];
  }

  cell(context, cell) {
    const { ink, host } = this;
    const [w, h] = [cell.right - cell.left, cell.bottom - cell.top];
    // What came back stands on a ground of its own.
    context.globalAlpha = 0.4;
    context.fillStyle = cell.c > cell.r ? ink.grid : 'transparent';
    context.fillRect(cell.left, cell.top, w, h);
    context.globalAlpha = 1;
    context.strokeStyle = ink.grid;
    context.lineWidth = 1;
    context.strokeRect(Math.round(cell.left) + 0.5, Math.round(cell.top) + 0.5, Math.round(w) - 1, Math.round(h) - 1);
    if (cell.c === cell.r) {
      clipped(context, cell, () => this.bars(context, cell));
      return;
    }
    const { labels } = host.table;
    const side = Math.max(1.5, Math.min(2.6, Math.sqrt((w * h) / cell.rows.length) / 5));
    clipped(context, cell, () => {
      for (let i = 0; i < cell.rows.length; i += 1) {
        const [x, y] = this.to(cell, i);
        const colour = this.colours(labels[i]);
        context.globalAlpha = host.pale(i) ? 0.1 : 0.85;
        context.fillStyle = colour;
        context.beginPath();
        context.arc(x, y, side, 0, 2 * Math.PI);
        context.fill();
        if (side > 1.7 && needsOutline(colour, ink.ground)) {
          context.strokeStyle = ink.outline;
          context.lineWidth = 0.6;
          context.stroke();
        }
      }
    });
    context.globalAlpha = 1;
  }

  // How often a value is met, a class over another; the line is of the reconstructions.
  bars(context, cell) {
    const { features, values, made } = this.data;
    const { table } = this.host;
    const [low, high] = this.ranges[cell.r];
    const bin = (v) => Math.min(BINS - 1, Math.max(0, Math.floor(((v - low) / (high - low)) * BINS)));
    const kinds = Math.max(1, table.classes.length) + 1;
    const counts = Array.from({ length: BINS }, () => new Uint32Array(kinds));
    values.forEach((row, i) => { counts[bin(row[features[cell.r]])][(table.labels[i] + kinds) % kinds] += 1; });
    const outline = new Uint32Array(BINS);
    made?.forEach((row) => { outline[bin(row[features[cell.r]])] += 1; });
    const sums = counts.map((list) => list.reduce((sum, v) => sum + v, 0));
    const most = Math.max(...sums, ...outline);
    const w = (cell.right - cell.left) / BINS;
    const h = (cell.bottom - cell.top - 4) / most;
    counts.forEach((list, b) => {
      let top = cell.bottom;
      list.forEach((count, k) => {
        if (!count) return;
        const label = k === kinds - 1 ? -1 : k;
        context.fillStyle = this.colours(label);
        context.globalAlpha = this.host.alone !== null && this.host.alone !== label ? 0.12 : 0.8;
        context.fillRect(cell.left + b * w + 0.5, top - count * h, w - 1, count * h);
        top -= count * h;
      });
    });
    context.globalAlpha = 1;
    if (!made) return;
    context.strokeStyle = this.ink.strong;
    context.lineWidth = 1.3;
    context.beginPath();
    outline.forEach((count, b) => {
      const y = cell.bottom - count * h;
      context.lineTo(cell.left + b * w, y);
      context.lineTo(cell.left + (b + 1) * w, y);
    });
    context.stroke();
  }

  // What is up in a line of plots.
  aside(context, words, bottom, h) {
    context.save();
    context.translate(7, bottom);
    context.rotate(-Math.PI / 2);
    context.textAlign = 'left';
    context.fillText(elided(context, words, h - 2), 1, 0);
    context.restore();
  }

  scales(context, w, h) {
    const { ink } = this;
    context.fillStyle = ink.text;
    this.ranges.forEach(([low, high], k) => {
      const left = LEFT + k * (w + GAP);
      const bottom = TOP + k * (h + GAP) + h;
      const across = ticks(low, high, Math.max(1, Math.floor(w / 34)));
      context.textAlign = 'center';
      context.textBaseline = 'top';
      for (const v of across.values.filter((one) => one < high - 0.05 * (high - low))) context.fillText(tickLabel(v, across.step), left + ((v - low) / (high - low)) * w, TOP + this.data.features.length * (h + GAP) - GAP + 5);
      // The uppermost row is how often, not a value.
      if (k === 0) return;
      const up = ticks(low, high, Math.max(1, Math.floor(h / 24)));
      context.textAlign = 'right';
      context.textBaseline = 'middle';
      for (const v of up.values) context.fillText(tickLabel(v, up.step), LEFT - 6, bottom - ((v - low) / (high - low)) * h);
      this.aside(context, plain(this.host.table.summary[this.data.features[k]]), bottom, h);
    });
  }

  hit(event) {
    if (!this.cells) return -1;
    const [px, py] = this.place(event);
    const cell = this.cells.find((one) => px >= one.left && px <= one.right && py >= one.top && py <= one.bottom && one.c !== one.r);
    if (!cell) return -1;
    let [best, found] = [event.pointerType === 'touch' ? 500 : 110, -1];
    for (let i = 0; i < cell.rows.length; i += 1) {
      const [x, y] = this.to(cell, i);
      const d = (x - px) ** 2 + (y - py) ** 2;
      if (d < best) [best, found] = [d, i];
    }
    if (found >= 0) this.at.set(this.to(cell, found), 2 * found);
    return found;
  }

  overlay(context) {
    for (const [row, strong] of this.marked) {
      const colour = this.colours(this.host.table.labels[row]);
      for (const cell of this.cells) if (cell.c !== cell.r) ring(context, ...this.to(cell, row), colour, this.ink, strong);
    }
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step || !this.data) {
      super.key(event);
      return;
    }
    const { length } = this.data.values;
    this.host.select((this.host.selected + step + length) % length);
    this.voice.textContent = this.words(this.host.selected);
    event.preventDefault();
  }

  describe() {
    const { features, columns } = this.data;
    return `A pair plot of ${features.map((f) => columns[f]).join(', ')}: rows below the diagonal, reconstructions above it.`;
  }
}

// Smaller than elsewhere: there is one in every cell.
function ring(context, x, y, colour, ink, strong) {
  context.beginPath();
  context.arc(x, y, 3, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 1.2;
  context.strokeStyle = ink.ground;
  context.stroke();
  context.beginPath();
  context.arc(x, y, strong ? 5.5 : 4.6, 0, 2 * Math.PI);
  context.lineWidth = strong ? 1.9 : 1.4;
  context.strokeStyle = ink.strong;
  context.stroke();
}
