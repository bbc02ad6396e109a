// What hands do to the crop box: drag it or a corner, pinch, wheel, keys.

import { drawn, moved, sized } from './crop_box.js';

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const GROWTH = { '+': 1.06, '=': 1.06, '-': 1 / 1.06, _: 1 / 1.06 };
const A_WHEEL_PIXEL = 0.0012;

export class CropHands {
  // crop: {box, bitmap, move(box)}; the box is drawn in `ground`, which is as large as the picture.
  constructor(crop, ground) {
    Object.assign(this, { crop, ground, fingers: new Map(), grip: null });
    ground.addEventListener('pointerdown', (event) => this.press(event));
    ground.addEventListener('pointermove', (event) => this.drag(event));
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      ground.addEventListener(end, ({ pointerId }) => this.release(pointerId));
    }
    ground.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
  }

  // Where a pointer is, in pixels of the picture.
  at({ clientX, clientY }) {
    const { left, top, width } = this.ground.getBoundingClientRect();
    const scale = this.crop.bitmap.width / width;
    return [(clientX - left) * scale, (clientY - top) * scale];
  }

  press(event) {
    if (event.button) return;
    event.preventDefault();
    this.ground.setPointerCapture(event.pointerId);
    const at = this.at(event);
    this.fingers.set(event.pointerId, at);
    const { corner } = event.target.dataset;
    if (corner) this.grip = { east: corner.includes('e'), south: corner.includes('s') };
    else if (!event.target.closest('.box')) this.jump(at);
    this.crop.focus();
  }

  jump([x, y]) {
    const { crop } = this;
    const { side } = crop.box;
    crop.move(moved({ left: x - side / 2, top: y - side / 2, side }, 0, 0, crop.bitmap));
  }

  drag(event) {
    const { crop, fingers, grip } = this;
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const at = this.at(event);
    fingers.set(event.pointerId, at);
    if (fingers.size > 1) {
      const [other] = [...fingers].find(([id]) => id !== event.pointerId).slice(1);
      crop.move(sized(crop.box, (crop.box.side * apart(at, other)) / Math.max(1, apart(before, other)), crop.bitmap));
    } else if (grip) crop.move(drawn(crop.box, grip, at, crop.bitmap));
    else this.shift(at, before, event.pointerId);
  }

  // What the edge held back is not lost: the box goes on where the pointer comes back.
  shift(at, before, id) {
    const { crop, fingers } = this;
    const next = moved(crop.box, at[0] - before[0], at[1] - before[1], crop.bitmap);
    fingers.set(id, [before[0] + next.left - crop.box.left, before[1] + next.top - crop.box.top]);
    crop.move(next);
  }

  release(id) {
    this.fingers.delete(id);
    if (!this.fingers.size) this.grip = null;
  }

  wheel(event) {
    event.preventDefault();
    const { crop } = this;
    crop.move(sized(crop.box, crop.box.side * Math.exp(event.deltaY * A_WHEEL_PIXEL), crop.bitmap));
  }

  // True if the key meant the box.
  key({ key, shiftKey }) {
    const { crop } = this;
    const { box, bitmap } = crop;
    if (GROWTH[key]) crop.move(sized(box, box.side * GROWTH[key], bitmap));
    else if (ARROWS[key]) {
      const step = (shiftKey ? 5 : 1) * Math.max(1, box.side / 64);
      crop.move(moved(box, step * ARROWS[key][0], step * ARROWS[key][1], bitmap));
    } else return false;
    return true;
  }
}

const apart = ([x, y], [u, v]) => Math.hypot(x - u, y - v);
