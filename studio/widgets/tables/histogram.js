// How a score is spread over the rows, with a threshold that is dragged: what lies right of it is flagged.

import { tickLabel, ticks } from '../chart/ticks.js';
import { FONT, rule, SMALL } from './axes.js';
import { Plot } from './plot.js';

const TOP = 22;
const BOTTOM = 36;
const SIDE = 14;
const BIN = 7;
const GRIP = 14;
// A score that reaches over so many powers is drawn on a scale of powers.
const LONG = 40;
export const COLOURS = { usual: 'var(--tables-usual)', odd: 'var(--tables-odd)' };

export class Histogram extends Plot {
  constructor(element, host, label) {
    super(element, host, label);
    this.top.setAttribute('role', 'slider');
    this.top.setAttribute('aria-valuemin', '0');
    this.top.setAttribute('aria-valuemax', '100');
    this.top.addEventListener('pointerdown', (event) => this.grab(event));
    for (const end of ['pointerup', 'pointercancel']) this.top.addEventListener(end, () => { this.held = false; });
  }

  // data: {scores, sorted (descending), truth|null, odd, usual, title}
  compose(context, width, height) {
    const { ink } = this;
    const { scores, truth, sorted } = this.data;
    const frame = { left: SIDE, right: width - SIDE, top: TOP, bottom: height - BOTTOM };
    const [low, high] = [sorted.at(-1), sorted[0]];
    this.long = low > 0 && high / low > LONG;
    this.scale = this.long ? Math.log : (v) => v;
    this.unscale = this.long ? Math.exp : (v) => v;
    const pad = 0.02 * (this.scale(high) - this.scale(low) || 1);
    const [from, to] = [this.scale(low) - pad, this.scale(high) + pad];
    this.toX = (v) => frame.left + ((this.scale(v) - from) / (to - from)) * (frame.right - frame.left);
    this.fromX = (x) => this.unscale(from + ((x - frame.left) / (frame.right - frame.left)) * (to - from));
    this.frame_ = frame;
    const bins = Math.max(12, Math.floor((frame.right - frame.left) / BIN));
    const counts = [new Uint32Array(bins), new Uint32Array(bins)];
    scores.forEach((v, i) => {
      const share = (this.scale(v) - from) / (to - from);
      counts[truth?.[i] ? 1 : 0][Math.min(bins - 1, Math.floor(share * bins))] += 1;
    });
    const most = Math.max(1, ...counts[0].map((n, b) => n + counts[1][b]));
    const w = (frame.right - frame.left) / bins;
    const h = (frame.bottom - frame.top) / most;
    const fill = (list, below, colour) => {
      context.fillStyle = colour;
      list.forEach((n, b) => {
        if (n) context.fillRect(frame.left + b * w + 0.5, frame.bottom - (n + (below?.[b] ?? 0)) * h, Math.max(1, w - 1), n * h);
      });
    };
    fill(counts[0], null, this.tone('--tables-usual'));
    fill(counts[1], counts[0], this.tone('--tables-odd'));
    context.font = FONT;
    context.textBaseline = 'middle';
    context.textAlign = 'center';
    rule(context, ink.axis, frame.left, frame.bottom + 0.5, frame.right, frame.bottom + 0.5);
    for (const [v, text] of this.marks(from, to, frame)) {
      const x = Math.round(this.toX(v)) + 0.5;
      rule(context, ink.axis, x, frame.bottom, x, frame.bottom + 4);
      context.fillStyle = ink.text;
      context.fillText(text, x, frame.bottom + 13);
    }
    context.fillStyle = ink.text;
    context.textAlign = 'right';
    context.fillText(this.data.title, frame.right, frame.bottom + 28);
    context.textAlign = 'left';
    const tallest = `up to ${most} ${most === 1 ? 'row' : 'rows'} a bar`;
    context.fillText(tallest, frame.left, frame.bottom + 28);
    if (truth) this.colourKey(context, frame.left + context.measureText(tallest).width + 16, frame.bottom + 28);
    this.at = new Float32Array(2 * scores.length);
    scores.forEach((v, i) => this.at.set([this.toX(v), frame.bottom - 3], 2 * i));
  }

  // What the colours of the bars are.
  colourKey(context, x, y) {
    for (const [tone, words] of [['--tables-usual', 'usual'], ['--tables-odd', 'others']]) {
      context.fillStyle = this.tone(tone);
      context.fillRect(x, y - 4, 8, 8);
      context.fillStyle = this.ink.text;
      context.fillText(words, x + 12, y);
      x += 24 + context.measureText(words).width;
    }
  }

  tone(name) {
    return getComputedStyle(this.element).getPropertyValue(name).trim();
  }

  marks(from, to, { left, right }) {
    const room = Math.max(2, Math.floor((right - left) / 74));
    if (!this.long) {
      const { values, step } = ticks(from, to, room);
      return values.map((v) => [v, tickLabel(v, step)]);
    }
    const found = [];
    for (let p = Math.floor(from / Math.LN10); p <= Math.ceil(to / Math.LN10); p += 1) {
      for (const m of [1, 3]) {
        const v = m * 10 ** p;
        if (Math.log(v) >= from && Math.log(v) <= to) found.push([v, String(Number(v.toPrecision(1)))]);
      }
    }
    const every = Math.ceil(found.length / room);
    return found.filter((_, i) => i % every === 0);
  }

  overlay(context) {
    const { frame_: frame, ink } = this;
    if (!frame) return;
    const x = Math.round(this.toX(this.threshold)) + 0.5;
    context.fillStyle = this.tone('--tables-flag');
    context.fillRect(x, frame.top - 8, frame.right - x + 8, frame.bottom - frame.top + 8);
    context.lineWidth = 2;
    rule(context, this.tone('--tables-odd'), x, frame.top - 8, x, frame.bottom + 5);
    context.fillStyle = this.tone('--tables-odd');
    context.beginPath();
    context.roundRect(x - 5, frame.top - 14, 10, 20, 5);
    context.fill();
    context.lineWidth = 1.6;
    context.strokeStyle = ink.ground;
    context.stroke();
    context.lineWidth = 1;
    context.font = SMALL;
    context.textBaseline = 'middle';
    const near = frame.right - x < 74;
    context.textAlign = near ? 'right' : 'left';
    context.fillStyle = ink.strong;
    context.fillText('flagged →', x + (near ? -10 : 10), frame.top - 4);
    for (const [row, strong] of this.marked) this.pin(context, this.at[2 * row], strong);
  }

  pin(context, x, strong) {
    const { bottom } = this.frame_;
    context.fillStyle = this.ink.strong;
    context.beginPath();
    context.moveTo(x, bottom - 2);
    context.lineTo(x - 5, bottom - 12);
    context.lineTo(x + 5, bottom - 12);
    context.fill();
    if (strong) rule(context, this.ink.strong, x, bottom - 12, x, this.frame_.top);
  }

  // The score from which on a row is flagged: so many of them are.
  get threshold() {
    const { sorted } = this.data;
    const count = Math.round(this.host.share * sorted.length);
    if (count <= 0) return sorted[0];
    if (count >= sorted.length) return sorted.at(-1);
    const [a, b] = [sorted[count - 1], sorted[count]];
    return this.unscale((this.scale(a) + this.scale(b)) / 2);
  }

  grab(event) {
    if (!this.frame_) return;
    this.held = true;
    this.top.setPointerCapture(event.pointerId);
    this.drag(event);
  }

  moved(event) {
    if (this.held) {
      this.drag(event);
      return;
    }
    const [x, y] = this.place(event);
    const over = this.frame_ && Math.abs(x - this.toX(this.threshold)) < GRIP;
    this.top.style.cursor = over ? 'ew-resize' : 'pointer';
    const near = this.frame_ && y > this.frame_.bottom - 22;
    if (near) super.moved(event);
    else {
      this.note.hidden = true;
      this.host.hover(-1);
    }
  }

  drag(event) {
    const [x] = this.place(event);
    const v = this.fromX(Math.min(this.frame_.right, Math.max(this.frame_.left, x)));
    const { sorted } = this.data;
    let count = 0;
    while (count < sorted.length && sorted[count] >= v) count += 1;
    this.host.set({ share: count / sorted.length });
  }

  hit(event) {
    const [x, y] = this.place(event);
    if (!this.frame_ || y < this.frame_.bottom - 22) return -1;
    let [best, found] = [10, -1];
    for (let i = 0; 2 * i < this.at.length; i += 1) {
      const d = Math.abs(this.at[2 * i] - x);
      if (d < best) [best, found] = [d, i];
    }
    return found;
  }

  key(event) {
    const { host, data } = this;
    const by = { ArrowLeft: 1, ArrowDown: 1, ArrowRight: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (!data || (!by && !['Home', 'End'].includes(event.key))) return;
    const n = data.sorted.length;
    const count = event.key === 'Home' ? n : event.key === 'End' ? 0 : Math.round(host.share * n) + by * (event.shiftKey ? 10 : 1);
    host.set({ share: Math.min(n, Math.max(0, count)) / n });
    event.preventDefault();
  }

  describe() {
    const { share } = this.host;
    this.top.setAttribute('aria-valuenow', Math.round(100 * share));
    this.top.setAttribute('aria-valuetext', `${Math.round(share * this.data.sorted.length)} rows flagged`);
    return `How ${this.data.title} is spread over the rows, and the threshold: left and right move it.`;
  }
}
