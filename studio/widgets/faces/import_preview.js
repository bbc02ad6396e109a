// The faces of a file, before they are added to the shelf.

import { button, make } from '../scene/parts.js';
import { MOST } from './shelf_file.js';
import { thumbsOf } from './thumbs.js';

export class ImportPreview {
  constructor(state, store, closed) {
    Object.assign(this, { state, store, closed, faces: [] });
    this.said = make('p', { role: 'status' });
    this.list = make('ol', { className: 'found' });
    this.add = button('Add', 'Put them on the shelf', () => this.take(), { className: 'begin', 'data-import': 'add' });
    this.cancel = button('cancel', 'Add none of them (Escape)', () => this.leave(), { 'data-import': 'cancel' });
    this.root = make('div', { className: 'import', role: 'group', 'aria-label': 'Faces of a file', hidden: true },
      this.said, this.list, make('div', { className: 'buttons' }, this.add, this.cancel));
    this.root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      this.leave();
    });
  }

  // Show what was read: {faces, found, unsound}.
  open({ faces, found, unsound }) {
    const { store, state } = this;
    this.faces = store.news(faces);
    const count = this.faces.length;
    const known = faces.filter(({ z }) => store.find(z)).length;
    if (!count) {
      this.close();
      const all = known === faces.length;
      const why = all ? 'All faces of the file are on the shelf already.' : `The shelf holds ${MOST} faces already; remove some first.`;
      state.fail(new Error(why), all ? 'info' : 'error');
      return;
    }
    this.said.textContent = [
      `The file holds ${one(found)}.`,
      unsound ? `${unsound} of them cannot be read.` : '',
      known ? `${known} ${known === 1 ? 'is' : 'are'} on the shelf already.` : '',
      count === store.room && count < faces.length - known ? `There is room for ${count}: these are the first.` : '',
    ].filter(Boolean).join(' ');
    this.list.replaceChildren(...this.faces.map(({ name, z }) => make('li', { title: name },
      thumbsOf(state).canvas(z), make('span', { textContent: name }))));
    this.add.textContent = `Add ${one(count)}`;
    this.root.hidden = false;
    state.emit('done');
    this.add.focus();
  }

  take() {
    const added = this.store.take(this.faces);
    this.leave();
    // Where the browser keeps nothing, that is what there is to say.
    if (!this.store.unkept) this.state.tell(`Added ${one(added)} to the shelf.`);
  }

  leave() {
    this.close();
    this.closed();
  }

  close() {
    this.root.hidden = true;
    this.faces = [];
    this.list.replaceChildren();
  }
}

const one = (count) => (count === 1 ? 'one face' : `${count.toLocaleString('en')} faces`);
