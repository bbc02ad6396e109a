// What the browser still keeps of a model besides its shelf: faces of its former weights, and shelves
// that could not be read. They can be taken along as files, and forgotten.

import { button, make } from '../scene/parts.js';
import { download } from './saving.js';

const SURE_MS = 5000;

export class Leftovers {
  // left() hears that the last one went while a hand was here.
  constructor(state, store, left) {
    Object.assign(this, { state, store, left, shown: '' });
    this.root = make('ul', { className: 'leftovers', 'aria-label': 'Also kept by this browser', hidden: true });
  }

  show() {
    const { store, root } = this;
    const shown = store.leftovers.map(({ key, text }) => `${key} ${text.length}`).join();
    if (shown === this.shown) return;
    this.shown = shown;
    const held = root.contains(document.activeElement);
    root.replaceChildren(...store.leftovers.map((leftover) => this.line(leftover)));
    root.hidden = !store.leftovers.length;
    if (!held) return;
    if (root.hidden) this.left();
    else root.querySelector('button').focus();
  }

  line(leftover) {
    const { name } = this.state.about;
    const { count } = leftover;
    const words = count
      ? `${count === 1 ? 'One face' : `${count} faces`} of the former weights of '${name}' ${count === 1 ? 'is' : 'are'} kept; the new weights cannot show ${count === 1 ? 'it' : 'them'}.`
      : `A shelf of '${name}' that cannot be read is kept.`;
    const forget = button('forget', 'Remove it from this browser for good', () => this.forget(forget, leftover), { 'data-leftover': 'forget' });
    return make('li', {}, make('span', { textContent: words }),
      button('export', 'Save it as a file, as it is', () => this.save(leftover), { 'data-leftover': 'export' }), forget);
  }

  save({ text, count }) {
    const { name } = this.state.about;
    const file = count ? `${name}-former-faces.json` : `${name}-unread-shelf.txt`;
    download(new Blob([text], { type: count ? 'application/json' : 'text/plain' }), file);
    this.state.tell(`Saved ${file}.`);
  }

  // Nothing brings it back, so it is asked for twice.
  forget(pressed, { key }) {
    if (pressed.dataset.sure) return void this.store.forget(key);
    pressed.dataset.sure = 'asked';
    pressed.textContent = 'really forget';
    setTimeout(() => {
      delete pressed.dataset.sure;
      pressed.textContent = 'forget';
    }, SURE_MS);
  }
}
