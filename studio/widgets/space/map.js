// The star map: the encoded points seen from behind the ship, with its trail, its path, waypoints,
// class names and the border of the space. It turns as the ship does.

import { Labels } from './labels.js';
import { basis, turned } from './quaternion.js';

const TILT = -0.42;
const AWAY = 1.5;
const EDGES = [[0, 1], [2, 3], [4, 5], [6, 7], [0, 2], [1, 3], [4, 6], [5, 7], [0, 4], [1, 5], [2, 6], [3, 7]];
const MOST_STARS = 24000;
const SMALL_STARS = 9000;
const LONGEST_SMALL = 8;

export class StarMap {
  constructor(flight) {
    this.flight = flight;
    this.sheet = document.createElement('canvas');
    this.context = this.sheet.getContext('2d');
    this.labels = new Labels();
  }

  camera(width, height) {
    const { flight } = this;
    const { side } = flight.space;
    const axes = basis(turned(flight.ship.attitude, TILT, 0, 0));
    // The farther out the ship is, the more the camera follows it.
    const middle = flight.centre();
    const out = Math.hypot(...middle.map((v, d) => flight.ship.position[d] - v)) / side;
    const follow = Math.min(0.8, 0.2 + out);
    const centre = middle.map((v, d) => v + follow * (flight.ship.position[d] - v));
    const eye = centre.map((v, d) => v - AWAY * side * axes[2][d]);
    const focal = 1.18 * Math.min(width, height * 1.25);
    return { eye, axes, focal, near: 0.4 * side, far: 2.6 * side, cx: width / 2, cy: height / 2 };
  }

  draw(context, { left, top, width, height }, ratio, large) {
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.image?.width !== w || this.image.height !== h) {
      Object.assign(this.sheet, { width: w, height: h });
      this.image = this.context.createImageData(w, h);
    }
    const { stars } = this.flight;
    if (stars) {
      const every = Math.ceil(stars.count / (large ? MOST_STARS : SMALL_STARS));
      const crowd = stars.count / every > 8000 ? 1 : 2;
      stars.paint(this.image, this.camera(w, h), { every, grow: ((large ? 11 : 20) * crowd * ratio) / this.flight.space.side });
      this.context.putImageData(this.image, 0, 0);
      context.drawImage(this.sheet, left, top, width, height);
    }
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.translate(left, top);
    this.overlay(context, this.camera(width, height), large, ratio);
    context.restore();
  }

  overlay(context, camera, large, ratio) {
    const { flight } = this;
    const project = (x) => project3(x, camera);
    this.border(context, project);
    if (flight.auto.path) {
      const points = flight.auto.path.points.filter((_, i) => large || i % 3 === 0);
      line(context, points.map(project), 'rgb(125 249 255 / 85%)', large ? 2 : 1.5);
    }
    this.trail(context, project, large);
    this.labels.begin();
    this.names(context, project, large, ratio);
    flight.waypoints.list.forEach((w) => {
      const [x, y] = project(flight.fromLatent(w.z));
      diamond(context, x, y, large ? 6 : 4);
      if (large) this.labels.draw(context, w.name, x, y - 13, { colour: '#ffe9b0', size: 14, ratio });
    });
    this.vessel(context, project);
  }

  border(context, project) {
    const { low, high } = this.flight.space.ship;
    const corners = Array.from({ length: 8 }, (_, i) => project(
      [0, 1, 2].map((d) => ((i >> d) & 1 ? high[d] : low[d]))));
    context.strokeStyle = 'rgb(150 180 220 / 22%)';
    context.lineWidth = 1;
    context.beginPath();
    for (const [a, b] of EDGES) {
      context.moveTo(...corners[a]);
      context.lineTo(...corners[b]);
    }
    context.stroke();
  }

  trail(context, project, large) {
    const { trail, ship } = this.flight;
    const points = [...trail, ship.position].map(project);
    const parts = 5;
    for (let k = 0; k < parts; k += 1) {
      const from = Math.floor((points.length * k) / parts);
      const part = points.slice(from, Math.floor((points.length * (k + 1)) / parts) + 1);
      line(context, part, `rgb(255 214 120 / ${15 + 17 * k}%)`, large ? 2.5 : 1.8);
    }
  }

  // The name of every class where it lies, the near ones first: colours alone say too little.
  names(context, project, large, ratio) {
    const { about, space } = this.flight;
    const seen = about.class_names
      .map((name, k) => ({ name, k, code: this.flight.anchor(k) }))
      .filter(({ code }) => code)
      .map((one) => ({ ...one, at: project(this.flight.fromLatent(one.code)) }))
      .sort((a, b) => a.at[2] - b.at[2]);
    for (const { name, k, at: [x, y, away] } of seen) {
      const text = large || name.length <= LONGEST_SMALL ? name : `${name.slice(0, LONGEST_SMALL - 1)}…`;
      const size = large ? 16 : name.length > 3 ? 10 : 11;
      context.globalAlpha = Math.max(0.35, Math.min(1, 1.9 - away / (1.6 * space.side)));
      const colour = `color-mix(in oklab, ${about.palette[k]} 45%, white)`;
      this.labels.draw(context, text, x, y, { colour, size, ratio, there: large });
    }
    context.globalAlpha = 1;
  }

  // A dart whose nose is the ship's.
  vessel(context, project) {
    const { ship, space } = this.flight;
    const [right, up, forward] = this.flight.axes();
    const at = (r, u, f) => project(ship.position.map((v, d) => (
      v + 0.055 * space.side * (r * right[d] + u * up[d] + f * forward[d]))));
    const [nose, left, wing, fin, tail] = [
      at(0, 0, 1.5), at(-0.8, 0, -0.7), at(0.8, 0, -0.7), at(0, 0.6, -0.7), at(0, 0, -0.35)];
    const faces = [[nose, left, tail, '#9fb4cc'], [nose, wing, tail, '#ffffff'], [nose, fin, tail, '#7df9ff']];
    context.lineJoin = 'round';
    for (const [a, b, c, colour] of faces) {
      context.beginPath();
      context.moveTo(a[0], a[1]);
      context.lineTo(b[0], b[1]);
      context.lineTo(c[0], c[1]);
      context.closePath();
      context.strokeStyle = 'rgb(4 8 18 / 90%)';
      context.lineWidth = 3;
      context.stroke();
      context.fillStyle = colour;
      context.fill();
    }
  }
}

export function project3(x, { eye, axes, focal, cx, cy }) {
  const [dx, dy, dz] = [x[0] - eye[0], x[1] - eye[1], x[2] - eye[2]];
  const [right, up, away] = axes.map((a) => dx * a[0] + dy * a[1] + dz * a[2]);
  const k = focal / Math.max(away, 1e-3);
  return [cx + right * k, cy - up * k, away];
}

export function line(context, points, style, width) {
  context.strokeStyle = style;
  context.lineWidth = width;
  context.lineJoin = 'round';
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

function diamond(context, x, y, size) {
  context.beginPath();
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
  context.fillStyle = '#ffd36b';
  context.strokeStyle = 'rgb(4 8 18 / 90%)';
  context.lineWidth = 2;
  context.stroke();
  context.fill();
}
