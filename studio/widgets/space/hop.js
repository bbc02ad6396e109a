// A hop: from a code to another from rest to rest, as `warp` of models/latent/flight/shapes.py does.

import { slerp } from './quaternion.js';

const SECONDS = 0.9;
const LEAST = 1e-3;

// `then` is called on arrival.
export function hopTo(flight, z, then) {
  flight.auto.pause();
  const from = flight.z;
  flight.auto.z = null;
  const to = Float32Array.from(z);
  const goal = flight.fromLatent(to);
  const { attitude, position } = flight.ship;
  const near = Math.hypot(...goal.map((v, d) => v - position[d])) < LEAST;
  const still = near || flight.view.calm;
  flight.hop = { from, to, then, at: 0, attitude, facing: still ? attitude : flight.towards(goal) };
  if (still) land(flight);
}

export function hopOn(flight, dt) {
  const { hop } = flight;
  hop.at = Math.min(1, hop.at + dt / SECONDS);
  const u = hop.at;
  const share = u ** 3 * (10 - 15 * u + 6 * u * u);
  const z = hop.from.map((v, d) => v + share * (hop.to[d] - v));
  const before = flight.ship.position;
  const position = flight.fromLatent(z);
  flight.auto.z = z;
  const velocity = position.map((v, d) => (dt > 0 ? (v - before[d]) / dt : 0));
  const attitude = slerp(hop.attitude, hop.facing, Math.min(1, 1.8 * share));
  flight.ship = { position, velocity, attitude, rates: [0, 0, 0] };
  if (u === 1) land(flight);
}

function land(flight) {
  const { to, then, facing } = flight.hop;
  flight.hop = null;
  flight.auto.z = null;
  flight.settle(to);
  flight.ship = { ...flight.ship, attitude: facing, velocity: [0, 0, 0], rates: [0, 0, 0] };
  flight.changed();
  then?.();
}
