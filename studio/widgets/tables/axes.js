// Frames, axes and words on the plots' canvases, in the look of the studio's charts.

import { tickLabel, ticks } from '../chart/ticks.js';

export const FONT = '12px "IBM Plex Sans", ui-sans-serif, system-ui, sans-serif';
export const SMALL = '11px "IBM Plex Sans", ui-sans-serif, system-ui, sans-serif';
export const STRONG = '700 12px "IBM Plex Sans", ui-sans-serif, system-ui, sans-serif';
const TOP = 22;
const BOTTOM = 36;
const RIGHT = 12;
const EVERY_X = 72;
const EVERY_Y = 42;

// Give a canvas the display's own pixels; its context then takes CSS pixels.
export function fit(canvas, width, height, ratio = window.devicePixelRatio || 1) {
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

// Where things lie. With `equal`, a unit is as long upwards as sideways: the narrower range grows.
export function layout(context, width, height, x, y, { equal = false, top = TOP, bottom = BOTTOM, right = RIGHT } = {}) {
  context.font = FONT;
  const rows = Math.max(2, Math.floor((height - top - bottom) / EVERY_Y));
  const rough = ticks(...y, rows);
  const words = rough.values.map((v) => context.measureText(tickLabel(v, rough.step)).width);
  const left = Math.max(34, Math.ceil(Math.max(0, ...words)) + 14);
  const frame = { left, right: width - right, top, bottom: height - bottom, width, height };
  const [w, h] = [Math.max(1, frame.right - frame.left), Math.max(1, frame.bottom - frame.top)];
  if (equal) [x, y] = equalised(x, y, w / h);
  const toX = (v) => frame.left + ((v - x[0]) / (x[1] - x[0])) * w;
  const toY = (v) => frame.bottom - ((v - y[0]) / (y[1] - y[0])) * h;
  const columns = Math.max(2, Math.floor(w / EVERY_X));
  return { frame, x, y, toX, toY, xTicks: ticks(...x, columns), yTicks: ticks(...y, rows) };
}

function equalised(x, y, ratio) {
  const [w, h] = [x[1] - x[0], y[1] - y[0]];
  if (w / h < ratio) return [grown(x, h * ratio), y];
  return [x, grown(y, w / ratio)];
}

function grown([low, high], span) {
  const middle = (low + high) / 2;
  return [middle - span / 2, middle + span / 2];
}

export function paintAxes(context, { frame, xTicks, yTicks, toX, toY }, ink, { xTitle = '', yTitle = '', grid = true } = {}) {
  context.font = FONT;
  context.lineWidth = 1;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const value of yTicks.values) {
    const at = Math.round(toY(value)) + 0.5;
    if (grid) rule(context, ink.grid, frame.left, at, frame.right, at);
    context.fillStyle = ink.text;
    context.fillText(tickLabel(value, yTicks.step), frame.left - 8, at);
  }
  context.textAlign = 'center';
  for (const value of xTicks.values) {
    const at = Math.round(toX(value)) + 0.5;
    if (grid) rule(context, ink.grid, at, frame.top, at, frame.bottom);
    context.fillStyle = ink.text;
    const words = tickLabel(value, xTicks.step);
    context.fillText(words, Math.min(at, frame.width - context.measureText(words).width / 2 - 1), frame.bottom + 12);
  }
  rule(context, ink.axis, frame.left, frame.bottom + 0.5, frame.right, frame.bottom + 0.5);
  rule(context, ink.axis, frame.left + 0.5, frame.top, frame.left + 0.5, frame.bottom);
  context.fillStyle = ink.text;
  context.textAlign = 'left';
  context.fillText(yTitle, 6, 10);
  context.textAlign = 'right';
  context.fillText(xTitle, frame.right, frame.bottom + 27);
}

export function rule(context, colour, x0, y0, x1, y1) {
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

// Everything that `paint` draws stays inside the frame.
export function clipped(context, { left, right, top, bottom }, paint) {
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  paint();
  context.restore();
}

// Text with a seam of the ground, legible on whatever lies under it.
export function seamed(context, text, x, y, colour, ground) {
  context.lineJoin = 'round';
  context.lineWidth = 3.5;
  context.strokeStyle = ground;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
  context.lineWidth = 1;
}

export function elided(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  let cut = text;
  while (cut.length > 1 && context.measureText(`${cut}…`).width > room) cut = cut.slice(0, -1);
  return `${cut.trimEnd()}…`;
}

// The range of numbers, with some air around it.
export function rangeOf(lists, air = 0.05) {
  let [low, high] = [Infinity, -Infinity];
  for (const list of lists) {
    for (const v of list) {
      if (!Number.isFinite(v)) continue;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  if (!(low <= high)) return [0, 1];
  const span = high - low || Math.abs(high) || 1;
  return [low - air * span, high + air * span];
}
