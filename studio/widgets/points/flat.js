// Paints the points into the pixels of a 2-D canvas, where there is no WebGL.
//
// Dots are blended over one ground colour and left opaque, which is quicker than keeping transparency
// right and looks the same on a ground that hardly varies.

import { looks } from './looks.js';

// Places within a pixel at which a dot is drawn, in each direction: without them dots would jump.
const PARTS = 4;
const MOST_STAMPS = 40;
const SLOW_MS = 10;
const COARSEST = 0.7;
const REST_MS = 130;

export class FlatPainter {
  // `again()` asks for another frame, for a sharp picture once a coarse one has come to rest.
  constructor(canvas, again) {
    Object.assign(this, { name: 'canvas', canvas, again, cost: 0, last: '' });
    this.context = canvas.getContext('2d');
    this.stamps = new Map();
  }

  // Nothing is kept between frames but the order.
  move() {}

  recolour() {}

  order({ rows, ends }) {
    Object.assign(this, { rows, ends });
  }

  paint({ field, camera, ratio, t, ink, crowd }) {
    const start = performance.now();
    const fine = this.resolution(ratio, [camera.x, camera.y, camera.scale, t].join());
    this.fit(Math.round(camera.width * fine), Math.round(camera.height * fine));
    const { width, height } = this.canvas;
    this.words.fill(0);
    this.ground = pack(ink.ground);
    const at = { field, t, scale: camera.scale * fine, x: camera.x, y: camera.y, width, height };
    for (const { tier, mark, radius, paint, alpha } of looks(camera, fine, ink, crowd)) {
      this.discs(at, tier, mark, this.stamp(radius), table(field.palette, paint, alpha));
    }
    this.context.putImageData(this.image, 0, 0);
    if (fine === ratio) this.cost = performance.now() - start;
  }

  // Fewer pixels while the map moves, where all that the screen has would take too long.
  resolution(ratio, place) {
    const moves = place !== this.last;
    this.last = place;
    clearTimeout(this.rest);
    if (!moves || this.cost < SLOW_MS) return ratio;
    this.rest = setTimeout(this.again, REST_MS);
    return Math.max(COARSEST, ratio / 2);
  }

  fit(width, height) {
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    if (this.image?.width === width && this.image.height === height) return;
    this.image = this.context.createImageData(width, height);
    this.words = new Uint32Array(this.image.data.buffer);
  }

  // The one loop that has to be quick: nothing in it makes an array.
  discs({ field, t, scale, x, y, width, height }, tier, mark, stamp, colours) {
    const { rows, words, ground } = this;
    const { from, to, colours: bytes, marks } = field;
    const { begin, spots, covers } = stamp.on(width);
    const reach = stamp.reach;
    const right = width - reach;
    const bottom = height - reach;
    const left = width / 2 - x * scale;
    const top = height / 2 + y * scale;
    const end = this.ends[tier];
    for (let k = tier ? this.ends[tier - 1] : 0; k < end; k += 1) {
      const i = rows[k];
      if (mark && !(marks[i] & mark)) continue;
      const ax = from[2 * i];
      const ay = from[2 * i + 1];
      const px = (ax + t * (to[2 * i] - ax)) * scale + left;
      const py = top - (ay + t * (to[2 * i + 1] - ay)) * scale;
      if (!(px >= reach && py >= reach && px < right && py < bottom)) continue;
      const cx = px | 0;
      const cy = py | 0;
      const part = (((py - cy) * PARTS) | 0) * PARTS + (((px - cx) * PARTS) | 0);
      const colour = colours[bytes[i]];
      const alpha = colour >>> 24;
      const rb = colour & 0xff00ff;
      const g = colour & 0x00ff00;
      const centre = cy * width + cx;
      const last = begin[part + 1];
      for (let s = begin[part]; s < last; s += 1) {
        const spot = centre + spots[s];
        const a = (covers[s] * alpha) >> 8;
        const under = words[spot] || ground;
        const urb = under & 0xff00ff;
        const ug = under & 0x00ff00;
        words[spot] = 0xff000000
          | ((urb + (((rb - urb) * a) >> 8)) & 0xff00ff)
          | ((ug + (((g - ug) * a) >> 8)) & 0x00ff00);
      }
    }
  }

  stamp(radius) {
    const key = radius.toFixed(2);
    if (!this.stamps.has(key)) {
      if (this.stamps.size > MOST_STAMPS) this.stamps.clear();
      this.stamps.set(key, new Stamp(radius));
    }
    return this.stamps.get(key);
  }
}

// A disc at each place within a pixel, as pixels about its own and how much of each is covered.
class Stamp {
  constructor(radius) {
    this.reach = Math.ceil(radius + 1) + 1;
    this.begin = new Int32Array(PARTS * PARTS + 1);
    const disc = [];
    for (let part = 0; part < PARTS * PARTS; part += 1) {
      const [fx, fy] = [((part % PARTS) + 0.5) / PARTS, (Math.floor(part / PARTS) + 0.5) / PARTS];
      for (let dy = -this.reach; dy <= this.reach; dy += 1) {
        for (let dx = -this.reach; dx <= this.reach; dx += 1) {
          const away = Math.hypot(dx + 0.5 - fx, dy + 0.5 - fy);
          const cover = Math.min(1, radius + 0.5 - away) * Math.min(1, 2 * radius);
          if (cover > 0.02) disc.push([dx, dy, Math.round(256 * cover)]);
        }
      }
      this.begin[part + 1] = disc.length;
    }
    this.disc = disc;
    this.covers = Uint16Array.from(disc, ([, , cover]) => cover);
  }

  on(width) {
    if (this.width !== width) {
      this.width = width;
      this.spots = Int32Array.from(this.disc, ([dx, dy]) => dy * width + dx);
    }
    return this;
  }
}

// The 256 colours as words; `paint` is one colour for all or how much light is left.
function table(palette, paint, alpha) {
  return Uint32Array.from({ length: 256 }, (_, k) => {
    const rgb = typeof paint === 'number'
      ? [0, 1, 2].map((c) => paint * palette[4 * k + c])
      : paint;
    return pack(rgb, alpha * palette[4 * k + 3]);
  });
}

// Little-endian RGBA in one word.
function pack([r, g, b], alpha = 255) {
  return ((Math.round(alpha) << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;
}
