// What a person did to the labels, on its way to the disk: one thing after another, each with a key of
// its own, so that one that is sent twice counts once. What could not be sent is tried again, more
// slowly each time, and stays in the browser's memory until the studio has said that it is saved.
//
// Events: change (how many wait), saved ({op, answer}), refused ({op, error}), waiting (error).

import { fetchJson } from '../scene/address.js';
import { Emitter } from '../scene/emitter.js';
import { keep, kept } from '../space/storage.js';
import { NONE } from './colours.js';

const PREFIX = 'latent-labels';
const FIRST_RETRY = 250;
const SLOWEST_RETRY = 8000;
const PATIENCE_MS = 15000;
// Answers after which the same may well succeed: logged out, too busy, no room on the disk, a proxy without a studio.
const PASSING = [401, 408, 425, 429, 500, 502, 503, 504, 507];
// Every page has its own keys; crypto.randomUUID is missing where the address is not a secure one.
const PAGE = Array.from(crypto.getRandomValues(new Uint8Array(16)), (v) => v.toString(16).padStart(2, '0')).join('');
let sequence = 0;
let boxes = 0;

export class Outbox extends Emitter {
  constructor(project) {
    super();
    Object.assign(this, { project, pending: [], retry: FIRST_RETRY, closed: false });
    boxes += 1;
    this.place = `${PREFIX}:${project}:${PAGE}:${boxes}`;
    this.leaving = (event) => { if (this.pending.length) event.preventDefault(); };
    window.addEventListener('beforeunload', this.leaving);
    this.pending = leftOver(project);
    this.found = this.pending.length;
    if (this.found) {
      this.note();
      this.send();
    }
  }

  // path: 'steps', 'undo' or 'redo'.
  add(path, body = {}) {
    sequence += 1;
    this.pending.push({ path, body: { key: `${PAGE}:${sequence}`, ...body } });
    this.note();
    this.send();
  }

  // How many labels wait: a lasso's step has many.
  get labels() {
    return this.pending.reduce((sum, { body }) => sum + (body.samples?.length ?? 1), 0);
  }

  // Put what waits over labels, a byte a row.
  lay(bytes) {
    for (const { path, body: { samples, label } } of this.pending) {
      if (path === 'steps') for (const row of samples) bytes[row] = label ?? NONE;
    }
  }

  note() {
    keep(this.place, this.pending.length ? JSON.stringify(this.pending) : '');
    if (!this.pending.length) forget(this.place);
    if (!this.closed) this.emit('change');
  }

  // Send now what waits for its next turn.
  hurry() {
    clearTimeout(this.turn);
    this.turn = null;
    this.retry = FIRST_RETRY;
    this.send();
  }

  async send() {
    if (this.sending || this.turn || !this.pending.length) return;
    this.sending = true;
    const [op] = this.pending;
    try {
      const answer = await this.post(op);
      this.retry = FIRST_RETRY;
      this.settle(op, 'saved', { op, answer });
    } catch (error) {
      if (error.status && !PASSING.includes(error.status)) this.settle(op, 'refused', { op, error });
      else this.later(error);
    }
    this.sending = false;
    this.send();
  }

  post({ path, body }) {
    return fetchJson(`/labels/${encodeURIComponent(this.project)}/${path}`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  }

  settle(op, type, detail) {
    this.pending = this.pending.filter((other) => other !== op);
    this.note();
    this.done();
    if (!this.closed) this.emit(type, detail);
  }

  later(error) {
    this.turn = setTimeout(() => {
      this.turn = null;
      this.send();
    }, this.retry);
    this.retry = Math.min(2 * this.retry, SLOWEST_RETRY);
    if (!this.closed) this.emit('waiting', error);
  }

  // Nobody listens any more; what still waits is sent all the same.
  close() {
    this.closed = true;
    this.done();
  }

  done() {
    if (this.closed && !this.pending.length) window.removeEventListener('beforeunload', this.leaving);
  }
}

// What other pages of this browser, closed or still open, have not got through; sent by two of them it
// counts once all the same.
function leftOver(project) {
  const found = [];
  for (const place of places(`${PREFIX}:${project}:`)) {
    try {
      found.push(...JSON.parse(kept(place) || '[]').filter(whole));
    } catch {
      // Nothing of ours.
    }
    forget(place);
  }
  return found;
}

function whole({ path, body }) {
  return body?.key && (['undo', 'redo'].includes(path) || (path === 'steps' && Array.isArray(body.samples)));
}

function places(prefix) {
  try {
    return Object.keys(window.localStorage).filter((key) => key.startsWith(prefix)).sort();
  } catch {
    return [];
  }
}

function forget(place) {
  try {
    window.localStorage.removeItem(place);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}
