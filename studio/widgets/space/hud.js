// What the instruments of the view say: place, heading, speed, class, density, rate.

import { nearby } from './nearby.js';
import { FORWARD, rotate } from './quaternion.js';

const EVERY_MS = 120;
const REST_MS = 400;
// How long a stretch of the flight the speed is measured over.
const SPEED_MS = 200;
// With less motion the flight goes on once a second.
const CALM_SPEED_MS = 2000;

export class Hud {
  constructor(root, flight, feed) {
    Object.assign(this, { root, flight, feed });
    this.parts = Object.fromEntries(
      [...root.querySelectorAll('[data-hud]')].map((part) => [part.dataset.hud, part]),
    );
    this.drawn = [];
    this.way = [];
    flight.on('about', () => { this.way = []; });
  }

  // Called at the display's rate; `drawn`: whether a frame was really drawn.
  tick(now, drawn) {
    if (drawn) this.drawn.push(now);
    while (this.drawn[0] < now - 1000) this.drawn.shift();
    this.way.push({ at: now, position: this.flight.ship.position });
    const stretch = this.flight.view.calm ? CALM_SPEED_MS : SPEED_MS;
    while (this.way.length > 2 && this.way[1].at <= now - stretch) this.way.shift();
    if (now - (this.told ?? 0) < EVERY_MS || !this.flight.space) return;
    this.told = now;
    this.place();
    this.neighbours();
    this.rate(now);
  }

  say(part, text) {
    if (this.parts[part].textContent !== text) this.parts[part].textContent = text;
  }

  // Latent units a second, from where the ship really was.
  speed() {
    const { way } = this;
    const seconds = (way.at(-1).at - way[0].at) / 1000;
    let length = 0;
    for (let i = 1; i < way.length; i += 1) {
      length += Math.hypot(...way[i].position.map((v, d) => v - way[i - 1].position[d]));
    }
    return seconds > 0 ? length / seconds : 0;
  }

  place() {
    const { ship, space } = this.flight;
    const [x, y, z] = rotate(ship.attitude, FORWARD);
    const degrees = (v) => Math.round((v * 180) / Math.PI);
    const bearing = (degrees(Math.atan2(x, -z)) + 360) % 360;
    const climb = degrees(Math.asin(Math.max(-1, Math.min(1, y))));
    const speed = this.speed();
    this.say('position', ship.position.map((v) => signed(v, 2)).join('  '));
    this.say('heading', `${String(bearing).padStart(3, '0')}°  pitch ${signed(climb, 0)}°`);
    this.say('speed', `${speed.toFixed(2)} /s`);
    const top = space.ship.thrust / space.ship.drag;
    this.parts.gauge.style.setProperty('--share', Math.min(1, speed / top).toFixed(3));
  }

  neighbours() {
    const { feed } = this;
    const { about } = this.flight;
    const charted = feed.density >= about.charted;
    const known = Number.isFinite(feed.density);
    this.root.classList.toggle('uncharted', known && !charted);
    this.say('charted', !known ? '' : charted
      ? `charted · denser than ${Math.round(feed.density)} % of examples`
      : 'uncharted · the model invents');
    const [nearest] = nearby(this.flight);
    if (!nearest) return;
    const [k, share] = nearest;
    const name = about.class_names[k];
    this.say('class', name ?? 'unlabelled');
    this.say('share', name === undefined ? '' : `${Math.round(100 * share)} % of the nearest examples`);
    this.parts.class.style.setProperty('--colour', about.palette[k] ?? '#808894');
  }

  rate(now) {
    const { latency, fresh } = this.feed.pace;
    const resting = !(this.drawn.at(-1) > now - REST_MS);
    const parts = resting ? ['at rest'] : [`${this.drawn.length} fps`, `${fresh} decodes/s`];
    if (Number.isFinite(latency)) parts.push(`${latency.toFixed(0)} ms`);
    // Lines break between the figures only.
    this.say('rate', parts.map((part) => part.replaceAll(' ', '\u00a0')).join(' · '));
    Object.assign(this.root.dataset, {
      fps: this.drawn.length, decodes: fresh, late: this.feed.ahead.late, resting: resting ? 'yes' : 'no',
      latency: Number.isFinite(latency) ? latency.toFixed(1) : '',
    });
  }
}

const signed = (v, digits) => (v < 0 ? '−' : '+') + Math.abs(v).toFixed(digits);
