// The code that is looked at as bars that a hand can move, and as numbers to copy and to paste.

import { numbers } from '../scene/fields.js';
import { Paper } from './paper.js';
import { codeText, number } from './words.js';

const MOST_NAMED = 16;
const STEP = 0.05;
const FOOT = 30;

export class Vector {
  constructor(root, sampler) {
    Object.assign(this, { root, sampler, z: null });
    this.canvas = root.querySelector('.bars');
    this.field = root.querySelector('.numbers');
    this.hint = root.querySelector('.hint');
    root.querySelector('[data-do="copy"]').addEventListener('click', () => this.copy());
    root.querySelector('[data-do="paste"]').addEventListener('click', () => this.paste());
    this.field.addEventListener('change', () => this.take(this.field.value));
    this.field.addEventListener('keydown', (event) => { if (event.key === 'Enter') this.field.blur(); });
    this.canvas.addEventListener('pointerdown', (event) => this.press(event));
    this.canvas.addEventListener('pointermove', (event) => this.hover(event));
    this.canvas.addEventListener('pointerleave', () => this.point(null));
    this.canvas.addEventListener('keydown', (event) => this.key(event));
    this.paper = new Paper(this.canvas, (context, paper) => this.paint(context, paper));
  }

  follow(z) {
    this.z = z;
    if (!z) return;
    this.canvas.dataset.z = z.map((v) => v.toFixed(4)).join();
    if (document.activeElement !== this.field) this.field.value = z.map((v) => number(v, 4)).join(', ');
    this.point(this.pointed ?? null);
    this.paper.ask();
  }

  // Half the height of the chart stands for this much.
  get reach() {
    return this.grip ?? Math.max(3, ...this.z.map(Math.abs));
  }

  place(d) {
    const slot = this.paper.width / this.z.length;
    return { left: d * slot, slot, middle: (d + 0.5) * slot };
  }

  get foot() {
    return this.z.length <= MOST_NAMED ? FOOT : 4;
  }

  paint(context, { width, height, colours }) {
    const { z, sampler } = this;
    if (!z) return;
    const middle = (height - this.foot) / 2;
    const y = (value) => middle - ((middle - 3) * value) / this.reach;
    const { aggregate } = sampler.about;
    z.forEach((value, d) => {
      const { left, slot } = this.place(d);
      const gap = slot > 8 ? Math.min(10, slot * 0.18) : 0.5;
      if (aggregate) {
        const [low, high] = [aggregate.mean[d] - aggregate.std[d], aggregate.mean[d] + aggregate.std[d]];
        context.fillStyle = colours.faint;
        context.fillRect(left + gap, y(high), slot - 2 * gap, y(low) - y(high));
      }
      context.fillStyle = d === sampler.dim ? colours.accent : colours.band;
      context.fillRect(left + gap, Math.min(y(0), y(value)), slot - 2 * gap, Math.max(1.5, Math.abs(y(value) - y(0))));
      if (this.foot === FOOT) this.name(context, colours, d, value);
    });
    context.fillStyle = colours.line;
    context.fillRect(0, y(0), width, 1);
  }

  name(context, colours, d, value) {
    const { middle, slot } = this.place(d);
    const { height } = this.paper;
    context.textAlign = 'center';
    context.font = `${slot < 40 ? 9.5 : 11}px ${colours.font}`;
    context.fillStyle = colours.text;
    context.fillText(number(value, slot < 46 ? 1 : 2), middle, height - FOOT + 13);
    context.fillStyle = colours.subdued;
    context.fillText(`z${d + 1}`, middle, height - 3);
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const d = Math.floor(((event.clientX - box.left) / box.width) * this.z.length);
    const middle = (box.height - this.foot) / 2;
    const value = ((box.top + middle - event.clientY) / (middle - 3)) * this.reach;
    return { d: Math.max(0, Math.min(this.z.length - 1, d)), value: Math.max(-this.reach, Math.min(this.reach, value)) };
  }

  // A press chooses a dimension, a drag changes it; the scale stands still meanwhile.
  press(event) {
    if (!this.z || event.button) return;
    this.canvas.focus({ preventScroll: true });
    const { d } = this.at(event);
    this.sampler.steps.remember();
    this.sampler.set({ dim: d });
    this.grip = this.reach;
    const start = event.clientY;
    let dragged = false;
    const drag = (moved) => {
      dragged ||= Math.abs(moved.clientY - start) > 3;
      if (dragged && this.z) this.sampler.moveTo([[d, Number(this.at(moved).value.toFixed(3))]]);
    };
    const drop = () => {
      this.canvas.removeEventListener('pointermove', drag);
      this.grip = null;
      this.paper.ask();
    };
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.addEventListener('pointermove', drag);
    this.canvas.addEventListener('lostpointercapture', drop, { once: true });
  }

  hover(event) {
    if (this.z) this.point(this.at(event).d);
  }

  point(d) {
    this.pointed = d !== null && this.z && d < this.z.length ? d : null;
    const shown = this.pointed ?? this.sampler.dim;
    if (!this.z) return;
    this.hint.textContent = `z${shown + 1} = ${number(this.z[shown], 4)}`;
    this.canvas.setAttribute('aria-valuetext', this.hint.textContent);
    for (const [name, value] of [['now', this.z[shown]], ['min', -this.reach], ['max', this.reach]]) {
      this.canvas.setAttribute(`aria-value${name}`, value.toFixed(3));
    }
  }

  key(event) {
    const { sampler, z } = this;
    if (!z || event.ctrlKey || event.metaKey || event.altKey) return;
    const [aside, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
    if (!aside && !up) return;
    event.preventDefault();
    if (aside) sampler.set({ dim: (sampler.dim + aside + z.length) % z.length });
    else sampler.moveTo([[sampler.dim, z[sampler.dim] + up * STEP * (event.shiftKey ? 0.2 : 1)]]);
  }

  async copy() {
    if (!this.z) return;
    const text = codeText(this.z).replaceAll(',', ', ');
    try {
      await navigator.clipboard.writeText(text);
      this.sampler.emit('done');
      this.sampler.tell(`${this.z.length} numbers are on the clipboard.`);
    } catch {
      this.field.value = text;
      this.field.select();
      this.sampler.tell('This browser keeps the clipboard closed; the numbers are marked, press Ctrl-C.');
    }
  }

  async paste() {
    try {
      this.take(await navigator.clipboard.readText());
    } catch {
      this.field.focus();
      this.field.select();
      this.sampler.tell('This browser keeps the clipboard closed; press Ctrl-V, then Enter.');
    }
  }

  // Numbers that were typed or pasted become the exact code.
  take(text) {
    const { sampler } = this;
    const values = numbers(text);
    if (values && values.length === sampler.about.latent_dim) {
      sampler.set({ mode: 'exact', z: values, chosen: 0 }, true);
      return;
    }
    const wanted = `${sampler.about.latent_dim} numbers of at most 1000 with commas between them`;
    sampler.fail(new Error(values
      ? `'${sampler.about.name}' takes ${wanted}, not ${values.length}.`
      : `A code is ${wanted}; this is not: '${text.trim().slice(0, 40)}'.`));
    this.follow(this.z);
    this.field.blur();
  }
}
