// From one saved face to another, or through all of them: a slider, a player, the steps, and files.

import { button, check, choice, make } from '../scene/parts.js';
import { MorphExports } from './morph_exports.js';
import { MOST_STEPS, MorphPath, stepsThrough } from './morph_path.js';
import { MorphSlot } from './morph_slot.js';
import { MorphStrip } from './morph_strip.js';
import { Player } from './player.js';
import { shelfOf } from './shelf_store.js';
import { morphTitle, morphWords } from './morph_words.js';

const WAYS = [
  ['linear', 'lerp', 'The straight way: mixes the numbers of both codes'],
  ['spherical', 'slerp', 'The way along a sphere: in between, codes stay as long as those at the ends'],
  ['curve', 'through the shelf', 'A smooth curve through all faces on the shelf, in their order'],
];
const RATES = [8, 12, 16, 24, 30, 50];
const SIDES = [64, 128, 256, 384, 512];
const STEPS = 32;
const PIECE_STEPS = 16;

export class Morph {
  constructor(host, state) {
    Object.assign(this, { state, store: shelfOf(state) });
    this.plan = { kind: 'linear', closed: false, bounce: true, fps: 16, side: 256, steps: null };
    this.path = new MorphPath(state, () => this.drawn());
    this.player = new Player(() => this.pace(), (share) => this.moved(share), () => this.showPlaying());
    this.strip = new MorphStrip(state, (share) => this.player.glide(share));
    this.exports = new MorphExports(state, () => this.order());
    this.build(host);
    this.store.seen = () => (state.show === 'morph' && state.looked
      ? { code: state.looked, title: morphTitle(this.faces(), this.player.share, this.plan) } : null);
    this.store.visit = (id) => this.visit(id);
    state.on('about', () => this.opened());
    state.on('shelf', () => this.follow());
    state.on('change', () => this.touched());
    // The face itself comes right after the end of the waiting.
    state.on('busy', ({ what }) => { if (!what) setTimeout(() => { this.awaiting = false; }); });
    state.on('show', () => this.shown());
    state.on('play', () => this.play());
    this.shown();
  }

  build(host) {
    this.ways = WAYS.map(([kind, text, title]) => button(text, title, () => this.set({ kind }), { 'data-way': kind }));
    this.said = make('p', { className: 'tells', role: 'status' });
    this.steps = make('input', { className: 'steps', inputMode: 'numeric', autocomplete: 'off', maxLength: 4 });
    this.steps.addEventListener('change', () => this.takeSteps());
    this.steps.addEventListener('keydown', ({ key }) => { if (key === 'Enter') this.steps.blur(); });
    this.rate = choice('speed', (value) => this.set({ fps: Number(value) }));
    this.rate.fill(RATES.map((fps) => [fps, `${fps} a second`]), this.plan.fps);
    this.side = choice('size', (value) => this.set({ side: Number(value) }));
    this.side.fill(SIDES.map((side) => [side, `${side} px`]), this.plan.side);
    this.side.select.title = 'Pixels across, of a picture in a file';
    this.bounce = check('forth and back', this.plan.bounce, (bounce) => this.set({ bounce }), 'At the end the morph turns, on the screen and in films');
    this.closed = check('closed', this.plan.closed, (closed) => this.set({ closed }), 'After the last face back to the first one');
    this.pass = make('output', { className: 'pass' });
    this.take = button('edit this face', 'Take the face that is seen to the sliders', () => this.adopt(), { 'data-do': 'edit' });
    this.ends = { a: new MorphSlot('a', this), b: new MorphSlot('b', this) };
    this.press = button('▶', 'Play (space)', () => this.toggle(), { className: 'play', 'data-do': 'play' });
    this.swap = button('⇄', 'Swap A and B', () => this.turn(), { 'data-do': 'swap' });
    this.slider = make('input', { type: 'range', min: 0, max: 1, step: 'any', value: 0, className: 'share' });
    this.slider.setAttribute('aria-label', 'How far the morph is');
    this.slider.addEventListener('input', () => this.player.put(Number(this.slider.value)));
    this.slider.addEventListener('keydown', (event) => {
      if (event.key !== ' ') return;
      event.preventDefault();
      this.toggle();
    });
    this.root = make('div', { className: 'face-morph' },
      make('div', { className: 'side' },
        make('div', { className: 'bar ways', role: 'group', 'aria-label': 'The way of the morph' }, ...this.ways), this.said,
        make('div', { className: 'numbers' }, make('label', {}, make('span', { textContent: 'steps' }), this.steps), this.rate.row, this.side.row,
          this.bounce.row, this.closed.row, this.pass), this.exports.row,
        make('div', { className: 'exports' }, this.take, this.exports.progress)),
      make('div', { className: 'way' }, this.ends.a.root, this.press, this.slider, this.swap, this.ends.b.root),
      this.strip.root);
    host.replaceChildren(this.root);
  }

  // Another model: the way of the one before is none of its own.
  opened() {
    this.step = this.state.steps.taken.at(-1);
    this.path.clear();
    this.player.put(0);
    this.follow();
  }

  get through() {
    return this.plan.kind === 'curve';
  }

  // The faces that are passed, in their order.
  faces() {
    const { ends, list } = this.store;
    if (this.through) return list;
    return [ends.a, ends.b].map((id) => this.store.get(id)).filter(Boolean);
  }

  get closes() {
    return this.through && this.plan.closed && this.store.list.length > 2;
  }

  get pieces() {
    const count = this.faces().length;
    return Math.max(1, this.closes ? count : count - 1);
  }

  // As many as were asked for, else enough for every piece of the way, with a step at every face.
  get count() {
    return this.plan.steps ?? (this.pieces < 2 ? STEPS : stepsThrough(this.pieces, PIECE_STEPS));
  }

  // What the studio is asked for, or null while there are no two faces.
  wish() {
    const faces = this.faces();
    if (!this.state.about || faces.length < 2) return null;
    return { codes: faces.map(({ z }) => z), kind: this.plan.kind, closed: this.closes };
  }

  order() {
    const { fps, side, bounce } = this.plan;
    const wish = this.wish();
    return wish && { ...wish, steps: this.count, fps, side, bounce: bounce && !this.closes };
  }

  pace() {
    const { fps, bounce } = this.plan;
    return { seconds: (this.count - 1) / fps, bounce: bounce && !this.closes };
  }

  set(changes) {
    const before = this.plan.kind;
    Object.assign(this.plan, changes);
    // Another way, that begins elsewhere and is of another length.
    if (this.plan.kind !== before && (before === 'curve' || this.through)) {
      this.plan.steps = null;
      this.player.put(0);
    }
    this.state.emit('done');
    this.follow();
  }

  takeSteps() {
    const text = this.steps.value.trim();
    const steps = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
    if (steps >= 2 && steps <= MOST_STEPS) return void this.set({ steps });
    this.steps.value = this.count;
    this.state.fail(new Error(`A morph has a whole number of steps from 2 to ${MOST_STEPS}, not '${text.slice(0, 24)}'.`));
    return undefined;
  }

  get open() {
    return this.state.show === 'morph';
  }

  shown() {
    if (!this.open) {
      this.waiting = false;
      this.player.pause();
      this.player.stop();
      return;
    }
    this.step = this.state.steps.taken.at(-1);
    this.awaiting = Boolean(this.state.busy);
    this.follow();
    if (this.path.codes) this.drawn();
  }

  // A hand moved the face itself: then that is what it wants to see. A face that was asked for before
  // the morph was opened interrupts nothing.
  touched() {
    const last = this.state.steps.taken.at(-1);
    if (this.open && !this.awaiting && this.step !== last) this.state.setShow('face');
    this.step = last;
  }

  adopt() {
    const { state } = this;
    const seen = this.store.seen();
    if (!seen) return;
    state.setShow('face');
    state.take({ code: seen.code, origin: { kind: 'shelf', id: null, title: seen.title } });
  }

  // The shelf, the model or the plan changed.
  follow() {
    const { plan, store } = this;
    for (const way of this.ways) way.setAttribute('aria-pressed', way.dataset.way === plan.kind);
    if (document.activeElement !== this.steps) this.steps.value = this.count;
    this.steps.title = `How many pictures from end to end, 2 to ${MOST_STEPS}${this.pieces > 1 ? `; a multiple of ${this.pieces} and 1 more shows every face` : ''}`;
    const { seconds } = this.pace();
    this.pass.textContent = `${seconds.toFixed(seconds < 10 ? 1 : 0)} s ${this.closes ? 'around' : 'end to end'}`;
    this.bounce.row.hidden = this.closes;
    this.closed.row.hidden = !this.through;
    this.closed.row.querySelector('input').disabled = store.list.length < 3;
    const faces = this.faces();
    this.ends.a.show(this.through ? faces[0] : store.get(store.ends.a), this.through);
    this.ends.b.show(this.through ? (this.closes ? faces[0] : faces.at(-1)) : store.get(store.ends.b), this.through);
    this.swap.hidden = this.through;
    this.slider.classList.toggle('stops', this.through);
    this.slider.style.setProperty('--pieces', this.pieces);
    const none = !this.wish();
    for (const part of [this.press, this.slider, this.swap, this.take]) part.disabled = none;
    this.root.dataset.ready = !none;
    this.exports.follow();
    if (this.open) {
      this.strip.show(this.path, this.count);
      this.path.want(this.wish());
    }
    this.tell();
  }

  // A path came, or there is none any more.
  drawn() {
    this.strip.show(this.path, this.count);
    if (!this.open) return;
    if (!this.path.codes) {
      this.waiting = false;
      this.player.pause();
      if (this.state.looked) this.state.look(null);
      this.tell();
      return;
    }
    this.moved(this.player.share);
    if (this.waiting) this.player.play();
    this.waiting = false;
  }

  moved(share) {
    this.slider.value = share;
    if (!this.path.codes || !this.open) return;
    this.state.look(this.path.at(share));
    this.strip.mark(share);
    this.tell();
  }

  tell() {
    const text = morphWords(this.faces(), this.player.share, { ...this.plan, closed: this.closes });
    this.slider.setAttribute('aria-valuetext', text);
    // Nobody can read, or listen to, what changes with every picture.
    if (!this.player.playing) this.said.textContent = text;
  }

  showPlaying() {
    const { playing } = this.player;
    this.press.textContent = playing ? '❚❚' : '▶';
    this.press.title = playing ? 'Pause (space)' : 'Play (space)';
    this.press.setAttribute('aria-label', this.press.title);
    this.press.setAttribute('aria-pressed', playing);
    this.tell();
  }

  // By the key of the tab, which may just have opened the morph.
  play() {
    if (this.wish()) this.toggle();
    else this.state.tell(morphWords(this.faces(), 0, this.plan));
  }

  toggle() {
    if (this.path.codes) this.player.toggle();
    else this.waiting = !this.waiting;
  }

  turn() {
    this.player.put(1 - this.player.share);
    this.store.swap();
  }

  // Go to a face, if the way leads through it.
  visit(id) {
    const faces = this.faces();
    const at = faces.findIndex((face) => face.id === id);
    if (at < 0 || !this.path.codes) return false;
    this.player.glide(at / this.pieces);
    return true;
  }
}
