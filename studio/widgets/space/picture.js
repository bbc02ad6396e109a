// The picture, or a grid of pictures, drawn into a square: enlarged smoothly on a sheet with round,
// soft corners, and scaled the rest of the way by the browser.

import { Enlarger } from './enlarge.js';

const MOST_TIMES = 8;
const GAP = 0.012;

export class Picture {
  constructor() {
    this.canvas = document.createElement('canvas');
    this.context = this.canvas.getContext('2d');
  }

  open(shape) {
    this.shape = shape;
    this.key = null;
  }

  // `scale`: device pixels in one of the context's.
  draw(context, pixels, { left, top, side }, scale = 1) {
    const [channels, height, width] = this.shape;
    const size = channels * height * width;
    const across = Math.round(Math.sqrt(pixels.length / size));
    const wide = (side * scale) / across;
    const factor = Math.max(1, Math.min(MOST_TIMES, Math.round(wide / width / 2)));
    this.prepare(across, factor);
    if (this.painted !== pixels) this.paint(pixels, across, size);
    this.painted = pixels;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = 'low';
    context.drawImage(this.canvas, left, top, side, side);
    if (across > 1) this.frame(context, across, { left, top, side });
  }

  // A sheet of the right size with the transparency of its corners and gaps.
  prepare(across, factor) {
    const key = `${across} ${factor}`;
    if (this.key === key) return;
    const [, height, width] = this.shape;
    this.enlarger = new Enlarger(this.shape, factor);
    this.gap = across > 1 ? Math.max(1, Math.round(GAP * across * width * factor)) : 0;
    this.cell = [width * factor, height * factor];
    const [w, h] = this.cell.map((length) => across * length + this.gap * (across - 1));
    Object.assign(this.canvas, { width: w, height: h });
    Object.assign(this, { key, painted: null, image: mask(this.context, across, this.cell, this.gap, factor) });
  }

  paint(pixels, across, size) {
    const [wide, high] = this.cell;
    for (let n = 0; n < across * across; n += 1) {
      const [column, row] = [n % across, Math.floor(n / across)];
      const start = row * (high + this.gap) * this.canvas.width + column * (wide + this.gap);
      this.enlarger.into(this.image.data, this.canvas.width, start, pixels, n * size);
    }
    this.context.putImageData(this.image, 0, 0);
  }

  // A line around the one in the middle, which is here.
  frame(context, across, { left, top, side }) {
    const unit = side / this.canvas.width;
    const [cell, gap] = [this.cell[0] * unit, this.gap * unit];
    const middle = ((across - 1) / 2) * (cell + gap);
    context.strokeStyle = 'rgb(125 249 255 / 90%)';
    context.lineWidth = 2;
    context.beginPath();
    context.roundRect(left + middle - 1, top + middle - 1, cell + 2, cell + 2, 6);
    context.stroke();
  }
}

// Opaque inside, fading out over half a pixel of the model's own at the very edge.
function mask(context, across, [wide, high], gap, factor) {
  const { canvas } = context;
  context.clearRect(0, 0, canvas.width, canvas.height);
  const soft = Math.max(0.5, factor / 4);
  const radius = Math.min(wide, high) * (across > 1 ? 0.04 : 0.045);
  context.fillStyle = '#000';
  context.filter = `blur(${soft / 2}px)`;
  for (let n = 0; n < across * across; n += 1) {
    const [x, y] = [(n % across) * (wide + gap), Math.floor(n / across) * (high + gap)];
    context.beginPath();
    context.roundRect(x + soft / 2, y + soft / 2, wide - soft, high - soft, radius);
    context.fill();
  }
  context.filter = 'none';
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
