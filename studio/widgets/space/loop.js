// One loop at the display's rate: it flies the ship, asks for pictures, and draws what there is.
// It never waits for a picture.

const REST_MS = 400;
const LONGEST_STEP = 0.25;

export class Loop {
  constructor(view, { flight, feed, painter, hud, canvas }) {
    Object.assign(this, { view, flight, feed, painter, hud, canvas });
    this.visible = true;
    this.busy = 0;
    flight.on('about', () => this.stir());
    for (const type of ['stars', 'view', 'path', 'waypoints']) flight.on(type, () => this.stir());
    new IntersectionObserver((entries) => { this.visible = entries.at(-1).isIntersecting; }).observe(view.root);
    requestAnimationFrame((now) => this.run(now));
  }

  // Something else than the ship's place has changed.
  stir() {
    this.pose = null;
  }

  run(now) {
    if (!this.view.root.isConnected) {
      this.feed.close();
      return;
    }
    requestAnimationFrame((next) => this.run(next));
    const dt = Math.min(LONGEST_STEP, Math.max(0, (now - (this.last ?? now)) / 1000));
    this.last = now;
    if (!this.visible || !this.painter.width || !this.flight.space) return;
    const begun = performance.now();
    this.flight.advance(dt);
    this.feed.ask();
    const drawn = this.stirs(now);
    if (drawn) this.painter.draw(this.feed.current(begun), dt);
    this.busy = 0.9 * this.busy + 0.1 * (performance.now() - begun);
    this.hud.tick(now, drawn);
    this.tell();
  }

  // Whether anything has changed of late; a view at rest costs nothing.
  stirs(now) {
    const { position, attitude } = this.flight.ship;
    const pose = `${position} ${attitude} ${this.feed.arrived} ${this.painter.width} ${this.painter.height}`;
    if (pose !== this.pose) this.stirred = now;
    this.pose = pose;
    return now - this.stirred < REST_MS;
  }

  // For tests and benchmarks.
  tell() {
    Object.assign(this.canvas.dataset, {
      frames: this.painter.frames,
      busyMs: this.busy.toFixed(2),
      x: this.flight.ship.position.map((v) => v.toFixed(4)).join(),
      q: this.flight.ship.attitude.map((v) => v.toFixed(4)).join(),
      decoded: this.feed.newest ? 'yes' : 'no',
      stars: this.flight.stars?.count ?? 0,
    });
  }
}
