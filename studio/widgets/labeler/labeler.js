// One visitor's labeler: the project, what the map shows of it, what is selected, and what is done to
// its labels. The parts of the tab listen to it and act on it.
//
// What a hand does shows at once and goes to the outbox; what the studio says of the labels is taken
// over whenever nothing waits there.
//
// Events: listing (projects and data sets are known), about (a project is open, or none: the start
// screen), state (news of it), points, colours ({kind}), selected, lasso, line (what comes next),
// saved (what is on its way to the disk), view (what the map is coloured by), labelled ({rows, label}),
// done (something was done by hand), error.

import { fetchJson, sentence } from '../scene/address.js';
import { Emitter } from '../scene/emitter.js';
import { keep, kept } from '../space/storage.js';
import { NONE } from './colours.js';
import { Feed } from './feed.js';
import { Line } from './line.js';
import { readLink, writeLink } from './link.js';
import { Outbox } from './outbox.js';
import { Samples } from './samples.js';

export const COLOURS = ['mine', 'predicted', 'true', 'certainty'];
const LAST = 'latent-labels-last';
// With a longer pause before the next try, waiting labels are worth a notice.
const LONG_MS = 1000;
const labelers = new Map();

export function labeler(name) {
  if (!labelers.has(name)) labelers.set(name, new Labeler(name));
  return labelers.get(name);
}

export class Labeler extends Emitter {
  constructor(name) {
    super();
    Object.assign(this, {
      name, about: null, listing: null, state: null, colour: 'predicted', alone: null, unsaid: [],
    });
    this.forget();
    this.feed = new Feed(this);
    this.line = new Line(this);
    this.samples = new Samples(this);
    window.addEventListener('studio-link', ({ detail }) => {
      if (detail.tab === name && detail.project && detail.project !== this.about?.id) this.open(detail.project).catch((error) => this.fail(error));
    });
  }

  forget() {
    Object.assign(this, { xy: null, bytes: {}, selected: -1, first: -1, lasso: [], counts: [], labelled: 0 });
  }

  fail(error, kind = 'error') {
    const said = { message: sentence(error), kind };
    if (!this.heard) this.unsaid.push(said);
    this.emit('error', said);
  }

  tell(words) {
    this.fail(new Error(words), 'info');
  }

  // The project in the address, else the last one here, else the newest, else the shipped example.
  async begin() {
    const link = readLink(this.name);
    if (COLOURS.includes(link.colour)) this.colour = link.colour;
    if (link.how) this.line.how = link.how;
    try {
      await this.look();
      const { projects } = this.listing;
      const there = (id) => projects.some((project) => project.id === id);
      if (link.project && !there(link.project)) {
        this.fail(new Error('The project in the address is not there any more; choose another one.'), 'link');
        this.leave();
        return;
      }
      const newest = projects.toSorted((a, b) => (a.created < b.created ? 1 : -1))[0]?.id;
      const wanted = link.project || (there(kept(LAST)) ? kept(LAST) : newest);
      if (wanted) await this.open(wanted);
      else await this.example();
    } catch (error) {
      this.leave();
      this.fail(error);
      this.look().catch(() => {});
    }
  }

  async look() {
    this.listing = await fetchJson('/labels');
    this.emit('listing');
  }

  async example() {
    const { id } = await fetchJson('/labels/example', { method: 'POST' });
    await this.open(id);
    this.look().catch(() => {});
  }

  async open(id) {
    this.opening = id;
    const about = await fetchJson(`/labels/${encodeURIComponent(id)}`);
    if (this.opening !== id) return;
    this.leave(false);
    this.about = about;
    this.bytes.mine = new Uint8Array(about.rows).fill(NONE);
    this.recount();
    if (this.colour === 'true' && !about.has_truth) this.colour = 'predicted';
    keep(LAST, id);
    this.outbox = this.post(id);
    this.emit('about', about);
    this.emit('saved');
    if (this.outbox.found) this.tell('Labels that this browser had kept are being saved now.');
    writeLink(this);
    this.feed.open();
    this.line.load();
  }

  // To the start screen, or on to another project.
  leave(shown = true) {
    this.outbox?.close();
    this.feed.close();
    Object.assign(this, { about: null, state: null, outbox: null, alone: null });
    this.forget();
    this.samples.clear();
    this.line.clear();
    if (!shown) return;
    this.opening = null;
    this.emit('about', null);
    writeLink(this);
  }

  post(id) {
    const outbox = new Outbox(id);
    outbox.on('change', () => this.emit('saved'));
    outbox.on('waiting', (error) => this.emit('saved', { error, long: outbox.retry > LONG_MS }));
    outbox.on('saved', ({ op, answer }) => this.acknowledged(op, answer));
    outbox.on('refused', ({ error }) => {
      this.fail(new Error(`Not saved: ${sentence(error)}`));
      this.feed.stale('labels');
    });
    return outbox;
  }

  acknowledged({ path }, answer) {
    this.feed.acknowledged(answer, path === 'steps' || this.adopt(answer));
    this.emit('done');
    if (path === 'steps') return;
    if (!answer.samples?.length) {
      this.tell(`There is nothing to ${path}.`);
      return;
    }
    const [row] = answer.samples;
    // One of the queue is gone back to there, so that its key goes on from it.
    if (answer.samples.length === 1 && !this.line.find(row)) this.select(row, { fly: true });
    this.tell(`${path === 'undo' ? 'Taken back' : 'Done again'}: ${amount(answer.samples.length)}.`);
  }

  // Take over what an undo or redo changed; says whether that is all there is to it.
  adopt({ samples, labels }) {
    if (!labels || this.outbox.pending.length) return false;
    samples.forEach((row, i) => { this.bytes.mine[row] = labels[i] ?? NONE; });
    this.recount();
    this.emit('colours', { kind: 'mine' });
    return true;
  }

  // What the next key labels: the lasso's points, else the selected one.
  get targets() {
    if (this.lasso.length) return this.lasso;
    return this.selected >= 0 ? [this.selected] : [];
  }

  // Give all targets a class, or none with null.
  label(k) {
    if (!this.about) return;
    const rows = this.targets;
    if (!rows.length) {
      this.tell('Nothing is selected: click a point, or press → for the first of the queue.');
      return;
    }
    const { mine } = this.bytes;
    const byte = k ?? NONE;
    const { lasso, line } = this;
    const queued = !lasso.length && (line.current === this.selected || this.selected === this.first);
    if (rows.some((row) => mine[row] !== byte)) {
      for (const row of rows) mine[row] = byte;
      this.recount();
      const source = lasso.length ? 'lasso' : queued ? 'queue' : 'hand';
      this.outbox.add('steps', { samples: Array.from(rows), label: k, source });
      this.feed.labelled();
      this.emit('colours', { kind: 'mine' });
    }
    this.emit('labelled', { rows, label: k });
    this.emit('done');
    if (lasso.length) this.setLasso([]);
    if (k !== null && (queued || lasso.includes(line.current))) line.next();
  }

  undo() {
    this.turn('undo', this.state?.undo || this.outbox?.pending.some(({ path }) => path !== 'undo'));
  }

  redo() {
    this.turn('redo', this.state?.redo || this.outbox?.pending.some(({ path }) => path === 'undo'));
  }

  turn(path, possible) {
    if (!this.about) return;
    if (possible) this.outbox.add(path);
    else this.tell(`There is nothing to ${path}.`);
  }

  // Bytes as the studio has them; over its labels lie those that are still on their way there.
  takeBytes(kind, bytes) {
    this.bytes[kind] = bytes;
    if (kind === 'mine') this.outbox?.lay(bytes);
    if (kind === 'mine') this.recount();
    this.emit('colours', { kind });
  }

  recount() {
    const counts = new Array(this.about.classes.length).fill(0);
    for (const k of this.bytes.mine) if (k < counts.length) counts[k] += 1;
    this.counts = counts;
    this.labelled = counts.reduce((sum, n) => sum + n, 0);
  }

  // Until it is known what comes first, any picture with a place on the map is better than none.
  showAny() {
    if (this.selected >= 0) return;
    this.first = this.xy.findIndex((v) => !Number.isNaN(v)) >> 1;
    if (this.first >= 0) this.select(this.first);
  }

  // Whether nobody has chosen what is looked at.
  get idle() {
    return this.selected < 0 || this.selected === this.first;
  }

  mineOf(row) {
    const k = this.bytes.mine?.[row] ?? NONE;
    return k === NONE ? null : k;
  }

  select(row, { fly = false } = {}) {
    if (!this.about || row < 0 || row >= this.about.rows) return;
    if (this.lasso.length) this.setLasso([]);
    this.selected = row;
    this.emit('selected', { row, fly });
  }

  setLasso(rows) {
    this.lasso = rows;
    this.emit('lasso', { rows });
  }

  setColour(kind) {
    if (!COLOURS.includes(kind) || (kind === 'true' && !this.about?.has_truth)) return;
    this.colour = kind;
    this.feed.want(kind);
    this.emit('view');
    writeLink(this);
  }

  // One class stands out from the others, or none does any more.
  setAlone(k) {
    this.alone = this.alone === k ? null : k;
    this.emit('view');
  }

  // Notices look for what was renewed; here the feed does.
  renew() {}
}

export function amount(count, one = 'picture', many = 'pictures') {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

window.latentLabeler = labeler;
