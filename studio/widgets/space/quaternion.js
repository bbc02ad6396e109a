// Attitudes as unit quaternions [w, x, y, z], function for function as in
// models/latent/flight/quaternion.py. The ship's axes: right x, up y, forward -z.

export const IDENTITY = [1, 0, 0, 0];
export const RIGHT = [1, 0, 0];
export const UP = [0, 1, 0];
export const FORWARD = [0, 0, -1];

const TINY = 1e-12;

export const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const cross = (a, b) => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

export function multiply([pw, px, py, pz], [qw, qx, qy, qz]) {
  return [
    pw * qw - px * qx - py * qy - pz * qz,
    pw * qx + px * qw + py * qz - pz * qy,
    pw * qy - px * qz + py * qw + pz * qx,
    pw * qz + px * qy - py * qx + pz * qw,
  ];
}

export function normalised(q) {
  const size = Math.hypot(...q);
  if (!(size > TINY && size < Infinity)) return IDENTITY;
  return q.map((v) => v / size);
}

export const conjugate = (q) => [q[0], -q[1], -q[2], -q[3]];

export function rotate(q, v) {
  const [w, u] = [q[0], [q[1], q[2], q[3]]];
  const a = cross(u, v);
  const b = cross(u, a);
  return [0, 1, 2].map((d) => v[d] + 2 * (w * a[d] + b[d]));
}

export function fromAxisAngle(axis, angle) {
  const size = Math.hypot(...axis);
  if (size < TINY) return IDENTITY;
  const share = Math.sin(angle / 2) / size;
  return [Math.cos(angle / 2), axis[0] * share, axis[1] * share, axis[2] * share];
}

// About the ship's own axes: positive pitch lifts the nose, yaw turns it right, roll lowers the
// right wing.
export function turned(attitude, pitch, yaw, roll) {
  const axis = [pitch, -yaw, -roll];
  return normalised(multiply(attitude, fromAxisAngle(axis, Math.hypot(...axis))));
}

// The least rotation that turns the direction of `a` into that of `b`.
export function between(a, b) {
  const scale = Math.hypot(...a) * Math.hypot(...b);
  if (!(scale > TINY && scale < Infinity)) return IDENTITY;
  const w = scale + dot(a, b);
  if (w < 1e-9 * scale) return fromAxisAngle(across(a), Math.PI);
  return normalised([w, ...cross(a, b)]);
}

// An attitude turned the least way so that its nose points along `way`.
export function noseInto(attitude, way) {
  return normalised(multiply(between(rotate(attitude, FORWARD), way), attitude));
}

// A share of the way from one attitude to another, the short way round.
export function slerp(a, b, share) {
  const turn = multiply(conjugate(a), b);
  const [w, ...axis] = turn[0] < 0 ? turn.map((v) => -v) : turn;
  const angle = 2 * Math.atan2(Math.hypot(...axis), w);
  return normalised(multiply(a, fromAxisAngle(axis, share * angle)));
}

// Rows: what right, up and forward of an attitude are in the space.
export function basis(q) {
  return [rotate(q, RIGHT), rotate(q, UP), rotate(q, FORWARD)];
}

function across(a) {
  const sizes = a.map(Math.abs);
  const least = sizes.indexOf(Math.min(...sizes));
  return cross(a, [0, 1, 2].map((d) => Number(d === least)));
}
