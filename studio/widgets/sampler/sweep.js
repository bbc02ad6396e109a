// One dimension swept from end to end, the others held as in the code that is looked at.

import { fetchBytes } from '../scene/address.js';
import { toCanvas } from '../scene/pixels.js';
import { Latest } from './latest.js';
import { reachOf } from './sampler.js';
import { codeText, number, sentence } from './words.js';

const STEPS = 13;

// So many that the steps are round numbers.
const stepsTo = (reach) => (reach <= 3 ? STEPS : reach <= 8 ? 2 * reach + 1 : STEPS);

export class Sweep {
  constructor(root, sampler) {
    Object.assign(this, { root, sampler });
    this.title = root.querySelector('h3');
    this.hint = root.querySelector('.hint');
    this.frames = root.querySelector('.frames');
    this.latest = new Latest((asked) => this.fetch(asked), (error) => { this.hint.textContent = sentence(error); });
  }

  follow(z) {
    const { about, dim, device } = this.sampler;
    if (!z) return;
    const reach = reachOf([z[dim]]);
    // The swept dimension's own value changes nothing but the mark.
    const rest = JSON.stringify([about.digest, dim, reach, device, z.filter((_, d) => d !== dim)]);
    this.value = z[dim];
    if (rest !== this.wanted) {
      this.wanted = rest;
      this.latest.want({ about, z, dim, reach, device, rest });
    }
    this.mark();
  }

  async fetch({ about, z, dim, reach, device, rest }) {
    const steps = stepsTo(reach);
    const query = new URLSearchParams({ z: codeText(z), dimension: dim, low: -reach, high: reach, count: steps });
    if (device !== about.device) query.set('device', device);
    const path = `/sampling/${encodeURIComponent(about.name)}/traversal?${query}`;
    try {
      const pixels = new Uint8Array(await fetchBytes(path));
      if (rest === this.wanted) this.draw(pixels, about, { dim, reach, steps });
    } catch (error) {
      if (rest === this.wanted) this.wanted = null;
      throw error;
    }
  }

  draw(pixels, about, { dim, reach, steps }) {
    const size = about.shape.reduce((a, b) => a * b, 1);
    this.shown = { dim, reach, steps };
    const digits = reach > 9 ? 0 : 1;
    this.title.textContent = `z${dim + 1} swept`;
    this.frames.replaceChildren(...Array.from({ length: steps }, (_, i) => {
      const value = Number((reach * ((2 * i) / (steps - 1) - 1)).toFixed(4));
      const cell = document.createElement('button');
      cell.type = 'button';
      cell.title = `Let z${dim + 1} be ${number(value)}`;
      const text = document.createElement('span');
      text.textContent = number(value, digits);
      cell.append(toCanvas(pixels, about.shape, i * size), text);
      cell.addEventListener('click', () => this.sampler.moveTo([[dim, value]], true));
      return cell;
    }));
    this.root.dataset.dim = dim + 1;
    this.mark();
  }

  mark() {
    if (!this.shown) return;
    const { reach, steps } = this.shown;
    const nearest = Math.round(((this.value / reach + 1) / 2) * (steps - 1));
    [...this.frames.children].forEach((cell, i) => cell.classList.toggle('here', i === nearest));
    const { activity } = this.sampler.about;
    const says = activity?.values[this.sampler.dim];
    this.hint.textContent = [
      `from ${number(-reach, 0)} to ${number(reach, 0)}, the others held; now ${number(this.value)}`,
      says === undefined ? '' : activity.kind === 'kl'
        ? `it tells ${number(says)} nats of an example` : `its means vary by ${number(says)}`,
    ].filter(Boolean).join(' · ');
  }
}
