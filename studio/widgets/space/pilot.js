// What hands do while the view has the focus: keys, drags, and buttons that are held.

const HELD = {
  w: ['thrust', 1], s: ['brake', 1], x: ['thrust', -1],
  ArrowUp: ['pitch', 1], ArrowDown: ['pitch', -1],
  ArrowLeft: ['yaw', -1], ArrowRight: ['yaw', 1], a: ['yaw', -1], d: ['yaw', 1],
  q: ['roll', -1], e: ['roll', 1],
};
const RADIANS_A_PIXEL = 0.005;

export class Pilot {
  constructor(element, flight, actions) {
    Object.assign(this, { element, flight, actions });
    this.held = new Map();
    element.addEventListener('keydown', (event) => this.down(event));
    element.addEventListener('keyup', (event) => this.release(name(event)));
    element.addEventListener('blur', () => this.releaseAll());
    element.addEventListener('pointerdown', (event) => this.grab(event));
    element.addEventListener('pointermove', (event) => this.drag(event));
    for (const type of ['pointerup', 'pointercancel']) {
      element.addEventListener(type, () => { this.last = null; });
    }
  }

  down(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = name(event);
    if (HELD[key]) {
      event.preventDefault();
      this.hold(key, ...HELD[key]);
      return;
    }
    const action = this.action(key);
    if (!action) return;
    event.preventDefault();
    if (!event.repeat) action();
  }

  action(key) {
    const { flight, actions } = this;
    if (/^[0-9]$/.test(key)) return () => flight.warpToDigit(Number(key));
    const single = {
      ' ': () => flight.auto.toggle(),
      r: () => flight.warpToCharted(),
      g: () => actions.mode('grid'),
      t: () => actions.mode('tunnel'),
      m: () => actions.map(),
      f: () => actions.full(),
      l: () => flight.level(),
      b: () => flight.waypoints.drop(flight.z),
      '?': () => actions.help(),
      Escape: actions.helping() ? () => actions.help() : null,
    };
    return single[key];
  }

  hold(key, control, amount) {
    const fresh = !this.held.has(key);
    this.held.set(key, [control, amount]);
    this.apply();
    // A short press acts too, though it may be over before the next frame.
    if (fresh) this.flight.advance(1 / 60);
  }

  release(key) {
    if (this.held.delete(key)) this.apply();
  }

  releaseAll() {
    this.held.clear();
    this.apply();
  }

  apply() {
    const controls = { thrust: 0, brake: 0, pitch: 0, yaw: 0, roll: 0 };
    for (const [control, amount] of this.held.values()) controls[control] += amount;
    this.flight.controls = controls;
  }

  grab(event) {
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.last = [event.clientX, event.clientY];
  }

  drag(event) {
    if (!this.last) return;
    const [dx, dy] = [event.clientX - this.last[0], event.clientY - this.last[1]];
    this.last = [event.clientX, event.clientY];
    this.flight.steer(-dy * RADIANS_A_PIXEL, dx * RADIANS_A_PIXEL);
  }
}

// Letters whatever the shift key says; the question mark needs it.
const name = (event) => (/^[A-Z]$/.test(event.key) ? event.key.toLowerCase() : event.key);
