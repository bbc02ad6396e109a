// What hands do: keys and drags while the view has the focus, and buttons that act while they are held.

import { holdable } from './holdable.js';

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
    element.addEventListener('keydown', (event) => this.down(event));
    element.addEventListener('keyup', (event) => flight.held.release(name(event)));
    element.addEventListener('blur', () => flight.held.releaseAll());
    window.addEventListener('blur', () => flight.held.releaseAll());
    element.addEventListener('pointerdown', (event) => this.grab(event));
    element.addEventListener('pointermove', (event) => this.drag(event));
    for (const type of ['pointerup', 'pointercancel']) {
      element.addEventListener(type, (event) => this.drop(event));
    }
    const root = element.closest('.space');
    for (const button of root.querySelectorAll('[data-hold]')) holdable(button, flight);
    // A press of the mouse on a button leaves the keys with the view.
    for (const bar of root.querySelectorAll('.bar')) {
      bar.addEventListener('mousedown', (event) => event.preventDefault());
    }
  }

  down(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = name(event);
    if (HELD[key]) {
      event.preventDefault();
      this.begun();
      this.flight.held.hold(key, ...HELD[key]);
      return;
    }
    const action = this.action(key, event);
    if (!action) return;
    event.preventDefault();
    this.begun();
    if (!event.repeat) action();
  }

  // The view tells newcomers how to fly until they do.
  begun() {
    this.element.closest('.space').dataset.begun = 'yes';
  }

  action(key, { code, shiftKey }) {
    const { flight, actions } = this;
    // With shift the digits have other names, on every keyboard different ones.
    const [, digit] = /^(?:Digit|Numpad)([0-9])$/.exec(code) ?? [];
    if (digit > 0 && shiftKey) return () => flight.hopToWaypoint(Number(digit));
    if (/^[0-9]$/.test(key)) return () => flight.warpToDigit(Number(key));
    const single = {
      ' ': () => flight.auto.toggle(),
      r: () => flight.warpToCharted(),
      g: () => actions.mode('grid'),
      t: () => actions.mode('tunnel'),
      m: () => actions.map(),
      f: () => actions.full(),
      l: () => flight.level(),
      b: () => flight.space && flight.waypoints.drop(flight.z),
      v: () => flight.emit('record'),
    };
    return single[key];
  }

  // One finger steers; a second one does not tear the ship about.
  grab(event) {
    if (this.finger !== undefined || event.button > 0) return;
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.finger = event.pointerId;
    this.last = [event.clientX, event.clientY];
  }

  drag(event) {
    if (event.pointerId !== this.finger) return;
    const [dx, dy] = [event.clientX - this.last[0], event.clientY - this.last[1]];
    this.last = [event.clientX, event.clientY];
    this.begun();
    this.flight.steer(-dy * RADIANS_A_PIXEL, dx * RADIANS_A_PIXEL);
  }

  drop(event) {
    if (event.pointerId === this.finger) this.finger = undefined;
  }
}

// Letters whatever the shift key says; the question mark needs it.
const name = (event) => (/^[A-Z]$/.test(event.key) ? event.key.toLowerCase() : event.key);
