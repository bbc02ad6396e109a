// The stations of the tunnel: rings of places at equal distances along the way ahead, each of six
// around it, and which of their pictures are still wanted. The geometry is that of the latent space
// itself: a wall shows what lies where the wall is.

export const RINGS = 14;
export const PANELS = 6;
export const END = 6;
// Rings beyond the last that is seen, decoded before they come into sight.
const LEAD = 3;
export const SLOTS = RINGS + LEAD;
const SETTLED = 4;
// How far a ring is drawn to the side at most, and how far ahead at least, as shares of its distance.
const MOST_BEND = 0.3;
const STRAIGHT = 0.7;

export class Stations {
  constructor(flight) {
    this.flight = flight;
    this.clear();
  }

  clear() {
    this.slots = Array.from({ length: SLOTS }, () => ({ id: null, rounds: 0, asked: 0, charted: null }));
    this.turn = 0;
  }

  // Distance between rings, in latent units; the tunnel is as wide as that.
  get spacing() {
    return this.flight.view.spread * this.flight.space.side;
  }

  get first() {
    return Math.floor(this.flight.odometer / this.spacing);
  }

  // How far ahead the end is, as a share of the flown path.
  get reach() {
    return this.flight.auto.shareOf(END * this.spacing);
  }

  place(id) {
    return ((id % SLOTS) + SLOTS) % SLOTS;
  }

  slot(id) {
    return this.slots[this.place(id)];
  }

  distance(id) {
    return id * this.spacing - this.flight.odometer;
  }

  // Where the way is at a distance ahead, in the ship's axes: [right, up, forward] in latent units.
  ahead(distance) {
    const { auto, ship, space } = this.flight;
    if (!auto.playing) {
      const pace = Math.max(Math.hypot(...ship.velocity), (0.4 * space.ship.thrust) / space.ship.drag);
      const bend = (0.35 * distance * distance) / pace;
      const cut = (v) => Math.max(-1.2, Math.min(1.2, v));
      return [bend * cut(ship.rates[1]), bend * cut(ship.rates[0]), distance];
    }
    const point = auto.pointAt(auto.share + auto.shareOf(distance));
    const way = point.map((v, d) => v - ship.position[d]);
    const seen = this.axes.map((a) => a[0] * way[0] + a[1] * way[1] + a[2] * way[2]);
    // Where the path turns back it would cross the viewer.
    return [seen[0], seen[1], Math.max(seen[2], 0.25 * distance)];
  }

  // Where it is drawn: a path that bends sharply is straightened, or its walls would close the view.
  // The pictures are those of the path itself.
  seen(distance) {
    const [r, u, f] = this.ahead(distance);
    if (!this.flight.auto.playing) return [r, u, f];
    const away = Math.max(f, STRAIGHT * distance);
    const share = Math.min(1, (MOST_BEND * Math.max(0, away)) / Math.max(Math.hypot(r, u), 1e-9));
    return [r * share, u * share, away];
  }

  // The next rings to decode, at most so many; null when all pictures are as they should be.
  wish(most) {
    const { flight } = this;
    this.axes = flight.axes();
    const pose = [...flight.ship.position, ...flight.ship.attitude].map((v) => v.toFixed(3)).join();
    const { playing, path } = flight.auto;
    // Another way ahead, or another width: what was decoded shows other places.
    const way = playing ? path : null;
    const moved = way !== this.way || this.spacing !== this.width || (pose !== this.pose && !playing);
    if (moved) for (const slot of this.slots) slot.rounds = 0;
    Object.assign(this, { pose, way, width: this.spacing });
    const ids = Array.from({ length: SLOTS }, (_, i) => this.first + i);
    const wanted = ids
      .filter((id) => this.slot(id).id !== id || this.slot(id).rounds < SETTLED)
      .sort((a, b) => this.age(a) - this.age(b))
      .slice(0, most);
    if (!wanted.length && pose === this.still) return null;
    this.still = pose;
    this.turn += 1;
    for (const id of wanted) this.slot(id).asked = this.turn;
    return wanted;
  }

  age(id) {
    return this.slot(id).id === id ? this.slot(id).asked : -1;
  }

  endCode() {
    return this.flight.toLatent(this.point(this.ahead(END * this.spacing)));
  }

  // The codes of the pictures of rings, six a ring.
  codes(rings) {
    return rings.flatMap((id) => {
      const [r, u, f] = this.ahead(this.distance(id) + this.spacing / 2);
      return Array.from({ length: PANELS }, (_, m) => {
        const [across, up] = panel(m);
        return this.flight.toLatent(this.point([r + across * this.spacing, u + up * this.spacing, f]));
      });
    });
  }

  point([r, u, f]) {
    const { position } = this.flight.ship;
    return position.map((v, d) => v + r * this.axes[0][d] + u * this.axes[1][d] + f * this.axes[2][d]);
  }
}

// The middle of a wall of the hexagon, whose first wall is the floor.
export function panel(m) {
  const angle = ((m - 1.5) * 2 * Math.PI) / PANELS;
  return [0.866 * Math.cos(angle), 0.866 * Math.sin(angle)];
}
