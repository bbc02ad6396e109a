// Controls that act while something is held: keys, and buttons under a mouse, a finger, Enter or Space.

const NUDGE_MS = 250;

// What is held at this moment, and the controls that it amounts to.
export class Held {
  constructor(flight) {
    this.flight = flight;
    this.held = new Map();
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
}

// Make a button with data-hold="control amount" act while it is held.
export function holdable(button, { held }) {
  const [control, amount] = button.dataset.hold.split(' ');
  const key = `button ${control} ${amount}`;
  const begin = () => held.hold(key, control, Number(amount));
  const end = () => held.release(key);
  button.addEventListener('pointerdown', (event) => {
    if (event.button > 0) return;
    // The finger may leave the button; only its lifting ends the press.
    button.setPointerCapture(event.pointerId);
    begin();
  });
  for (const type of ['pointerup', 'pointercancel', 'lostpointercapture', 'blur']) {
    button.addEventListener(type, end);
  }
  for (const [type, act] of [['keydown', begin], ['keyup', end]]) {
    button.addEventListener(type, (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      if (!event.repeat) act();
    });
  }
  // A click with neither finger nor key comes from a screen reader: it is a short press.
  button.addEventListener('click', (event) => {
    if (event.detail !== 0) return;
    begin();
    setTimeout(end, NUDGE_MS);
  });
  button.addEventListener('contextmenu', (event) => event.preventDefault());
}
