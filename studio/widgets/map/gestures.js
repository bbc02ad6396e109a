// What pointers do on the map. Explore: hover previews, drag moves. Pan and lasso by tool, or with
// the right button and Shift. Wheel and two fingers zoom. Without a pointer a lasso is a ring around
// the position.

const HANDLE_PIXELS = 14;
const CLICK_PIXELS = 4;
const RING_PIXELS = 60;
const RING_STEP = 1.25;
const CORNERS = 48;

export class Gestures {
  constructor(map) {
    this.map = map;
    this.tool = 'explore';
    this.pointers = new Map();
    this.drag = null;
    const top = map.top;
    top.addEventListener('pointerdown', (event) => this.down(event));
    top.addEventListener('pointermove', (event) => this.move(event));
    top.addEventListener('pointerup', (event) => this.up(event));
    top.addEventListener('pointercancel', (event) => this.up(event));
    top.addEventListener('pointerleave', () => this.leave());
    top.addEventListener('contextmenu', (event) => event.preventDefault());
    top.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    top.addEventListener('keydown', (event) => this.key(event));
    top.addEventListener('blur', () => this.ringOff());
    for (const type of ['move', 'zoom']) map.scene.on(type, () => this.ringed());
    for (const button of map.root.querySelectorAll('[data-tool]')) {
      button.addEventListener('click', () => this.choose(button.dataset.tool));
    }
    for (const button of map.root.querySelectorAll('[data-zoom]')) {
      button.addEventListener('click', () => this.zoomButton(button.dataset.zoom));
    }
  }

  choose(tool) {
    this.tool = tool;
    this.map.top.dataset.tool = tool;
    for (const button of this.map.root.querySelectorAll('[data-tool]')) {
      button.setAttribute('aria-pressed', button.dataset.tool === tool);
    }
  }

  zoomButton(kind) {
    const { map } = this;
    if (kind === 'fit') return void map.fit();
    map.view.zoom(kind === 'in' ? 1.6 : 1 / 1.6, map.width / 2, map.height / 2);
    map.redraw();
  }

  at(event) {
    const box = this.map.top.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  latent([px, py]) {
    const z = Float32Array.from(this.map.scene.z);
    z[0] = this.map.view.x(px);
    if (z.length > 1) z[1] = this.map.view.y(py);
    return z;
  }

  kind(event, point) {
    if (event.button === 2 || event.button === 1) return 'pan';
    const end = this.handleAt(point);
    if (end) return end;
    if (event.shiftKey) return 'lasso';
    return this.tool;
  }

  // Which end of the path lies under a pixel: 'a', 'b' or null.
  handleAt([px, py]) {
    const { path } = this.map.scene;
    const { view } = this.map;
    if (!path) return null;
    const near = (z) => Math.hypot(view.px(z[0]) - px, view.py(z[1]) - py) < HANDLE_PIXELS;
    return near(path.b) ? 'b' : near(path.a) ? 'a' : null;
  }

  down(event) {
    if (!this.map.scene.about) return;
    const point = this.at(event);
    this.map.top.focus({ preventScroll: true });
    this.map.top.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, point);
    this.map.hovered = -1;
    this.map.scene.previewAt(null);
    if (this.pointers.size === 2) {
      // The first finger of a pinch has moved the position; it goes back.
      if (this.drag?.from) this.map.scene.moveTo(this.drag.from, 'map');
      this.drag = { kind: 'pinch' };
      this.map.polygon = [];
      return;
    }
    this.drag = { kind: this.kind(event, point), last: point, from: this.map.scene.z.slice() };
    if (this.drag.kind === 'lasso') this.map.polygon = [point];
    if (this.drag.kind === 'explore') this.map.scene.moveTo(this.latent(point), 'map');
  }

  move(event) {
    if (!this.map.scene.about) return;
    const point = this.at(event);
    if (!this.drag) return void this.hover(event, point);
    if (this.drag.kind === 'pinch') return void this.pinch(event, point);
    this.pointers.set(event.pointerId, point);
    this.dragTo(point);
    this.drag.last = point;
  }

  hover(event, point) {
    const { map } = this;
    if (event.pointerType === 'touch') return;
    map.hover(...point);
    map.mark();
    map.top.classList.toggle('grab', this.handleAt(point) !== null);
    map.scene.previewAt(this.tool === 'explore' ? this.latent(point) : null);
  }

  dragTo(point) {
    const { map } = this;
    const [dx, dy] = [point[0] - this.drag.last[0], point[1] - this.drag.last[1]];
    switch (this.drag.kind) {
      case 'pan':
        map.view.pan(dx, dy);
        map.redraw();
        break;
      case 'rest':
        break;
      case 'lasso':
        map.polygon.push(point);
        map.mark();
        break;
      case 'a':
      case 'b': {
        const z = map.scene.inside(this.latent(point));
        const end = this.drag.kind === 'a' ? 'from' : 'to';
        map.scene.setPath({ [this.drag.kind]: Array.from(z), [end]: 'drawn' });
        map.scene.moveTo(z, 'map');
        break;
      }
      default:
        map.scene.moveTo(this.latent(point), 'map');
    }
  }

  pinch(event, point) {
    const { map } = this;
    const [before, middleBefore] = this.span();
    this.pointers.set(event.pointerId, point);
    const [after, middle] = this.span();
    map.view.pan(middle[0] - middleBefore[0], middle[1] - middleBefore[1]);
    if (before > 0) map.view.zoom(after / before, ...middle);
    map.redraw();
  }

  span() {
    const [[ax, ay], [bx, by]] = [...this.pointers.values()];
    return [Math.hypot(ax - bx, ay - by), [(ax + bx) / 2, (ay + by) / 2]];
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    const { drag, map } = this;
    if (!drag) return;
    if (this.pointers.size) {
      this.drag = { kind: 'rest', last: this.at(event) };
      return;
    }
    this.drag = null;
    if (drag.kind !== 'lasso') return;
    const polygon = map.polygon;
    map.polygon = [];
    if (polygon.length > CLICK_PIXELS) map.pick(polygon);
    map.mark();
  }

  key(event) {
    const { map } = this;
    if (event.ctrlKey || event.metaKey || event.altKey || !map.scene.about) return;
    const nearer = { '+': 1, '=': 1, '-': -1, _: -1 }[event.key];
    if (nearer && this.ring) this.ring = Math.max(8, Math.min(map.height / 2, this.ring * RING_STEP ** nearer));
    else if (nearer) this.zoomButton(nearer > 0 ? 'in' : 'out');
    else if (event.key === 'Home') this.zoomButton('fit');
    else if (event.key === 'Enter' && event.shiftKey && !this.ring) this.ring = RING_PIXELS;
    else if (event.key === 'Enter' && this.ring) this.take();
    else if (event.key === 'Escape' && this.ring) this.ringOff();
    else return;
    event.preventDefault();
    this.ringed();
  }

  take() {
    const { polygon } = this.map;
    this.ringOff();
    this.map.pick(polygon);
  }

  // The ring goes along with the position.
  ringed() {
    const { map } = this;
    if (!this.ring) return;
    const [x, y] = [map.view.px(map.scene.z[0]), map.view.py(map.scene.z[1])];
    map.polygon = Array.from({ length: CORNERS }, (_, i) => {
      const angle = (2 * Math.PI * i) / CORNERS;
      return [x + this.ring * Math.cos(angle), y + this.ring * Math.sin(angle)];
    });
    map.mark();
  }

  ringOff() {
    if (!this.ring) return;
    this.ring = 0;
    this.map.polygon = [];
    this.map.mark();
  }

  leave() {
    if (this.drag) return;
    this.map.hovered = -1;
    this.map.scene.previewAt(null);
  }

  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? 30 * event.deltaY : event.deltaY;
    this.map.view.zoom(Math.exp(-0.0016 * pixels), ...this.at(event));
    this.map.redraw();
  }
}
