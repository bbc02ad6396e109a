// The shelf below the picture: saved faces in a row, which of them are A and B, and the shelf as a file.

import { button, make } from '../scene/parts.js';
import { Card } from './card.js';
import { download } from './saving.js';
import { ImportPreview } from './import_preview.js';
import { Leftovers } from './shelf_leftovers.js';
import { MOST, readShelfFile, shelfFile } from './shelf_file.js';
import { shelfOf } from './shelf_store.js';
import { label } from './words.js';

const HINT = 'Nothing here yet: save a face you like (S). The first two become A and B of the morph.';

export class Shelf {
  constructor(host, state) {
    Object.assign(this, { host, state, store: shelfOf(state), cards: new Map(), current: null });
    this.build();
    state.on('shelf', () => this.show());
    state.on('about', () => this.opened());
    state.on('change', () => this.mark());
    state.on('show', () => this.mark());
    state.on('save', () => this.keep());
    if (state.about) this.opened();
  }

  build() {
    this.count = make('span', { className: 'count' });
    this.unkept = make('span', { className: 'unkept', textContent: 'not kept by this browser', hidden: true });
    this.save = button('Save to shelf', 'Keep the face that is seen (S)', () => this.keep(), { className: 'begin', 'data-shelf': 'save' });
    this.back = button('bring back', 'Bring it back', () => this.restore(), { 'data-shelf': 'restore', hidden: true });
    this.export = button('export', 'Save the shelf as a file', () => this.exportAll(), { 'data-shelf': 'export' });
    this.import = button('import', 'Add faces from a file', () => this.file.click(), { 'data-shelf': 'import' });
    this.file = make('input', { type: 'file', accept: '.json,application/json', hidden: true });
    this.file.addEventListener('change', () => this.take());
    this.row = make('ol', { className: 'row' });
    this.hint = make('p', { className: 'hint', textContent: HINT });
    this.leftovers = new Leftovers(this.state, this.store, () => this.import.focus());
    this.preview = new ImportPreview(this.state, this.store, () => this.import.focus());
    this.root = make('div', { className: 'face-shelf' },
      make('div', { className: 'line' }, make('h3', { textContent: 'Shelf' }), this.count, this.unkept, this.save, this.back, this.export, this.import, this.file),
      this.preview.root, this.hint, this.row, this.leftovers.root);
    this.row.addEventListener('keydown', (event) => this.key(event));
    this.row.addEventListener('focusin', ({ target }) => this.focused(target));
    this.root.addEventListener('dragover', (event) => this.over(event));
    this.root.addEventListener('dragleave', () => { delete this.root.dataset.over; });
    this.root.addEventListener('drop', (event) => this.drop(event));
    this.host.replaceChildren(this.root);
  }

  opened() {
    this.preview.close();
    for (const card of this.cards.values()) card.root.remove();
    this.cards.clear();
    this.show();
  }

  // What is seen goes onto the shelf: the face, or where a morph stands.
  keep() {
    const { state, store } = this;
    const seen = store.seen?.() ?? { code: state.code, title: titleOf(state) };
    if (!state.about || !seen.code?.length) return;
    const known = store.find(seen.code);
    const face = known ?? store.add(seen.code, seen.title);
    if (!face) return;
    state.emit('done');
    // Where the browser keeps nothing, that is what there is to say.
    if (known || !store.unkept) state.tell(known ? `This face is on the shelf already, as ${face.name}.` : `Saved as ${face.name}.`);
    this.reveal(face.id);
  }

  reveal(id) {
    const card = this.cards.get(id);
    if (!card) return;
    this.scrollTo(card);
    card.flash();
  }

  // Only the row is scrolled, never the page.
  scrollTo({ root }) {
    const { row } = this;
    const [left, right] = [root.offsetLeft - row.offsetLeft, root.offsetLeft - row.offsetLeft + root.offsetWidth];
    if (left < row.scrollLeft || right > row.scrollLeft + row.clientWidth) {
      row.scrollTo({ left: left - (row.clientWidth - root.offsetWidth) / 2, behavior: 'smooth' });
    }
  }

  show() {
    const { store, cards } = this;
    const { list, removed } = store;
    const there = new Set(list.map(({ id }) => id));
    for (const [id, card] of cards) {
      if (there.has(id)) continue;
      card.root.remove();
      cards.delete(id);
    }
    list.forEach((face, i) => {
      if (!cards.has(face.id)) cards.set(face.id, new Card(this, face));
      const card = cards.get(face.id);
      card.show(face, store.ends, i);
      // One that is in its place stays untouched, so that it keeps the focus.
      if (this.row.children[i] !== card.root) this.row.insertBefore(card.root, this.row.children[i] ?? null);
    });
    this.hint.hidden = list.length > 0 || !this.state.about;
    this.row.hidden = !list.length;
    this.export.disabled = !list.length;
    this.save.disabled = this.import.disabled = !this.state.about;
    this.count.textContent = list.length ? `${list.length} of ${MOST}` : '';
    this.unkept.hidden = !store.unkept;
    this.leftovers.show();
    this.back.hidden = !removed;
    this.back.textContent = removed ? `bring back ${removed.face.name}` : '';
    this.rove();
    this.mark();
  }

  // The card of the face that is seen.
  mark() {
    const { origin, code } = this.state;
    const shown = origin?.kind === 'shelf' && code ? this.store.find(code)?.id : null;
    for (const [id, card] of this.cards) card.here(id === shown && this.state.show !== 'morph');
  }

  // One card is reached by Tab; the arrows lead from card to card.
  rove() {
    if (!this.store.get(this.current)) this.current = this.store.list[0]?.id ?? null;
    for (const [id, card] of this.cards) card.reach(id === this.current);
  }

  focused(target) {
    const id = [...this.cards].find(([, card]) => card.root.contains(target))?.[0];
    if (id === undefined || id === this.current) return;
    this.current = id;
    this.rove();
  }

  key(event) {
    const { store } = this;
    if (event.target.matches('input') || event.ctrlKey || event.metaKey) return;
    const at = store.list.findIndex(({ id }) => id === this.current);
    if (at < 0) return;
    const last = store.list.length - 1;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    const letter = event.key.toLowerCase();
    if (to !== undefined && event.altKey) store.move(this.current, to);
    else if (to !== undefined) this.focus(store.list[Math.max(0, Math.min(last, to))].id);
    else if (event.altKey) return;
    else if (event.key === 'F2') this.cards.get(this.current).rename();
    else if (event.key === 'Delete') this.remove(this.current);
    else if (letter === 'a' || letter === 'b') store.end(letter, this.current);
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (event.altKey) this.focus(this.current);
  }

  focus(id) {
    const card = this.cards.get(id);
    if (!card) return;
    card.face.focus({ preventScroll: true });
    this.scrollTo(card);
  }

  // Back to a face: it becomes the one that the sliders move.
  adopt(face) {
    const { state } = this;
    // A morph goes to those that it passes.
    if (state.show === 'morph' && this.store.visit?.(face.id)) return;
    // The first click of a double one took it already.
    const there = state.origin?.kind === 'shelf' && state.origin.id === face.id && !state.strengths.size;
    if (!there) state.take({ code: Float32Array.from(face.z), origin: { kind: 'shelf', id: face.id, title: face.name } });
    if (state.show === 'morph') state.setShow('face');
  }

  // The focus stays in the row when its card goes.
  remove(id) {
    const { store } = this;
    const at = store.list.findIndex((face) => face.id === id);
    const held = this.cards.get(id)?.root.contains(document.activeElement);
    store.remove(id);
    const next = store.list[Math.min(at, store.list.length - 1)];
    if (!held) return;
    if (next) this.focus(next.id);
    else this.back.focus();
  }

  restore() {
    const face = this.store.restore();
    if (face) this.focus(face.id);
  }

  exportAll() {
    const { about } = this.state;
    const { list } = this.store;
    const text = JSON.stringify(shelfFile(about, list));
    download(new Blob([text], { type: 'application/json' }), `${about.name}-faces.json`);
    this.state.tell(`Saved ${list.length === 1 ? 'one face' : `${list.length} faces`} as ${about.name}-faces.json.`);
  }

  async take(file = this.file.files[0]) {
    const { about } = this.state;
    if (!file || !about) return;
    try {
      const read = await readShelfFile(file, about);
      if (about === this.state.about) this.preview.open(read);
    } catch (error) {
      this.state.fail(error);
    }
    this.file.value = '';
  }

  // A file that is dropped here is a shelf; one that is dropped elsewhere is a photo.
  over(event) {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    this.root.dataset.over = 'file';
  }

  drop(event) {
    delete this.root.dataset.over;
    const [file] = event.dataTransfer.files;
    if (!file || file.type.startsWith('image/')) return;
    event.preventDefault();
    this.take(file);
  }
}

// What a face is called until somebody names it.
function titleOf({ origin, strengths }) {
  const names = {
    random: () => `seed ${origin.seed}`,
    // A file's name may say whose face it is.
    photo: () => 'photo',
    'held-out': () => `held-out ${origin.row}`,
    shelf: () => origin.title?.replace(/ \(\d+\)$/, ''),
  };
  const [most] = [...strengths].sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  const moved = most ? ` ${most[1] < 0 ? '−' : '+'}${label(most[0])}` : '';
  return (names[origin?.kind]?.() ?? 'face') + moved;
}
