// The pictures around the place, asked for one grid at a time; of wishes meanwhile only the newest.

import { ask } from '../scene/address.js';
import { Latest } from '../sampler/latest.js';
import { codeText } from '../sampler/words.js';
import { evenly, ordered } from './parts.js';

const FIRST_ROWS = 12;
// So many more are unfolded at a time: each of them is drawn anew with every move.
const MORE_ROWS = 24;

export class Grid {
  constructor(host) {
    Object.assign(this, { host, wanted: null, shown: null });
    this.latest = new Latest((asked) => this.fetch(asked), (error) => this.failed(error));
  }

  forget() {
    Object.assign(this, { wanted: null, shown: null });
  }

  // The values of the columns that are painted, or of those that will be.
  get columns() {
    const { reach, steps } = this.host;
    return this.shown?.columns ?? evenly(reach, steps);
  }

  // The names of the parts that change in what is shown.
  get of() {
    const { show, row, pair, cross } = this.host;
    if (show === 'rows') return this.rows().map(({ name }) => name);
    return { row: [row], plane: pair, classes: cross }[show];
  }

  // The rows that have a place in the page; further ones are unfolded.
  rows() {
    const { about, unfolded } = this.host;
    const parts = ordered(about);
    const shown = FIRST_ROWS + MORE_ROWS * unfolded + about.discrete.length;
    return parts.length <= shown + 1 ? parts : parts.slice(0, shown);
  }

  // How many would be unfolded next.
  get next() {
    const left = this.host.about.parts.length - this.rows().length;
    return left <= MORE_ROWS + 1 ? left : MORE_ROWS;
  }

  // What is asked for now, as the studio reads it.
  query() {
    const { show, reach, steps, spacing, z } = this.host;
    return new URLSearchParams({
      z: codeText(z), view: ['plane', 'classes'].includes(show) ? show : 'rows', of: this.of.join(),
      low: -reach, high: reach, steps, spacing,
    });
  }

  follow() {
    const { host } = this;
    if (document.body.dataset.tab !== host.name) return;
    const key = `${host.about.digest} ${this.query()}`;
    if (key === this.wanted) return;
    this.wanted = key;
    this.latest.want({ key, query: this.query(), about: host.about, show: host.show, of: this.of });
  }

  async fetch({ key, query, about, show, of }) {
    const { host } = this;
    if (about !== host.about) return;
    const response = await ask(host.path(`/grid?${query}`));
    const pixels = new Uint8Array(await response.arrayBuffer());
    // An older grid of the same kind is painted, too: it is on the way to the newest.
    if (about !== host.about || show !== host.show || of.join() !== this.of.join()) return;
    const columns = response.headers.get('X-Places').split(',').map(Number);
    this.shown = { pixels, columns, show, of, key };
    host.emit('grid', this.shown);
  }

  failed(error) {
    this.wanted = null;
    this.host.fail(error);
  }
}
