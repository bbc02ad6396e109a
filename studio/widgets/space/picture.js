// The picture, or a grid of pictures, drawn into a square.

import { fill } from '../scene/pixels.js';

export class Picture {
  constructor() {
    this.sheet = document.createElement('canvas');
    this.context = this.sheet.getContext('2d');
  }

  open([channels, height, width]) {
    Object.assign(this, { channels, height, width });
    Object.assign(this.sheet, { width, height });
    this.tile = this.context.createImageData(width, height);
  }

  draw(context, pixels, { left, top, side }) {
    const size = this.width * this.height * this.channels;
    const count = Math.round(Math.sqrt(pixels.length / size));
    const gap = count > 1 ? Math.max(2, side * 0.012) : 0;
    const cell = (side - gap * (count - 1)) / count;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = count > 1 ? 'medium' : 'high';
    for (let i = 0; i < count * count; i += 1) {
      this.context.putImageData(fill(this.tile, pixels, this.channels, i * size), 0, 0);
      const x = left + (i % count) * (cell + gap);
      const y = top + Math.floor(i / count) * (cell + gap);
      this.stamp(context, x, y, cell, count);
    }
    if (count === 1) return;
    const middle = (count - 1) / 2;
    context.strokeStyle = 'rgb(125 249 255 / 90%)';
    context.lineWidth = 2;
    context.beginPath();
    const [x, y] = [left + middle * (cell + gap), top + middle * (cell + gap)];
    context.roundRect(x - 1, y - 1, cell + 2, cell + 2, 6);
    context.stroke();
  }

  stamp(context, x, y, cell, count) {
    const radius = count > 1 ? 5 : Math.min(18, cell * 0.05);
    context.save();
    context.beginPath();
    context.roundRect(x, y, cell, cell, radius);
    context.clip();
    context.drawImage(this.sheet, x, y, cell, cell);
    context.restore();
  }
}
