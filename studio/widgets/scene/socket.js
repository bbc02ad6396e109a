// One viewer's connection to the decode service: at most one request is on its way, and only the
// newest wish is kept while it is. It reconnects by itself, more slowly each time.

import { socketRoute } from './address.js';

const SLOWEST_RETRY = 8000;
const UNKNOWN = 4404;
const LOGGED_OUT = 4401;
const TOO_MANY = 4429;

export class LiveSocket {
  // handlers: frame({codes, pixels, density, shares, classes, latency}), error(sentence),
  // status(text); density: whether what lies around each of the n codes comes with its picture:
  // its percentile (Float32Array [n]), the number of the class that prevails among its nearest
  // neighbours (Uint8Array [n], 255 is none) and its share of them (Float32Array [n]). All three
  // are empty otherwise. device: where it is decoded, if not where the studio does.
  constructor(checkpoint, latentDim, handlers, density = false, device = '') {
    Object.assign(this, { checkpoint, latentDim, handlers, density, device });
    this.sequence = 0;
    this.wanted = null;
    this.sent = null;
    this.retry = 250;
    this.closed = false;
    this.connect();
  }

  connect() {
    if (this.closed) return;
    this.handlers.status?.('connecting');
    const name = encodeURIComponent(this.checkpoint);
    const query = new URLSearchParams();
    if (this.density) query.set('density', 1);
    if (this.device) query.set('device', this.device);
    const socket = new WebSocket(socketRoute(`/live/${name}${query.size ? `?${query}` : ''}`));
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.handlers.status?.('live');
      this.wanted ??= this.last ?? null;
      this.send();
    };
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = (event) => this.lost(event);
    this.socket = socket;
  }

  // Ask for the images of n codes (Float32Array of n * D); replaces a wish not yet sent.
  want(codes) {
    this.wanted = codes;
    this.last = codes;
    this.send();
  }

  send() {
    if (!this.wanted || this.sent || this.socket.readyState !== WebSocket.OPEN) return;
    const codes = this.wanted;
    const message = new ArrayBuffer(4 + 4 * codes.length);
    this.sequence += 1;
    new DataView(message).setUint32(0, this.sequence, true);
    new Float32Array(message, 4).set(codes);
    this.wanted = null;
    this.sent = { codes, at: performance.now() };
    this.socket.send(message);
  }

  receive(data) {
    if (this.closed) return;
    this.retry = 250;
    const { codes, at } = this.sent ?? { codes: new Float32Array(0), at: performance.now() };
    this.sent = null;
    this.send();
    if (typeof data === 'string') {
      this.handlers.error?.(JSON.parse(data).error);
      return;
    }
    const count = codes.length / this.latentDim;
    const known = this.density ? count : 0;
    const end = data.byteLength - 9 * known;
    const pixels = new Uint8Array(data, 4, end - 4);
    // Copied, because floats must begin at a multiple of four.
    const density = new Float32Array(data.slice(end, end + 4 * known));
    const shares = new Float32Array(data.slice(end + 4 * known, end + 8 * known));
    const classes = new Uint8Array(data.slice(end + 8 * known));
    const latency = performance.now() - at;
    this.handlers.frame({ codes, pixels, density, shares, classes, latency });
  }

  lost({ code, reason }) {
    this.sent = null;
    if (this.closed) return;
    if (code === UNKNOWN) {
      this.handlers.status?.('gone');
      return;
    }
    this.handlers.status?.(code === LOGGED_OUT ? 'out' : 'lost');
    if (code === LOGGED_OUT) {
      window.dispatchEvent(new Event('studio-logged-out'));
      window.addEventListener('studio-logged-in', () => this.connect(), { once: true });
      return;
    }
    if (code === TOO_MANY) {
      this.handlers.error?.(reason);
      this.retry = SLOWEST_RETRY;
    }
    setTimeout(() => this.connect(), this.retry);
    this.retry = Math.min(2 * this.retry, SLOWEST_RETRY);
  }

  close() {
    this.closed = true;
    this.socket.close();
  }
}
