// The desk of all runs: the table above, what is ticked laid side by side below.

import { fetchJson } from '../scene/address.js';
import { active } from '../run/words.js';
import { Table } from '../table/table.js';
import { COLUMNS } from './columns.js';
import { Comparison } from './compare.js';
import { look } from '../chart/ink.js';

const BUSY_MS = 2000;
// Runs may also be started elsewhere; a look costs next to nothing.
const IDLE_MS = 5000;
const NEWEST = 3;
const KEPT = 'studio-runs';

export function mount(element) {
  const root = element.querySelector('.runs');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new RunsDesk(root);
}

class RunsDesk {
  constructor(root) {
    this.root = root;
    this.runs = [];
    // Which look each compared run has: it keeps it as long as it is compared.
    this.slots = new Map();
    this.kept = read();
    this.comparison = new Comparison(root.querySelector('.runs-compare'), this.kept, () => this.keep());
    this.table = new Table(root.querySelector('.runs-table'), {
      label: 'Runs', noun: ['run', 'runs'], columns: COLUMNS,
      sort: { key: 'created', descending: true },
      ticked: () => this.compare().catch((error) => this.fail(error)), chosen: (id) => this.chosen(id),
    });
    this.visible = true;
    new IntersectionObserver(([entry]) => {
      this.visible = entry.isIntersecting;
      if (this.visible) this.look();
    }).observe(root);
    this.watch();
  }

  async watch() {
    while (this.root.isConnected) {
      if (this.visible && !document.hidden) await this.look();
      const wait = this.runs.some(active) ? BUSY_MS : IDLE_MS;
      await new Promise((resolve) => { setTimeout(resolve, wait); });
    }
  }

  look() {
    this.looking ??= this.ask().finally(() => { this.looking = null; });
    return this.looking;
  }

  async ask() {
    const start = performance.now();
    try {
      const { runs } = await fetchJson('/runs');
      if (!runs) throw new TypeError('This is no list of runs.');
      this.show(runs);
      await this.compare();
      this.say('');
    } catch (error) {
      this.fail(error);
    }
    this.root.dataset.lookMs = (performance.now() - start).toFixed(0);
  }

  fail(error) {
    // What a browser says when nobody answers helps no one.
    this.say(error instanceof TypeError ? 'The studio does not answer; is it still open?' : error.message);
  }

  say(text) {
    const notice = this.root.querySelector('.runs-notice');
    notice.textContent = text;
    notice.hidden = !text;
  }

  show(runs) {
    this.runs = runs;
    this.root.querySelector('.runs-empty').hidden = runs.length > 0;
    this.root.querySelector('.runs-body').hidden = runs.length === 0;
    this.table.set(runs);
    if (this.kept.ticks?.length) {
      const ticks = this.kept.ticks;
      this.kept.ticks = [];
      this.table.tick(ticks);
    }
    this.root.dataset.runs = runs.length;
  }

  // A click on a row is a click on its box.
  chosen(id) {
    if (id === null) return;
    this.table.tickOne(id, !this.table.ticked.has(id));
    this.table.choose(null);
  }

  // The ticked runs, or the newest that have something to show.
  compared() {
    const ticked = this.runs.filter((run) => this.table.ticked.has(run.id));
    if (ticked.length) return ticked;
    const begun = this.runs.filter((run) => run.loss !== null || run.validation !== null);
    return (begun.length ? begun : this.runs).slice(0, NEWEST);
  }

  async compare() {
    const runs = this.compared();
    const ids = new Set(runs.map((run) => run.id));
    for (const id of [...this.slots.keys()]) if (!ids.has(id)) this.slots.delete(id);
    for (const { id } of runs) {
      if (!this.slots.has(id)) this.slots.set(id, free(this.slots));
    }
    const looks = new Map([...this.slots].map(([id, slot]) => [id, look(slot)]));
    this.keep();
    await this.comparison.show(runs, looks, this.table.ticked.size === 0);
  }

  keep() {
    this.kept.ticks = [...this.table?.ticked ?? []];
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(this.kept));
    } catch {
      // A browser that keeps nothing forgets the ticks at a reload, no more.
    }
  }
}

function free(slots) {
  const taken = new Set(slots.values());
  let slot = 0;
  while (taken.has(slot)) slot += 1;
  return slot;
}

function read() {
  try {
    return { ...JSON.parse(sessionStorage.getItem(KEPT)) };
  } catch {
    return {};
  }
}
