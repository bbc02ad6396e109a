// A decoded column over the latent plane, as a landscape: shades of height with contour lines.

import { isDark } from '../chart/ink.js';
import { tickLabel, ticks } from '../chart/ticks.js';
import { seamed, SMALL } from './axes.js';

const LINES = 8;
// From the lowest to the highest; quiet, so that the dots stand out.
const SHADES = {
  light: [[252, 253, 255], [222, 238, 244], [176, 212, 226], [128, 180, 204]],
  dark: [[12, 18, 32], [19, 38, 60], [27, 62, 88], [38, 92, 118]],
};
const LEAST_LABELLED = 70;
const EDGE = 26;

export function shades() {
  return SHADES[isDark() ? 'dark' : 'light'];
}

export function shadeAt(share) {
  const stops = shades();
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(at));
  return stops[i].map((v, c) => Math.round(v + (at - i) * (stops[i + 1][c] - v)));
}

export function shadeGradient() {
  return `linear-gradient(90deg, ${shades().map((c) => `rgb(${c.join(' ')})`).join(', ')})`;
}

// The shades as a small canvas, to be drawn enlarged.
export function shaded({ size, values }, [low, high]) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [size, size];
  const context = canvas.getContext('2d');
  const image = context.createImageData(size, size);
  const span = high - low || 1;
  for (let i = 0; i < values.length; i += 1) {
    image.data.set([...shadeAt((values[i] - low) / span), 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// The value at a place, between the four around it; NaN outside.
export function valueAt({ size, values, extent: [x0, x1, y0, y1] }, x, y) {
  const u = ((x - x0) / (x1 - x0)) * (size - 1);
  const v = ((y1 - y) / (y1 - y0)) * (size - 1);
  if (!(u >= 0 && v >= 0 && u <= size - 1 && v <= size - 1)) return NaN;
  const [i, j] = [Math.min(size - 2, Math.floor(u)), Math.min(size - 2, Math.floor(v))];
  const [a, b] = [u - i, v - j];
  const at = (row, column) => values[row * size + column];
  return (1 - b) * ((1 - a) * at(j, i) + a * at(j, i + 1)) + b * ((1 - a) * at(j + 1, i) + a * at(j + 1, i + 1));
}

// Draw the landscape: `toX` and `toY` place its coordinates on the canvas.
export function paintHeights(context, field, range, { toX, toY, frame }, ink) {
  const [x0, x1, y0, y1] = field.extent;
  field.shaded ??= {};
  const look = isDark() ? 'dark' : 'light';
  const key = `${look} ${range.join(' ')}`;
  if (field.shaded.key !== key) field.shaded = { key, canvas: shaded(field, range) };
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  // The values stand for the middles of the pixels at the rim, which reach half a cell further.
  const half = [(x1 - x0) / (field.size - 1) / 2, (y1 - y0) / (field.size - 1) / 2];
  const [left, top] = [toX(x0 - half[0]), toY(y1 + half[1])];
  context.drawImage(field.shaded.canvas, left, top, toX(x1 + half[0]) - left, toY(y0 - half[1]) - top);
  contours(context, field, range, { toX, toY, frame }, ink);
}

function contours(context, field, [low, high], { toX, toY, frame }, ink) {
  const { values: levels, step } = ticks(low, high, LINES);
  const { size, extent: [x0, x1, y0, y1] } = field;
  const px = (u) => toX(x0 + (u / (size - 1)) * (x1 - x0));
  const py = (v) => toY(y1 - (v / (size - 1)) * (y1 - y0));
  const taken = [];
  context.lineWidth = 1;
  field.lines ??= new Map();
  for (const level of levels) {
    if (!field.lines.has(level)) field.lines.set(level, chains(field, level));
    context.strokeStyle = isDark() ? 'rgb(148 190 214 / 30%)' : 'rgb(30 78 104 / 26%)';
    context.beginPath();
    const lines = field.lines.get(level).map((line) => line.map(([u, v]) => [px(u), py(v)]));
    for (const line of lines) line.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
    const spot = labelSpot(lines, frame, taken);
    if (spot) taken.push({ ...spot, text: tickLabel(level, step) });
  }
  context.font = SMALL;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const { x, y, text } of taken) seamed(context, text, x, y, ink.text, shadeText());
}

function shadeText() {
  return isDark() ? 'rgb(13 24 40 / 80%)' : 'rgb(244 249 252 / 85%)';
}

// Where a line says its value: inside the frame, away from other words, on the longest of its pieces.
function labelSpot(lines, frame, taken) {
  const longest = lines.toSorted((a, b) => b.length - a.length)[0];
  if (!longest) return null;
  const count = longest.length;
  const order = [0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9];
  for (const share of order) {
    const [x, y] = longest[Math.min(count - 1, Math.floor(share * count))];
    const inside = x > frame.left + EDGE && x < frame.right - EDGE && y > frame.top + EDGE && y < frame.bottom - EDGE;
    if (inside && taken.every((other) => Math.hypot(other.x - x, other.y - y) > LEAST_LABELLED)) return { x, y };
  }
  return null;
}

// Marching squares: the contour of a level as chains of [column, row], joined at the cells' edges.
function chains({ size, values }, level) {
  const ends = new Map();
  const link = (a, b) => {
    for (const [one, other] of [[a, b], [b, a]]) {
      if (!ends.has(one.key)) ends.set(one.key, { at: one.at, next: [] });
      ends.get(one.key).next.push(other.key);
    }
  };
  const v = (i, j) => values[j * size + i];
  const cross = (i, j, down) => {
    const [a, b] = [v(i, j), down ? v(i, j + 1) : v(i + 1, j)];
    if ((a < level) === (b < level)) return null;
    const t = (level - a) / (b - a);
    return { key: `${i} ${j} ${down ? 1 : 0}`, at: down ? [i, j + t] : [i + t, j] };
  };
  for (let j = 0; j < size - 1; j += 1) {
    for (let i = 0; i < size - 1; i += 1) {
      const sides = [cross(i, j, false), cross(i + 1, j, true), cross(i, j + 1, false), cross(i, j, true)].filter(Boolean);
      if (sides.length === 2) link(...sides);
      else if (sides.length === 4) {
        link(sides[0], sides[3]);
        link(sides[1], sides[2]);
      }
    }
  }
  const found = [];
  const walk = (start) => {
    const line = [];
    const first = ends.get(start);
    let key = start;
    while (key !== undefined && ends.has(key)) {
      const { at, next } = ends.get(key);
      line.push(at);
      ends.delete(key);
      key = next.find((other) => ends.has(other));
    }
    // A line that ends beside its beginning is a ring.
    const [x, y] = line.at(-1);
    if (first.next.length > 1 && Math.hypot(x - first.at[0], y - first.at[1]) < 2) line.push(first.at);
    found.push(line);
  };
  for (const [key, { next }] of [...ends]) if (next.length === 1 && ends.has(key)) walk(key);
  for (const key of [...ends.keys()]) if (ends.has(key)) walk(key);
  return found.filter((line) => line.length > 1);
}
