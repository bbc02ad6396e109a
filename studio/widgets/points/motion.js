// What moves by itself: points on the way to new places, and the camera on the way to a place.

import { eased, flight } from './flight.js';

const MORPH_MS = 400;
const CALM = window.matchMedia('(prefers-reduced-motion: reduce)');

export class Motion {
  constructor(camera) {
    // `t` is the share of the points' way that lies behind them.
    Object.assign(this, { camera, t: 1, morphing: null, flying: null });
  }

  // Motion that nobody sees, or wants to see, is over at once.
  get still() {
    return CALM.matches || document.hidden;
  }

  morph() {
    this.t = this.still ? 1 : 0;
    this.morphing = this.still ? null : performance.now();
  }

  fly(place) {
    const { camera } = this;
    if (this.still) {
      camera.go(place);
      this.land();
    } else this.flying = { way: flight(camera.place(), place, camera.width), began: performance.now(), end: place };
  }

  // Where the camera is, or will be.
  get goal() {
    return this.flying?.end ?? this.camera.place();
  }

  // The hand has taken over.
  land() {
    this.flying = null;
  }

  get busy() {
    return this.morphing !== null || this.flying !== null;
  }

  // One step; says whether anything moved.
  advance(now) {
    const moved = this.busy;
    if (this.morphing !== null) {
      const share = Math.min(1, Math.max(0, now - this.morphing) / MORPH_MS);
      this.t = eased(share);
      if (share === 1) this.morphing = null;
    }
    if (this.flying) {
      const { way, began, end } = this.flying;
      const share = Math.min(1, Math.max(0, now - began) / way.ms);
      this.camera.go(share < 1 ? way(eased(share)) : end);
      if (share === 1) this.flying = null;
    }
    return moved;
  }
}
