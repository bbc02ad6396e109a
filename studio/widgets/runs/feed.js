// Curves and details of runs, fetched when they are new and kept until they have grown.

import { fetchBytes, fetchJson } from '../scene/address.js';

export class Feed {
  constructor() {
    this.curves = new Map();
    this.details = new Map();
    this.marks = { curves: new Map(), details: new Map() };
  }

  // Bring the curves of these runs up to date; true if any has changed.
  renewCurves(runs) {
    return this.renew('curves', runs, async (ids) => unpack(await fetchBytes(`/runs/curves?ids=${ids}`)));
  }

  // The same for their settings and the names of their pictures.
  renewDetails(runs) {
    return this.renew('details', runs, async (ids) => {
      const answer = await fetchJson(`/runs/details?ids=${ids}`);
      return answer.runs.map((run) => [run.id, run]);
    });
  }

  async renew(kind, runs, fetched) {
    const marks = this.marks[kind];
    const stale = runs.filter((run) => marks.get(run.id) !== markOf(run));
    if (!stale.length) return false;
    const found = await fetched(stale.map((run) => encodeURIComponent(run.id)).join(','));
    for (const [id, value] of found) this[kind].set(id, value);
    for (const run of stale) marks.set(run.id, markOf(run));
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
