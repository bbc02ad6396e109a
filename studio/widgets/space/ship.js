// The ship, step for step as in models/latent/flight/ship.py, whose docstring has the equations.
// The constants come from there as data.

import { FORWARD, IDENTITY, rotate, turned } from './quaternion.js';

export const AT_REST = {
  position: [0, 0, 0], velocity: [0, 0, 0], attitude: IDENTITY, rates: [0, 0, 0],
};

export function step(state, controls, dt, config) {
  const whole = cut(dt, 0, config.longest);
  const parts = Math.ceil(whole / config.substep - 1e-9);
  for (let i = 0; i < parts; i += 1) state = substep(state, controls, whole / parts, config);
  return state;
}

// Turn at once by angles in radians, as a hand that drags the view does.
export function turn(state, pitch, yaw, roll) {
  return { ...state, attitude: turned(state.attitude, pitch, yaw, roll) };
}

function substep(state, controls, h, config) {
  const [rates, angles] = turning(state, controls, h, config);
  const middle = turned(state.attitude, angles[0] / 2, angles[1] / 2, angles[2] / 2);
  const [position, velocity] = moving(state, rotate(middle, FORWARD), controls, h, config);
  return { position, velocity, attitude: turned(state.attitude, ...angles), rates };
}

function turning(state, controls, h, config) {
  const kept = Math.exp(-h / config.lag);
  const targets = [
    cut(controls.pitch, -1, 1) * config.pitch_rate,
    cut(controls.yaw, -1, 1) * config.yaw_rate,
    cut(controls.roll, -1, 1) * config.roll_rate,
  ];
  const rates = state.rates.map((rate, i) => targets[i] + (rate - targets[i]) * kept);
  const angles = state.rates.map(
    (rate, i) => targets[i] * h + (rate - targets[i]) * config.lag * (1 - kept),
  );
  return [rates, angles];
}

function moving(state, forward, controls, h, config) {
  const thrust = cut(controls.thrust, -1, 1) * config.thrust;
  const drag = config.drag + cut(controls.brake, 0, 1) * config.brake;
  const speed = Math.hypot(...state.velocity);
  const slower = Math.min(1, config.fastest / Math.max(speed, config.fastest));
  const [position, velocity] = [[], []];
  for (let axis = 0; axis < 3; axis += 1) {
    const [low, high] = [config.low[axis], config.high[axis]];
    const [least, most] = [low - config.margin, high + config.margin];
    let v = state.velocity[axis] * slower;
    let x = cut(state.position[axis], least, most) + (v * h) / 2;
    const excess = x - cut(x, low, high);
    const c = drag + (excess ? 2 * Math.sqrt(config.spring) : 0);
    v = v * Math.exp(-c * h)
      - (thrust * forward[axis] - config.spring * excess) * (Math.expm1(-c * h) / c);
    x += (v * h) / 2;
    const inside = cut(x, least, most);
    position.push(inside);
    velocity.push(x === inside ? v : 0);
  }
  return [position, velocity];
}

function cut(value, low, high) {
  return Math.min(Math.max(Number.isNaN(value) || value === undefined ? 0 : value, low), high);
}
