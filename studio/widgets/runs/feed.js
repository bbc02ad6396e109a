// Curves and details of runs, fetched when they are new and kept until they have grown.

import { fetchBytes, fetchJson } from '../scene/address.js';

export class Feed {
  constructor() {
    this.curves = new Map();
    this.details = new Map();
    this.marks = new Map();
  }

  // Bring what is known of these runs up to date; true if anything has changed.
  async renew(runs) {
    const stale = runs.filter((run) => this.marks.get(run.id) !== markOf(run));
    if (!stale.length) return false;
    const ids = stale.map((run) => run.id).join(',');
    const [bytes] = await Promise.all([
      fetchBytes(`/runs/curves?ids=${ids}`),
      ...stale.map(async (run) => {
        const found = await fetchJson(`/runs/${run.id}`).catch(() => null);
        if (found) this.details.set(run.id, found);
      }),
    ]);
    for (const [id, columns] of unpack(bytes)) this.curves.set(id, columns);
    for (const run of stale) this.marks.set(run.id, markOf(run));
    return true;
  }
}

// What changes when an epoch has ended, or when a run was taken back to an earlier one.
function markOf(run) {
  return [Math.floor(run.epoch), run.state, run.loss, run.validation].join(' ');
}

// uint32 length, a JSON header, then float32 columns; see studio/run_curves.py.
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + length;
  return header.runs.map(({ id, points, columns }) => {
    const found = {};
    for (const name of columns) {
      found[name] = new Float32Array(buffer, at, points);
      at += 4 * points;
    }
    return [id, found];
  });
}
