// The map of a two-dimensional latent space. The pointer shows the way: hover and the live picture
// follows, press and the position does.

import { attachKeys } from '../scene/keys.js';
import { toCanvas } from '../scene/pixels.js';
import { scene as sceneOf } from '../scene/scene.js';
import { Gestures } from './gestures.js';
import { Legend } from './legend.js';
import { Manifold } from './manifold.js';
import { drawOverlay } from './overlay.js';
import { View } from './view.js';

const HOVER_PIXELS = 14;

export function mount(element, { props }) {
  const root = element.querySelector('.map');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new LatentMap(root, props);
}

class LatentMap {
  constructor(root, props) {
    this.root = root;
    this.scene = sceneOf(props.scene);
    this.base = root.querySelector('canvas.points');
    this.top = root.querySelector('canvas.overlay');
    this.notice = root.querySelector('.notice');
    this.layers = { points: true, manifold: true, labels: true };
    this.hovered = -1;
    this.polygon = [];
    this.view = new View();
    this.manifold = new Manifold(() => this.repaint());
    this.legend = new Legend(root.querySelector('.legend'), () => this.redraw());
    this.gestures = new Gestures(this);
    this.listen();
    this.scene.pixelsOf = (z) => [this.view.px(z[0]), this.view.py(z[1])];
    if (this.scene.about) this.open(this.scene.about);
    if (this.points) this.atlas();
  }

  listen() {
    const scene = this.scene;
    scene.on('about', (about) => this.open(about));
    scene.on('atlas', () => this.atlas());
    for (const type of ['move', 'path', 'posterior', 'preview']) scene.on(type, () => this.mark());
    attachKeys(this.top, scene);
    new ResizeObserver(() => this.resize()).observe(this.root);
    window.addEventListener('studio-theme', () => this.redraw());
    for (const button of this.root.querySelectorAll('[data-layer]')) {
      button.addEventListener('click', () => {
        const layer = button.dataset.layer;
        this.layers[layer] = !this.layers[layer];
        button.setAttribute('aria-pressed', this.layers[layer]);
        if (layer === 'manifold') this.manifold.on = this.layers.manifold;
        this.redraw();
      });
    }
  }

  open(about) {
    this.opened = performance.now();
    this.hovered = -1;
    this.pictured = -1;
    this.manifold.open(about);
    this.root.dataset.points = 0;
    this.say(about.latent_dim === 2 ? '' : 'The map shows the first two of its dimensions.');
    this.fit();
  }

  // The scene has loaded the points and thumbnails of its checkpoint.
  atlas() {
    this.legend.open(this.scene.about, this.scene.points);
    this.redraw();
  }

  get points() {
    return this.scene.points;
  }

  say(sentence) {
    this.notice.textContent = sentence;
    this.notice.hidden = !sentence;
  }

  resize() {
    const { width, height } = this.root.getBoundingClientRect();
    if (!width || !height) return;
    const before = this.width ? { width: this.width, height: this.height } : null;
    const ratio = window.devicePixelRatio || 1;
    Object.assign(this, { width, height, ratio });
    for (const canvas of [this.base, this.top]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.top.getContext('2d').setTransform(ratio, 0, 0, ratio, 0, 0);
    if (before && this.view.moved) {
      this.view.resize(before, { width, height });
      this.redraw();
    } else this.fit();
  }

  fit() {
    if (!this.scene.about || !this.width) return;
    this.view.fit(this.scene.about.core, this.width, this.height);
    this.redraw();
  }

  // Everything again, in the next frame.
  repaint() {
    this.stale = true;
    this.mark();
  }

  // The view, the layers or the classes changed.
  redraw() {
    this.repaint();
    this.scene.zoom = this.view.scale / this.view.whole;
    this.scene.emit('zoom');
    this.manifold.follow(this.view.copy(), this.width, this.height);
  }

  // What moves, in the next frame.
  mark() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.root.isConnected || !this.width) return;
      if (this.stale) this.paint();
      this.stale = false;
      this.overlay();
    });
  }

  paint() {
    const start = performance.now();
    const { width, height } = this.base;
    const context = this.base.getContext('2d');
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = context.createImageData(width, height);
      this.sheet = Object.assign(document.createElement('canvas'), { width, height });
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.manifold.draw(context, this.view, this.layers.points ? 0.55 : 1);
    if (this.points && this.layers.points) {
      const view = this.view.scaled(this.ratio);
      const size = Math.max(1, Math.round(this.ratio * this.view.dotSize(this.points.count)));
      this.points.hidden = this.legend.hidden;
      this.points.paint(this.image, view, size, 215);
      this.sheet.getContext('2d').putImageData(this.image, 0, 0);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(this.sheet, 0, 0);
    }
    this.root.dataset.paintMs = (performance.now() - start).toFixed(2);
    if (!this.points || this.root.dataset.points !== '0') return;
    this.root.dataset.points = this.points.count;
    this.root.dataset.openedMs = (performance.now() - this.opened).toFixed(0);
  }

  overlay() {
    if (!this.scene.about) return;
    const dark = document.body.classList.contains('dark');
    drawOverlay(this.top.getContext('2d'), {
      view: this.view,
      scene: this.scene,
      layers: this.layers,
      hidden: this.legend.hidden,
      polygon: this.polygon,
      hovered: this.hovered,
      points: this.points,
      thumbnail: (index) => this.thumbnail(index),
      width: this.width,
      height: this.height,
      ink: dark ? DARK : LIGHT,
    });
    this.top.dataset.z = Array.from(this.scene.z, (v) => v.toFixed(4)).join(',');
  }

  // The hovered example, of those that have a picture.
  hover(px, py) {
    const radius = HOVER_PIXELS / this.view.scale;
    const limit = this.scene.about.examples;
    this.hovered = this.points && this.layers.points
      ? this.points.nearest(this.view.x(px), this.view.y(py), radius, limit)
      : -1;
  }

  thumbnail(index) {
    const shape = this.scene.about.shape;
    const size = shape[0] * shape[1] * shape[2];
    const thumbnails = this.scene.thumbnails;
    if (!thumbnails || (index + 1) * size > thumbnails.length) return null;
    if (this.pictured !== index) {
      this.picture = toCanvas(thumbnails, shape, index * size);
      this.pictured = index;
    }
    return this.picture;
  }

  // A lasso picks points; the position goes to their mean and the caption says what they are.
  pick(polygon) {
    if (!this.points) return;
    const rows = this.points.inside(polygon.map(([x, y]) => [this.view.x(x), this.view.y(y)]));
    const counts = new Map();
    const mean = [0, 0];
    for (const i of rows) {
      counts.set(this.points.classes[i], (counts.get(this.points.classes[i]) ?? 0) + 1);
      mean[0] += this.points.x[i] / rows.length;
      mean[1] += this.points.y[i] / rows.length;
    }
    this.scene.emit('picked', { rows, counts });
    if (rows.length && this.scene.z.length === 2) this.scene.glideTo(mean, 'lasso');
  }
}

const DARK = {
  text: '#f4f8ff', plate: 'rgb(10 15 26 / 82%)', line: '#ffffff', halo: 'rgb(0 0 0 / 75%)',
  wash: 'rgb(255 255 255 / 12%)', posterior: '#7df9ff',
};
const LIGHT = {
  text: '#101827', plate: 'rgb(255 255 255 / 88%)', line: '#101827', halo: 'rgb(255 255 255 / 85%)',
  wash: 'rgb(16 24 39 / 10%)', posterior: '#00677a',
};
