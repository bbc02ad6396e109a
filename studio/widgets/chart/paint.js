// The chart on its canvases: grid, axes, curves below; crosshair and dots above.

import { needsOutline } from './ink.js';
import { trace } from './series.js';
import { duration, tickLabel, ticks } from './ticks.js';

const FONT = '12px "IBM Plex Sans", ui-sans-serif, system-ui, sans-serif';
const TOP = 26;
const BOTTOM = 34;
const COLUMN = 56;
// Pixels that a label needs.
const EVERY_X = 84;
const EVERY_Y = 26;

// Where things lie. `axes` holds { left: [low, high] | null, right: [{ id, label, range, ... }] }.
export function layout(context, width, height, x, axes, options) {
  context.font = FONT;
  const rows = Math.max(2, Math.floor((height - TOP - BOTTOM) / EVERY_Y));
  const y = axes.left ? ticks(...axes.left, rows) : { values: [], step: 1 };
  const words = y.values.map((v) => context.measureText(tickLabel(v, y.step)).width);
  // Little room for scales on a telephone: the read-out has the numbers.
  const shown = axes.right.slice(0, width < 460 ? 1 : width < 720 ? 2 : 3);
  const left = axes.left ? Math.max(34, Math.ceil(Math.max(0, ...words)) + 14) : 14;
  const right = width - Math.max(18, shown.length * COLUMN);
  const frame = { left, right, top: TOP, bottom: height - BOTTOM, width, height };
  const columns = Math.max(2, Math.floor((right - left) / EVERY_X));
  const xTicks = ticks(...x, columns, { whole: options.wholeX, seconds: options.secondsX });
  const toX = (v) => left + ((v - x[0]) / (x[1] - x[0])) * (right - left);
  const scale = (range) => (v) =>
    frame.bottom - ((v - range[0]) / (range[1] - range[0])) * (frame.bottom - frame.top);
  const toYs = { left: axes.left && scale(axes.left) };
  for (const axis of axes.right) toYs[axis.id] = scale(axis.range);
  return { frame, x, xTicks, yTicks: y, toX, toYs, right: shown };
}

export function paintAxes(context, place, ink, options) {
  const { frame, xTicks, yTicks, toX, toYs } = place;
  context.clearRect(0, 0, frame.width, frame.height);
  context.font = FONT;
  context.lineWidth = 1;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const value of yTicks.values) {
    const at = Math.round(toYs.left(value)) + 0.5;
    rule(context, ink.grid, frame.left, at, frame.right, at);
    context.fillStyle = ink.text;
    context.fillText(tickLabel(value, yTicks.step), frame.left - 8, at);
  }
  context.textAlign = 'center';
  for (const value of xTicks.values) {
    const at = Math.round(toX(value)) + 0.5;
    rule(context, ink.axis, at, frame.bottom, at, frame.bottom + 4);
    context.fillStyle = ink.text;
    const text = options.secondsX ? duration(value) : tickLabel(value, xTicks.step);
    context.fillText(text, at, frame.bottom + 13);
  }
  rule(context, ink.axis, frame.left, frame.bottom + 0.5, frame.right, frame.bottom + 0.5);
  titles(context, place, ink, options);
  place.right.forEach((axis, i) => rightAxis(context, place, ink, axis, i));
}

function titles(context, { frame }, ink, options) {
  context.fillStyle = ink.text;
  context.textAlign = 'left';
  context.fillText(options.yLabel, 8, 10);
  context.textAlign = 'right';
  context.fillText(options.xLabel, frame.right, frame.bottom + 26);
}

// A scale of its own for what is not measured in nats, marked by a piece of its line.
function rightAxis(context, { frame, toYs }, ink, axis, i) {
  const at = frame.right + i * COLUMN + 0.5 + (i ? 6 : 0);
  rule(context, ink.axis, at, frame.top, at, frame.bottom);
  context.textAlign = 'left';
  context.fillStyle = ink.text;
  const { values, step } = ticks(...axis.range, 4);
  for (const value of values) {
    const y = toYs[axis.id](value);
    rule(context, ink.axis, at, Math.round(y) + 0.5, at + 4, Math.round(y) + 0.5);
    context.fillText(tickLabel(value, step), at + 7, y);
  }
  stroke(context, [[at, 20, at + 26, 20]], axis, ink);
  context.fillText(axis.short ?? axis.label, at, 8, COLUMN - 8);
}

function rule(context, colour, x0, y0, x1, y1) {
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

// Curves, clipped to the frame; under a smoothed one the measured one stays faintly visible.
export function paintCurves(context, place, curves, ink) {
  const { frame } = place;
  context.save();
  context.beginPath();
  context.rect(frame.left, frame.top - 2, frame.right - frame.left + 4, frame.bottom - frame.top + 4);
  context.clip();
  for (const curve of curves) {
    const toY = place.toYs[curve.scale];
    const draw = (y, alpha, width) => {
      context.globalAlpha = alpha;
      const parts = trace(curve.x, y, place.toX, toY);
      stroke(context, parts, curve, ink, width);
      for (const part of parts) if (part.length === 2) dot(context, ...part, curve, ink);
    };
    if (curve.smoothed) draw(curve.y, 0.25, 1);
    draw(curve.smoothed ?? curve.y, 1, curve.scale === 'left' ? 1.8 : 1.3);
  }
  context.restore();
}

function stroke(context, parts, { colour, dash = [] }, ink, width = 1.8) {
  const path = new Path2D();
  for (const part of parts) {
    path.moveTo(part[0], part[1]);
    for (let i = 2; i < part.length; i += 2) path.lineTo(part[i], part[i + 1]);
  }
  context.setLineDash(dash);
  context.lineJoin = 'round';
  if (needsOutline(colour, ink.ground)) {
    context.strokeStyle = ink.outline;
    context.lineWidth = width + 1.4;
    context.stroke(path);
  }
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke(path);
  context.setLineDash([]);
  context.lineWidth = 1;
}

export function dot(context, x, y, { colour }, ink) {
  context.beginPath();
  context.arc(x, y, 3.5, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.strokeStyle = ink.ground;
  context.lineWidth = 1.5;
  context.stroke();
}

// The line at a place and a dot on each curve.
export function paintCrosshair(context, place, at, points, ink) {
  const { frame, toX, toYs } = place;
  context.clearRect(0, 0, frame.width, frame.height);
  if (at === null) return;
  context.lineWidth = 1;
  const x = Math.round(toX(at)) + 0.5;
  rule(context, ink.axis, x, frame.top, x, frame.bottom);
  for (const { curve, x: px, y } of points) {
    const py = toYs[curve.scale](y);
    if (py >= frame.top - 2 && py <= frame.bottom + 2) dot(context, toX(px), py, curve, ink);
  }
}
