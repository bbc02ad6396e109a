// An end of the morph: the face there. A click goes to it; a face from the shelf can be dropped on it.

import { make } from '../scene/parts.js';
import { DRAGGED } from './card.js';
import { thumbsOf } from './thumbs.js';

export class MorphSlot {
  constructor(letter, morph) {
    Object.assign(this, { letter, morph, face: null });
    this.mark = make('b', { className: `chip ${letter}`, textContent: letter.toUpperCase() });
    this.root = make('button', { type: 'button', className: 'slot', 'data-end': letter }, this.mark);
    this.root.addEventListener('click', () => this.morph.player.glide(letter === 'a' ? 0 : 1));
    this.root.addEventListener('dragover', (event) => {
      if (!event.dataTransfer.types.includes(DRAGGED) || this.fixed) return;
      event.preventDefault();
      event.stopPropagation();
      this.root.classList.add('over');
    });
    this.root.addEventListener('dragleave', () => this.root.classList.remove('over'));
    this.root.addEventListener('drop', (event) => this.drop(event));
  }

  // fixed: the end of a way through all faces.
  show(face, fixed) {
    const { root, letter } = this;
    this.fixed = fixed;
    this.mark.hidden = fixed;
    root.disabled = !face;
    root.title = face ? `Go to ${face.name}` : `Press ${letter.toUpperCase()} on a face of the shelf, or drag one here`;
    root.setAttribute('aria-label', face ? root.title : `No face is ${letter.toUpperCase()} yet`);
    if (face?.z === this.face?.z && Boolean(face) === Boolean(this.face)) return;
    this.face = face ?? null;
    root.replaceChildren(...(face ? [thumbsOf(this.morph.state).canvas(face.z)] : []), this.mark);
  }

  drop(event) {
    this.root.classList.remove('over');
    const id = event.dataTransfer.getData(DRAGGED);
    if (!id || this.fixed) return;
    event.preventDefault();
    event.stopPropagation();
    this.morph.store.end(this.letter, Number(id));
  }
}
