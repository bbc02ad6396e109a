// Recording: the planned path, or what is flown, becomes a film that the studio makes and the browser
// keeps. Listens to the flight's event `record` (key V).

import { Film } from './film.js';
import { button, choice, fold, make } from '../scene/parts.js';
import { FLOWN_SECONDS, MOST_FRAMES, Reel, alongPath, codesOf, pathFrames, pathSeconds } from './reel.js';

const FORMATS = [['mp4', 'MP4'], ['webp', 'WebP'], ['gif', 'GIF'], ['png', 'PNG frames']];
const RATES = [12, 24, 30, 50];
const SIDES = [280, 512, 720];
const CLOCK_MS = 100;
const MOST_BODY_BYTES = 32e6;

export class Recorder {
  constructor(flight) {
    Object.assign(this, { flight, reel: null, film: null, ordering: false });
    this.plan = { source: 'path', format: 'mp4', fps: 30, side: 512 };
    this.build();
    this.light = make('div', { className: 'recording', hidden: true }, make('i'), make('b'));
    for (const type of ['about', 'path', 'view']) flight.on(type, () => this.show());
    flight.on('about', () => this.cut());
    flight.on('record', () => this.byKey());
    this.show();
  }

  build() {
    const { plan } = this;
    const chosen = (key, read = String) => (value) => {
      plan[key] = read(value);
      this.show();
    };
    this.source = choice('What', chosen('source'));
    this.source.fill([['path', 'the planned path'], ['flown', 'what I fly']], plan.source);
    this.format = choice('Film', chosen('format'));
    this.format.fill(FORMATS, plan.format);
    this.rate = choice('Frames', chosen('fps', Number));
    this.rate.fill(RATES.map((fps) => [fps, `${fps} /s`]), plan.fps);
    this.rate.select.title = 'Frames a second';
    this.side = choice('Size', chosen('side', Number));
    this.side.fill(SIDES.map((side) => [side, `${side} px`]), plan.side);
    this.side.select.title = 'Pixels of a frame\'s longer side';
    this.said = make('p', { className: 'hint', role: 'status' });
    this.press = button('Record', 'Record a film (V records what you fly)', () => this.toggle(), { className: 'begin', 'data-film': 'record' });
    this.draw = button('Plan the path', 'Ask the studio for the path of the autopilot', () => this.planPath(), { 'data-film': 'plan' });
    this.bar = make('progress', { max: 1, value: 0, 'aria-label': 'Frames made' });
    this.count = make('output', {});
    this.making = make('div', { className: 'making' }, this.bar, this.count,
      button('Cancel', 'Make this film no further', () => this.cancel(), { 'data-film': 'cancel' }));
    this.result = make('a', { className: 'film', hidden: true });
    this.section = fold('Record', this.source.row, this.format.row, make('div', { className: 'pair' }, this.rate.row, this.side.row), this.said,
      make('div', { className: 'buttons' }, this.draw, this.press), this.making, this.result);
    this.section.classList.add('recorder');
  }

  get busy() {
    return Boolean(this.film) || this.ordering;
  }

  // Pictures across a frame; a film of the tunnel shows the picture inside it.
  get across() {
    const { view } = this.flight;
    return view.mode === 'grid' ? view.side : 1;
  }

  show() {
    const { plan, reel, flight, busy } = this;
    const fault = busy || reel ? '' : this.fault();
    for (const part of [this.source, this.format, this.rate, this.side]) part.select.disabled = busy || Boolean(reel);
    this.said.textContent = reel ? this.flown() : fault || this.beforehand();
    this.press.textContent = reel ? 'Stop and make the film' : plan.source === 'path' ? 'Record the path' : 'Record';
    this.press.disabled = Boolean(fault);
    this.press.hidden = busy;
    this.press.classList.toggle('stop', Boolean(reel));
    this.draw.hidden = !flight.about || plan.source !== 'path' || Boolean(flight.auto.path) || busy || Boolean(reel);
    this.making.hidden = !busy;
    this.section.dataset.state = reel ? 'flying' : busy ? 'making' : 'idle';
    this.showLight();
  }

  // Why nothing can be recorded now, or nothing.
  fault() {
    const { flight, plan } = this;
    if (!flight.about) return 'Choose a model first.';
    if (plan.source === 'flown') return '';
    if (!flight.auto.path) return 'There is no path yet: start the autopilot, or plan its path here.';
    const frames = pathFrames(flight, plan.fps);
    if (frames > MOST_FRAMES) {
      return `The path takes ${seconds(pathSeconds(flight))} at this speed, ${frames} frames, and a film has at most ${MOST_FRAMES}: fly faster, or choose fewer a second.`;
    }
    if (4 * frames * this.across ** 2 * flight.about.latent_dim > MOST_BODY_BYTES) {
      return 'A film of so many pictures in so many dimensions is too large: choose a smaller grid, or fly faster.';
    }
    return '';
  }

  beforehand() {
    const { plan, flight, across } = this;
    const { mode } = flight.view;
    const shown = across > 1 ? `${across} x ${across} grid` : mode === 'tunnel' ? 'the picture alone, not the tunnel' : 'picture';
    if (plan.source === 'flown') return `Up to ${FLOWN_SECONDS} s of your flight, ${shown}; key V begins and ends it.`;
    const frames = pathFrames(flight, plan.fps);
    return `${frames} frames, ${seconds(frames / plan.fps)}, ${shown}.`;
  }

  flown() {
    return `${seconds(this.reel.seconds)} of ${FLOWN_SECONDS} s, ${this.reel.poses.length} frames.`;
  }

  toggle() {
    if (this.reel) this.finish();
    else if (this.plan.source === 'flown') this.begin();
    else this.make(alongPath(this.flight, this.plan.fps), this.scene(), this.flight.auto.path.kind);
  }

  byKey() {
    if (this.busy) {
      this.flight.fail(new Error('A film is being made: wait for it, or cancel it.'));
      return;
    }
    this.plan.source = 'flown';
    this.source.show('flown');
    this.section.open = true;
    if (this.flight.about) this.toggle();
  }

  async planPath() {
    this.draw.disabled = true;
    await this.flight.auto.draw();
    this.draw.disabled = false;
  }

  // What belongs to the poses: the model, its space, and the grid around each.
  scene() {
    const { about, space, view } = this.flight;
    return { about, space, grid: { side: this.across, spread: view.spread } };
  }

  begin() {
    const { fps } = this.plan;
    const scene = this.scene();
    const frameBytes = 4 * scene.grid.side ** 2 * scene.about.latent_dim;
    this.filmed = scene;
    this.reel = new Reel(fps, Math.min(FLOWN_SECONDS * fps, MOST_FRAMES, Math.floor(MOST_BODY_BYTES / frameBytes)));
    this.result.hidden = true;
    this.told = 0;
    this.show();
    requestAnimationFrame((now) => this.roll(now));
  }

  roll(now) {
    const { reel, flight } = this;
    if (!reel) return;
    // Other directions than those that it began in.
    if (flight.space !== this.filmed.space) {
      this.finish();
      return;
    }
    reel.take(now, flight.z, flight.ship.attitude);
    if (reel.full || !this.section.isConnected) {
      this.finish();
      return;
    }
    if (now - this.told > CLOCK_MS) {
      this.told = now;
      this.said.textContent = this.flown();
      this.showLight();
    }
    requestAnimationFrame((next) => this.roll(next));
  }

  finish() {
    const { reel } = this;
    this.reel = null;
    if (reel.poses.length < 2) {
      this.flight.fail(new Error('This was too short for a film; fly for a moment before you stop.'));
      this.show();
      return;
    }
    this.make(reel.poses, this.filmed, 'flown');
  }

  // Another model was opened: what was flown so far is made with the model it was flown in.
  cut() {
    if (this.reel) this.finish();
  }

  async make(poses, { about, space, grid }, title) {
    const { format, fps, side } = this.plan;
    Object.assign(this, { ordering: true, unwanted: false });
    this.result.hidden = true;
    this.tell({ done: 0, frames: poses.length });
    this.show();
    try {
      this.film = await Film.order(about.name, codesOf(poses, space, grid), {
        format, fps, side, title, count: grid.side ** 2,
      });
      this.watch(this.film);
      if (this.unwanted) this.film.cancel();
    } catch (error) {
      this.flight.fail(error);
    } finally {
      this.ordering = false;
      this.show();
    }
  }

  // Also one that is still on its way to the studio.
  cancel() {
    this.unwanted = true;
    this.film?.cancel();
  }

  watch(film) {
    const over = () => {
      this.film = null;
      this.show();
    };
    film.addEventListener('progress', () => this.tell(film.job));
    film.addEventListener('cancelled', over);
    film.addEventListener('failed', () => {
      over();
      this.flight.fail(new Error(film.job.sentence));
    });
    film.addEventListener('ready', () => {
      over();
      this.offer(film);
      film.save();
    });
  }

  tell({ state, done, frames }) {
    Object.assign(this.bar, { max: frames, value: done });
    this.count.textContent = state === 'waiting' ? 'waiting for other films' : `${done} of ${frames} frames`;
  }

  offer({ address, job }) {
    const size = job.size < 1e6 ? `${Math.ceil(job.size / 1e3)} kB` : `${(job.size / 1e6).toFixed(1)} MB`;
    Object.assign(this.result, {
      href: address, download: job.name, hidden: false, title: 'Kept for ten minutes',
    });
    this.result.replaceChildren(make('b', { textContent: job.name }), make('span', { textContent: size }));
  }

  // The red light lies on the view, where it is seen in full screen too.
  showLight() {
    if (!this.light.isConnected) document.querySelector(`#${this.flight.name}-space .space`)?.append(this.light);
    this.light.hidden = !this.reel;
    if (this.reel) this.light.querySelector('b').textContent = seconds(this.reel.seconds);
  }
}

const seconds = (value) => `${value.toFixed(1)} s`;
