// The view: one loop at the display's rate that flies the ship, asks for pictures, and draws what there
// is: the picture among the stars, a grid, the tunnel, and the star map.

import { Feed } from './feed.js';
import { flight as flightOf } from './flight.js';
import { Hud } from './hud.js';
import { StarMap } from './map.js';
import { Picture } from './picture.js';
import { Pilot } from './pilot.js';
import { Tunnel } from './tunnel.js';

const READING_MS = 7000;
const REST_MS = 400;
const TUNNEL_MS = 45;
const MAPS = ['inset', 'large', 'off'];
const FIELD_STARS = 16000;
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
    this.context = this.canvas.getContext('2d');
    this.notice = root.querySelector('.notice');
    this.picture = new Picture();
    this.map = new StarMap(flight);
    this.tunnel = new Tunnel(root.querySelector('canvas.tunnel'), flight);
    this.feed = new Feed(flight, (sentence) => this.say(sentence));
    this.feed.rings = (...answer) => this.tunnel.receive(...answer);
    this.feed.status = (status) => this.status(status);
    this.hud = new Hud(root, flight, this.feed);
    this.field = document.createElement('canvas');
    this.frames = 0;
    this.wished = 0;
    this.visible = true;
    this.listen();
    if (flight.about) this.open(flight.about);
    requestAnimationFrame((now) => this.loop(now));
  }

  listen() {
    const { flight, root } = this;
    flight.on('about', (about) => this.open(about));
    for (const type of ['view', 'path']) flight.on(type, () => this.showView());
    for (const type of ['about', 'stars', 'view', 'path', 'waypoints']) {
      flight.on(type, () => { this.pose = null; });
    }
    flight.on('error', ({ message }) => this.say(message));
    this.pilot = new Pilot(this.canvas, flight, {
      mode: (mode) => this.toggle(mode),
      map: () => this.nextMap(),
      full: () => this.full(),
      help: () => this.help(),
      helping: () => !root.querySelector('.keys').hidden,
    });
    for (const button of root.querySelectorAll('[data-do]')) {
      button.addEventListener('click', () => this.act(button.dataset.do));
    }
    for (const button of root.querySelectorAll('[data-hold]')) this.holdable(button);
    new ResizeObserver(() => this.resize()).observe(root);
    new IntersectionObserver((entries) => { this.visible = entries.at(-1).isIntersecting; }).observe(root);
    window.addEventListener('studio-checkpoints', () => this.tellIfEmpty());
    this.tellIfEmpty();
    this.showView();
  }

  holdable(button) {
    const [control, amount] = button.dataset.hold.split(' ');
    const key = `button ${control} ${amount}`;
    button.addEventListener('pointerdown', () => this.pilot.hold(key, control, Number(amount)));
    for (const type of ['pointerup', 'pointerleave', 'pointercancel']) {
      button.addEventListener(type, () => this.pilot.release(key));
    }
    button.addEventListener('contextmenu', (event) => event.preventDefault());
  }

  act(what) {
    const { flight } = this;
    const acts = {
      single: () => flight.setView({ mode: 'single' }),
      grid: () => flight.setView({ mode: 'grid' }),
      tunnel: () => flight.setView({ mode: 'tunnel' }),
      map: () => this.nextMap(),
      full: () => this.full(),
      help: () => this.help(),
      auto: () => flight.auto.toggle(),
      charted: () => flight.warpToCharted(),
    };
    acts[what]();
    if (what !== 'help') this.canvas.focus({ preventScroll: true });
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

  help() {
    const keys = this.root.querySelector('.keys');
    keys.hidden = !keys.hidden;
    this.canvas.focus({ preventScroll: true });
  }

  showView() {
    const { view, auto } = this.flight;
    const pressed = { [view.mode]: true, map: view.map !== 'off', auto: auto.playing };
    for (const button of this.root.querySelectorAll('[data-do][aria-pressed]')) {
      button.setAttribute('aria-pressed', Boolean(pressed[button.dataset.do]));
    }
    this.root.dataset.mode = view.mode;
    this.root.dataset.map = view.map;
    this.root.dataset.auto = auto.playing ? 'flying' : auto.path ? 'paused' : 'off';
    if (view.mode === 'tunnel' && !this.tunnel.works) {
      this.say('The tunnel needs WebGL, which this browser has switched off; the picture is shown.');
      this.flight.setView({ mode: 'single' });
    }
  }

  open(about) {
    this.feed.open(about);
    this.picture.open(about.shape);
    this.tunnel.open(about.shape);
    this.say('');
  }

  resize() {
    const { width, height } = this.root.getBoundingClientRect();
    const ratio = Math.min(MAX_RATIO, window.devicePixelRatio || 1);
    Object.assign(this, { width, height, ratio });
    Object.assign(this.canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  }

  loop(now) {
    if (!this.root.isConnected) {
      this.feed.close();
      return;
    }
    requestAnimationFrame((next) => this.loop(next));
    const dt = Math.min(0.25, Math.max(0, (now - (this.last ?? now)) / 1000));
    this.last = now;
    if (!this.visible || !this.width || !this.flight.space) return;
    const begun = performance.now();
    this.flight.advance(dt);
    this.ask();
    if (this.stirs(now)) this.draw(dt);
    this.busy = 0.9 * (this.busy ?? 0) + 0.1 * (performance.now() - begun);
    this.hud.tick(now);
    this.tell();
  }

  // Whether anything has changed of late; a view at rest costs nothing.
  stirs(now) {
    const { position, attitude } = this.flight.ship;
    const pose = `${position} ${attitude} ${this.feed.arrived} ${this.width} ${this.height}`;
    if (pose !== this.pose) this.stirred = now;
    this.pose = pose;
    return now - this.stirred < REST_MS;
  }

  ask() {
    if (this.flight.view.mode !== 'tunnel') {
      this.feed.ask();
      return;
    }
    const { socket } = this.feed;
    const now = performance.now();
    // A score of large requests a second is enough here, and leaves other viewers theirs.
    if (!socket || socket.sent || socket.wanted || now - this.wished < TUNNEL_MS) return;
    this.wished = now;
    const codes = this.tunnel.stations.wish();
    if (codes) this.feed.want(codes, codes.tag);
  }

  // Rectangles of the main picture and of the small one.
  layout() {
    const { width, height } = this;
    const side = Math.min(0.74 * height, 0.8 * width);
    const beside = (width - side) / 2 - 28;
    const small = Math.max(128, Math.min(beside, 0.42 * height));
    // On a phone the small map lies above the picture.
    const above = beside < 128;
    const edge = above ? 54 : 14;
    const top = above ? Math.min(edge + 12 + small, height - side - 52) : (height - side) / 2 - 6;
    return {
      main: { left: (width - side) / 2, top, side },
      inset: { left: width - small - 14, top: edge, width: small, height: small },
      corner: { left: width - small + small * 0.18 - 14, top: edge + 8, side: small * 0.82 },
    };
  }

  draw(dt) {
    const { context, ratio, width, height, flight } = this;
    const { mode, map } = flight.view;
    const { main, inset, corner } = this.layout();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const large = map === 'large';
    const tunnel = mode === 'tunnel' && !large;
    if (tunnel) this.tunnel.draw(width, height, ratio, dt);
    else if (!large) this.stars();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const pixels = this.feed.current(performance.now());
    if (large) this.map.draw(context, { left: 0, top: 0, width, height }, ratio, true);
    if (pixels && !tunnel) this.framed(pixels, large ? corner : main, large);
    if (pixels && tunnel) this.framed(pixels, { left: 14, top: height - 106 - Math.min(130, 0.22 * width), side: Math.min(130, 0.22 * width) }, true);
    if (map === 'inset') this.insetMap(inset);
    this.root.dataset.tunnel = tunnel ? 'yes' : 'no';
    this.frames += 1;
  }

  framed(pixels, place, small) {
    const edge = small ? 20 : 48;
    const glow = this.glow(place.side, edge);
    this.context.drawImage(glow, place.left - edge, place.top - edge, glow.width, glow.height);
    this.picture.draw(this.context, pixels, place);
  }

  // The light around a picture, blurred once and not for every frame.
  glow(side, edge) {
    if (this.halo?.side === side) return this.halo.sheet;
    const size = Math.ceil(side + 2 * edge);
    const sheet = Object.assign(document.createElement('canvas'), { width: size, height: size });
    const context = sheet.getContext('2d');
    context.shadowColor = 'rgb(70 150 220 / 45%)';
    context.shadowBlur = 0.7 * edge;
    context.fillStyle = '#02040a';
    context.beginPath();
    context.roundRect(edge, edge, side, side, edge > 30 ? 18 : 8);
    context.fill();
    this.halo = { side, sheet };
    return sheet;
  }

  insetMap(inset) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.roundRect(inset.left, inset.top, inset.width, inset.height, 12);
    context.fillStyle = 'rgb(7 11 22 / 78%)';
    context.fill();
    context.strokeStyle = 'rgb(150 180 220 / 28%)';
    context.stroke();
    context.clip();
    this.map.draw(context, inset, this.ratio, false);
    context.restore();
  }

  // The encoded points as the pilot sees them.
  stars() {
    const { flight, ratio } = this;
    const { stars, ship, space } = flight;
    if (!stars) return;
    const [w, h] = [this.canvas.width, this.canvas.height];
    if (this.image?.width !== w || this.image.height !== h) this.image = this.context.createImageData(w, h);
    const every = Math.ceil(stars.count / FIELD_STARS);
    const camera = {
      eye: ship.position, axes: flight.axes(), focal: 0.62 * w, near: 0.03 * space.side,
      far: 1.15 * space.side, cx: w / 2, cy: h / 2,
    };
    stars.paint(this.image, camera, { every, grow: ((stars.count / every > 8000 ? 2.2 : 4) * ratio) / space.side });
    this.context.putImageData(this.image, 0, 0);
  }

  // For tests and benchmarks.
  tell() {
    const { dataset } = this.canvas;
    dataset.frames = this.frames;
    dataset.busyMs = this.busy.toFixed(2);
    dataset.x = this.flight.ship.position.map((v) => v.toFixed(4)).join();
    dataset.q = this.flight.ship.attitude.map((v) => v.toFixed(4)).join();
    dataset.decoded = this.feed.latencies.length ? 'yes' : 'no';
    dataset.stars = this.flight.stars?.count ?? 0;
  }

  status(status) {
    const words = {
      connecting: 'connecting ...', live: 'live', lost: 'connection lost', gone: 'checkpoint gone',
    };
    const line = document.getElementById('live-status');
    if (line) Object.assign(line, { textContent: words[status] }).dataset.state = status;
    if (status === 'lost') this.say('The studio does not answer. Trying again ...', 'connection');
    if (status === 'live' && this.noticeKind === 'connection') this.say('');
    if (status === 'live') this.feed.asked = null;
  }

  tellIfEmpty() {
    if (document.body.dataset.checkpoints !== 'none' || document.body.dataset.tab !== this.flight.name) return;
    this.say('There is no model of three dimensions yet. Train one with: make train-odyssey', 'empty');
  }

  say(sentence, kind = 'error') {
    this.notice.textContent = sentence;
    this.notice.hidden = !sentence;
    this.noticeKind = sentence ? kind : null;
    clearTimeout(this.reading);
    if (sentence && kind === 'error') this.reading = setTimeout(() => this.say(''), READING_MS);
  }
}
