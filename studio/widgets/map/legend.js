// The legend: a class's colour hides or shows it, its name shows it alone.

import { UNLABELLED } from '../scene/points.js';

export class Legend {
  constructor(root, changed) {
    this.root = root;
    this.changed = changed;
    this.hidden = new Set();
  }

  open(about, points) {
    this.hidden = new Set();
    this.classes = about.class_names.map((name, k) => ({ k, name, colour: about.palette[k] }));
    if (points.classes.includes(UNLABELLED)) {
      this.classes.push({ k: UNLABELLED, name: 'unlabelled', colour: '#808894' });
    }
    this.root.replaceChildren(...this.classes.map((entry) => this.chip(entry)));
    this.show();
  }

  chip({ k, name, colour }) {
    const chip = document.createElement('span');
    chip.className = 'chip';
    chip.dataset.class = k;
    const swatch = document.createElement('button');
    swatch.type = 'button';
    swatch.className = 'swatch';
    swatch.style.setProperty('--colour', colour);
    swatch.title = `Hide or show ${name}`;
    swatch.setAttribute('aria-label', swatch.title);
    swatch.addEventListener('click', () => this.toggle(k));
    const label = document.createElement('button');
    label.type = 'button';
    label.className = 'name';
    label.textContent = name;
    label.title = `Show ${name} alone`;
    label.addEventListener('click', () => this.solo(k));
    chip.append(swatch, label);
    return chip;
  }

  toggle(k) {
    if (!this.hidden.delete(k)) this.hidden.add(k);
    this.show();
  }

  // Alone, or all again if it was alone already.
  solo(k) {
    const others = this.classes.map((entry) => entry.k).filter((other) => other !== k);
    const alone = !this.hidden.has(k) && others.every((other) => this.hidden.has(other));
    this.hidden = new Set(alone ? [] : others);
    this.show();
  }

  show() {
    for (const chip of this.root.children) {
      const hidden = this.hidden.has(Number(chip.dataset.class));
      chip.classList.toggle('off', hidden);
      chip.firstChild.setAttribute('aria-pressed', !hidden);
    }
    this.changed();
  }
}
