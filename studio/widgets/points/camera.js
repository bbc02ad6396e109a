// Where the map looks: a centre in the points' own units and CSS pixels a unit; y grows upwards.

const MARGIN = 0.9;
const DEEPEST = 2000;
const FARTHEST = 0.4;

export class Camera {
  constructor() {
    Object.assign(this, { x: 0, y: 0, scale: 1, whole: 1, width: 0, height: 0, moved: false, insets: {} });
  }

  px(x) { return (x - this.x) * this.scale + this.width / 2; }
  py(y) { return this.height / 2 - (y - this.y) * this.scale; }
  ux(px) { return (px - this.width / 2) / this.scale + this.x; }
  uy(py) { return (this.height / 2 - py) / this.scale + this.y; }

  get zoomed() { return this.scale / this.whole; }

  // Whether a place lies in sight, with a margin as a share of the map (less than 0: well inside).
  sees([px, py], margin = 0.05) {
    const [x, y] = [margin * this.width, margin * this.height];
    return px >= -x && py >= -y && px <= this.width + x && py <= this.height + y;
  }

  // The place that shows all of [x0, x1, y0, y1] clear of the insets, which zooming is measured by.
  wholeOf([x0, x1, y0, y1]) {
    if (!this.width) return this.place();
    const { top = 0, right = 0, bottom = 0, left = 0 } = this.insets;
    const [width, height] = [Math.max(50, this.width - left - right), Math.max(50, this.height - top - bottom)];
    this.whole = MARGIN * Math.min(width / (x1 - x0), height / (y1 - y0));
    const [across, down] = [(right - left) / 2 / this.whole, (top - bottom) / 2 / this.whole];
    return { x: (x0 + x1) / 2 + across, y: (y0 + y1) / 2 + down, scale: this.whole };
  }

  // What is in sight: [x0, x1, y0, y1].
  box() {
    const [x, y] = [this.width / 2 / this.scale, this.height / 2 / this.scale];
    return [this.x - x, this.x + x, this.y - y, this.y + y];
  }

  place() {
    return { x: this.x, y: this.y, scale: this.scale };
  }

  go({ x, y, scale }) {
    Object.assign(this, { x, y, scale: this.within(scale) });
  }

  within(scale) {
    return Math.min(DEEPEST * this.whole, Math.max(FARTHEST * this.whole, scale));
  }

  // The middle stays in the middle when the map changes its size.
  resize(width, height) {
    if (this.width) {
      const by = Math.min(width / this.width, height / this.height);
      this.scale *= by;
      this.whole *= by;
    }
    Object.assign(this, { width, height });
  }

  pan(dx, dy) {
    this.moved = true;
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
  }

  // Zoom about a pixel, which stays where it is.
  zoom(factor, px, py) {
    const [x, y] = [this.ux(px), this.uy(py)];
    this.moved = true;
    this.scale = this.within(this.scale * factor);
    this.x = x - (px - this.width / 2) / this.scale;
    this.y = y + (py - this.height / 2) / this.scale;
  }
}
