// The ship by hand without keys: a pad for the nose, buttons for thrust and brake, and sliders for
// where the ship is and how it lies. The sliders follow the ship.

import { holdable } from './holdable.js';
import { attitudeOf, anglesOf } from './angles.js';
import { button, fold, make, slider } from '../scene/parts.js';

const PAD = [
  ['roll -1', '⟲', 'Roll left (Q)'], ['pitch 1', '↑', 'Nose up (arrow up)'], ['roll 1', '⟳', 'Roll right (E)'],
  ['yaw -1', '←', 'Nose left (arrow left)'], null, ['yaw 1', '→', 'Nose right (arrow right)'],
  ['thrust -1', 'back', 'Thrust backward (X)'], ['pitch -1', '↓', 'Nose down (arrow down)'], ['brake 1', 'brake', 'Brake (S)'],
];
const ANGLES = [['pitch', 90], ['heading', 180], ['roll', 180]];
const DEGREE = Math.PI / 180;

export class Stick {
  constructor(flight) {
    this.flight = flight;
    this.section = fold('Fly by hand', this.pad(), this.places());
    this.section.classList.add('stick');
    // A finger has no keys; it gets the pad at once.
    this.section.open = window.matchMedia('(pointer: coarse)').matches;
    for (const type of ['about', 'view']) flight.on(type, () => this.measure());
    if (flight.space) this.measure();
  }

  pad() {
    const { flight } = this;
    const held = ([hold, text, title]) => {
      const made = button(text, title, () => {}, { 'data-hold': hold });
      made.setAttribute('aria-label', title);
      holdable(made, flight);
      return made;
    };
    const middle = button('level', 'Roll the ship level (L)', () => flight.level(), { 'data-go': 'level' });
    const nose = make('div', { className: 'pad', role: 'group', 'aria-label': 'Turn the ship' },
      ...PAD.map((one) => (one ? held(one) : middle)));
    const thrust = held(['thrust 1', 'thrust', 'Thrust (W)']);
    thrust.classList.add('thrust');
    nose.append(thrust);
    return nose;
  }

  places() {
    const put = (d) => (value) => {
      const position = [...this.flight.ship.position];
      position[d] = value;
      this.flight.put({ position });
    };
    this.axes = [0, 1, 2].map((d) => slider(`axis ${d + 1}`, {
      min: -1, max: 1, step: 'any', value: 0, words: (v) => v.toFixed(2),
    }, put(d)));
    this.angles = ANGLES.map(([name, most], i) => slider(name, {
      min: -most, max: most, step: 1, value: 0, words: (v) => `${Math.round(v)}°`,
    }, (value) => this.turn(i, value)));
    const rows = [...this.axes, ...this.angles].map(({ row }) => row);
    this.place = fold('Place', ...rows);
    this.place.classList.add('place');
    return this.place;
  }

  turn(i, degrees) {
    const angles = this.shown();
    angles[i] = degrees;
    this.flight.put({ attitude: attitudeOf(...angles.map((v) => v * DEGREE)) });
  }

  // While one angle is moved the others stay, though looking straight up they cannot be told apart.
  shown() {
    return this.angles.map(({ input }) => Number(input.value));
  }

  measure() {
    const { space } = this.flight;
    if (!space) return;
    const { low, high, margin } = space.ship;
    this.axes.forEach(({ row, input }, d) => {
      Object.assign(input, { min: low[d] - margin, max: high[d] + margin });
      input.setAttribute('aria-label', `Position along ${space.names[d]}`);
      row.querySelector('span').textContent = space.names[d];
    });
  }

  // Called a few times a second.
  follow() {
    const { ship, space } = this.flight;
    if (!space || !this.section.open || !this.place.open) return;
    this.axes.forEach((one, d) => follow(one, ship.position[d]));
    if (this.angles.some(({ input }) => input.matches(':active'))) return;
    const angles = anglesOf(ship.attitude).map((v) => Math.round(v / DEGREE));
    const same = attitudeOf(...this.shown().map((v) => v * DEGREE));
    // Two sets of angles may be one attitude; those that a hand has set stay.
    if (alike(same, ship.attitude)) return;
    this.angles.forEach((one, i) => follow(one, angles[i]));
  }
}

function follow({ input, show }, value) {
  if (!input.matches(':active') && Number(input.value) !== value) show(value);
}

const alike = (p, q) => Math.abs(p.reduce((sum, v, i) => sum + v * q[i], 0)) > 1 - 2e-5;
