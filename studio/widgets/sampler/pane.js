// The pictures of one model: the samples as a grid, or the plane through the code that is looked at.

import { fetchBytes } from '../scene/address.js';
import { glideBetween } from '../scene/glide.js';
import { make } from '../scene/parts.js';
import { fill } from '../scene/pixels.js';
import { reducedMotion } from '../scene/scene.js';
import { LiveSocket } from '../scene/socket.js';
import { Latest } from './latest.js';
import { reachOf } from './sampler.js';
import { brief, codeText, fitWords, sentence } from './words.js';

const GLIDE_MS = 320;
const GAP = 1;
const PLANE = 15;

export class Pane {
  // status(text) hears of the connection; only the first pane's is told to the visitor.
  constructor(sampler, about, status) {
    Object.assign(this, { sampler, about });
    this.canvas = make('canvas', { tabIndex: 0, role: 'application' });
    this.context = this.canvas.getContext('2d');
    this.mark = make('i', { className: 'mark' });
    this.said = make('p', { className: 'said', hidden: true });
    this.sheet = make('div', { className: 'sheet' }, this.canvas, this.mark);
    this.frame = make('div', { className: 'frame' }, this.sheet, this.said);
    this.fitted = make('em');
    this.root = make('figure', { className: 'pane' }, this.frame, make(
      'figcaption', {}, make('b', { textContent: about.name }), make('span', { textContent: brief(about) }), this.fitted,
    ));
    this.canvas.addEventListener('click', (event) => this.clicked(event));
    this.canvas.addEventListener('dblclick', () => this.keep());
    this.canvas.addEventListener('keydown', (event) => this.key(event));
    // What the plane that is painted shows; null while samples are.
    this.painted = null;
    this.plane = new Latest((asked) => this.fetchPlane(asked), (error) => this.say(sentence(error)));
    this.tile = this.context.createImageData(about.shape[2], about.shape[1]);
    this.frames = 0;
    this.connect(status);
  }

  connect(status) {
    const { about, sampler } = this;
    this.device = sampler.device;
    this.socket = new LiveSocket(about.name, about.latent_dim, {
      frame: (frame) => this.draw(frame),
      error: (sentence) => this.say(sentence),
      status: (word) => {
        this.gone = word === 'gone';
        if (status) status(word);
        else if (this.gone) this.say(`'${about.name}' was deleted from the studio.`);
      },
    }, false, sampler.device === about.device ? '' : sampler.device);
  }

  close() {
    this.stopGliding?.();
    this.socket.close();
    this.root.remove();
  }

  // Follow the sampler; `glide` lets the pictures flow into the new ones.
  follow(glide) {
    this.stopGliding?.();
    const { sampler, about } = this;
    this.showFit();
    if (sampler.show === 'plane') return this.askPlane();
    const target = sampler.codes(about);
    if (!target) return this.excuse();
    if (glide && this.asked?.length === target.length && !reducedMotion()) this.glide(target);
    else this.want(target);
    return undefined;
  }

  // What this model draws from, once its draws are there.
  showFit() {
    const { sampler, about } = this;
    const { fitter } = sampler;
    const fitted = sampler.mode === 'fitted';
    const facts = fitted && fitter.known(about);
    if (fitted && !facts && sampler.codes(about)) fitter.factsOf(about).catch(() => {});
    this.fitted.textContent = fitted ? fitWords(about, fitter.source, facts) : '';
  }

  // There may be nothing to draw from, as when a model came without encoded examples.
  excuse() {
    const { sampler, about } = this;
    const why = sampler.mode === 'fitted' && sampler.noise.refusal(about, sampler.fitter.source);
    if (why) this.blank(why);
  }

  want(codes) {
    this.asked = codes;
    this.socket.want(codes);
  }

  glide(target) {
    this.stopGliding = glideBetween(this.asked, target, GLIDE_MS, (codes) => this.want(codes));
  }

  askPlane() {
    const { about, sampler } = this;
    const [x, y] = sampler.pair;
    const z = sampler.code(about);
    if (!z) return void this.excuse();
    if (Math.max(x, y) >= about.latent_dim || x === y) {
      const wanted = x === y ? 'a second dimension' : `z${Math.max(x, y) + 1}`;
      return void this.blank(`'${about.name}' has no ${wanted} for the plane; it has ${about.latent_dim}.`);
    }
    this.plane.want({ z, x, y, reach: reachOf([z[x], z[y]]) });
  }

  async fetchPlane({ z, x, y, reach }) {
    const query = new URLSearchParams({ z: codeText(z), x, y, low: -reach, high: reach, n: PLANE });
    if (this.sampler.device !== this.about.device) query.set('device', this.sampler.device);
    const path = `/sampling/${encodeURIComponent(this.about.name)}/plane?${query}`;
    const pixels = new Uint8Array(await fetchBytes(path));
    if (this.sampler.show !== 'plane' || this.plane.wanted) return;
    this.paint(pixels, PLANE, 0);
    this.painted = { x, y, reach };
    const at = (d) => (50 * (z[d] / reach) * (PLANE - 1)) / PLANE + 50;
    this.put(this.mark, at(x) - 50 / PLANE, 100 - at(y) - 50 / PLANE, 100 / PLANE, 100 / PLANE);
    this.canvas.setAttribute('aria-label', `Plane of z${x + 1} to the right and z${y + 1} upwards; arrow keys move in it`);
  }

  draw({ codes, pixels }) {
    if (this.sampler.show === 'plane') return;
    const count = codes.length / this.about.latent_dim;
    const columns = Math.ceil(Math.sqrt(count));
    this.painted = null;
    this.paint(pixels, columns, GAP);
    this.canvas.dataset.z = Array.from(codes.slice(0, this.about.latent_dim), (v) => v.toFixed(4)).join();
    this.select();
  }

  // Pictures from the upper left, row by row.
  paint(pixels, columns, gap) {
    const [channels, height, width] = this.about.shape;
    const size = channels * height * width;
    const count = Math.floor(pixels.length / size);
    const rows = Math.ceil(count / columns);
    const [w, h] = [columns * (width + gap) - gap, rows * (height + gap) - gap];
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h });
    if (count < rows * columns) this.context.clearRect(0, 0, w, h);
    for (let i = 0; i < count; i += 1) {
      fill(this.tile, pixels, channels, i * size);
      this.context.putImageData(this.tile, (i % columns) * (width + gap), Math.floor(i / columns) * (height + gap));
    }
    Object.assign(this, { columns, rows, count });
    this.sheet.style.width = `${100 * Math.min(1, w / h)}%`;
    this.frames += 1;
    this.canvas.dataset.frames = this.frames;
    this.canvas.dataset.count = count;
    this.say('');
  }

  select() {
    const { columns, rows, sampler } = this;
    if (sampler.show === 'plane' || !this.count) return;
    this.canvas.setAttribute('aria-label', `Sample ${sampler.chosen + 1} of ${this.count} of ${this.about.name}; arrow keys choose one, Enter edits it`);
    const several = this.count > 1;
    this.mark.hidden = !several;
    if (!several || sampler.chosen >= this.count) return;
    const [column, row] = [sampler.chosen % columns, Math.floor(sampler.chosen / columns)];
    this.put(this.mark, (100 * column) / columns, (100 * row) / rows, 100 / columns, 100 / rows);
  }

  put(element, left, top, width, height) {
    element.hidden = false;
    Object.assign(element.style, {
      left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%`,
    });
  }

  clicked(event) {
    if (!this.columns) return;
    const box = this.canvas.getBoundingClientRect();
    const column = Math.min(this.columns - 1, Math.floor(((event.clientX - box.left) / box.width) * this.columns));
    const row = Math.min(this.rows - 1, Math.floor(((event.clientY - box.top) / box.height) * this.rows));
    const { sampler, painted } = this;
    if (!painted) {
      if (row * this.columns + column < this.count) sampler.set({ chosen: row * this.columns + column });
      return;
    }
    const value = (cell) => painted.reach * ((2 * cell) / (PLANE - 1) - 1);
    sampler.moveTo([[painted.x, value(column)], [painted.y, -value(row)]], true);
  }

  keep() {
    this.sampler.setMode('exact');
  }

  key(event) {
    const { sampler, painted } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter') return void this.keep();
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    if (painted) {
      const z = sampler.code(this.about);
      const cell = (2 * painted.reach) / (PLANE - 1);
      if (z) sampler.moveTo([[painted.x, z[painted.x] + cell * step[0]], [painted.y, z[painted.y] - cell * step[1]]]);
      return;
    }
    const chosen = sampler.chosen + step[0] + this.columns * step[1];
    if (chosen >= 0 && chosen < this.count) sampler.set({ chosen });
  }

  // Nothing can be shown, and why.
  blank(words) {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    Object.assign(this, { columns: 0, count: 0, painted: null });
    this.mark.hidden = true;
    this.say(words);
  }

  say(words) {
    this.said.textContent = words;
    this.said.hidden = !words;
  }
}
