// What the instruments of the view say: place, heading, speed, class, density, rate.

import { FORWARD, rotate } from './quaternion.js';

const EVERY_MS = 120;

export class Hud {
  constructor(root, flight, feed) {
    Object.assign(this, { root, flight, feed });
    this.parts = Object.fromEntries(
      [...root.querySelectorAll('[data-hud]')].map((part) => [part.dataset.hud, part]),
    );
    this.drawn = [];
  }

  tick(now) {
    this.drawn.push(now);
    while (this.drawn[0] < now - 1000) this.drawn.shift();
    if (now - (this.told ?? 0) < EVERY_MS || !this.flight.space) return;
    this.told = now;
    this.place();
    this.neighbours();
    this.rate();
  }

  say(part, text) {
    if (this.parts[part].textContent !== text) this.parts[part].textContent = text;
  }

  place() {
    const { ship, space } = this.flight;
    const [x, y, z] = rotate(ship.attitude, FORWARD);
    const degrees = (v) => Math.round((v * 180) / Math.PI);
    const bearing = (degrees(Math.atan2(x, -z)) + 360) % 360;
    const climb = degrees(Math.asin(Math.max(-1, Math.min(1, y))));
    const speed = Math.hypot(...ship.velocity);
    this.say('position', ship.position.map((v) => signed(v, 2)).join('  '));
    this.say('heading', `${String(bearing).padStart(3, '0')}°  ${signed(climb, 0)}°`);
    this.say('speed', `${speed.toFixed(2)} /s`);
    const top = space.ship.thrust / space.ship.drag;
    this.parts.gauge.style.setProperty('--share', Math.min(1, speed / top).toFixed(3));
  }

  neighbours() {
    const { flight, feed } = this;
    const { about, stars } = flight;
    const charted = feed.density >= about.charted;
    const known = Number.isFinite(feed.density);
    this.root.classList.toggle('uncharted', known && !charted);
    this.say('charted', !known ? '' : charted
      ? `charted · denser than ${Math.round(feed.density)} %`
      : 'uncharted · the model invents');
    if (!stars) return;
    const [k, share] = stars.nearest(flight.ship.position)[0];
    this.say('class', about.class_names[k] ?? 'unlabelled');
    this.say('share', `${Math.round(100 * share)} % of the nearest examples`);
    this.parts.class.style.setProperty('--colour', about.palette[k] ?? '#808894');
    this.nearest = { name: about.class_names[k] ?? 'unlabelled', share, charted, known };
  }

  rate() {
    const { feed } = this;
    const latency = feed.latency;
    const fresh = feed.times.filter((t) => t > performance.now() - 1000).length;
    const text = `${this.drawn.length} fps · ${fresh} decodes/s`;
    this.say('rate', Number.isFinite(latency) ? `${text} · ${latency.toFixed(0)} ms` : text);
    this.root.dataset.fps = this.drawn.length;
    this.root.dataset.latency = Number.isFinite(latency) ? latency.toFixed(1) : '';
    this.root.dataset.decodes = fresh;
  }
}

const signed = (v, digits) => (v < 0 ? '−' : '+') + Math.abs(v).toFixed(digits);
