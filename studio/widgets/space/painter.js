// Draws a frame of the view: the picture among the stars, a grid, the tunnel, and the star map.

import { layout } from './layout.js';
import { StarMap } from './map.js';
import { Picture } from './picture.js';

const FIELD_STARS = 16000;
// The small map is painted every second frame; nobody sees the difference.
const INSET_EVERY = 2;
const HALO = { wide: 48, small: 20 };

export class Painter {
  constructor(canvas, tunnel, flight) {
    Object.assign(this, { canvas, tunnel, flight });
    this.context = canvas.getContext('2d');
    this.picture = new Picture();
    this.map = new StarMap(flight);
    this.inset = document.createElement('canvas').getContext('2d');
    this.frames = 0;
  }

  open(shape) {
    this.picture.open(shape);
  }

  resize(width, height, ratio) {
    Object.assign(this, { width, height, ratio, places: layout(width, height), insetAt: null });
    Object.assign(this.canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  }

  // Draw `pixels`, what the decoder made of this place, or null before the first picture.
  draw(pixels, dt) {
    const { context, ratio, width, height, places } = this;
    const { mode, map } = this.flight.view;
    const large = map === 'large';
    const inTunnel = mode === 'tunnel' && !large;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (inTunnel) this.tunnel.draw(width, height, ratio, dt);
    else if (!large && !this.flight.view.calm) this.stars();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (large) this.map.draw(context, { left: 0, top: 0, width, height }, ratio, true);
    if (pixels) {
      const place = large ? places.corner : inTunnel ? places.own : places.main;
      this.framed(pixels, place, large || inTunnel ? HALO.small : HALO.wide);
    }
    if (map === 'inset') this.insetMap(places.inset);
    this.frames += 1;
  }

  framed(pixels, place, edge) {
    const glow = this.glow(place.side, edge);
    this.context.drawImage(glow, place.left - edge, place.top - edge, glow.width, glow.height);
    this.picture.draw(this.context, pixels, place, this.ratio);
  }

  // The light around a picture, blurred once and not for every frame.
  glow(side, edge) {
    if (this.halo?.side === side) return this.halo.sheet;
    const size = Math.ceil(side + 2 * edge);
    const sheet = Object.assign(document.createElement('canvas'), { width: size, height: size });
    const context = sheet.getContext('2d');
    context.shadowColor = 'rgb(70 150 220 / 45%)';
    context.shadowBlur = 0.7 * edge;
    context.fillStyle = '#02040a';
    context.beginPath();
    context.roundRect(edge, edge, side, side, 0.045 * side);
    context.fill();
    this.halo = { side, sheet };
    return sheet;
  }

  insetMap(place) {
    const { left, top, width, height } = place;
    const sheet = this.inset.canvas;
    if (this.insetAt === null || this.frames - this.insetAt >= INSET_EVERY) {
      this.paintInset(width, height);
      this.insetAt = this.frames;
    }
    this.context.drawImage(sheet, left, top, width, height);
  }

  paintInset(width, height) {
    const { inset, ratio } = this;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (inset.canvas.width !== w || inset.canvas.height !== h) Object.assign(inset.canvas, { width: w, height: h });
    inset.setTransform(1, 0, 0, 1, 0, 0);
    inset.clearRect(0, 0, w, h);
    inset.setTransform(ratio, 0, 0, ratio, 0, 0);
    inset.save();
    inset.beginPath();
    inset.roundRect(0.5, 0.5, width - 1, height - 1, 12);
    inset.fillStyle = 'rgb(7 11 22 / 78%)';
    inset.fill();
    inset.strokeStyle = 'rgb(150 180 220 / 28%)';
    inset.stroke();
    inset.clip();
    this.map.draw(inset, { left: 0, top: 0, width, height }, ratio, false);
    inset.restore();
  }

  // The encoded points as the pilot sees them.
  stars() {
    const { flight, ratio } = this;
    const { stars, ship, space } = flight;
    if (!stars) return;
    const [w, h] = [this.canvas.width, this.canvas.height];
    if (this.image?.width !== w || this.image.height !== h) this.image = this.context.createImageData(w, h);
    const every = Math.ceil(stars.count / FIELD_STARS);
    const camera = {
      eye: ship.position, axes: flight.axes(), focal: 0.62 * w, near: 0.03 * space.side,
      far: 1.15 * space.side, cx: w / 2, cy: h / 2,
    };
    stars.paint(this.image, camera, { every, grow: ((stars.count / every > 8000 ? 2.2 : 4) * ratio) / space.side });
    this.context.putImageData(this.image, 0, 0);
  }
}
