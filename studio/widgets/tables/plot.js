// A plot of rows on two canvases: what it shows below, the rows that are looked at above. Only the upper
// one is drawn while a pointer moves, so that all plots follow it at the display's rate.
//
// A subclass has: build(data) once there is something new, compose(context, width, height) to draw the
// lower canvas, which also fills `this.at` (pixels of every row, for the pointer), and overlay(context).

import { inks } from '../chart/ink.js';
import { make } from '../scene/parts.js';
import { FONT, fit, STRONG } from './axes.js';
import { nearestAt, rowColours, towards } from './dots.js';

const REACH = { mouse: 16, touch: 30, pen: 20 };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SAVED = { scale: 2, head: 40, margin: 14, least: 640 };

export class Plot {
  constructor(element, host, label) {
    Object.assign(this, { element, host, label, data: null, at: new Float32Array(0) });
    this.base = make('canvas', { className: 'base' });
    this.top = make('canvas', { className: 'top', tabIndex: 0, role: 'application' });
    this.note = make('div', { className: 'note', hidden: true });
    this.voice = make('div', { className: 'voice', role: 'status' });
    element.classList.add('plot-box');
    element.append(this.base, this.top, this.note, this.voice);
    this.observer = new ResizeObserver(() => this.redraw());
    this.observer.observe(element);
    this.themed = () => this.redraw();
    window.addEventListener('studio-theme', this.themed);
    this.listen();
  }

  listen() {
    const { top, host } = this;
    top.addEventListener('pointermove', (event) => this.moved(event));
    top.addEventListener('pointerleave', () => this.left());
    top.addEventListener('click', (event) => {
      const row = this.hit(event);
      if (row >= 0 || host.selected >= 0) host.pick(row);
    });
    top.addEventListener('keydown', (event) => this.key(event));
    host.on('hover', () => this.remark());
    host.on('select', () => this.remark());
  }

  show(data) {
    this.data = data;
    this.build?.(data);
    this.redraw();
  }

  moved(event) {
    const row = this.hit(event);
    this.pointed = true;
    this.top.style.cursor = row >= 0 ? 'pointer' : '';
    this.host.hover(row);
    this.settle(row, event);
  }

  left() {
    this.pointed = false;
    this.note.hidden = true;
    this.host.hover(-1);
  }

  place(event) {
    const box = this.top.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  hit(event) {
    return nearestAt(this.at, ...this.place(event), REACH[event.pointerType] ?? REACH.mouse);
  }

  key(event) {
    const { host } = this;
    if (event.ctrlKey || event.metaKey || event.altKey || !this.data) return;
    if (event.key === 'Escape' && host.selected >= 0) host.select(-1);
    else if (event.key in ARROWS && this.at.length) {
      const from = host.selected;
      host.select(from >= 0 && !Number.isNaN(this.at[2 * from]) ? towards(this.at, from, ARROWS[event.key]) : 0);
      this.voice.textContent = this.words(host.selected);
    } else return;
    event.preventDefault();
  }

  // A row in a few words.
  words(row) {
    const { table } = this.host;
    if (row < 0 || row >= table.row.length) return '';
    const kind = table.classes[table.labels[row]];
    return `row ${(table.row[row] + 1).toLocaleString('en')}${kind ? ` · ${kind}` : ''}${table.split[row] ? ' · held out' : ''}`;
  }

  // What the note beside the pointer says of a row; none without words.
  told(row) {
    return this.words(row);
  }

  settle(row, event) {
    const words = row >= 0 ? this.told(row) : this.said?.(event) ?? '';
    this.note.hidden = !words;
    if (!words) return;
    if (this.note.textContent !== words) this.note.textContent = words;
    const [x, y] = row >= 0 ? [this.at[2 * row], this.at[2 * row + 1]] : this.place(event);
    const { clientWidth: width } = this.element;
    const w = this.note.offsetWidth;
    const left = x + 14 + w <= width - 4 ? x + 14 : Math.max(4, x - 14 - w);
    this.note.style.transform = `translate(${Math.round(left)}px, ${Math.round(Math.max(2, y - 36))}px)`;
  }

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  }

  remark() {
    this.marking ??= requestAnimationFrame(() => {
      this.marking = null;
      this.mark();
    });
  }

  get seen() {
    return this.element.isConnected && this.element.clientWidth > 0 && this.element.clientHeight > 0;
  }

  paint() {
    if (!this.seen || !this.data || !this.host.table) return;
    const start = performance.now();
    const [width, height] = [this.element.clientWidth, this.element.clientHeight];
    this.ink = inks();
    this.colours = rowColours(this.host.table);
    const context = fit(this.base, width, height);
    fit(this.top, width, height);
    context.clearRect(0, 0, width, height);
    this.compose(context, width, height);
    this.top.setAttribute('aria-label', `${this.describe?.() ?? this.label} The arrow keys move among the rows.`);
    this.mark();
    this.element.dataset.rows = this.at.length / 2;
    this.element.dataset.paintMs = (performance.now() - start).toFixed(1);
  }

  mark() {
    if (!this.seen || !this.data || !this.ink || !this.host.table) return;
    const context = this.top.getContext('2d');
    context.clearRect(0, 0, this.element.clientWidth, this.element.clientHeight);
    if (!this.pointed) this.note.hidden = true;
    this.element.dataset.hovered = this.host.hovered;
    this.overlay?.(context);
  }

  // The rows to mark, the one that is chosen first.
  get marked() {
    const { selected, hovered } = this.host;
    const rows = [];
    if (selected >= 0) rows.push([selected, true]);
    if (hovered >= 0 && hovered !== selected) rows.push([hovered, false]);
    return rows.filter(([row]) => 2 * row < this.at.length);
  }

  // How high a saved picture is at least.
  get least() {
    return 380;
  }

  // The plot as a canvas of its own, with a title and the ground under it.
  picture(title, legend = []) {
    const [width, height] = [Math.max(SAVED.least, this.element.clientWidth), Math.max(this.least, this.element.clientHeight)];
    const canvas = document.createElement('canvas');
    const context = fit(canvas, width + 2 * SAVED.margin, height + SAVED.head + SAVED.margin, SAVED.scale);
    context.fillStyle = this.ink.ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.textBaseline = 'middle';
    context.font = STRONG;
    context.fillStyle = this.ink.strong;
    context.fillText(title, SAVED.margin + 6, 22);
    let x = SAVED.margin + 26 + context.measureText(title).width;
    context.font = FONT;
    for (const [colour, name] of legend) {
      context.fillStyle = colour;
      context.beginPath();
      context.arc(x, 22, 4.5, 0, 2 * Math.PI);
      context.fill();
      context.fillStyle = this.ink.text;
      context.fillText(name, x + 9, 22.5);
      x += 26 + context.measureText(name).width;
    }
    context.translate(SAVED.margin, SAVED.head);
    const kept = this.at;
    this.compose(context, width, height);
    this.overlay?.(context);
    this.at = kept;
    this.paint();
    return canvas;
  }

  remove() {
    this.observer.disconnect();
    window.removeEventListener('studio-theme', this.themed);
  }
}
