// One face on the shelf: click shows it, A and B mark it, its name is typed over, it is dragged along.

import { make } from '../scene/parts.js';
import { LONGEST_NAME } from './shelf_file.js';
import { thumbsOf } from './thumbs.js';

// What is dragged from the shelf, for those that take faces.
export const DRAGGED = 'application/x-latent-face';

export class Card {
  constructor(shelf, face) {
    Object.assign(this, { shelf, id: face.id });
    const { store } = shelf;
    this.canvas = thumbsOf(shelf.state).canvas(face.z);
    this.face = make('button', { type: 'button', className: 'face', draggable: true }, this.canvas);
    this.face.addEventListener('click', () => shelf.adopt(store.get(this.id)));
    this.chips = ['a', 'b'].map((letter) => this.chip(letter));
    this.remove = make('button', { type: 'button', className: 'remove', textContent: '×' });
    this.remove.addEventListener('click', () => shelf.remove(this.id));
    this.name = make('input', { className: 'name', maxLength: LONGEST_NAME, autocomplete: 'off', spellcheck: false });
    this.name.addEventListener('change', () => store.rename(this.id, this.name.value));
    this.name.addEventListener('keydown', (event) => this.typed(event));
    this.name.addEventListener('blur', () => { this.name.value = store.get(this.id)?.name ?? ''; });
    this.root = make('li', { 'data-id': face.id }, this.face, ...this.chips, this.remove, this.name);
    this.face.addEventListener('dblclick', () => this.rename());
    this.drags();
  }

  chip(letter) {
    const chip = make('button', { type: 'button', className: `chip ${letter}`, textContent: letter.toUpperCase() });
    chip.addEventListener('click', () => this.shelf.store.end(letter, this.id));
    return chip;
  }

  show(face, ends, place) {
    const { name } = face;
    if (document.activeElement !== this.name) this.name.value = name;
    this.place = place;
    this.name.title = name;
    this.name.setAttribute('aria-label', `Name of face ${place + 1}`);
    this.face.title = `${name}: show it (F2 renames, A and B mark it, Alt and arrows move it)`;
    this.face.setAttribute('aria-label', `Show ${name}`);
    this.chips.forEach((chip, i) => {
      const letter = 'ab'[i];
      const on = ends[letter] === this.id;
      chip.setAttribute('aria-pressed', on);
      chip.setAttribute('aria-label', `Morph ${letter === 'a' ? 'from' : 'to'} ${name}`);
      chip.title = on ? `${name} is ${letter.toUpperCase()}` : `Make ${name} ${letter.toUpperCase()}`;
    });
    this.remove.title = `Remove ${name}`;
    this.remove.setAttribute('aria-label', this.remove.title);
  }

  here(on) {
    this.root.classList.toggle('here', on);
    this.face.setAttribute('aria-current', on);
  }

  reach(on) {
    for (const part of [this.face, ...this.chips, this.remove, this.name]) part.tabIndex = on ? 0 : -1;
  }

  rename() {
    this.name.focus();
    this.name.select();
  }

  typed(event) {
    if (event.key === 'Escape') this.name.value = this.shelf.store.get(this.id)?.name ?? '';
    else if (event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    this.face.focus();
  }

  flash() {
    this.root.classList.remove('new');
    void this.root.offsetWidth;
    this.root.classList.add('new');
  }

  // Dragged onto another one it takes that place.
  drags() {
    const { root, shelf } = this;
    this.face.addEventListener('dragstart', ({ dataTransfer }) => {
      dataTransfer.setData(DRAGGED, String(this.id));
      dataTransfer.setDragImage(this.canvas, 32, 32);
      dataTransfer.effectAllowed = 'copyMove';
    });
    root.addEventListener('dragover', (event) => {
      if (!event.dataTransfer.types.includes(DRAGGED)) return;
      event.preventDefault();
      event.stopPropagation();
      root.classList.add('over');
    });
    root.addEventListener('dragleave', () => root.classList.remove('over'));
    root.addEventListener('drop', (event) => {
      root.classList.remove('over');
      const id = event.dataTransfer.getData(DRAGGED);
      if (!id) return;
      event.preventDefault();
      event.stopPropagation();
      shelf.store.move(Number(id), this.place);
    });
  }
}
