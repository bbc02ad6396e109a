// The decoded manifold beneath the points: tiles decoded for whatever part of the plane is in view.

import { fetchBytes } from '../scene/address.js';

const TILE = 30;
const MOST_SIDE = 64;
const MOST_TILES = 1024;
const QUIET_MS = 120;

export class Manifold {
  constructor(redraw) {
    this.redraw = redraw;
    this.on = true;
    this.picture = null;
  }

  open(about) {
    this.about = about;
    this.picture = null;
  }

  // Ask for the tiles of a view once it rests.
  follow(view, width, height) {
    clearTimeout(this.timer);
    if (!this.on || this.about?.latent_dim !== 2 || !(width > 0 && height > 0)) return;
    this.timer = setTimeout(() => this.load(view, width, height), QUIET_MS);
  }

  async load(view, width, height) {
    let tile = TILE;
    while (Math.ceil(width / tile) * Math.ceil(height / tile) > MOST_TILES) tile += 2;
    const nx = Math.min(MOST_SIDE, Math.ceil(width / tile));
    const ny = Math.min(MOST_SIDE, Math.ceil(height / tile));
    const [sx, sy] = [width / nx, height / ny];
    // Where the middles of the first and last tiles lie.
    const [x0, x1] = [view.x(sx / 2), view.x(width - sx / 2)];
    const [y1, y0] = [view.y(sy / 2), view.y(height - sy / 2)];
    const corners = { left: view.x(0), right: view.x(width), top: view.y(0), bottom: view.y(height) };
    const about = this.about;
    if (!about) return;
    const query = `x0=${x0}&x1=${x1}&y0=${y0}&y1=${y1}&nx=${nx}&ny=${ny}`;
    if (query === this.asked && this.picture) return;
    const asked = (this.asked = query);
    const data = await fetchBytes(
      `/checkpoints/${encodeURIComponent(about.name)}/manifold?${query}`,
    ).catch(() => null);
    if (!data || asked !== this.asked || about !== this.about) return;
    this.picture = tiles(new Uint8Array(data), about.shape, nx, ny);
    this.corners = corners;
    this.redraw();
  }

  // Draw the newest tiles where they belong in the view, which may have moved on since.
  draw(context, view, opacity) {
    if (!this.on || !this.picture) return;
    const { left, right, top, bottom } = this.corners;
    const [px, py] = [view.px(left), view.py(top)];
    context.globalAlpha = opacity;
    context.imageSmoothingEnabled = true;
    context.drawImage(this.picture, px, py, view.px(right) - px, view.py(bottom) - py);
    context.globalAlpha = 1;
  }
}

// Grey tiles become light of varying strength, so that they lie on any background.
function tiles(pixels, [channels, height, width], nx, ny) {
  const canvas = document.createElement('canvas');
  canvas.width = nx * width;
  canvas.height = ny * height;
  const context = canvas.getContext('2d');
  const image = context.createImageData(canvas.width, canvas.height);
  const data = image.data;
  for (let t = 0, from = 0; t < nx * ny; t += 1) {
    const [ox, oy] = [(t % nx) * width, Math.floor(t / nx) * height];
    for (let y = 0; y < height; y += 1) {
      for (let x = 0, to = 4 * ((oy + y) * canvas.width + ox); x < width; x += 1, to += 4) {
        if (channels === 1) {
          data[to] = 150;
          data[to + 1] = 170;
          data[to + 2] = 200;
          data[to + 3] = pixels[from];
        } else {
          data.set(pixels.subarray(from, from + 3), to);
          data[to + 3] = 255;
        }
        from += channels;
      }
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
