// Training both models of the open table: ordinary runs in the studio's queue, looked at while they go on.

import { fetchBytes, fetchJson } from '../scene/address.js';
import { unpack } from '../runs/feed.js';
import { KINDS } from './words.js';

const PERIOD_MS = 800;
const ACTIVE = ['queued', 'running', 'stopping'];
const PARTS = { total: 'train.total', reconstruction: 'train.reconstruction', kl: 'train.kl', validation: 'validation.total' };

export class Training {
  constructor(host) {
    Object.assign(this, { host, runs: [], curves: {}, watched: new Set(), before: null });
    host.on('table', () => this.leave());
  }

  get active() {
    return this.runs.filter(active);
  }

  leave() {
    this.curves = {};
    this.watched = new Set(this.active.map(({ id }) => id));
    this.before = null;
    this.emit();
    this.watch();
  }

  emit() {
    this.host.emit('training');
  }

  // What the studio says of the runs of this table.
  heard(runs) {
    this.runs = runs;
    for (const run of this.active) this.watched.add(run.id);
    this.watch();
  }

  // Take over what has ended since the last time, whoever asked the studio and heard of it.
  async settle() {
    const ended = this.runs.filter((run) => this.watched.has(run.id) && !active(run));
    for (const { id } of ended) this.watched.delete(id);
    if (ended.length) await this.ended(ended);
    this.emit();
  }

  async begin(wanted = {}) {
    const { host } = this;
    const { table } = host;
    if (this.asking) return;
    this.asking = true;
    this.emit();
    try {
      const { runs } = await fetchJson(`/tables/${encodeURIComponent(table.name)}/train`, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(wanted),
      });
      if (host.table === table) {
        this.before = host.mode;
        this.curves = {};
        for (const { id, kind } of runs) {
          this.watched.add(id);
          this.curves[kind] = { epoch: [] };
        }
        host.emit('done');
        host.setMode('losses');
        await host.renew();
      }
    } catch (error) {
      host.fail(error);
    }
    this.asking = false;
    this.emit();
  }

  async stop() {
    for (const { id } of this.active) {
      await fetchJson(`/runs/${encodeURIComponent(id)}/stop`, { method: 'POST' }).catch((error) => this.host.fail(error));
    }
    this.host.renew();
  }

  // Ask once in a while, as long as something trains.
  watch() {
    clearTimeout(this.timer);
    if (!this.active.length) return;
    this.timer = setTimeout(() => this.ask(), document.hidden ? 5 * PERIOD_MS : PERIOD_MS);
  }

  async ask() {
    try {
      await this.draw();
      await this.host.renew();
    } catch {
      // A studio that is away comes back, and the runs go on without it.
    }
    // Also where the answer did not come: it is asked for again.
    this.watch();
  }

  async draw() {
    const runs = this.active;
    if (!runs.length) return;
    const ids = runs.map(({ id }) => encodeURIComponent(id)).join(',');
    for (const [id, columns] of unpack(await fetchBytes(`/runs/curves?ids=${ids}`))) {
      const { kind } = runs.find((run) => run.id === id) ?? {};
      if (!kind || !columns.epoch) continue;
      const list = (name) => Array.from(columns[name] ?? []);
      this.curves[kind] = { epoch: list('epoch'), ...Object.fromEntries(Object.entries(PARTS).map(([key, name]) => [key, list(name)])) };
    }
    this.host.emit('curves');
  }

  // The new models take the places of the old ones; the view goes back to where it was.
  async ended(runs) {
    const { host } = this;
    const made = {};
    for (const { kind, checkpoint, state, name, message } of runs) {
      if (checkpoint) made[kind] = checkpoint;
      else if (state === 'failed') host.fail(new Error(message || `The training '${name}' failed; the Runs tab says why.`));
      else if (state === 'interrupted') host.fail(new Error(`The training of the ${KINDS[kind] ?? kind} was interrupted; go on with '${name}' in the Runs tab, or train again.`));
      delete this.curves[kind];
    }
    if (Object.keys(made).length) await host.renew(made);
    if (this.active.length) return;
    this.curves = {};
    if (this.before && host.mode === 'losses') host.setMode(this.before);
    this.before = null;
    if (Object.keys(made).length) host.tell('Trained: the new models stand here now.');
  }
}

export function active({ state }) {
  return ACTIVE.includes(state);
}
