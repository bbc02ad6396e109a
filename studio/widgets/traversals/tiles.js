// Pictures in lines and columns on one canvas, with a frame on the place, that a hand or keys go through.

import { make } from '../scene/parts.js';
import { fill } from '../scene/pixels.js';

const GAP = 2;
const DRAGGED = 4;

export class Tiles {
  // hands: words(cell) names a cell, look(cell or null) shows it for a moment, go(cell) goes there, and
  // where a drag moves, drag(column, line) in parts of a cell; leave(step) is up or down beyond the ends.
  constructor(hands) {
    Object.assign(this, { hands, columns: 0, lines: 0, count: 0, cursor: null, width: 0, smooth: true });
    this.canvas = make('canvas', { tabIndex: 0, role: 'application' });
    this.here = make('i', { className: 'here' });
    this.at = make('i', { className: 'at', hidden: true });
    this.root = make('div', { className: 'tiles' }, this.canvas, this.here, this.at);
    this.context = this.canvas.getContext('2d');
    this.source = document.createElement('canvas');
    new ResizeObserver(([{ contentRect: { width } }]) => this.resize(width)).observe(this.root);
    this.listen();
  }

  // Pictures of a shape, `count` of them from an offset, in so many columns.
  show(pixels, offset, count, columns, [channels, height, width]) {
    const lines = Math.ceil(count / columns);
    const [w, h] = [columns * width, lines * height];
    if (this.source.width !== w || this.source.height !== h) Object.assign(this.source, { width: w, height: h });
    const context = this.source.getContext('2d');
    const tile = context.createImageData(width, height);
    for (let i = 0; i < count; i += 1) {
      fill(tile, pixels, channels, offset + i * channels * height * width);
      context.putImageData(tile, (i % columns) * width, Math.floor(i / columns) * height);
    }
    const changed = columns !== this.columns || lines !== this.lines || count !== this.count;
    Object.assign(this, { columns, lines, count, picture: { width, height } });
    this.canvas.dataset.frames = Number(this.canvas.dataset.frames ?? 0) + 1;
    if (changed) this.measure();
    if (!this.canvas.hasAttribute('aria-label')) this.name(this.nearest());
    this.paint();
  }

  resize(width) {
    if (width === this.width) return;
    this.width = width;
    this.measure();
    this.paint();
  }

  // The size of a cell and how far apart they are, in CSS pixels.
  measure() {
    const { width, columns, lines, picture } = this;
    if (!width || !columns) return;
    const across = (width + GAP) / columns;
    const cell = across - GAP;
    const tall = (cell * picture.height) / picture.width;
    this.pitch = { across, down: tall + GAP, width: cell, height: tall };
    this.canvas.style.height = `${lines * (tall + GAP) - GAP}px`;
    for (const mark of [this.here, this.at]) Object.assign(mark.style, { width: `${cell}px`, height: `${tall}px` });
    this.put(...(this.place ?? [0, 0]));
    if (this.cursor !== null) this.point(this.cursor);
    this.hands.measured?.();
  }

  paint() {
    const { canvas, context, pitch, picture, source } = this;
    if (!pitch || !this.count) return;
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    const [w, h] = [Math.round(this.width * ratio), Math.round((this.lines * pitch.down - GAP) * ratio)];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    else context.clearRect(0, 0, w, h);
    context.imageSmoothingEnabled = this.smooth;
    context.imageSmoothingQuality = 'high';
    const edge = (i, step) => Math.round(i * step * ratio);
    for (let i = 0; i < this.count; i += 1) {
      const [column, line] = [i % this.columns, Math.floor(i / this.columns)];
      const [x, y] = [edge(column, pitch.across), edge(line, pitch.down)];
      const wide = Math.round((column * pitch.across + pitch.width) * ratio) - x;
      const tall = Math.round((line * pitch.down + pitch.height) * ratio) - y;
      context.drawImage(source, column * picture.width, line * picture.height, picture.width, picture.height, x, y, wide, tall);
    }
  }

  // The frame on the place, at parts of cells; one that lies beyond the ends is shown at the end.
  put(column, line = 0) {
    this.place = [column, line];
    if (!this.pitch) return;
    const inside = (v, count) => Math.max(0, Math.min(count - 1, v));
    const [x, y] = [inside(column, this.columns), inside(line, this.lines)];
    this.here.classList.toggle('beyond', Math.abs(x - column) > 0.5 || Math.abs(y - line) > 0.5);
    this.here.style.transform = `translate(${x * this.pitch.across}px, ${y * this.pitch.down}px)`;
  }

  point(cell) {
    this.cursor = cell;
    this.at.hidden = cell === null;
    if (cell === null || !this.pitch) return;
    const [column, line] = [cell % this.columns, Math.floor(cell / this.columns)];
    this.at.style.transform = `translate(${column * this.pitch.across}px, ${line * this.pitch.down}px)`;
  }

  // The cell under a pointer, and where the pointer is in parts of cells from the middle of the first.
  under(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) / this.pitch.across;
    const y = (event.clientY - box.top) / this.pitch.down;
    const inside = (v, count) => Math.max(0, Math.min(count - 1, Math.floor(v)));
    const cell = inside(y, this.lines) * this.columns + inside(x, this.columns);
    return { cell: cell < this.count ? cell : null, column: x - 0.5, line: y - 0.5 };
  }

  listen() {
    const { canvas, hands } = this;
    canvas.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'touch' || event.buttons || !this.pitch) return;
      const { cell } = this.under(event);
      if (cell !== this.cursor) this.look(cell);
    });
    canvas.addEventListener('pointerleave', () => { if (!this.pressed) this.look(null); });
    canvas.addEventListener('pointerdown', (event) => this.press(event));
    canvas.addEventListener('keydown', (event) => this.key(event));
    canvas.addEventListener('focus', () => this.name(this.nearest()));
    canvas.addEventListener('blur', () => this.look(null));
    canvas.addEventListener('contextmenu', () => { this.pressed = false; });
  }

  // The cell that is nearest to the place.
  nearest() {
    const [column, line] = this.place ?? [0, 0];
    const inside = (v, count) => Math.max(0, Math.min(count - 1, Math.round(v)));
    return Math.min(this.count - 1, inside(line, this.lines) * this.columns + inside(column, this.columns));
  }

  look(cell) {
    this.point(cell);
    this.hands.look(cell);
    if (cell !== null) this.name(cell);
  }

  name(cell) {
    if (this.count) this.canvas.setAttribute('aria-label', this.hands.words(cell));
  }

  // A press goes to the cell; a drag moves, where that is possible.
  press(event) {
    if (event.button || !this.pitch) return;
    const { canvas, hands } = this;
    const start = event;
    let dragged = false;
    this.pressed = true;
    canvas.setPointerCapture(event.pointerId);
    const moved = (next) => {
      const far = Math.hypot(next.clientX - start.clientX, next.clientY - start.clientY) > DRAGGED;
      if (far && !dragged) {
        dragged = true;
        hands.hold?.(true);
      }
      if (!dragged) return;
      const { cell, column, line } = this.under(next);
      if (hands.drag) {
        this.point(null);
        hands.drag(column, line);
      } else if (cell !== this.cursor) this.look(cell);
    };
    const done = (next) => {
      canvas.removeEventListener('pointermove', moved);
      canvas.removeEventListener('pointerup', done);
      canvas.removeEventListener('pointercancel', done);
      this.pressed = false;
      if (dragged) hands.hold?.(false);
      const { cell } = this.under(next);
      if (next.type === 'pointerup' && cell !== null && !(dragged && hands.drag)) hands.go(cell);
      this.look(null);
    };
    canvas.addEventListener('pointermove', moved);
    canvas.addEventListener('pointerup', done);
    canvas.addEventListener('pointercancel', done);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.count) return;
    const here = this.cursor ?? this.nearest();
    if (event.key === 'Enter') {
      event.preventDefault();
      this.hands.go(here);
    } else if (event.key === 'Escape') this.look(null);
    else {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns, Home: -here, End: this.count - 1 - here }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      const aside = Math.abs(step) === 1 && Math.floor((here + step) / this.columns) !== Math.floor(here / this.columns);
      const next = here + step;
      if (next >= 0 && next < this.count && !aside) this.look(next);
      else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') this.hands.leave?.(Math.sign(step));
    }
  }
}
