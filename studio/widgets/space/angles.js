// An attitude as three angles in radians, each about what the one before has turned: heading about the
// upright (right is positive), then pitch (up), then roll (right wing down).

import { FORWARD, RIGHT, UP, conjugate, fromAxisAngle, multiply, normalised, rotate } from './quaternion.js';

const BACKWARD = [0, 0, 1];
// Nearer to straight up or down heading and roll are one and the same.
const UPRIGHT = 1e-6;

export function attitudeOf(pitch, heading, roll) {
  return normalised(multiply(unrolled(pitch, heading), fromAxisAngle(BACKWARD, -roll)));
}

// [pitch, heading, roll]
export function anglesOf(attitude) {
  const [x, y, z] = rotate(attitude, FORWARD);
  const level = Math.hypot(x, z);
  const pitch = Math.atan2(y, level);
  const heading = level > UPRIGHT ? Math.atan2(x, -z) : 0;
  const rest = multiply(conjugate(unrolled(pitch, heading)), attitude);
  const roll = -2 * Math.atan2(rest[3], rest[0]);
  return [pitch, heading, roll - 2 * Math.PI * Math.round(roll / (2 * Math.PI))];
}

function unrolled(pitch, heading) {
  return multiply(fromAxisAngle(UP, -heading), fromAxisAngle(RIGHT, pitch));
}
