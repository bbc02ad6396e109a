// Rows as dots: a disc for a row that a model learned from, a ring for one held out.

import { needsOutline } from '../chart/ink.js';
import { classColour } from '../labeler/colours.js';

const PALE = 0.1;
const UNLABELLED = '#7b8798';

// One colour a class, as a canvas takes it, the last one for rows without a class.
export function rowColours({ classes }) {
  const colours = classes.map((_, k) => hex(classColour(k)));
  return (label) => colours[label] ?? (classes.length ? UNLABELLED : hex(classColour(0)));
}

function hex(rgb) {
  return `#${rgb.map((v) => Math.round(v).toString(16).padStart(2, '0')).join('')}`;
}

export function radiusFor(count, room = 1) {
  return room * (count > 1200 ? 2.3 : count > 400 ? 3 : 3.9);
}

// at: pixels [x0, y0, x1, ...]; look(i) -> {colour, ring, pale}.
export function paintDots(context, at, look, ink, radius) {
  const outlined = new Map();
  for (let i = 0; 2 * i < at.length; i += 1) {
    const [x, y] = [at[2 * i], at[2 * i + 1]];
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    const { colour, ring, pale } = look(i);
    if (!outlined.has(colour)) outlined.set(colour, needsOutline(colour, ink.ground));
    context.globalAlpha = pale ? PALE : 0.92;
    dot(context, x, y, radius, colour, ring, outlined.get(colour) ? ink.outline : ink.ground, ink);
  }
  context.globalAlpha = 1;
}

function dot(context, x, y, radius, colour, ring, edge, ink) {
  context.beginPath();
  context.arc(x, y, ring ? radius - 0.4 : radius, 0, 2 * Math.PI);
  if (ring) {
    context.fillStyle = ink.ground;
    context.fill();
    if (edge === ink.outline) {
      context.lineWidth = 3;
      context.strokeStyle = edge;
      context.stroke();
    }
    context.lineWidth = 1.8;
    context.strokeStyle = colour;
    context.stroke();
    return;
  }
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 0.9;
  context.strokeStyle = edge;
  context.stroke();
}

// The mark around the row that is looked at (strong) or under the pointer.
export function paintMark(context, x, y, radius, colour, ink, strong) {
  if (Number.isNaN(x) || Number.isNaN(y)) return;
  context.beginPath();
  context.arc(x, y, radius + 1.6, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = ink.ground;
  context.stroke();
  context.beginPath();
  context.arc(x, y, radius + (strong ? 5.4 : 3.8), 0, 2 * Math.PI);
  context.lineWidth = strong ? 2.4 : 1.6;
  context.strokeStyle = ink.strong;
  context.stroke();
  context.lineWidth = 1;
}

// The place nearest to a pointer, within reach; -1 for none.
export function nearestAt(at, x, y, reach) {
  let [best, found] = [reach * reach, -1];
  for (let i = 0; 2 * i < at.length; i += 1) {
    const d = (at[2 * i] - x) ** 2 + (at[2 * i + 1] - y) ** 2;
    if (d < best) [best, found] = [d, i];
  }
  return found;
}

// The next place from one, in the direction of an arrow key; sideways counts double.
export function towards(at, from, [dx, dy]) {
  const [x, y] = [at[2 * from], at[2 * from + 1]];
  let [best, found] = [Infinity, from];
  for (let i = 0; 2 * i < at.length; i += 1) {
    if (i === from) continue;
    const [a, b] = [at[2 * i] - x, at[2 * i + 1] - y];
    const along = a * dx + b * dy;
    if (!(along > 0.5)) continue;
    const d = along + 2 * Math.abs(a * dy - b * dx);
    if (d < best) [best, found] = [d, i];
  }
  return found;
}
