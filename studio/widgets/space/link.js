// A flight in the page's address, so that a link opens the same one: place, attitude, directions, view,
// and the path with the point of it that was reached. Codes lie in it with the digits that the studio
// is asked with, so that the same path is drawn again.

import { readQuery, setQuery } from '../house/house.js';

const EVERY_MS = 400;
const MODES = ['single', 'grid', 'tunnel'];
const MAPS = ['inset', 'large', 'off'];
const FARTHEST = 1e6;
// Addresses of more than some 8,000 characters are cut off on the way by some programs.
const LONGEST_TOUR = 4000;
const MARKS = ';|';

export function readLink(tab) {
  return parse(readQuery(tab));
}

// Everything that can be read, and in `faults` what cannot, each in words that follow "its".
export function parse(query) {
  const link = { model: query.get('model'), view: {}, faults: [] };
  link.position = vector(query, 'x', 'position', link.faults);
  link.attitude = vector(query, 'q', 'attitude', link.faults);
  link.z = vector(query, 'z', 'code', link.faults);
  if (link.attitude && !(Math.hypot(...link.attitude) > 1e-6)) fault(link, 'attitude', 'attitude is no direction');
  if (query.has('axes')) link.axes = query.get('axes');
  look(query, link);
  plan(query, link);
  return link;
}

function look(query, link) {
  if (!query.has('view')) return;
  const [mode, side, map, spread] = query.get('view').split('~');
  if (MODES.includes(mode)) link.view.mode = mode;
  else link.faults.push(`view '${short(mode)}' is unknown`);
  if ([3, 5, 7].includes(Number(side))) link.view.side = Number(side);
  if (MAPS.includes(map)) link.view.map = map;
  if (Number(spread) >= 0.01 && Number(spread) <= 0.15) link.view.spread = Number(spread);
}

function plan(query, link) {
  if (!query.has('fly')) return;
  const [kind, seed, to, speed, loop, even, share] = query.get('fly').split('~');
  const sound = /^[a-z]+$/.test(kind) && whole(seed) && Number(seed) < 2 ** 31 && /^\w{1,12}$/.test(to ?? '') && Number(speed) > 0;
  if (!sound) {
    link.faults.push('path cannot be read');
    return;
  }
  link.plan = {
    kind, to, seed: Number(seed), speed: Math.min(1, Number(speed)), loop: loop !== '0', even: even === '1',
  };
  if (Number.isFinite(Number(share)) && share) link.share = Number(share);
  link.from = vector(query, 'from', "path's beginning", link.faults);
  if (query.has('to')) link.place = place(query.get('to'));
  if (link.place === null) link.faults.push('destination cannot be read');
  tour(query.get('via'), link);
}

function tour(via, link) {
  if (!via) return;
  const [, count, sum] = /^(\d+)\*(\w+)$/.exec(via) ?? [];
  if (count) {
    link.missing = { count: Number(count), sum };
    return;
  }
  const stops = via.split(';').map(place);
  if (stops.every(Boolean)) link.stops = stops;
  else link.faults.push('waypoints cannot be read');
}

// Written a few times a second at most: browsers limit changes of the address.
export function writeLink(flight) {
  if (flight.writing || !flight.about || flight.restoring) return;
  flight.writing = setTimeout(() => {
    flight.writing = 0;
    if (flight.about && !flight.restoring) setQuery(flight.name, addressOf(flight));
  }, EVERY_MS);
}

// The address of a flight as it is now; what is null is taken out of it.
export function addressOf(flight) {
  const { about, ship, view, auto, space } = flight;
  const { plan: { kind, seed, speed, loop, even }, path } = auto;
  const asked = path?.asked ?? flight.asks();
  const toPlace = asked.place && `${codeText(asked.place.z)}|${plain(asked.place.name)}`;
  const fly = [kind, seed, asked.to, speed, Number(loop), Number(even)];
  if (path) fly.push(Number(reached(auto).toFixed(6)));
  return {
    tab: flight.name,
    model: about.name,
    x: numbers(ship.position, 5),
    q: numbers(ship.attitude, 6),
    z: about.latent_dim > 3 ? codeText(flight.z) : null,
    axes: space.chosen ? space.chosen.join() : null,
    view: [view.mode, view.side, view.map, view.spread].join('~'),
    fly: fly.join('~'),
    from: path ? codeText(asked.from) : null,
    to: toPlace || null,
    via: kind === 'tour' && asked.via.length ? viaText(asked.via) : null,
  };
}

// The point of the path; on a way there and back, 1.2 is a fifth of the way back.
function reached({ share, plan, path }) {
  const round = path.closed ? 1 : 2;
  return plan.loop ? share - round * Math.floor(share / round) : Math.min(1, share);
}

function viaText(stops) {
  const text = stops.map(({ z, name }) => `${codeText(z)}|${plain(name)}`).join(';');
  return text.length <= LONGEST_TOUR ? text : `${stops.length}*${tourSum(stops)}`;
}

// Tells whether waypoints are those that a link was too short for.
export function tourSum(stops) {
  let sum = 0x811c9dc5;
  for (const letter of stops.map(({ z }) => codeText(z)).join(';')) {
    sum = Math.imul(sum ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  }
  return sum.toString(36);
}

// A code as links and requests have it.
export const codeText = (z) => numbers(z, z.length > 16 ? 4 : 5);

const numbers = (values, digits) => Array.from(values, (v) => Number(v.toFixed(digits))).join(',');

function vector(query, key, what, faults) {
  if (!query.has(key)) return null;
  const values = code(query.get(key));
  const count = { x: 3, q: 4 }[key];
  if (!values) faults.push(`${what} cannot be read`);
  else if (count && values.length !== count) faults.push(`${what} has ${values.length} numbers and not ${count}`);
  else return values;
  return null;
}

function code(text) {
  const values = text.split(',').map((v) => (v.trim() === '' ? NaN : Number(v)));
  return values.every((v) => Math.abs(v) <= FARTHEST) ? values : null;
}

function place(text) {
  const at = text.indexOf('|');
  const z = code(at < 0 ? text : text.slice(0, at));
  return z && { z, name: at < 0 ? '' : text.slice(at + 1, at + 61) };
}

function fault(link, part, words) {
  link[part] = null;
  link.faults.push(words);
}

// A name without the marks that a link is divided by.
const plain = (name) => [...name].map((letter) => (MARKS.includes(letter) ? ' ' : letter)).join('');
const whole = (text) => /^\d{1,10}$/.test(text ?? '');
const short = (text) => String(text).slice(0, 24);
