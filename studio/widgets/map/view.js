// From latent units to pixels of the map and back; y grows upwards in latent space.

const MARGIN = 0.86;

export class View {
  constructor(scale = 1, left = 0, top = 0) {
    Object.assign(this, { scale, left, top });
    this.whole = scale;
  }

  px(x) { return x * this.scale + this.left; }
  py(y) { return this.top - y * this.scale; }
  x(px) { return (px - this.left) / this.scale; }
  y(py) { return (this.top - py) / this.scale; }

  copy() {
    return new View(this.scale, this.left, this.top);
  }

  scaled(ratio) {
    return new View(this.scale * ratio, this.left * ratio, this.top * ratio);
  }

  fit(range, width, height) {
    const [[x0, x1], [y0, y1]] = [range[0], range[1] ?? range[0]];
    this.scale = MARGIN * Math.min(width / (x1 - x0), height / (y1 - y0));
    this.whole = this.scale;
    this.moved = false;
    this.left = width / 2 - (this.scale * (x0 + x1)) / 2;
    this.top = height / 2 + (this.scale * (y0 + y1)) / 2;
  }

  // Keep the middle in the middle when the map changes its size.
  resize(before, after) {
    const scale = Math.min(after.width / before.width, after.height / before.height);
    this.left = after.width / 2 + scale * (this.left - before.width / 2);
    this.top = after.height / 2 + scale * (this.top - before.height / 2);
    this.scale *= scale;
    this.whole *= scale;
  }

  pan(dx, dy) {
    this.moved = true;
    this.left += dx;
    this.top += dy;
  }

  // Zoom about a pixel, between a half and four hundred times the whole.
  zoom(factor, px, py) {
    const scale = Math.min(400 * this.whole, Math.max(0.5 * this.whole, this.scale * factor));
    const actual = scale / this.scale;
    this.moved = true;
    this.left = px - (px - this.left) * actual;
    this.top = py - (py - this.top) * actual;
    this.scale = scale;
  }

  // Points grow slowly as one comes closer; few points may be larger than many.
  dotSize(count) {
    const crowd = count > 20000 ? 1.5 : count > 4000 ? 2.4 : 3.6;
    return Math.min(9, crowd * (this.scale / this.whole) ** 0.45);
  }
}
