// The shelf of a model: named faces and which of them are A and B, kept in this browser. Its other tabs
// have the same shelf. Emits `shelf` on the tab's state whenever it changes.

import { FORMAT, MOST, plainName, rounded } from './shelf_file.js';
import { KeptShelf } from './shelf_kept.js';
import { keyOf } from './shelf_merge.js';

const LOST = 'This browser keeps no faces for this page (no room, or not allowed): export the shelf before you leave.';
const FULL = `The shelf holds ${MOST} faces already; remove one first, or export it.`;
const shelves = new WeakMap();

// The one shelf of a tab, for all that show it.
export function shelfOf(state) {
  if (!shelves.has(state)) shelves.set(state, new ShelfStore(state));
  return shelves.get(state);
}

class ShelfStore {
  constructor(state) {
    Object.assign(this, { state, about: null, kept: null, list: [], ends: { a: null, b: null }, removed: null, made: 0, unkept: false, leftovers: [] });
    state.on('about', () => this.open());
    window.addEventListener('storage', (event) => this.follow(event));
    if (state.about) this.open();
  }

  // The shelf of the model that is there now. What cannot be read is set aside, never written over.
  open() {
    const { about } = this.state;
    if (!about) return;
    if (about.digest === this.about?.digest) {
      for (const one of [this, this.kept]) one.about = about;
      this.look();
      return;
    }
    Object.assign(this, { about, kept: new KeptShelf(about), list: [], ends: { a: null, b: null }, removed: null, unkept: false });
    const { shelf, trouble } = this.kept.open();
    this.adopt(shelf);
    if (trouble) this.complain(trouble);
    this.look();
    this.tell();
  }

  complain({ found, unsound, aside }) {
    const { name } = this.about;
    const words = unsound
      ? `${unsound} of the ${found} faces on the shelf of '${name}' cannot be read.`
      : `The shelf that this browser kept for '${name}' cannot be read, so that it is empty now.`;
    const rest = aside
      ? 'What was kept is set aside; it can be exported or forgotten below the shelf.'
      : 'It stays where it is, so that nothing is kept of this shelf until you forget it below the shelf.';
    this.state.fail(new Error(`${words} ${rest}`), 'link');
  }

  // What else the browser keeps of this model.
  look() {
    this.leftovers = this.kept.leftovers();
  }

  forget(key) {
    const mine = key === this.kept.key;
    this.kept.forget(key);
    this.look();
    // There may be room now for what could not be kept.
    if (mine || this.unkept) this.changed();
    else this.tell();
  }

  // The shelf as it is kept.
  get shelf() {
    const end = (id) => (this.get(id) ? keyOf(this.get(id)) : null);
    return { faces: this.list, a: end(this.ends.a), b: end(this.ends.b) };
  }

  // A face that was there before stays the same one, so that its picture does, too.
  adopt({ faces, a, b }) {
    const before = new Map(this.list.map((face) => [keyOf(face), face]));
    this.list = faces.slice(0, MOST).map(({ name, z, made }) => {
      const known = before.get(keyOf({ z }));
      return { id: known?.id ?? this.fresh(), name, z: known?.z ?? z, made };
    });
    const end = (key) => this.list.find((face) => keyOf(face) === key)?.id ?? null;
    this.ends = { a: end(a), b: end(b) };
    if (faces.length > MOST) this.state.fail(new Error(FULL), 'link');
  }

  // What another tab of this browser has made of the shelf.
  follow({ key, newValue }) {
    if (!this.about || (key !== null && !key.startsWith(FORMAT))) return;
    if (key === this.kept.key && newValue !== null && this.kept.read(newValue)) {
      const { shelf, ahead } = this.kept.join(newValue, this.shelf);
      this.adopt(shelf);
      this.unkept = ahead;
      if (ahead) return void this.changed();
    }
    this.look();
    this.tell();
  }

  fresh() {
    this.made += 1;
    return this.made;
  }

  tell() {
    this.state.emit('shelf');
  }

  changed() {
    const { shelf, kept } = this.kept.write(this.shelf);
    this.adopt(shelf);
    this.unkept = !kept;
    // It stays to be read after what was done.
    if (!kept) this.state.fail(new Error(LOST), 'link');
    this.tell();
  }

  get(id) {
    return this.list.find((face) => face.id === id) ?? null;
  }

  find(code) {
    const z = rounded(code);
    return this.list.find((face) => alike(face.z, z)) ?? null;
  }

  get room() {
    return MOST - this.list.length;
  }

  // Put a face on the shelf; the first two become A and B. Returns it, or null if there is no room.
  add(code, name) {
    if (!this.about) return null;
    if (!this.room) {
      this.state.fail(new Error(FULL));
      return null;
    }
    const face = this.note({ name: plainName(name) || 'face', z: rounded(code), made: new Date().toISOString() });
    this.changed();
    return this.get(face.id);
  }

  note({ name, z, made }) {
    const face = { id: this.fresh(), name: this.unused(name), z, made };
    this.list.push(face);
    this.removed = null;
    const { ends } = this;
    if (ends.a === null) ends.a = face.id;
    else if (ends.b === null) ends.b = face.id;
    return face;
  }

  // Add faces of a file that are not here yet, as far as there is room.
  take(faces) {
    const added = this.news(faces);
    for (const face of added) this.note({ ...face, made: face.made ?? new Date().toISOString() });
    if (added.length) this.changed();
    return added.length;
  }

  // Those of a file's faces that would be added.
  news(faces) {
    const fresh = [];
    for (const face of faces) {
      if (fresh.length === this.room) break;
      if (!this.find(face.z) && !fresh.some(({ z }) => alike(z, face.z))) fresh.push(face);
    }
    return fresh;
  }

  unused(name) {
    const taken = new Set(this.list.map((face) => face.name));
    if (!taken.has(name)) return name;
    let n = 2;
    while (taken.has(`${name} (${n})`)) n += 1;
    return `${name} (${n})`;
  }

  rename(id, name) {
    const face = this.get(id);
    if (!face) return;
    face.name = plainName(name) || face.name;
    this.changed();
  }

  // Put a face before another one's place in the row.
  move(id, to) {
    const from = this.list.findIndex((face) => face.id === id);
    if (from < 0 || to < 0 || to >= this.list.length || from === to) return;
    this.list.splice(to, 0, ...this.list.splice(from, 1));
    this.changed();
  }

  // Make a face A or B; the other end takes what this one had, if it was the same face.
  end(letter, id) {
    const { ends } = this;
    const other = letter === 'a' ? 'b' : 'a';
    if (ends[letter] === id || !this.get(id)) return;
    if (ends[other] === id) ends[other] = ends[letter];
    ends[letter] = id;
    this.changed();
  }

  swap() {
    const { a, b } = this.ends;
    this.ends = { a: b, b: a };
    this.changed();
  }

  remove(id) {
    const at = this.list.findIndex((face) => face.id === id);
    if (at < 0) return;
    this.removed = { face: this.list[at], at, ends: { ...this.ends } };
    this.list.splice(at, 1);
    for (const letter of ['a', 'b']) if (this.ends[letter] === id) this.ends[letter] = null;
    this.changed();
  }

  // Bring back what was removed last.
  restore() {
    if (!this.removed) return null;
    const { face, at, ends } = this.removed;
    this.removed = null;
    // Another tab may have it again, or have filled its place.
    const known = this.find(face.z);
    if (known || !this.room) {
      if (!known) this.state.fail(new Error(FULL));
      this.tell();
      return known;
    }
    this.list.splice(at, 0, face);
    for (const letter of ['a', 'b']) if (ends[letter] === face.id) this.ends[letter] ??= face.id;
    this.changed();
    return face;
  }
}

const alike = (a, b) => a.length === b.length && a.every((v, d) => Math.abs(v - b[d]) < 1e-4);
