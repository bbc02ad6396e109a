// A heat map on a canvas, as sharp as the display: blue for less, orange for more, so that every eye tells
// them apart; nothing is the colour of the ground.

import { download } from './saving.js';

const CELL = { most: 54, least: 15, figures: 34 };
const STEP = 0.25;
const TILT = -Math.PI / 3;
const LOOKS = {
  light: { ground: [246, 247, 249], less: [5, 80, 174], more: [179, 78, 0], text: [30, 41, 59], on: [255, 255, 255], line: '#cbd5e1', ring: '#0f172a', page: '#ffffff' },
  dark: { ground: [27, 36, 52], less: [96, 172, 255], more: [255, 157, 66], text: [219, 229, 243], on: [5, 9, 18], line: '#334155', ring: '#ffffff', page: '#0b1220' },
};

export class Heat {
  constructor(canvas) {
    Object.assign(this, { canvas, data: null, marked: null, asked: 0, width: 0 });
    new ResizeObserver(() => this.ask()).observe(canvas.parentElement ?? canvas);
    window.addEventListener('studio-theme', () => this.ask());
  }

  // data: {rows, columns, values, own, labels: [rows, columns]}; own: how many columns are the rows' own.
  show(data) {
    const most = Math.max(STEP, ...data.values.flat().map(Math.abs));
    const limit = STEP * Math.ceil(most / STEP - 1e-9);
    Object.assign(this, { data: { ...data, limit } });
    this.ask();
    return { limit };
  }

  mark(cell) {
    this.marked = cell;
    this.ask();
  }

  ask() {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.paint();
    });
  }

  // Cells fill the width as far as they stay squares that can be told apart.
  layout(context, width) {
    const { rows, columns, labels: [left, top] } = this.data;
    const font = getComputedStyle(this.canvas).fontFamily;
    const wide = (texts, size) => {
      context.font = `${size}px ${font}`;
      return Math.max(...texts.map((text) => context.measureText(text).width));
    };
    const small = columns.length > 16;
    const size = small ? 11 : 12;
    // The corner says what the rows and columns are.
    const names = Math.max(76, Math.ceil(wide(left, size)) + 10);
    const lean = wide(top, size);
    const over = Math.ceil(lean * Math.cos(TILT)) + 4;
    const cell = Math.max(small ? CELL.least : 24, Math.min(CELL.most, Math.floor((width - names - over) / columns.length)));
    const head = Math.ceil(lean * Math.sin(-TILT)) + 14;
    return { font, size, left: names, top: head, cell, width: names + cell * columns.length + over, height: head + cell * rows.length + 2 };
  }

  paint() {
    const { canvas, data } = this;
    const width = canvas.parentElement?.clientWidth;
    if (!data || !width) return;
    const context = canvas.getContext('2d');
    this.at = this.layout(context, width);
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [this.at.width, this.at.height].map((length) => Math.round(length * ratio));
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    Object.assign(canvas.style, { width: `${this.at.width}px`, height: `${this.at.height}px` });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.at.width, this.at.height);
    const { scrollLeft: x, scrollTop: y } = canvas.parentElement;
    this.draw(context, this.at, document.body.classList.contains('dark') ? LOOKS.dark : LOOKS.light, { x, y });
    canvas.dataset.frames = Number(canvas.dataset.frames ?? 0) + 1;
  }

  // seen: how far it is scrolled; the names stay in sight.
  draw(context, at, look, seen = { x: 0, y: 0 }) {
    const { data: { rows, columns, values, own, limit, labels }, marked } = this;
    const { left, top, cell, size, font } = at;
    context.textBaseline = 'middle';
    values.forEach((line, y) => line.forEach((value, x) => {
      context.fillStyle = css(colourOf(value / limit, look));
      context.fillRect(left + x * cell + 0.5, top + y * cell + 0.5, cell - 1, cell - 1);
      if (rows[y] === columns[x]) this.ring(context, at, x, y, look.line, 1);
    }));
    if (cell >= CELL.figures) this.figures(context, at, look);
    if (own < columns.length && own) {
      context.fillStyle = css(look.text);
      context.fillRect(left + own * cell - 0.5, top - 4, 1, rows.length * cell + 6);
    }
    if (marked) this.ring(context, at, ...marked, look.ring, 2);
    if (seen.x) context.clearRect(seen.x, 0, left, at.height);
    labels[0].forEach((text, y) => {
      Object.assign(context, { font: `${marked?.[1] === y ? 'bold ' : ''}${size}px ${font}`, textAlign: 'right', fillStyle: css(look.text) });
      context.fillText(text, seen.x + left - 6, top + (y + 0.5) * cell);
    });
    if (seen.y) context.clearRect(0, seen.y, at.width, top);
    Object.assign(context, { font: `11px ${font}`, textAlign: 'right', fillStyle: css(look.text) });
    context.fillText('changes →', seen.x + left - 6, seen.y + top - 23);
    context.fillText('a step of ↓', seen.x + left - 6, seen.y + top - 9);
    context.save();
    context.beginPath();
    context.rect(seen.x + (seen.x ? left : 0), seen.y, at.width, top);
    context.clip();
    labels[1].forEach((text, x) => this.lean(context, { ...at, top: seen.y + top }, text, x, { look, bold: marked?.[0] === x }));
    context.restore();
  }

  lean(context, { left, top, cell, size, font }, text, x, { look, bold }) {
    context.save();
    context.translate(left + (x + 0.5) * cell, top - 7);
    context.rotate(TILT);
    Object.assign(context, { font: `${bold ? 'bold ' : ''}${size}px ${font}`, textAlign: 'left', fillStyle: css(look.text) });
    context.fillText(text, 0, 0);
    context.restore();
  }

  figures(context, { left, top, cell, font }, look) {
    const { values, limit } = this.data;
    Object.assign(context, { font: `11px ${font}`, textAlign: 'center' });
    values.forEach((line, y) => line.forEach((value, x) => {
      const text = `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(2).replace('0.', '.')}`;
      const ground = colourOf(value / limit, look);
      context.fillStyle = apart(ground, look.on) > apart(ground, look.text) ? css(look.on) : css(look.text);
      context.fillText(text === '−.00' ? '.00' : text, left + (x + 0.5) * cell, top + (y + 0.5) * cell);
    }));
  }

  ring(context, { left, top, cell }, x, y, colour, width) {
    Object.assign(context, { strokeStyle: colour, lineWidth: width });
    context.strokeRect(left + x * cell + width / 2, top + y * cell + width / 2, cell - width, cell - width);
  }

  cellAt({ clientX, clientY }) {
    if (!this.data || !this.at) return null;
    const box = this.canvas.getBoundingClientRect();
    const { left, top, cell } = this.at;
    const { scrollLeft, scrollTop } = this.canvas.parentElement;
    const [right, down] = [clientX - box.left, clientY - box.top];
    if (right < scrollLeft + left || down < scrollTop + top) return null;
    const [x, y] = [Math.floor((right - left) / cell), Math.floor((down - top) / cell)];
    return x < this.data.columns.length && y < this.data.rows.length ? [x, y] : null;
  }

  // Scroll so far that a cell is seen.
  reveal(box, [x, y]) {
    if (!this.at) return;
    const { left, top, cell } = this.at;
    const near = (start, seen, length, names) => {
      if (start < seen + names) return start - names;
      return start + cell > seen + length ? start + cell - length + 2 : seen;
    };
    box.scrollLeft = near(left + x * cell, box.scrollLeft, box.clientWidth, left);
    box.scrollTop = near(top + y * cell, box.scrollTop, box.clientHeight, top);
  }

  save(name, failed) {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    const { marked } = this;
    const look = LOOKS.light;
    const at = this.layout(context, 1100);
    const edge = 16;
    Object.assign(canvas, { width: 2 * (at.width + 2 * edge), height: 2 * (at.height + 2 * edge) });
    context.setTransform(2, 0, 0, 2, 2 * edge, 2 * edge);
    context.fillStyle = look.page;
    context.fillRect(-edge, -edge, canvas.width, canvas.height);
    this.marked = null;
    this.draw(context, at, look);
    this.marked = marked;
    canvas.toBlob((blob) => {
      if (blob) download(blob, name);
      else failed(new Error('The heat map could not be made into a file.'));
    }, 'image/png');
  }
}

const css = (colour) => `rgb(${colour.join(' ')})`;

function colourOf(share, { ground, less, more }) {
  const end = share < 0 ? less : more;
  const part = Math.min(1, Math.abs(share)) ** 0.8;
  return ground.map((v, c) => Math.round(v + part * (end[c] - v)));
}

// Contrast as in WCAG 2.
function apart(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour) {
  const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const [r, g, b] = colour.map(linear);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
