// Where the face comes from: a seed, a held-out face, a photo.

import { button, make } from '../scene/parts.js';
import { MOST_TRUNCATION } from './faces.js';
import { MOST_SEED } from './origins.js';
import { Photo } from './photo.js';

const TRUNCATION = 'How far a random face is from the average one: 0 is the average, 1 is as it was drawn';

export class Source {
  constructor(faces) {
    this.faces = faces;
    this.random = button('Random', 'Another random face (R)', () => faces.random(), { className: 'begin' });
    this.seed = make('input', {
      className: 'seed', inputMode: 'numeric', autocomplete: 'off', spellcheck: false, maxLength: 20, placeholder: '–', 'aria-label': 'Seed',
    });
    this.seed.addEventListener('change', () => this.takeSeed());
    this.seed.addEventListener('keydown', (event) => { if (event.key === 'Enter') this.takeSeed(); });
    this.heldOut = button('held-out face', 'Encode a face that took no part in training', () => faces.heldOut());
    this.undo = button('undo', 'Take back the last step (Ctrl-Z)', () => faces.steps.back(), { className: 'undo' });
    this.photoHost = make('div', { className: 'photo-host' });
    this.truncation = make('input', { type: 'range', min: 0, max: MOST_TRUNCATION, step: 0.01, 'aria-label': 'Truncation' });
    this.truncation.addEventListener('input', () => faces.setTruncation(Number(this.truncation.value)));
    this.output = make('output');
    this.slide = make('label', { className: 'slide' }, make('span', { textContent: 'truncation' }), this.truncation, this.output);
    this.content = [
      make('div', { className: 'from' },
        this.random, make('label', { className: 'seeded', title: 'The same seed is the same face, on every machine' }, 'seed', this.seed),
        this.heldOut, this.photoHost, this.undo),
      this.slide,
    ];
    this.photo = new Photo(this.photoHost, faces);
  }

  open() {
    this.heldOut.hidden = !this.faces.about.held_out;
  }

  takeSeed() {
    const { faces, seed } = this;
    const text = seed.value.trim();
    if (faces.origin?.kind === 'random' && text === String(faces.origin.seed)) return;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (value <= MOST_SEED) void faces.random(value);
    else {
      seed.value = faces.origin?.seed ?? faces.origins.seed ?? '';
      faces.fail(new Error(`A seed is a whole number from 0 to ${MOST_SEED}, not '${text.slice(0, 24)}'.`));
    }
  }

  follow() {
    const { faces } = this;
    const { origin } = faces;
    const random = origin?.kind === 'random';
    if (document.activeElement !== this.seed || random) {
      const text = String((random ? origin.seed : faces.origins.seed) ?? '');
      if (this.seed.value !== text && this.seed !== document.activeElement) this.seed.value = text;
    }
    if (Number(this.truncation.value) !== faces.truncation) this.truncation.value = faces.truncation;
    this.truncation.disabled = Boolean(origin) && !random;
    this.slide.classList.toggle('off', this.truncation.disabled);
    this.slide.title = this.truncation.disabled ? 'Only a random face can be truncated; this one is as it was encoded or saved.' : TRUNCATION;
    this.output.textContent = faces.truncation.toFixed(2);
    this.undo.disabled = !faces.steps.taken.length;
    const loading = faces.busy === 'held-out';
    this.heldOut.textContent = loading ? 'encoding ...' : 'held-out face';
    this.heldOut.setAttribute('aria-busy', loading);
  }
}
