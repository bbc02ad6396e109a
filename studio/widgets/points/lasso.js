// The lasso: a line drawn by hand, the points inside it counted while it is drawn.

const BANDS = 64;
const CORNERS = 48;

export class Lasso {
  constructor(map) {
    this.map = map;
    this.clear();
  }

  // Places are kept in the points' own units: the line stays with them when the map moves.
  start(place) {
    this.clear();
    this.drawing = true;
    this.line = [this.units(place)];
  }

  // A ring instead of a line by hand.
  round([px, py], radius) {
    this.start([px + radius, py]);
    for (let i = 1; i < CORNERS; i += 1) {
      const angle = (2 * Math.PI * i) / CORNERS;
      this.line.push(this.units([px + radius * Math.cos(angle), py + radius * Math.sin(angle)]));
    }
  }

  units([px, py]) {
    return [this.map.camera.ux(px), this.map.camera.uy(py)];
  }

  add(place, apart) {
    const [x, y] = this.line.at(-1);
    const { camera } = this.map;
    if (Math.hypot(camera.px(x) - place[0], camera.py(y) - place[1]) < apart) return;
    this.line.push(this.units(place));
    this.rows = null;
    this.map.touch();
  }

  // Counted once a frame, however many places the hand passed.
  count() {
    this.rows ??= this.line.length > 2 ? rowsInside(this.map.field, this.line) : new Int32Array(0);
    return this.rows.length;
  }

  close(additive) {
    this.count();
    const { rows } = this;
    this.drawing = false;
    if (!rows.length) {
      this.clear();
      this.map.handlers.missed?.();
    }
    this.map.lassoed(rows, additive);
  }

  // Given up while it was drawn.
  stop() {
    if (this.drawing) this.clear();
  }

  get busy() {
    return this.drawing || this.map.chosen > 0;
  }

  escape() {
    if (this.drawing) this.clear();
    else this.map.lassoed(new Int32Array(0), false);
  }

  clear() {
    Object.assign(this, { drawing: false, line: [], rows: null });
    this.map.touch?.();
  }
}

// Rows of the field inside a polygon [[x, y], ...] in the points' units, by the even-odd rule. Edges
// are kept by horizontal band, so that a point is held against a few of them only.
export function rowsInside(field, polygon) {
  const [xs, ys] = [polygon.map((p) => p[0]), polygon.map((p) => p[1])];
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  const [y0, y1] = [Math.min(...ys), Math.max(...ys)];
  const band = (y) => Math.max(0, Math.min(BANDS - 1, Math.floor(((y - y0) / (y1 - y0 || 1)) * BANDS)));
  const bands = Array.from({ length: BANDS }, () => []);
  polygon.forEach(([bx, by], i) => {
    const [ax, ay] = polygon[i ? i - 1 : polygon.length - 1];
    for (let b = band(Math.min(ay, by)); b <= band(Math.max(ay, by)); b += 1) bands[b].push(ax, ay, bx, by);
  });
  const found = [];
  field.near(x0, x1, y0, y1, (i) => {
    const [x, y] = [field.to[2 * i], field.to[2 * i + 1]];
    if (x >= x0 && x <= x1 && y >= y0 && y <= y1 && crossings(bands[band(y)], x, y) % 2) found.push(i);
  });
  return Int32Array.from(found).sort();
}

function crossings(edges, x, y) {
  let count = 0;
  for (let e = 0; e < edges.length; e += 4) {
    const [ay, by] = [edges[e + 1], edges[e + 3]];
    if (ay > y === by > y) continue;
    if (x < ((edges[e + 2] - edges[e]) * (y - ay)) / (by - ay) + edges[e]) count += 1;
  }
  return count;
}
