// Words on the star map, each drawn once onto a small canvas: outlined text is slow to draw.

const MOST_KEPT = 400;
// Where a word may stand, in half widths and heights from its place.
const BESIDE = [[0, 0], [0, -0.65], [0, 0.65], [-1.1, 0], [1.1, 0], [-1.1, -0.65], [1.1, 0.65], [0, -1.3], [0, 1.3]];
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

  // Draw a word about a place, or beside it where it would hide another of this frame; one that finds
  // no room is left out, unless it must be `there`.
  draw(context, text, x, y, { colour, size, ratio, there = false }) {
    const sheet = this.sheet(text, colour, size, ratio);
    const [w, h] = [sheet.width / ratio, sheet.height / ratio];
    const spots = BESIDE.map(([across, down]) => [x + across * 0.5 * w, y + down * h]);
    const free = spots.find(([cx, cy]) => !this.hides(around(cx, cy, w, h)));
    if (!free && !there) return;
    const [cx, cy] = free ?? spots[0];
    this.boxes.push(around(cx, cy, w, h));
    context.drawImage(sheet, Math.round(cx - w / 2), Math.round(cy - h / 2), w, h);
  }

  hides([left, top, right, bottom]) {
    return this.boxes.some((b) => left < b[2] && right > b[0] && top < b[3] && bottom > b[1]);
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

const around = (x, y, w, h) => [x - 0.4 * w, y - 0.3 * h, x + 0.4 * w, y + 0.3 * h];

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
