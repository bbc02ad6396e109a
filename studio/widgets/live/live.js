// The live view: the decoded image, or a grid of the neighbourhood, under the scene's focus.

import { scene as sceneOf } from '../scene/scene.js';
import { attachKeys } from '../scene/keys.js';
import { fill } from '../scene/pixels.js';
import { LiveSocket } from '../scene/socket.js';

const REST_MS = 90;
const READING_MS = 7000;

export function mount(element, { props, trigger }) {
  const root = element.querySelector('.live');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new LiveView(root, props, trigger);
}

class LiveView {
  constructor(root, props, trigger) {
    this.root = root;
    this.props = props;
    this.trigger = trigger;
    this.canvas = root.querySelector('canvas');
    this.context = this.canvas.getContext('2d');
    this.notice = root.querySelector('.notice');
    this.stats = root.querySelector('.stats');
    this.scene = sceneOf(props.scene);
    this.side = 1;
    this.frames = 0;
    this.times = [];
    this.latencies = [];
    this.visible = true;
    this.listen();
    attachKeys(this.canvas, this.scene);
    if (this.scene.about) this.open(this.scene.about);
  }

  listen() {
    const scene = this.scene;
    scene.on('about', (about) => this.open(about));
    scene.on('move', ({ source }) => this.moved(source));
    scene.on('preview', () => this.ask());
    for (const button of this.buttons('side')) {
      button.addEventListener('click', () => this.setSide(Number(button.dataset.side)));
    }
    for (const button of this.buttons('look')) {
      button.addEventListener('click', () => this.look(button));
    }
    scene.on('zoom', () => { if (this.side > 1) this.ask(); });
    scene.on('error', ({ message }) => this.say(message));
    this.canvas.addEventListener('click', (event) => this.clicked(event));
    new IntersectionObserver((entries) => {
      this.visible = entries.at(-1).isIntersecting;
      if (this.visible) this.ask();
    }).observe(this.canvas);
  }

  buttons(kind) {
    return this.root.parentElement.querySelectorAll(`.live-bar [data-${kind}]`);
  }

  open(about) {
    this.socket?.close();
    const [channels, height, width] = about.shape;
    Object.assign(this, { channels, height, width });
    this.image = this.context.createImageData(width, height);
    this.setSide(this.side);
    this.socket = new LiveSocket(about.name, about.latent_dim, {
      frame: (frame) => this.draw(frame),
      error: (sentence) => this.say(sentence),
      status: (status) => this.status(status),
    }, true);
    this.ask();
  }

  setSide(side) {
    this.side = side;
    this.scene.side = side;
    this.scene.emit('preview');
    this.canvas.width = this.width * side;
    this.canvas.height = this.height * side;
    this.root.classList.toggle('grid', side > 1);
    for (const button of this.buttons('side')) {
      button.setAttribute('aria-pressed', Number(button.dataset.side) === side);
    }
    this.ask();
  }

  look(button) {
    const on = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', on);
    if (button.dataset.look === 'stats') this.stats.hidden = !on;
    else this.root.classList.toggle('smooth', on);
  }

  // The codes of the view: the focus, or a square of steps around it, rows from the top.
  codes() {
    const focus = this.scene.focus;
    const size = focus.length;
    const half = (this.side - 1) / 2;
    const apart = this.scene.gridStep();
    const codes = new Float32Array(this.side * this.side * size);
    for (let row = 0; row < this.side; row += 1) {
      for (let column = 0; column < this.side; column += 1) {
        const at = (row * this.side + column) * size;
        codes.set(focus, at);
        [column - half, half - row].forEach((steps, d) => {
          if (d < size) codes[at + d] += steps * apart[d];
        });
      }
    }
    return codes;
  }

  ask() {
    if (!this.socket || !this.visible || !this.scene.about) return;
    if (!this.root.isConnected) {
      this.socket.close();
      return;
    }
    this.socket.want(this.codes());
  }

  moved(source) {
    this.ask();
    // The sliders hear of it a few times a second while the hand moves, and once it rests.
    if (source === 'sliders') return;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.tell(), REST_MS);
    if (performance.now() - (this.told ?? 0) > REST_MS) this.tell();
  }

  tell() {
    this.told = performance.now();
    const z = Array.from(this.scene.z, (v) => Number(v.toFixed(4)));
    this.props.value = { checkpoint: this.scene.about.name, z };
    this.trigger('change');
  }

  draw({ codes, pixels, density, latency }) {
    const count = pixels.length / (this.width * this.height * this.channels);
    if (count !== this.side * this.side) return;
    for (let i = 0; i < count; i += 1) {
      fill(this.image, pixels, this.channels, i * this.width * this.height * this.channels);
      const [x, y] = [(i % this.side) * this.width, Math.floor(i / this.side) * this.height];
      this.context.putImageData(this.image, x, y);
    }
    const middle = (count - 1) / 2;
    const size = this.scene.about.latent_dim;
    const z = codes.slice(middle * size, (middle + 1) * size);
    this.scene.frame = { z, density: density[middle] };
    this.scene.emit('frame', this.scene.frame);
    this.frames += 1;
    this.canvas.dataset.frames = this.frames;
    this.canvas.dataset.z = Array.from(z, (v) => v.toFixed(4)).join(',');
    this.count(latency);
  }

  count(latency) {
    const now = performance.now();
    this.times.push(now);
    this.latencies.push(latency);
    while (this.times[0] < now - 1000) this.times.shift();
    if (this.latencies.length > 60) this.latencies.shift();
    if (now - (this.counted ?? 0) < 250) return;
    this.counted = now;
    const median = [...this.latencies].sort((a, b) => a - b)[this.latencies.length >> 1];
    this.stats.textContent = `${this.times.length} frames/s, ${median.toFixed(1)} ms`;
    this.header(`live, ${median.toFixed(0)} ms`, 'live');
  }

  status(status) {
    const words = {
      connecting: 'connecting ...',
      live: 'live',
      lost: 'connection lost',
      gone: 'checkpoint gone',
      out: 'logged out',
    };
    this.header(words[status], status);
    if (status === 'lost') this.say('The studio does not answer. Trying again ...', 'connection');
    if (status === 'live' && this.noticeKind === 'connection') this.say('');
  }

  header(text, state) {
    const line = document.getElementById('live-status');
    if (!line) return;
    line.textContent = text;
    line.dataset.state = state;
  }

  say(sentence, kind = 'error') {
    this.notice.textContent = sentence;
    this.notice.hidden = !sentence;
    this.noticeKind = sentence ? kind : null;
    clearTimeout(this.reading);
    if (sentence && kind === 'error') this.reading = setTimeout(() => this.say(''), READING_MS);
  }

  clicked(event) {
    if (this.side === 1 || !this.scene.about) return;
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * this.side);
    const row = Math.floor(((event.clientY - box.top) / box.height) * this.side);
    const size = this.scene.about.latent_dim;
    const at = (row * this.side + column) * size;
    this.scene.glideTo(this.codes().slice(at, at + size));
  }
}
