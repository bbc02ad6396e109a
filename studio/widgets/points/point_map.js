// A map of many points on a canvas: pan, zoom, nearest point, lasso; positions that morph and one byte a
// point for colour.
//
//   const map = new PointMap(host, { selected(row), lassoed(rows, additive), missed(), hovered(row) });
//
// `lassoed` is given an Int32Array, empty when the choice is given up; `missed` tells of a lasso around
// nothing; `hovered` -1 for none. What is chosen stays drawn until setChosen() is told otherwise.
// map.shape = [C, H, W] and map.pictures = async (rows) => bytes (n x H x W x C) let it show pictures.

import { Camera } from './camera.js';
import { CHOSEN, Field, RING } from './field.js';
import { Hands } from './hands.js';
import { inks, onTheme } from './inks.js';
import { Lasso } from './lasso.js';
import { dotSize } from './looks.js';
import { Motion } from './motion.js';
import { anchors } from './names.js';
import { drawOverlay } from './overlay.js';
import { choosePainter } from './painters.js';
import { Pictures } from './pictures.js';
import { buildSurface, describe, placePulse, pressTool, startPulse } from './surface.js';

const FLY_TO_ZOOM = 2.2;
const NOBODY = new Int32Array(0);

export class PointMap {
  constructor(host, handlers = {}, { painter } = {}) {
    Object.assign(this, { host, handlers, queue: [], current: -1, selected: -1, hovered: -1, chosen: 0 });
    Object.assign(this, { frames: 0, keyed: false, stale: true });
    this.pictures = this.names = this.size = this.words = null;
    this.field = new Field();
    this.camera = new Camera();
    this.motion = new Motion(this.camera);
    this.ink = inks();
    Object.assign(this, buildSurface(this));
    host.append(this.root);
    this.lasso = new Lasso(this);
    this.images = new Pictures(this);
    this.painter = choosePainter(this, painter);
    new Hands(this);
    this.tool = 'move';
    new ResizeObserver(() => this.resize()).observe(this.root);
    onTheme(() => {
      this.ink = inks();
      this.redraw();
    });
  }

  // xy: a Float32Array of 2N, NaN where a row has no place yet. Points move to their new places.
  setPoints(xy) {
    const { field, motion } = this;
    const first = !field.placed;
    field.move(xy, motion.t);
    if (!first) motion.morph();
    this.painter.move(field);
    this.painter.recolour(field);
    this.camera.wholeOf(field.bounds);
    if (!this.camera.moved || !field.any(this.camera.box())) this.fit(!first);
    this.reorder();
  }

  // [C, H, W] of the pictures; telling it, even the same, says that they are others from now on.
  get shape() {
    return this.size;
  }

  set shape(shape) {
    this.size = shape;
    this.images.forget();
  }

  // Pixels at each side {top, right, bottom, left} that fit() keeps clear, for what the tab lays there.
  set insets(insets) {
    this.camera.insets = insets;
    if (!this.camera.moved) this.fit(false);
  }

  // What the map is called where it cannot be seen.
  describe(words) {
    this.words = words;
    describe(this);
  }

  // One byte a point, and a palette of 256 times RGBA. A colour with no alpha hides its points.
  setColours(bytes, palette) {
    this.field.recolour(bytes, palette);
    this.painter.recolour(this.field);
    this.reorder();
  }

  // A name for each colour, or null for none at all.
  setNames(names) {
    this.names = names;
    this.reorder();
  }

  // 1 for what a person labelled.
  setRing(bytes) {
    this.field.markAll(RING, (row) => bytes[row], bytes.length);
    this.reorder();
  }

  setChosen(rows) {
    const chosen = new Set(rows);
    this.field.markAll(CHOSEN, (row) => chosen.has(row));
    this.chosen = chosen.size;
    if (!rows.length) this.lasso.clear();
    describe(this);
    this.reorder();
  }

  // The rows that are asked for next, and the one that is asked for now.
  setQueue(rows, current = -1) {
    this.queue = Array.from(rows);
    if (current !== this.current) startPulse(this.pulse);
    this.current = current;
    this.touch();
  }

  select(row) {
    this.selected = row ?? -1;
    describe(this);
    this.touch();
  }

  // Fly to a row, unless it lies well in sight.
  flyTo(row) {
    const place = this.screen(row);
    if (!place) return;
    const { camera, field } = this;
    const scale = Math.max(camera.scale, FLY_TO_ZOOM * camera.whole);
    const [x, y] = [field.to[2 * row], field.to[2 * row + 1]];
    if (camera.sees(place, -0.2) && scale === camera.scale) return;
    camera.moved = true;
    this.fly({ x, y, scale });
  }

  fit(smoothly = true) {
    const { camera, field } = this;
    if (!camera.width) return;
    const place = camera.wholeOf(field.bounds);
    camera.moved = false;
    if (smoothly) this.fly(place);
    else {
      this.motion.land();
      camera.go(place);
      this.redraw();
    }
  }

  fly(place) {
    this.motion.fly(place);
    this.redraw();
  }

  get tool() {
    return this.chosenTool;
  }

  set tool(name) {
    this.chosenTool = name;
    this.top.dataset.tool = name;
    pressTool(this.tools, name);
  }

  // Where a row is, in CSS pixels of the map; null when it has no place.
  screen(row) {
    const { field: { from, to }, camera, motion: { t } } = this;
    const x = from[2 * row] + t * (to[2 * row] - from[2 * row]);
    const y = from[2 * row + 1] + t * (to[2 * row + 1] - from[2 * row + 1]);
    return x === x && y === y ? [camera.px(x), camera.py(y)] : null;
  }

  colour(row) {
    return this.field.shade(this.field.colours[row]);
  }

  pan(dx, dy) {
    this.motion.land();
    this.camera.pan(dx, dy);
    this.redraw();
  }

  step(dx, dy) {
    const { camera } = this;
    const { x, y, scale } = this.motion.goal;
    camera.moved = true;
    this.fly({ x: x - dx / scale, y: y + dy / scale, scale });
  }

  zoom(factor, [px, py]) {
    this.motion.land();
    this.camera.zoom(factor, px, py);
    this.redraw();
  }

  closer(factor) {
    const { camera } = this;
    const { x, y, scale } = this.motion.goal;
    camera.moved = true;
    this.fly({ x, y, scale: camera.within(scale * factor) });
  }

  find([px, py], pixels) {
    const { camera } = this;
    return this.field.nearest(camera.ux(px), camera.uy(py), pixels / camera.scale);
  }

  click(place, pixels) {
    const row = this.find(place, pixels);
    if (this.chosen) this.lassoed(NOBODY, false);
    if (row < 0) return;
    this.select(row);
    this.handlers.selected?.(row);
  }

  hover(row) {
    if (row === this.hovered) return;
    this.hovered = row;
    this.top.classList.toggle('near', row >= 0);
    this.touch();
    this.handlers.hovered?.(row);
  }

  lassoed(rows, additive) {
    this.setChosen(rows);
    this.handlers.lassoed?.(rows, additive);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (!width || !height) return;
    this.ratio = window.devicePixelRatio;
    this.camera.resize(width, height);
    this.top.width = Math.round(width * this.ratio);
    this.top.height = Math.round(height * this.ratio);
    if (!this.camera.moved) this.fit(false);
    this.dirty = true;
    this.paint(performance.now());
  }

  // Another painter, or one that has forgotten everything.
  renew(painter) {
    this.painter = painter;
    painter.move(this.field);
    painter.recolour(this.field);
    this.reorder();
  }

  // Colours or marks changed, and with them what lies above what.
  reorder() {
    this.stale = true;
    this.redraw();
  }

  // Dots and all that lies above, in the next frame.
  redraw() {
    this.dirty = true;
    this.touch();
  }

  // Only what lies above.
  touch() {
    this.frame ||= requestAnimationFrame((now) => {
      this.frame = 0;
      if (!this.root.isConnected || !this.camera.width) return;
      if (this.ratio === window.devicePixelRatio) this.paint(now);
      else this.resize();
    });
  }

  // What colours, marks and places decide.
  arrange() {
    const { field } = this;
    this.painter.order(field.order(), field);
    this.anchors = this.names ? anchors(field, this.names) : [];
    if (this.hovered >= 0 && !field.shown(this.hovered)) this.hover(-1);
  }

  paint(now) {
    const { field, camera, ratio, motion, ink } = this;
    if (motion.advance(now)) this.dirty = true;
    this.dot = dotSize(camera, field.placed);
    if (this.stale) this.arrange();
    if (this.dirty) {
      const crowd = { size: this.dot, chosen: this.chosen, ringed: field.ringed };
      this.painter.paint({ field, camera, ratio, t: motion.t, ink, crowd });
    }
    this.stale = this.dirty = false;
    const context = this.top.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const fading = drawOverlay(context, this);
    const asked = this.screen(this.current);
    placePulse(this.pulse, asked && camera.sees(asked, 0) ? asked : null, this.images.side / 2 || this.dot / 2 + 5);
    this.frames += 1;
    describe(this);
    if (motion.busy) this.redraw();
    else if (fading) this.touch();
  }
}
