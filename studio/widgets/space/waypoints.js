// Waypoints: named places, kept in the browser for each model, and as a file to take along. Other tabs
// of the browser have the same list.

import { codeText } from './link.js';
import { keep, kept } from './storage.js';

const KIND = 'latent-studio waypoints';
export const MOST = 64;
const MOST_BYTES = 2_000_000;
const FARTHEST = 1e6;
const LONGEST_NAME = 60;

export class Waypoints {
  constructor(flight) {
    this.flight = flight;
    this.list = [];
    this.removed = null;
    this.ids = 0;
    window.addEventListener('storage', (event) => this.follow(event));
  }

  open(about) {
    this.about = about;
    this.removed = null;
    this.adopt(this.read(kept(this.key())) ?? []);
    this.flight.emit('waypoints');
  }

  key() {
    return `odyssey-waypoints:${this.about.name}:${this.about.digest.slice(0, 12)}`;
  }

  // What another tab of this browser has made of the list.
  follow({ key, newValue }) {
    if (!this.about || (key !== null && key !== this.key())) return;
    this.adopt(this.read(newValue) ?? []);
    this.removed = null;
    this.flight.emit('waypoints');
  }

  // A waypoint that was there before stays the same one, so that it stays the destination.
  adopt(list) {
    const before = [...this.list];
    this.list = list.slice(0, MOST).map((waypoint) => {
      const at = before.findIndex(({ z }) => same(z, waypoint.z));
      const id = at < 0 ? this.fresh() : before.splice(at, 1)[0].id;
      return { ...waypoint, id };
    });
  }

  fresh() {
    this.ids += 1;
    return this.ids;
  }

  find(z) {
    return this.list.find((waypoint) => same(waypoint.z, z));
  }

  read(text) {
    try {
      return checked(JSON.parse(text), this.about);
    } catch {
      return null;
    }
  }

  changed() {
    if (!keep(this.key(), JSON.stringify(this.file())) && !this.unkept) {
      this.unkept = true;
      this.flight.fail('This browser keeps no waypoints for this page (no room, or not allowed); save them as a file.');
    }
    this.flight.emit('waypoints');
  }

  file() {
    const { name, digest, latent_dim } = this.about;
    const waypoints = this.list.map((w) => ({ name: w.name, z: w.z }));
    return { kind: KIND, checkpoint: name, digest, latent_dim, waypoints };
  }

  // Where the ship is.
  drop(z, name) {
    const waypoint = this.note(z, name);
    if (!waypoint) return;
    const keys = this.list.length < 10 && window.matchMedia('(hover: hover)').matches;
    const back = keys ? ` (shift + ${this.list.length} leads back to it)` : '';
    this.flight.fail(`Dropped ${waypoint.name} here${back}.`, 'info');
  }

  // Add a place; returns the waypoint, or null if there is no room.
  note(z, name) {
    if (this.list.length >= MOST) {
      this.flight.fail(`There are ${MOST} waypoints already; delete one first.`);
      return null;
    }
    const waypoint = { name: name || this.unused(), z: codeText(z).split(',').map(Number), id: this.fresh() };
    this.list.push(waypoint);
    this.removed = null;
    this.changed();
    return waypoint;
  }

  unused() {
    let n = this.list.length + 1;
    while (this.list.some(({ name }) => name === `waypoint ${n}`)) n += 1;
    return `waypoint ${n}`;
  }

  rename(i, name) {
    this.list[i].name = name.trim().slice(0, LONGEST_NAME) || this.list[i].name;
    this.changed();
  }

  move(i, by) {
    const j = i + by;
    if (j < 0 || j >= this.list.length) return;
    [this.list[i], this.list[j]] = [this.list[j], this.list[i]];
    this.changed();
  }

  remove(i) {
    const [waypoint] = this.list.splice(i, 1);
    this.removed = { waypoint, i };
    this.changed();
  }

  // Bring back what was deleted last.
  undo() {
    if (!this.removed) return;
    this.list.splice(this.removed.i, 0, this.removed.waypoint);
    this.removed = null;
    this.changed();
  }

  // Add waypoints that are sound; returns how many there was room for.
  take(waypoints) {
    const added = waypoints.slice(0, MOST - this.list.length);
    this.list.push(...added.map(({ name, z }) => ({ name: name || this.unused(), z, id: this.fresh() })));
    if (added.length) this.changed();
    return added.length;
  }

  export() {
    const blob = new Blob([JSON.stringify(this.file(), null, 2)], { type: 'application/json' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${this.about.name}-waypoints.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async import(file) {
    try {
      if (file.size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES / 1e6} MB`);
      const list = checked(JSON.parse(await file.text()), this.about);
      const fresh = list.filter(({ z }) => !this.find(z));
      const added = this.take(fresh);
      this.flight.fail(report(list.length, fresh.length, added), added < fresh.length ? 'error' : 'info');
    } catch (error) {
      const reason = error instanceof SyntaxError ? 'it is not JSON' : error.message;
      this.flight.fail(`This file of waypoints cannot be used: ${reason}.`);
    }
  }
}

function report(found, fresh, added) {
  if (added < fresh) return `The file holds ${found} waypoints and there is room for ${MOST} in all: ${added} were added.`;
  if (!found) return 'The file holds no waypoints.';
  const known = found - fresh;
  return `Added ${added} of ${found} waypoints${known ? `; ${known} were there already` : ''}.`;
}

function checked(data, about) {
  if (data?.kind !== KIND || !Array.isArray(data.waypoints)) throw new Error('it holds no waypoints');
  if (data.digest !== about.digest) throw new Error(`it is of another model, '${String(data.checkpoint).slice(0, 64)}'`);
  return data.waypoints.map((waypoint, i) => {
    const { name, z } = waypoint ?? {};
    const sound = Array.isArray(z) && z.length === about.latent_dim
      && z.every((v) => Number.isFinite(v) && Math.abs(v) <= FARTHEST);
    if (!sound) throw new Error(`waypoint ${i + 1} is not ${about.latent_dim} numbers`);
    return { name: String(name ?? '').trim().slice(0, LONGEST_NAME) || `waypoint ${i + 1}`, z };
  });
}

const same = (a, b) => a.length === b.length && a.every((v, d) => Math.abs(v - b[d]) < 1e-4);
