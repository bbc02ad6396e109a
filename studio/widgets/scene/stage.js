// The one big picture of a tab about one model: whatever code is looked at, as fast as a hand moves.
//
// Its host has the model (about), the code where one is (code), and the one that is looked at instead, or
// null (looked); it emits about, change ({glide}) and look.

import { glideBetween } from './glide.js';
import { toCanvas } from './pixels.js';
import { reducedMotion } from './scene.js';
import { LiveSocket } from './socket.js';

const GLIDE_MS = 320;
const MOST_PIXELS = 640;

export class Stage {
  // status(text) hears of the connection.
  constructor(frame, host, status) {
    Object.assign(this, { frame, host, status, smooth: true, frames: 0, painted: null, asked: null });
    this.canvas = frame.querySelector('canvas');
    this.said = frame.querySelector('.said');
    this.context = this.canvas.getContext('2d');
    new ResizeObserver(() => this.paint()).observe(frame);
    host.on('about', () => this.connect());
    host.on('change', ({ glide }) => this.follow(glide));
    host.on('look', () => this.follow(false));
    if (host.about) this.connect();
  }

  connect() {
    this.close();
    const { about } = this.host;
    Object.assign(this, { asked: null, connected: about });
    this.socket = new LiveSocket(about.name, about.latent_dim, {
      frame: (frame) => this.draw(frame),
      error: (sentence) => this.say(sentence),
      status: (status) => this.status(status),
    });
    this.follow(false);
  }

  close() {
    this.stopGliding?.();
    this.socket?.close();
  }

  // Show what is looked at now; `glide` lets the picture flow into it.
  follow(glide) {
    const { host } = this;
    const target = host.looked ?? host.code;
    if (!target || !this.socket || this.connected !== host.about) return;
    this.stopGliding?.();
    if (glide && this.asked && !host.looked && !reducedMotion()) this.glide(target);
    else this.want(target);
  }

  want(code) {
    this.asked = code;
    this.socket.want(code);
  }

  glide(target) {
    this.stopGliding = glideBetween(this.asked, target, GLIDE_MS, (code) => this.want(code));
  }

  draw({ codes, pixels }) {
    this.painted = toCanvas(pixels, this.host.about.shape);
    this.paint();
    this.frames += 1;
    this.canvas.dataset.frames = this.frames;
    this.canvas.dataset.z = Array.from(codes.slice(0, 8), (v) => v.toFixed(7)).join();
    this.say('');
  }

  smoothen(smooth) {
    this.smooth = smooth;
    this.paint();
    return smooth;
  }

  // Enlarged here and not by the style sheet: a canvas does it with a better filter.
  paint() {
    const { canvas, context, painted } = this;
    const across = this.frame.clientWidth * Math.min(2, window.devicePixelRatio || 1);
    if (!painted || !across) return;
    const side = Math.round(Math.min(MOST_PIXELS, Math.max(painted.width, across)));
    const height = Math.round((side * painted.height) / painted.width);
    if (canvas.width !== side || canvas.height !== height) Object.assign(canvas, { width: side, height });
    context.imageSmoothingEnabled = this.smooth;
    context.imageSmoothingQuality = 'high';
    context.drawImage(painted, 0, 0, side, height);
  }

  say(words) {
    this.said.textContent = words;
    this.said.hidden = !words;
  }
}
