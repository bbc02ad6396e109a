// Many faces as a PNG file, with what stands beside them on the page.

import { download } from './saving.js';

const CELL = 128;
const FONT = '20px sans-serif';
const [EDGE, GAP] = [16, 12];

export function saveSheet({ columns, rows, across, down, title }, pictures, name, failed) {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  context.font = FONT;
  const widest = Math.max(0, ...down.map((text) => context.measureText(text).width));
  const left = EDGE + (down.length ? Math.ceil(widest) + GAP : 0);
  const cell = [CELL, Math.round((CELL * pictures[0].height) / pictures[0].width)];
  const bottom = across.length ? 34 : 0;
  Object.assign(canvas, { width: left + columns * cell[0] + EDGE, height: 48 + rows * cell[1] + bottom + EDGE });
  Object.assign(context, { fillStyle: '#fff' });
  context.fillRect(0, 0, canvas.width, canvas.height);
  Object.assign(context, { font: FONT, fillStyle: '#1e293b', textBaseline: 'middle', imageSmoothingQuality: 'high' });
  context.fillText(title, left, 26, columns * cell[0]);
  pictures.forEach((picture, i) => {
    context.drawImage(picture, left + (i % columns) * cell[0], 48 + Math.floor(i / columns) * cell[1], ...cell);
  });
  context.textAlign = 'right';
  down.forEach((text, i) => context.fillText(text, left - GAP, 48 + (i + 0.5) * cell[1]));
  context.textAlign = 'center';
  across.forEach((text, i) => context.fillText(text, left + (i + 0.5) * cell[0], 48 + rows * cell[1] + 20));
  canvas.toBlob((blob) => {
    if (blob) download(blob, name);
    else failed(new Error('The pictures could not be made into a file.'));
  }, 'image/png');
}
