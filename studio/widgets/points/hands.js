// What pointers and keys do on the map. Drag moves, Shift and drag draws a lasso, a click selects; the
// wheel and two fingers zoom. Without a pointer a lasso is a ring around the middle of the map.

const CLICK_PIXELS = 4;
const HOVER_PIXELS = 12;
const REACH_PIXELS = 40;
const STEP_PIXELS = 80;
const LASSO_PIXELS = 3;
const RING_PIXELS = 60;
const RING_STEP = 1.25;
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Hands {
  constructor(map) {
    this.map = map;
    this.pointers = new Map();
    this.drag = null;
    const { top } = map;
    const on = (type, act, options) => top.addEventListener(type, act, options);
    on('pointerdown', (event) => this.down(event));
    on('pointermove', (event) => this.move(event));
    on('pointerup', (event) => this.up(event));
    on('pointercancel', (event) => this.cancel(event));
    on('lostpointercapture', (event) => this.cancel(event));
    on('pointerleave', () => map.hover(-1));
    on('contextmenu', (event) => event.preventDefault());
    on('dblclick', () => map.fit());
    on('wheel', (event) => this.wheel(event), { passive: false });
    on('keydown', (event) => this.key(event));
  }

  at(event) {
    const box = this.map.top.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    const { map } = this;
    const point = this.at(event);
    map.top.focus({ preventScroll: true });
    map.top.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, point);
    map.hover(-1);
    map.motion.land();
    if (this.pointers.size === 2) {
      map.lasso.stop();
      this.drag = { kind: 'pinch' };
      return;
    }
    if (this.pointers.size > 2) return;
    const other = event.button > 0;
    const kind = !other && (event.shiftKey || map.tool === 'lasso') ? 'lasso' : 'pan';
    this.drag = { kind, other, first: point, last: point, far: false };
  }

  move(event) {
    const { map, drag } = this;
    const point = this.at(event);
    map.keyed = false;
    if (!drag) {
      if (event.pointerType !== 'touch') map.hover(map.find(point, HOVER_PIXELS));
      return;
    }
    if (drag.kind === 'pinch') return void this.pinch(event, point);
    if (!this.pointers.has(event.pointerId)) return;
    this.pointers.set(event.pointerId, point);
    if (drag.kind === 'rest') return;
    if (!drag.far && Math.hypot(point[0] - drag.first[0], point[1] - drag.first[1]) < CLICK_PIXELS) return;
    if (drag.kind === 'pan') map.pan(point[0] - drag.last[0], point[1] - drag.last[1]);
    else this.draw(event, point);
    Object.assign(drag, { far: true, last: point });
    map.top.classList.toggle('dragged', drag.kind === 'pan');
  }

  // Every place that the hand passed, not only one a frame.
  draw(event, point) {
    const { lasso } = this.map;
    if (!lasso.drawing) lasso.start(this.drag.first);
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const place of [...passed.map((e) => this.at(e)), point]) lasso.add(place, LASSO_PIXELS);
  }

  pinch(event, point) {
    const { map } = this;
    if (!this.pointers.has(event.pointerId) || this.pointers.size < 2) return;
    const [before, middleBefore] = this.span();
    this.pointers.set(event.pointerId, point);
    const [after, middle] = this.span();
    map.pan(middle[0] - middleBefore[0], middle[1] - middleBefore[1]);
    if (before > 0) map.zoom(after / before, middle);
  }

  span() {
    const [[ax, ay], [bx, by]] = [...this.pointers.values()];
    return [Math.hypot(ax - bx, ay - by), [(ax + bx) / 2, (ay + by) / 2]];
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const { drag, map } = this;
    map.top.classList.remove('dragged');
    if (this.pointers.size) {
      this.drag = { kind: 'rest' };
      return;
    }
    this.drag = null;
    if (drag.kind === 'lasso' && drag.far) {
      map.lasso.close(event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && map.tool === 'lasso'));
    } else if (!drag.far && !drag.other && drag.first) map.click(drag.first, REACH_PIXELS);
  }

  cancel(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    if (!this.pointers.size) this.drag = null;
    this.map.lasso.stop();
    this.map.top.classList.remove('dragged');
  }

  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? 30 * event.deltaY : event.deltaY;
    // A trackpad's pinch comes as a wheel with Ctrl, in small steps.
    const rate = event.ctrlKey ? 0.01 : 0.0018;
    this.map.zoom(Math.exp(-rate * Math.max(-300, Math.min(300, pixels))), this.at(event));
  }

  // Plain arrows are the tab's; with Shift they move the map.
  key(event) {
    const { map } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!map.lasso.drawing) this.ring = 0;
    if (this.ringed(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const arrow = event.shiftKey && ARROWS[event.key];
    const was = map.keyed;
    map.keyed = true;
    if (arrow) map.step(arrow[0] * STEP_PIXELS, arrow[1] * STEP_PIXELS);
    else if (event.key === '+' || event.key === '=') map.closer(1.6);
    else if (event.key === '-' || event.key === '_') map.closer(1 / 1.6);
    else if (event.key === 'Home') map.fit();
    else if (event.key === 'Enter') map.click([map.camera.width / 2, map.camera.height / 2], Infinity);
    else if (event.key === 'Escape' && map.lasso.busy) this.giveUp();
    else {
      map.keyed = was;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  // The keys of a ring: it stays in the middle while the map moves beneath it.
  ringed({ key, shiftKey }) {
    const { map } = this;
    const size = { '+': RING_STEP, '=': RING_STEP, '-': 1 / RING_STEP, _: 1 / RING_STEP }[key];
    if (key === 'Enter' && shiftKey && !map.lasso.drawing) this.ring = RING_PIXELS;
    else if (!this.ring) return false;
    else if (size) this.ring = Math.max(8, Math.min(Math.min(map.camera.width, map.camera.height) / 2, this.ring * size));
    else if (key === 'Enter') {
      this.ring = 0;
      map.lasso.close(shiftKey);
      return true;
    } else if (shiftKey && ARROWS[key]) map.pan(ARROWS[key][0] * STEP_PIXELS / 4, ARROWS[key][1] * STEP_PIXELS / 4);
    else return false;
    map.lasso.round([map.camera.width / 2, map.camera.height / 2], this.ring);
    return true;
  }

  giveUp() {
    const { lasso } = this.map;
    if (lasso.drawing && this.pointers.size) this.drag = { kind: 'rest' };
    lasso.escape();
  }
}
