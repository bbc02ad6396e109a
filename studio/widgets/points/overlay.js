// What lies above the dots: pictures, halos of the queue, the selected and the hovered point, the lasso.

import { CHOSEN, RING } from './field.js';
import { drawNames } from './names.js';

const DASH = [6, 5];
const BESIDE = 64;

// Draws everything; says whether something is still fading in.
export function drawOverlay(context, map) {
  context.clearRect(0, 0, map.camera.width, map.camera.height);
  context.lineJoin = 'round';
  const seen = map.images.seen();
  const framed = seen?.rows.includes(map.selected) && map.images.kept.has(map.selected);
  if (map.selected >= 0) light(context, map, framed ? seen.side / 2 : 0);
  let fading = seen ? thumbnails(context, map, seen) : false;
  if (!seen) drawNames(context, map);
  if (!seen) halos(context, map);
  if (map.selected >= 0 && !framed) spot(context, map);
  if (map.hovered >= 0) fading = hovered(context, map, seen) || fading;
  if (map.lasso.line.length > 1) lasso(context, map);
  if (map.keyed) middle(context, map);
  return fading;
}

// The selected one is drawn last; where pictures stand for dots, frames tell what rings and halos do.
function thumbnails(context, map, { rows, side }) {
  const order = rows.filter((row) => row !== map.selected);
  if (order.length < rows.length) order.push(map.selected);
  let fading = false;
  for (const row of order) {
    const place = map.screen(row);
    const drawn = map.images.draw(context, row, place, side, map.colour(row));
    fading = drawn.fading || fading;
    if (drawn.there) frame(context, map, row, place, side);
  }
  return fading;
}

function frame(context, map, row, [x, y], side) {
  const labelled = map.field.marks[row] & RING;
  const chosen = map.field.marks[row] & CHOSEN || map.queue.includes(row);
  if (row !== map.selected && row !== map.hovered && !labelled && !chosen) return;
  const half = side / 2 + 4;
  context.beginPath();
  context.roundRect(x - half, y - half, 2 * half, 2 * half, 6);
  twice(context, map, row === map.selected ? 2.6 : 1.6, chosen && row !== map.selected ? map.ink.queue : map.ink.line);
}

// A line that is seen on any ground.
function twice(context, map, width, style = map.ink.line) {
  context.lineWidth = width + 2.4;
  context.strokeStyle = map.ink.under;
  context.stroke();
  context.lineWidth = width;
  context.strokeStyle = style;
  context.stroke();
}

function circle(context, [x, y], radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

// What is next in the queue; the current one has an element of its own, which pulses.
function halos(context, map) {
  const radius = map.dot / 2 + 4.5;
  for (const row of map.queue) {
    const place = map.screen(row);
    if (row === map.selected || !place || !map.camera.sees(place)) continue;
    circle(context, place, radius);
    twice(context, map, 1.4, map.ink.queue);
  }
}

const spotSize = (map) => Math.max(5.5, 0.75 * map.dot);

// The glow beneath the selected.
function light(context, map, half) {
  const place = map.screen(map.selected);
  if (!place || !map.camera.sees(place)) return;
  const inner = half || spotSize(map);
  const outer = half ? 1.9 * half : inner + 24;
  const shine = context.createRadialGradient(...place, 0.7 * inner, ...place, outer);
  shine.addColorStop(0, map.ink.glow[0]);
  shine.addColorStop(0.4, map.ink.glow[1]);
  shine.addColorStop(1, map.ink.glow[2]);
  context.fillStyle = shine;
  circle(context, place, outer);
  context.fill();
}

function spot(context, map) {
  const place = map.screen(map.selected);
  if (!place || !map.camera.sees(place)) return;
  const radius = spotSize(map);
  context.fillStyle = map.colour(map.selected);
  circle(context, place, radius);
  context.fill();
  circle(context, place, radius + 1.5);
  twice(context, map, 2.2);
  if (!(map.field.marks[map.selected] & RING)) return;
  circle(context, place, radius + 5.5);
  twice(context, map, 1.2);
}

// Where Enter selects, while the map is moved with keys.
function middle(context, map) {
  const [x, y] = [map.camera.width / 2, map.camera.height / 2];
  context.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(x + 5 * dx, y + 5 * dy);
    context.lineTo(x + 13 * dx, y + 13 * dy);
  }
  twice(context, map, 1.6);
}

// A ring, and the picture beside it where it is not shown already; says whether that is fading in.
function hovered(context, map, seen) {
  const place = map.screen(map.hovered);
  if (!place || seen) return false;
  const radius = map.dot / 2 + 3.5;
  if (map.hovered !== map.selected) {
    context.fillStyle = map.colour(map.hovered);
    circle(context, place, radius);
    context.fill();
    twice(context, map, 1.8);
  }
  const [x, y] = place;
  const away = radius + 16 + BESIDE / 2;
  const left = x + away + BESIDE / 2 > map.camera.width ? x - away : x + away;
  const top = Math.min(map.camera.height - BESIDE / 2 - 6, Math.max(BESIDE / 2 + 6, y - BESIDE / 3));
  return map.images.draw(context, map.hovered, [left, top], BESIDE, map.colour(map.hovered)).fading;
}

function lasso(context, map) {
  const { camera, lasso: { line, drawing } } = map;
  context.beginPath();
  line.forEach(([x, y], i) => context[i ? 'lineTo' : 'moveTo'](camera.px(x), camera.py(y)));
  context.closePath();
  context.fillStyle = map.ink.wash;
  context.fill();
  context.lineWidth = 3.5;
  context.strokeStyle = map.ink.under;
  context.stroke();
  context.setLineDash(DASH);
  context.lineWidth = 1.6;
  context.strokeStyle = drawing ? map.ink.line : map.ink.queue;
  context.stroke();
  context.setLineDash([]);
  count(context, map);
}

// How many lie inside, on a plate by the hand; above the line once it is drawn.
function count(context, map) {
  const { camera, lasso: { line, drawing } } = map;
  const count = map.lasso.count();
  const text = count.toLocaleString('en');
  const places = line.map(([x, y]) => [camera.px(x), camera.py(y)]);
  const highest = places.reduce((best, p) => (p[1] < best[1] ? p : best));
  const [px, py] = drawing ? places.at(-1) : highest;
  context.font = '600 13px "IBM Plex Sans", system-ui, sans-serif';
  const half = context.measureText(text).width / 2 + 9;
  const x = Math.min(camera.width - half - 4, Math.max(half + 4, drawing ? px + half + 12 : px));
  const y = Math.min(camera.height - 16, Math.max(16, drawing ? py - 20 : py - 18));
  context.fillStyle = map.ink.plate;
  context.beginPath();
  context.roundRect(x - half, y - 12, 2 * half, 24, 12);
  context.fill();
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = map.ink.text;
  context.fillText(text, x, y + 0.5);
}
