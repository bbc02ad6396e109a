// The latent map of a run as it forms: a dot an example, the class's number at its middle.

import { fetchBytes } from '../scene/address.js';

const UNLABELLED = 255;
const GREY = '#808894';
const MARGIN = 18;

export class LatentView {
  constructor(figure) {
    this.figure = figure;
    this.canvas = figure.querySelector('canvas');
    this.caption = figure.querySelector('figcaption');
    this.waiting = figure.querySelector('.run-wait');
    this.clear();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    window.addEventListener('studio-theme', () => this.draw());
  }

  clear() {
    this.points = null;
    this.step = null;
    this.figure.hidden = true;
    this.canvas.hidden = true;
    this.waiting.hidden = false;
    this.caption.textContent = '';
  }

  // Show the place of a map that is still to come.
  expect(coming) {
    if (!this.points) this.figure.hidden = !coming;
  }

  async load(run, step) {
    if (this.step === step) return;
    this.step = step;
    try {
      const bytes = await fetchBytes(`/runs/${encodeURIComponent(run)}/latent`);
      if (this.step !== step) return;
      const count = new Uint32Array(bytes, 0, 1)[0];
      this.points = {
        x: new Float32Array(bytes, 4, count),
        y: new Float32Array(bytes, 4 + 4 * count, count),
        labels: new Uint8Array(bytes, 4 + 8 * count, count),
      };
    } catch {
      this.step = null;
      return;
    }
    this.figure.hidden = false;
    this.canvas.hidden = false;
    this.waiting.hidden = true;
    this.caption.textContent = `Where the encoder puts ${this.points.x.length.toLocaleString('en-US')} `
      + `examples, coloured by class, after step ${step.toLocaleString('en-US')}.`;
    this.canvas.setAttribute('aria-label', this.caption.textContent);
    this.canvas.dataset.points = this.points.x.length;
    this.draw();
  }

  draw() {
    const { canvas, points } = this;
    const size = canvas.clientWidth;
    if (!points || !size) return;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(size * ratio)) {
      canvas.width = Math.round(size * ratio);
      canvas.height = canvas.width;
    }
    const context = canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, size, size);
    const place = fit(points, size);
    const groups = grouped(points);
    for (const [label, members] of groups) {
      context.fillStyle = colourOf(label, canvas);
      for (const i of members) {
        context.fillRect(place.x(points.x[i]) - 1.25, place.y(points.y[i]) - 1.25, 2.5, 2.5);
      }
    }
    this.names(context, place, groups);
  }

  names(context, place, groups) {
    const dark = document.body.classList.contains('dark');
    context.font = '600 13px "IBM Plex Sans", system-ui, sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.lineWidth = 3.5;
    context.lineJoin = 'round';
    context.strokeStyle = dark ? '#0a0f1a' : '#ffffff';
    context.fillStyle = dark ? '#f1f5f9' : '#0f172a';
    for (const [label, members] of groups) {
      if (label === UNLABELLED) continue;
      const x = place.x(median(members, this.points.x));
      const y = place.y(median(members, this.points.y));
      context.strokeText(label, x, y);
      context.fillText(label, x, y);
    }
    this.axes(context);
  }

  // Which dimension goes which way.
  axes(context) {
    const { clientWidth: size } = this.canvas;
    context.font = '12px "IBM Plex Sans", system-ui, sans-serif';
    for (const [text, x, y, align] of [['z1 →', size - 6, size - 10, 'right'], ['↑ z2', 6, 10, 'left']]) {
      context.textAlign = align;
      context.strokeText(text, x, y);
      context.fillText(text, x, y);
    }
  }
}

// The same scale on both axes; a few strays may lie at the edge.
function fit({ x, y }, size) {
  const [xs, ys] = [Float32Array.from(x).sort(), Float32Array.from(y).sort()];
  const at = (sorted, share) => sorted[Math.round(share * (sorted.length - 1))];
  const [left, right] = [at(xs, 0.002), at(xs, 0.998)];
  const [low, high] = [at(ys, 0.002), at(ys, 0.998)];
  const scale = (size - 2 * MARGIN) / Math.max(right - left, high - low, 1e-6);
  const clamp = (v) => Math.min(size - 3, Math.max(3, v));
  return {
    x: (v) => clamp(size / 2 + (v - (left + right) / 2) * scale),
    y: (v) => clamp(size / 2 - (v - (low + high) / 2) * scale),
  };
}

function grouped({ labels }) {
  const groups = new Map();
  labels.forEach((label, i) => {
    if (!groups.has(label)) groups.set(label, []);
    groups.get(label).push(i);
  });
  return [...groups].sort(([a], [b]) => b - a);
}

function colourOf(label, element) {
  if (label === UNLABELLED) return GREY;
  return getComputedStyle(element).getPropertyValue(`--class-${label % 10}`);
}

function median(members, values) {
  return members.map((i) => values[i]).sort((a, b) => a - b)[members.length >> 1];
}
