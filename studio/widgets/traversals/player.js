// The chosen row, played: a dimension swings between its ends, a discrete part goes from class to class.

import { oneHot, placeOf, valueAt } from './parts.js';

const SWEEP_MS = 2600;
const REST_MS = 900;

export class Player {
  constructor(host) {
    Object.assign(this, { host, playing: false });
  }

  toggle() {
    if (this.playing) this.stop();
    else this.play();
  }

  play() {
    const { host } = this;
    if (!host.about) return;
    host.undo.remember();
    host.stop();
    const part = host.about.parts.find(({ name }) => name === host.row);
    this.playing = true;
    host.emit('play', { on: true });
    if (part.discrete) this.step(part);
    else this.swing(part);
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.waiting);
    this.host.emit('play', { on: false });
  }

  // Up and down, at an even pace through the columns, from where the place is.
  swing({ index }) {
    const { host } = this;
    const last = host.grid.columns.length - 1;
    let at = Math.max(0, Math.min(last, placeOf(host.z[index], host.grid.columns)));
    let before = performance.now();
    const frame = (now) => {
      if (document.body.dataset.tab !== host.name) return void this.stop();
      const { columns } = host.grid;
      const span = columns.length - 1;
      at = (at + (Math.max(0, now - before) / SWEEP_MS) * span) % (2 * span);
      before = now;
      this.move(index, valueAt(at <= span ? at : 2 * span - at, columns));
      this.frame = requestAnimationFrame(frame);
    };
    this.frame = requestAnimationFrame(frame);
  }

  move(index, value) {
    const z = this.host.z.slice();
    z[index] = value;
    Object.assign(this.host, { z, looked: null });
    this.host.change();
  }

  step(part) {
    const { host } = this;
    if (document.body.dataset.tab !== host.name) return void this.stop();
    host.flow(oneHot(host.target ?? host.z, part, (host.classOf(part) + 1) % part.classes));
    this.waiting = setTimeout(() => this.step(part), REST_MS);
  }
}
