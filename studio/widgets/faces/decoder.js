// Pictures of codes that no hand waits for: thumbnails, frames of a morph, previews. They have a
// connection of their own, so that the big picture never queues behind them.

import { LiveSocket } from '../scene/socket.js';

const AT_ONCE = 64;

export class Decoder {
  constructor(faces) {
    Object.assign(this, { faces, queue: [], socket: null, current: null });
  }

  // Another model, or none any more: whatever was asked of it is over.
  clear(why = 'Another model was chosen.') {
    this.socket?.close();
    this.socket = null;
    const waiting = this.current ? [this.current, ...this.queue] : this.queue;
    Object.assign(this, { queue: [], current: null });
    for (const { reject } of waiting) reject(new Error(why));
  }

  // Codes [n * D] to bytes [n * H * W * C], in the order in which they are asked for.
  async decodeOnce(codes) {
    const { latent_dim: size, shape } = this.faces.about;
    const parts = [];
    for (let at = 0; at < codes.length; at += AT_ONCE * size) {
      parts.push(this.batch(codes.slice(at, at + AT_ONCE * size)));
    }
    const found = await Promise.all(parts);
    const pixels = new Uint8Array((codes.length / size) * shape[0] * shape[1] * shape[2]);
    let to = 0;
    for (const part of found) {
      pixels.set(part, to);
      to += part.length;
    }
    return pixels;
  }

  batch(codes) {
    return new Promise((resolve, reject) => {
      this.queue.push({ codes: Float32Array.from(codes), resolve, reject });
      this.next();
    });
  }

  next() {
    if (this.current || !this.queue.length) return;
    this.socket ??= this.connect();
    this.current = this.queue.shift();
    this.socket.want(this.current.codes);
  }

  connect() {
    const { name, latent_dim: size } = this.faces.about;
    return new LiveSocket(name, size, {
      frame: ({ pixels, codes }) => { if (codes === this.current?.codes) this.settle('resolve', pixels.slice()); },
      error: (sentence) => this.settle('reject', new Error(sentence)),
      status: (status) => {
        if (status === 'gone') this.clear(`The model '${name}' was deleted from the studio.`);
      },
    });
  }

  settle(how, value) {
    const { current } = this;
    this.current = null;
    current?.[how](value);
    this.next();
  }
}
