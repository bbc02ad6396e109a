// A model's shelf in the browser's storage, which all tabs of the browser share. Nothing there is written
// over that this page has neither read nor set aside.
//
// Every writing names the one before it that its tab knew of. So two tabs that write at the same moment
// find out what each of them had changed.

import { keep, kept } from '../space/storage.js';
import { FORMAT, MOST, parseShelf, shelfFile } from './shelf_file.js';
import { keyOf, merged, same } from './shelf_merge.js';

const EMPTY = { faces: [], a: null, b: null };
const MOST_PAST = 16;

export class KeptShelf {
  constructor(about) {
    Object.assign(this, { about, key: `${FORMAT}:${about.digest.slice(0, 16)}`, base: EMPTY, past: new Map(), revision: '', text: null, barred: null });
  }

  // What is there: {shelf, trouble}; the trouble is null or {found, unsound, aside: whether it is set aside}.
  open() {
    const text = kept(this.key);
    if (text === null) return { shelf: EMPTY, trouble: null };
    const read = this.read(text);
    const trouble = read && !read.unsound ? null : { found: read?.found, unsound: read?.unsound, aside: this.setAside(text) };
    this.text = text;
    if (read) this.remember(read);
    return { shelf: read ?? EMPTY, trouble };
  }

  // Keep a shelf; returns {shelf: with what other tabs made of it meanwhile, kept: whether it is}.
  write(mine) {
    const text = kept(this.key);
    const shelf = text !== null && text !== this.text ? this.join(text, mine).shelf : mine;
    if (this.barred !== null && !this.setAside(this.barred)) return { shelf, kept: false };
    const revision = Math.random().toString(36).slice(2);
    const places = shelf.faces.map(keyOf);
    const data = { ...shelfFile(this.about, shelf.faces), a: places.indexOf(shelf.a), b: places.indexOf(shelf.b), revision, after: this.revision };
    const written = JSON.stringify(data);
    if (!keep(this.key, written)) return { shelf, kept: false };
    this.text = written;
    this.remember({ ...shelf, revision });
    return { shelf, kept: true };
  }

  // What another tab wrote and what this one has besides: {shelf, ahead: whether this one has anything besides}.
  join(text, mine) {
    const read = this.read(text);
    this.text = text;
    this.barred = null;
    if (!read || read.unsound) this.setAside(text);
    if (!read) return { shelf: mine, ahead: true };
    // Of what could not be read nobody knows whether it was removed.
    const base = read.unsound ? EMPTY : this.past.get(read.after) ?? this.base;
    const shelf = merged(base, mine, read);
    this.remember(read);
    return { shelf, ahead: !same(shelf, read) };
  }

  remember({ faces, a, b, revision }) {
    this.base = { faces: faces.map((face) => ({ ...face })), a, b };
    this.revision = revision;
    if (!revision) return;
    this.past.set(revision, this.base);
    if (this.past.size > MOST_PAST) this.past.delete(this.past.keys().next().value);
  }

  // A shelf that was kept, or null.
  read(text) {
    try {
      const data = JSON.parse(text);
      const empty = data.format === FORMAT && Array.isArray(data.faces) && !data.faces.length;
      const found = empty ? { faces: [], found: 0, unsound: 0 } : parseShelf(text, this.about);
      const faces = [...new Map(found.faces.slice(0, MOST).map((face) => [keyOf(face), face])).values()];
      // Where faces are missing, nobody knows which of them the others' places stand for.
      const end = (place) => (found.unsound || !faces[place] ? null : keyOf(faces[place]));
      const [revision, after] = [data.revision, data.after].map((word) => (typeof word === 'string' ? word : ''));
      return { ...found, faces, a: end(data.a), b: end(data.b), revision, after };
    } catch {
      return null;
    }
  }

  // Keep a copy of what cannot be read. Where there is no room for it, its place is not written over.
  setAside(text) {
    let name = `${this.key}:unread`;
    for (let n = 2; ![null, text].includes(kept(name)); n += 1) name = `${this.key}:unread-${n}`;
    const done = kept(name) === text || keep(name, text);
    this.barred = done ? null : text;
    return done;
  }

  // What else is kept of this model: shelves of its former weights, and those that cannot be read.
  leftovers() {
    return keys().map((key) => this.leftover(key, kept(key))).filter(Boolean);
  }

  leftover(key, text) {
    if (text === null || !key.startsWith(`${FORMAT}:`)) return null;
    const unread = key.startsWith(`${this.key}:unread`) || (key === this.key && this.barred !== null);
    if (unread) return { key, text, count: 0 };
    if (key.startsWith(this.key) || key.includes(':unread')) return null;
    const data = shelfData(text);
    return data?.model?.name === this.about.name && data.faces.length ? { key, text, count: data.faces.length } : null;
  }

  // Forget one of them.
  forget(key) {
    try {
      window.localStorage.removeItem(key);
    } catch {
      return;
    }
    if (key === this.key) Object.assign(this, { barred: null, text: null });
  }
}

function keys() {
  try {
    return Object.keys(window.localStorage).sort();
  } catch {
    return [];
  }
}

// The text of any model's shelf as data, or null.
function shelfData(text) {
  try {
    const data = JSON.parse(text);
    return data?.format === FORMAT && Array.isArray(data.faces) ? data : null;
  } catch {
    return null;
  }
}
