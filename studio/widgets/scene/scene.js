// What the widgets of one tab share in one page: the checkpoint, the position, the path. Widgets
// listen to it and act on it; nothing of it is shared with other visitors.
//
// Events: about, atlas, move, preview, frame, path, posterior, picked, zoom, error.

import { fetchBytes, fetchJson } from './address.js';
import { Emitter } from './emitter.js';
import { readLink, writeLink } from './link.js';
import { loadPoints } from './points.js';

const GLIDE_MS = 450;
const scenes = new Map();

export function scene(name) {
  if (!scenes.has(name)) scenes.set(name, new Scene(name));
  return scenes.get(name);
}

export function reducedMotion() {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}

class Scene extends Emitter {
  constructor(name) {
    super();
    this.name = name;
    this.about = null;
    this.z = new Float32Array(2);
    this.preview = null;
    this.path = null;
    this.posterior = null;
    this.frame = null;
    this.points = null;
    this.thumbnails = null;
    this.seed = Math.floor(Math.random() * 1e6);
    this.anchors = 'means';
    this.side = 1;
    this.zoom = 1;
  }

  fail(error) {
    this.emit('error', { message: error.message ?? String(error) });
  }

  // Where the live picture looks: under the pointer, else at the position.
  get focus() {
    return this.preview ?? this.z;
  }

  async open(checkpoint) {
    this.opening = checkpoint;
    if (!checkpoint || this.about?.name === checkpoint) return;
    try {
      const about = await fetchJson(`/checkpoints/${encodeURIComponent(checkpoint)}`);
      if (this.opening !== checkpoint) return;
      this.show(about);
      await this.loadAtlas(about);
    } catch (error) {
      if (this.opening === checkpoint) this.fail(error);
    }
  }

  show(about) {
    const link = this.about ? {} : readLink(this.name);
    const first = this.about === null || this.z.length !== about.latent_dim;
    this.pause();
    Object.assign(this, { about, posterior: null, preview: null, path: null });
    Object.assign(this, { points: null, thumbnails: null, frame: null });
    const start = fits(link.z, about) ? link.z : first ? home(about) : this.z;
    this.z = this.inside(start);
    this.emit('about', about);
    this.emit('posterior');
    this.moveTo(this.z, 'open');
    const ends = [link.path?.a, link.path?.b];
    if (ends.every((z) => fits(z, about))) {
      this.setPath({ ...link.path, from: 'drawn', to: 'drawn' });
    } else this.emit('path');
  }

  // The encoded points and the pictures of some of them, once for all widgets.
  async loadAtlas(about) {
    const name = encodeURIComponent(about.name);
    const version = about.digest.slice(0, 12);
    const [points, thumbnails] = await Promise.all([
      loadPoints(about),
      fetchBytes(`/checkpoints/${name}/thumbnails?v=${version}`),
    ]);
    if (this.about !== about) return;
    this.points = points;
    this.thumbnails = new Uint8Array(thumbnails);
    this.emit('atlas');
  }

  // A position cut to the range of the sliders, or a preview to somewhat more.
  inside(z, slack = 0) {
    const range = this.about.range;
    return Float32Array.from(z, (v, d) => {
      const margin = slack * (range[d][1] - range[d][0]);
      return Math.min(range[d][1] + margin, Math.max(range[d][0] - margin, v));
    });
  }

  // How far the neighbours of the grid lie apart; less as one comes closer.
  gridStep() {
    return this.about.range.map(([low, high]) => (0.03 * (high - low)) / Math.max(1, this.zoom));
  }

  moveTo(z, source, gliding = false) {
    if (!this.about) return;
    if (!gliding) cancelAnimationFrame(this.gliding);
    if (source !== 'play' && !gliding) this.pause();
    this.z = this.inside(z);
    this.emit('move', { source });
    writeLink(this);
  }

  previewAt(z) {
    if (this.playing) z = null;
    if (!z && !this.preview) return;
    this.preview = z ? this.inside(z, 0.5) : null;
    this.emit('preview');
  }

  glideTo(target, source = 'glide') {
    if (!this.about || !target) return;
    this.pause();
    this.previewAt(null);
    cancelAnimationFrame(this.gliding);
    if (reducedMotion()) return void this.moveTo(target, source);
    const from = this.z.slice();
    const start = performance.now();
    const step = (now) => {
      const t = Math.min(1, Math.max(0, now - start) / GLIDE_MS);
      const eased = t * t * (3 - 2 * t);
      this.moveTo(Float32Array.from(from, (v, d) => v + eased * (target[d] - v)), source, true);
      if (t < 1) this.gliding = requestAnimationFrame(step);
    };
    this.gliding = requestAnimationFrame(step);
  }

  // The mean or medoid of a class, or null for a class without examples.
  anchor(index) {
    return this.about?.[this.anchors]?.[index] ?? null;
  }

  jump(index) {
    this.glideTo(this.anchor(index));
  }

  morph(index, amount) {
    const target = this.anchor(index);
    if (target) this.glideTo(Float32Array.from(this.z, (v, d) => v + amount * (target[d] - v)));
  }

  async random(kind, seed) {
    this.seed = seed ?? (this.seed + 1) % 2 ** 31;
    const about = this.about;
    try {
      const name = encodeURIComponent(about.name);
      const drawn = await fetchJson(`/checkpoints/${name}/sample?kind=${kind}&seed=${this.seed}`);
      if (about === this.about) this.glideTo(drawn.z);
    } catch (error) {
      this.fail(error);
    }
  }

  // Change the path; its codes and figures come from the studio, the newest answer counts.
  async setPath(change) {
    if (!this.about) return;
    if (change === null) {
      this.pause();
      this.path = null;
      this.emit('path');
      writeLink(this);
      return;
    }
    this.path = { kind: 'linear', steps: 16, fps: 12, facts: null, ...this.path, ...change };
    this.path.steps = Math.min(64, Math.max(2, Math.round(this.path.steps) || 16));
    this.path.a ??= Array.from(this.z);
    this.path.b ??= Array.from(this.z);
    this.emit('path');
    writeLink(this);
    if (this.asking) {
      this.askAgain = true;
      return;
    }
    this.asking = true;
    do {
      this.askAgain = false;
      await this.askPath();
    } while (this.askAgain);
    this.asking = false;
  }

  async askPath() {
    const { path, about } = this;
    if (!path) return;
    const name = encodeURIComponent(about.name);
    const query = `a=${path.a.join(',')}&b=${path.b.join(',')}&steps=${path.steps}`;
    try {
      const facts = await fetchJson(`/checkpoints/${name}/path?${query}`);
      // Facts of a path that has moved on meanwhile are shown until the next ones come.
      if (!this.path || about !== this.about) return;
      this.path.facts = facts;
      this.emit('path');
    } catch (error) {
      this.fail(error);
    }
  }

  get playing() {
    return Boolean(this.player);
  }

  // Move forth and back along the path until something else moves.
  play() {
    const codes = () => this.path?.facts?.[this.path.kind].codes;
    if (!codes()) return;
    this.pause();
    this.previewAt(null);
    let at = 0;
    let last = performance.now();
    const step = (now) => {
      const points = codes();
      if (!points) return void this.pause();
      const span = points.length - 1;
      // A frame's time can lie a little before the moment it was asked for.
      at = (at + (Math.max(0, now - last) / 1000) * this.path.fps) % (2 * span);
      last = now;
      const there = at <= span ? at : 2 * span - at;
      const i = Math.min(span - 1, Math.floor(there));
      const t = there - i;
      this.player = requestAnimationFrame(step);
      this.moveTo(points[i].map((v, d) => v + t * (points[i + 1][d] - v)), 'play');
    };
    this.player = requestAnimationFrame(step);
    this.emit('path');
  }

  pause() {
    if (!this.player) return;
    cancelAnimationFrame(this.player);
    this.player = null;
    this.emit('path');
  }

  // Encode a picture; the position moves to its posterior mean. Null if the model has changed.
  async encode(blob, glide = true) {
    const about = this.about;
    const options = {
      method: 'POST', body: blob, headers: { 'Content-Type': 'application/octet-stream' },
    };
    const name = encodeURIComponent(about.name);
    const answer = await fetchJson(`/checkpoints/${name}/encode?fit=${about.fit}`, options);
    if (about !== this.about) return null;
    this.posterior = { mu: answer.mu, logvar: answer.logvar };
    this.emit('posterior');
    if (glide) this.glideTo(answer.mu);
    else this.moveTo(answer.mu, 'encode');
    return answer;
  }
}

function fits(z, about) {
  return z?.length === about.latent_dim && z.every(Number.isFinite);
}

// Where a newcomer starts: on an example, not between them.
function home(about) {
  return about.medoids.find(Boolean) ?? about.range.map(([low, high]) => (low + high) / 2);
}

window.latentStudio = { scene };
