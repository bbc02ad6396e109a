// The helm: where to go, the autopilot, waypoints, and how the view looks; a caption says what one sees.

import { chooseCalm } from './calm.js';
import { Directions } from './directions.js';
import { flight as flightOf } from './flight.js';
import { nearby } from './nearby.js';
import { button, check, choice, fold, make, slider } from '../scene/parts.js';
import { Recorder } from './recorder.js';
import { Stick } from './stick.js';
import { WaypointList } from './waypoint_list.js';

const CAPTION_MS = 150;
const CALM = 'Hops land at once, the autopilot goes on once a second, and nothing streams past. '
  + 'It begins as your system asks for it and stays as you choose it.';
const GOING = ['follow', 'straight', 'warp', 'orbit'];

export function mount(element, { props }) {
  const root = element.querySelector('.helm');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new Helm(root, flightOf(props.scene));
}

class Helm {
  constructor(root, flight) {
    Object.assign(this, { root, flight });
    this.caption = make('p', { className: 'caption', role: 'status' });
    this.chips = make('div', { className: 'chips', role: 'group', 'aria-label': 'Warp to a class' });
    this.directions = new Directions(flight);
    this.waypoints = new WaypointList(flight);
    this.stick = new Stick(flight);
    root.append(
      this.caption, this.going(), this.directions.section, this.autopilot(), this.waypoints.section,
      new Recorder(flight).section, this.stick.section, this.looks(),
    );
    flight.on('about', () => this.open());
    flight.on('path', () => this.showPath());
    flight.on('waypoints', () => this.destinations());
    flight.on('view', () => this.showView());
    if (flight.about) this.open();
    this.showPath();
    this.timer = setInterval(() => this.tell(), CAPTION_MS);
  }

  going() {
    const { flight } = this;
    const buttons = make('div', { className: 'buttons' },
      button('Random charted place', 'Warp to a place near an example (R)', () => flight.warpToCharted(), { 'data-go': 'charted' }));
    return make('section', {}, make('h3', { textContent: 'Go to' }), this.chips, buttons);
  }

  autopilot() {
    const { auto } = this.flight;
    this.kind = choice('Path', (kind) => auto.choose({ kind, stops: null }));
    this.to = choice('Towards', (to) => auto.choose({ to }));
    this.seed = slider('Seed', { min: 0, max: 99, step: 1, value: auto.plan.seed, words: String }, (seed) => auto.choose({ seed }));
    this.speed = slider('Speed', {
      min: 0.02, max: 0.6, step: 0.01, value: auto.plan.speed, words: (v) => this.pace(v),
    }, (speed) => auto.choose({ speed }));
    this.loop = check('loop', auto.plan.loop, (loop) => auto.choose({ loop }));
    this.even = check('constant image speed', auto.plan.even, (even) => auto.choose({ even }));
    this.play = button('Start', 'Fly along the path (space)', () => auto.toggle(), { className: 'begin', 'data-auto': 'toggle' });
    this.end = button('Stop', 'End the flight and forget the path', () => auto.stop(), { 'data-auto': 'stop' });
    const buttons = make('div', { className: 'buttons' }, this.play,
      button('Step', 'One fiftieth of the path', () => auto.step(), { 'data-auto': 'step' }),
      this.end);
    this.facts = make('p', { className: 'facts' });
    const ticks = make('div', { className: 'ticks' }, this.loop.row, this.even.row);
    return make('section', {}, make('h3', { textContent: 'Autopilot' }), this.kind.row, this.to.row,
      this.seed.row, this.speed.row, ticks, buttons, this.facts);
  }

  // Latent units a second; the plan has a share of the side of the space.
  pace(speed) {
    const { space } = this.flight;
    return space ? `${(speed * space.side).toFixed(2)} /s` : '';
  }

  looks() {
    const { flight } = this;
    const { view } = flight;
    this.side = choice('Grid', (side) => flight.setView({ side: Number(side), mode: 'grid' }));
    this.side.fill([[3, '3 x 3'], [5, '5 x 5'], [7, '7 x 7']], view.side);
    this.spread = slider('Spacing', {
      min: 0.01, max: 0.15, step: 0.005, value: view.spread, words: (v) => `${(100 * v).toFixed(1)} %`,
    }, (spread) => flight.setView({ spread }));
    this.calm = check('less motion', view.calm, (calm) => chooseCalm(flight, calm), CALM);
    return fold('View', this.side.row, this.spread.row, make('div', { className: 'ticks' }, this.calm.row));
  }

  open() {
    const { about, space, auto } = this.flight;
    // Names of a letter or two stand in one row, words wrap.
    this.chips.classList.toggle('words', about.class_names.some((name) => name.length > 2));
    this.chips.replaceChildren(...about.class_names.map((name, k) => {
      const chip = button(name, `Warp to ${name}`, () => this.flight.hopTo(this.flight.anchor(k)));
      chip.style.setProperty('--colour', about.palette[k]);
      chip.disabled = !this.flight.anchor(k);
      return chip;
    }));
    this.kind.fill(Object.entries(space.kinds), auto.plan.kind);
    this.destinations();
    this.showPath();
  }

  destinations() {
    const { about, waypoints, auto } = this.flight;
    if (!about) return;
    const classes = about.class_names.map((name, k) => [String(k), name]);
    const stops = waypoints.list.map((w) => [`w${w.id}`, w.name]);
    const { place } = auto.plan;
    const linked = place ? [['link', place.name || 'the place in the link']] : [];
    this.to.fill([...classes, ...stops, ...linked], String(auto.plan.to));
  }

  showPath() {
    const { auto } = this.flight;
    const { plan, path, playing } = auto;
    this.kind.show(plan.kind);
    this.destinations();
    this.loop.show(plan.loop);
    this.even.show(plan.even);
    this.speed.show(plan.speed);
    this.seed.show(plan.seed);
    this.to.row.hidden = !GOING.includes(plan.kind);
    this.seed.row.hidden = plan.kind !== 'walk';
    const over = path && !plan.loop && auto.share >= 1;
    this.play.textContent = playing ? 'Pause' : over ? 'Again' : path ? 'Resume' : 'Start';
    this.end.disabled = !path;
    this.facts.textContent = path ? facts(path, auto.speed) : '';
  }

  showView() {
    const { view } = this.flight;
    this.side.show(view.side);
    this.spread.show(view.spread);
    this.calm.show(view.calm);
  }

  tell() {
    if (!this.root.isConnected) {
      clearInterval(this.timer);
      return;
    }
    const { flight } = this;
    this.stick.follow();
    if (!flight.space) return;
    const text = `${seen(flight)} ${place(flight)}`.trim();
    if (this.caption.textContent !== text) this.caption.textContent = text;
  }
}

function seen({ view }) {
  if (view.map === 'large') return 'Every star is an example, where the encoder put it; the dart is your ship.';
  if (view.mode === 'tunnel') return 'The walls show what lies around the way ahead; an amber rim marks uncharted places.';
  if (view.mode === 'grid') return `The framed picture is here; its neighbours lie in the plane you face.`;
  return 'The picture is what the decoder makes of this place; the stars are the examples around you.';
}

function place(flight) {
  const { about } = flight;
  const [[k, share] = [], [other] = []] = nearby(flight);
  if (share === undefined) return '';
  const name = about.class_names[k] ?? 'unlabelled';
  if (share > 0.85) return `You are among ${name}.`;
  const second = about.class_names[other];
  return second ? `You are between ${name} and ${second}.` : `You are near ${name}.`;
}

function facts(path, speed) {
  const seconds = `${(path.length / speed).toFixed(0)} s`;
  const length = `${path.length.toFixed(1)} units long${path.closed ? ', closed' : ''}, ${seconds}.`;
  if (!path.figures || path.kind === 'straight') return length;
  const { figures, line } = path;
  return `${length} The picture changes by ${figures.image_length.toFixed(1)} on the way (straight: `
    + `${line.image_length.toFixed(1)}), mean density ${figures.mean_density.toFixed(0)} % (straight: `
    + `${line.mean_density.toFixed(0)} %).`;
}
