// Moves a share from 0 to 1 as time goes by: forth and back, or from the beginning again.

import { reducedMotion } from '../scene/scene.js';

const GLIDE_MS = 320;

export class Player {
  // plan() gives {seconds: of one pass, bounce}; moved(share) follows, halted() hears of the end.
  constructor(plan, moved, halted) {
    Object.assign(this, { plan, moved, halted, share: 0, way: 1, timer: 0, playing: false });
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    this.stop();
    this.playing = true;
    if (this.share >= 1) {
      if (this.plan().bounce) this.way = -1;
      else this.share = 0;
    }
    let last = performance.now();
    const step = (now) => {
      if (!this.playing) return;
      this.timer = requestAnimationFrame(step);
      // A frame's time can lie a little before the moment it was asked for.
      this.advance(Math.max(0, now - last) / 1000);
      last = Math.max(last, now);
    };
    this.timer = requestAnimationFrame(step);
    this.halted();
  }

  advance(passed) {
    const { seconds, bounce } = this.plan();
    // After a pause of the page it goes on where it was.
    let share = this.share + this.way * Math.min(0.25, passed) / seconds;
    if (!bounce) share %= 1;
    else if (share > 1) [share, this.way] = [2 - share, -1];
    else if (share < 0) [share, this.way] = [-share, 1];
    if (!bounce) this.way = 1;
    this.set(share < 0 ? share + 1 : share);
  }

  pause() {
    if (!this.playing) return;
    this.stop();
    this.halted();
  }

  stop() {
    cancelAnimationFrame(this.timer);
    this.playing = false;
  }

  set(share) {
    this.share = Math.min(1, Math.max(0, share));
    this.moved(this.share);
  }

  // Go to a share at once, as a hand does.
  put(share) {
    this.pause();
    this.stop();
    this.set(share);
  }

  // Go there so that the eye can follow.
  glide(target) {
    this.pause();
    this.stop();
    if (reducedMotion()) return void this.set(target);
    const [from, start] = [this.share, performance.now()];
    const step = (now) => {
      const t = Math.min(1, Math.max(0, now - start) / GLIDE_MS);
      this.set(from + t * t * (3 - 2 * t) * (target - from));
      if (t < 1) this.timer = requestAnimationFrame(step);
    };
    this.timer = requestAnimationFrame(step);
  }
}
