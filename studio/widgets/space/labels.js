// Words on the star map, each drawn once onto a small canvas: outlined text is slow to draw.

const MOST_KEPT = 400;
const FAMILY = '"IBM Plex Sans", sans-serif';

export class Labels {
  constructor() {
    this.kept = new Map();
    this.boxes = [];
  }

  // Before the labels of a new frame.
  begin() {
    this.boxes.length = 0;
  }

  // Draw a word about a place, unless it would hide another of this frame; returns whether it was drawn.
  draw(context, text, x, y, { colour, size, ratio }) {
    const sheet = this.sheet(text, colour, size, ratio);
    const [w, h] = [sheet.width / ratio, sheet.height / ratio];
    const box = [x - 0.4 * w, y - 0.3 * h, x + 0.4 * w, y + 0.3 * h];
    if (this.boxes.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1])) return false;
    this.boxes.push(box);
    context.drawImage(sheet, Math.round(x - w / 2), Math.round(y - h / 2), w, h);
    return true;
  }

  sheet(text, colour, size, ratio) {
    const key = `${text}/${colour}/${size}/${ratio}`;
    if (!this.kept.has(key)) {
      if (this.kept.size >= MOST_KEPT) this.kept.clear();
      this.kept.set(key, written(text, colour, size, ratio));
    }
    return this.kept.get(key);
  }
}

function written(text, colour, size, ratio) {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  const font = `700 ${size}px ${FAMILY}`;
  context.font = font;
  const width = context.measureText(text).width + 8;
  Object.assign(canvas, { width: Math.ceil(width * ratio), height: Math.ceil(1.7 * size * ratio) });
  context.scale(ratio, ratio);
  Object.assign(context, { font, textAlign: 'center', textBaseline: 'middle', lineWidth: 4, lineJoin: 'round' });
  context.strokeStyle = 'rgb(4 8 18 / 85%)';
  context.strokeText(text, width / 2, 0.85 * size);
  context.fillStyle = colour;
  context.fillText(text, width / 2, 0.85 * size);
  return canvas;
}
