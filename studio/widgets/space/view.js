// The view of the odyssey: what its buttons and keys do, and what it says.

import { Feed } from './feed.js';
import { flight as flightOf } from './flight.js';
import { Hud } from './hud.js';
import { Loop } from './loop.js';
import { Notices } from '../scene/notices.js';
import { Painter } from './painter.js';
import { Pilot } from './pilot.js';
import { Tunnel } from './tunnel.js';

const MAPS = ['inset', 'large', 'off'];
const MAX_RATIO = 1.5;

export function mount(element, { props }) {
  const root = element.querySelector('.space');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new SpaceView(root, flightOf(props.scene));
}

class SpaceView {
  constructor(root, flight) {
    Object.assign(this, { root, flight });
    this.canvas = root.querySelector('canvas.view');
    this.notices = new Notices(root, flight, {
      lost: 'The studio does not answer. Trying again; the ship stays where it is ...',
      empty: 'There is no model of three dimensions yet. Train one with: make train-odyssey',
    });
    this.tunnel = new Tunnel(root.querySelector('canvas.tunnel'), flight);
    this.tunnel.lost = () => this.showView();
    this.feed = new Feed(flight, this.tunnel, (sentence) => this.say(sentence));
    this.feed.status = (status) => {
      this.notices.status(status);
      if (status === 'live') this.feed.asked = null;
    };
    this.painter = new Painter(this.canvas, this.tunnel, flight);
    const hud = new Hud(root, flight, this.feed);
    this.listen();
    if (flight.about) this.open(flight.about);
    this.loop = new Loop(this, { flight, feed: this.feed, painter: this.painter, hud, canvas: this.canvas });
  }

  listen() {
    const { flight, root } = this;
    flight.on('about', (about) => this.open(about));
    for (const type of ['view', 'path']) flight.on(type, () => this.showView());
    this.pilot = new Pilot(this.canvas, flight, {
      mode: (mode) => this.toggle(mode),
      map: () => this.nextMap(),
      full: () => this.full(),
    });
    for (const button of root.querySelectorAll('[data-do]')) {
      button.addEventListener('click', () => this.act(button.dataset.do));
    }
    new ResizeObserver(() => this.resize()).observe(root);
    this.showView();
  }

  act(what) {
    const { flight } = this;
    const acts = {
      single: () => flight.setView({ mode: 'single' }),
      grid: () => flight.setView({ mode: 'grid' }),
      tunnel: () => flight.setView({ mode: 'tunnel' }),
      map: () => this.nextMap(),
      full: () => this.full(),
      auto: () => flight.auto.toggle(),
    };
    acts[what]();
    this.canvas.focus({ preventScroll: true });
  }

  toggle(mode) {
    this.flight.setView({ mode: this.flight.view.mode === mode ? 'single' : mode });
  }

  nextMap() {
    const next = (MAPS.indexOf(this.flight.view.map) + 1) % MAPS.length;
    this.flight.setView({ map: MAPS[next] });
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.().catch(() => this.say('This browser does not allow full screen here.'));
  }

  showView() {
    const { view, auto } = this.flight;
    const pressed = { [view.mode]: true, map: view.map !== 'off', auto: auto.playing };
    for (const button of this.root.querySelectorAll('[data-do][aria-pressed]')) {
      button.setAttribute('aria-pressed', Boolean(pressed[button.dataset.do]));
    }
    this.root.dataset.mode = view.mode;
    this.root.dataset.tunnel = view.mode === 'tunnel' && view.map !== 'large' ? 'yes' : 'no';
    this.root.dataset.map = view.map;
    this.root.dataset.auto = auto.playing ? 'flying' : auto.path ? 'paused' : 'off';
    if (view.mode === 'tunnel' && !this.tunnel.works) {
      this.say('The tunnel needs WebGL, which this browser has switched off; the picture is shown.');
      this.flight.setView({ mode: 'single' });
    }
  }

  open(about) {
    this.feed.open(about);
    this.painter.open(about.shape);
    this.tunnel.open(about.shape);
  }

  resize() {
    const { width, height } = this.root.getBoundingClientRect();
    this.painter.resize(width, height, Math.min(MAX_RATIO, window.devicePixelRatio || 1));
  }

  say(sentence) {
    this.notices.say(sentence);
  }
}
