// A line chart on a canvas, for curves that grow while one looks.
//
//   const chart = new Chart(element, { label: 'Losses', xLabel: 'epoch', yLabel: 'nats per example' });
//   chart.set([{ id, label, x: [...], y: [...], colour: 'var(--class-0)', dash: [6, 4], axis: 'left' }]);
//   chart.append(id, moreX, moreY);
//
// `element` is an empty block; its height is the CSS variable --chart-height. Of a series only id, x
// and y are needed: colour and dash come from its place in the list otherwise. A series on
// `axis: 'right'` has a scale of its own from 0 to its largest value (series with the same `scale`
// share one); `format` turns its values into words, `short` is its name on the axis. Values that are
// no numbers are gaps. Options: `wholeX`, `secondsX` (x is a duration), `empty` (what to say without
// points), `smooth` and `tail` (how the two switches begin). What a person hides stays hidden over
// `set` by its id. The element carries data-series (shown), data-points (of all), data-paint-ms.

import { inks, look, resolve } from './ink.js';
import { Legend } from './legend.js';
import { layout, paintAxes, paintCrosshair, paintCurves } from './paint.js';
import { Pointer } from './pointer.js';
import { extent, nearest, padded, prepare, smooth, tail } from './series.js';
import { short } from './ticks.js';

const DEFAULTS = {
  label: 'Curves', xLabel: '', yLabel: '', wholeX: false, secondsX: false, smooth: false, tail: false,
  empty: 'No points yet.',
};

export class Chart {
  constructor(element, options = {}) {
    this.element = element;
    this.options = { ...DEFAULTS, ...options };
    this.series = [];
    this.hidden = new Set();
    this.at = null;
    this.build();
    this.legend = new Legend(this);
    this.pointer = new Pointer(this);
    this.observer = new ResizeObserver(() => this.redraw());
    this.observer.observe(this.plot);
    this.themed = () => this.redraw();
    window.addEventListener('studio-theme', this.themed);
    this.set([]);
  }

  build() {
    this.element.classList.add('chart');
    this.plot = block('div', 'plot');
    this.base = block('canvas', 'base');
    this.top = block('canvas', 'top');
    this.top.tabIndex = 0;
    this.top.setAttribute('role', 'application');
    this.message = block('div', 'message');
    this.plot.append(this.base, this.top, this.message);
    this.head = block('div', 'head');
    this.element.replaceChildren(this.head, this.plot);
  }

  // Replace all curves.
  set(series, options = {}) {
    Object.assign(this.options, options);
    this.series = series.map((one, i) => {
      const { colour, dash } = look(i);
      return prepare({ label: one.id, colour, dash, axis: 'left', ...one });
    });
    this.changed();
  }

  // Add points to one curve; false if there is none of that id.
  append(id, x, y) {
    const at = this.series.findIndex((one) => one.id === id);
    if (at < 0) return false;
    const old = this.series[at];
    this.series[at] = prepare({ ...old, x: old.x.concat(Array.from(x)), y: old.y.concat(Array.from(y)) });
    this.changed();
    return true;
  }

  changed() {
    this.legend.show();
    this.describe();
    this.redraw();
  }

  toggle(id, alone = false) {
    if (alone) {
      const others = this.series.map((one) => one.id).filter((other) => other !== id);
      const already = !this.hidden.has(id) && others.every((other) => this.hidden.has(other));
      this.hidden = new Set(already ? [] : others);
    } else if (!this.hidden.delete(id)) this.hidden.add(id);
    this.changed();
  }

  // Flip the switch 'smooth' or 'tail'.
  switch(name) {
    this.options[name] = !this.options[name];
    this.changed();
  }

  get shown() {
    return this.series.filter((one) => !this.hidden.has(one.id));
  }

  // What to say where nothing is drawn.
  get nothing() {
    const hidden = this.series.some((one) => this.hidden.has(one.id) && one.x.length);
    return hidden ? 'All curves are hidden; a press on a name shows one.' : this.options.empty;
  }

  describe() {
    const { dataset } = this.element;
    dataset.series = this.shown.length;
    dataset.points = this.shown.reduce((sum, one) => sum + one.x.length, 0);
    const ends = this.shown.filter((one) => one.y.length).slice(0, 8).map((one) => {
      const words = one.format ?? short;
      return `${one.label} from ${words(one.y[0])} to ${words(one.y.at(-1))}`;
    });
    this.top.setAttribute('aria-label', [
      `${this.options.label}, a line chart.`, ends.length ? `${ends.join('; ')}.` : this.nothing,
      'The arrow keys move along the curves.',
    ].join(' '));
  }

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.element.isConnected && this.plot.clientWidth) this.paint();
    });
  }

  paint() {
    const start = performance.now();
    const [width, height] = [this.plot.clientWidth, this.plot.clientHeight];
    const context = fit(this.base, width, height);
    fit(this.top, width, height);
    this.ink = inks();
    this.curves = this.shown.map((one) => this.curve(one)).filter((one) => one.x.length);
    this.message.textContent = this.curves.length ? '' : this.nothing;
    this.place = null;
    if (this.curves.length) {
      this.place = layout(context, width, height, this.rangeX(), this.axes(), this.options);
      paintAxes(context, this.place, this.ink, this.options);
      paintCurves(context, this.place, this.curves, this.ink);
    } else context.clearRect(0, 0, width, height);
    this.mark();
    this.element.dataset.paintMs = (performance.now() - start).toFixed(1);
  }

  // A series as it is drawn now: colour resolved, smoothed if asked for.
  curve(one) {
    if (this.options.smooth) one.smoothed ??= smooth(one.y);
    const scale = one.axis === 'right' ? `right:${one.scale ?? one.id}` : 'left';
    const smoothed = this.options.smooth && one.axis === 'left' ? one.smoothed : null;
    return { ...one, scale, smoothed, colour: resolve(one.colour, this.element) };
  }

  rangeX() {
    const [low, high] = extent(this.curves.map((one) => one.x)) ?? [0, 1];
    if (low === high) return [Math.min(0, low), low > 0 ? low * 1.25 : 1];
    return [low > 0 && low < 0.2 * high ? 0 : low, high];
  }

  axes() {
    const seen = (one) => (this.options.tail ? tail(one.smoothed ?? one.y) : one.y);
    const left = extent(this.curves.filter((one) => one.scale === 'left').map(seen));
    const right = new Map();
    for (const one of this.curves.filter((other) => other.scale !== 'left')) {
      const known = right.get(one.scale);
      const [low, high] = extent([one.y, known?.range ?? []]) ?? [0, 1];
      right.set(one.scale, {
        ...(known ?? one), id: one.scale, range: [Math.min(0, low), high > 0 ? high : 1],
      });
    }
    // The scale reaches a little beyond the curve, or its highest stretch lies on the frame.
    for (const axis of right.values()) axis.range = padded(axis.range, 0.08);
    return { left: left && padded(left), right: [...right.values()] };
  }

  // The curves' points nearest to `at`, for those that reach it.
  pointsAt(at) {
    const reach = this.place ? 6 * (this.place.x[1] - this.place.x[0]) / this.plot.clientWidth : 0;
    return this.curves.map((curve) => {
      const y = curve.smoothed ?? curve.y;
      const i = nearest(curve.x, at);
      const inside = at >= curve.x[0] - reach && at <= curve.x.at(-1) + reach;
      return { curve, x: curve.x[i], y: inside ? y[i] : NaN };
    });
  }

  // Show the crosshair at a value of x, or take it away (null).
  look(at, spoken = false) {
    this.at = at;
    this.mark(spoken);
  }

  mark(spoken = false) {
    const points = this.at === null || !this.place ? [] : this.pointsAt(this.at);
    const there = points.filter((point) => !Number.isNaN(point.y));
    if (this.place) {
      const context = this.top.getContext('2d');
      paintCrosshair(context, this.place, points.length ? this.at : null, there, this.ink);
    }
    this.pointer.show(points, spoken);
  }

  remove() {
    this.observer.disconnect();
    window.removeEventListener('studio-theme', this.themed);
    this.element.replaceChildren();
  }
}

// Give a canvas the display's own pixels; its context then takes CSS pixels.
function fit(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

export function block(tag, name, text = '') {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}
