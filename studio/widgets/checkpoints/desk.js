// What the table and the details share: the list, the choice, and when both are asked for anew.

import { readQuery, setQuery } from '../house/house.js';
import { fetchJson } from '../scene/address.js';

export const TAB = 'checkpoints';

class Desk extends EventTarget {
  constructor() {
    super();
    this.checkpoints = [];
    this.recipes = [];
    this.token = false;
    this.choice = null;
    this.missing = '';
    const query = readQuery(TAB);
    this.wanted = query.get('checkpoint') ?? query.get('model');
    window.addEventListener('studio-registry', () => this.look());
    window.addEventListener('studio-tab', ({ detail }) => { if (detail.tab === TAB) this.look(); });
    window.addEventListener('studio-link', ({ detail }) => {
      if (detail.tab === TAB && detail.checkpoint) this.look(detail.checkpoint);
    });
  }

  get chosen() {
    return this.checkpoints.find((one) => one.name === this.choice) ?? null;
  }

  // Ask for the list, and choose one of it if that is wanted.
  async look(wanted = null) {
    this.wanted = wanted ?? this.wanted;
    try {
      Object.assign(this, await fetchJson('/registry'));
    } catch (error) {
      this.tell('silent', error instanceof TypeError ? 'The studio is not answering.' : error.message);
      return;
    }
    const asked = this.wanted;
    this.wanted = null;
    const there = this.checkpoints.some((one) => one.name === asked);
    if (asked) this.missing = there ? '' : `There is no checkpoint '${asked.slice(0, 64)}' here.`;
    this.tell('list');
    if (there) this.choose(asked);
    else if (!this.chosen) this.choose(this.checkpoints[0]?.name ?? null, this.missing);
  }

  // What was found out about one of them.
  update(facts) {
    this.checkpoints = this.checkpoints.map((one) => (one.name === facts.name ? facts : one));
    this.tell('list');
  }

  // Read the files of all that nobody has looked at yet, one after another.
  async verifyAll() {
    for (const { name, state } of this.checkpoints) {
      if (state === 'unchecked') this.update(await act(name, 'verify'));
    }
  }

  choose(name, missing = '') {
    if (name === this.choice) return;
    this.choice = name;
    this.missing = missing;
    setQuery(TAB, { checkpoint: name, model: null });
    this.tell('choice');
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

export const desk = new Desk();

// Do something; a refusal is the studio's own sentence.
export function act(name, action, query = {}) {
  const asked = new URLSearchParams(query).toString();
  const path = `/registry/${encodeURIComponent(name)}/${action}${asked ? `?${asked}` : ''}`;
  return fetchJson(path, { method: 'POST' });
}

export function bytes(count) {
  const [unit, size] = count >= 1e9 ? ['GB', 1e9] : count >= 1e6 ? ['MB', 1e6] : ['kB', 1e3];
  return `${(count / size).toFixed(count / size < 10 ? 1 : 0)} ${unit}`;
}

export function sentence(error) {
  return error instanceof TypeError ? 'The studio is not answering; try again.' : error.message;
}
