// What is filmed, as poses at equal times: the code {z} where the ship is and its attitude {q}.

import { LOOK_AHEAD, TURN_SECONDS } from './autopilot.js';
import { neighbourhood } from './neighbourhood.js';
import { IDENTITY, basis, noseInto, slerp } from './quaternion.js';

export const MOST_FRAMES = 3600;
export const FLOWN_SECONDS = 60;

// The view flies at most this far in one drawn frame, so a pause of the page is no pause of the flight.
const LONGEST_STEP = 0.25;

// A flight by hand: whenever the page draws, the poses since the last time are laid evenly between.
export class Reel {
  constructor(fps, most = FLOWN_SECONDS * fps) {
    Object.assign(this, { fps, most, poses: [], seconds: 0, last: null, at: null });
  }

  get full() {
    return this.poses.length >= this.most;
  }

  // The pose at a time in milliseconds.
  take(now, z, q) {
    const pose = { z: Float32Array.from(z), q };
    const { last, seconds: begin } = this;
    const step = this.at === null ? 0 : Math.min(LONGEST_STEP, Math.max(0, (now - this.at) / 1000));
    this.seconds += step;
    for (let t = this.poses.length / this.fps; t <= this.seconds && !this.full; t = this.poses.length / this.fps) {
      this.poses.push(last ? mix(last, pose, step ? (t - begin) / step : 1) : pose);
    }
    Object.assign(this, { last: pose, at: now });
  }
}

function mix(a, b, share) {
  return { z: a.z.map((v, d) => v + share * (b.z[d] - v)), q: slerp(a.q, b.q, share) };
}

// How long the autopilot's path takes at its speed: one pass, there and back where it goes back.
export function pathSeconds({ auto }) {
  const { path, plan } = auto;
  return path ? (rounds(auto) * path.length) / Math.max(plan.speed * auto.flight.space.side, 1e-9) : 0;
}

function rounds({ path, plan }) {
  return plan.loop && !path.closed ? 2 : 1;
}

export function pathFrames(flight, fps) {
  return Math.max(2, Math.round(pathSeconds(flight) * fps));
}

// The autopilot's path as poses; the last one of a loop leads on to the first.
export function alongPath(flight, fps) {
  const { auto } = flight;
  const count = pathFrames(flight, fps);
  const apart = rounds(auto) / (auto.plan.loop ? count : count - 1);
  const turning = Math.min(1, 1 / fps / TURN_SECONDS);
  const shares = Array.from({ length: count }, (_, i) => i * apart);
  let q = facing(auto, 0, IDENTITY);
  const turn = (share) => {
    q = slerp(q, facing(auto, share, q), turning);
    return q;
  };
  // Flown once before, so that a loop begins with the attitude it ends with.
  if (auto.plan.loop) shares.forEach(turn);
  return shares.map((share) => ({ z: auto.codeAt(share), q: turn(share) }));
}

function facing(auto, share, q) {
  const [here, ahead] = [auto.pointAt(share), auto.pointAt(share + LOOK_AHEAD)];
  const way = ahead.map((v, d) => v - here[d]);
  return noseInto(q, way);
}

// The codes of all pictures of all frames: of each pose itself, or of the grid around it.
export function codesOf(poses, space, grid) {
  const parts = poses.map(({ z, q }) => neighbourhood(z, basis(q), space, grid));
  const codes = new Float32Array(parts.length * parts[0].length);
  parts.forEach((part, i) => codes.set(part, i * part.length));
  return codes;
}
