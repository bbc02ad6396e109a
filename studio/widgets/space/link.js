// A flight in the page's address, so that a link opens the same one.

import { readQuery, setQuery } from '../house/house.js';

const QUIET_MS = 300;
const MODES = ['single', 'grid', 'tunnel'];
const MAPS = ['inset', 'large', 'off'];
let timer = 0;

export function readLink(tab) {
  const query = readQuery(tab);
  const link = { view: {} };
  if (query.has('x')) link.position = numbers(query.get('x'), 3);
  if (query.has('q')) link.attitude = numbers(query.get('q'), 4);
  if (link.position === null || link.attitude === null) {
    link.fault = 'The place in this link cannot be read; the flight begins at home.';
  }
  const [mode, side, map] = (query.get('view') ?? '').split('~');
  if (MODES.includes(mode)) link.view.mode = mode;
  if ([3, 5, 7].includes(Number(side))) link.view.side = Number(side);
  if (MAPS.includes(map)) link.view.map = map;
  const [kind, seed, to, speed] = (query.get('fly') ?? '').split('~');
  if (/^[a-z]+$/.test(kind) && Number.isInteger(Number(seed)) && Number(speed) > 0) {
    link.fly = { kind, seed: Number(seed), to, speed: Math.min(1, Number(speed)) };
  }
  return link;
}

// Written once the ship rests or a few times a second: browsers limit changes of the address.
export function writeLink(flight) {
  if (timer || !flight.about) return;
  timer = setTimeout(() => {
    timer = 0;
    const { ship, view, auto } = flight;
    setQuery(flight.name, {
      tab: flight.name,
      model: flight.about.name,
      x: text(ship.position),
      q: text(ship.attitude),
      view: [view.mode, view.side, view.map].join('~'),
      fly: [auto.plan.kind, auto.plan.seed, auto.plan.to, auto.plan.speed].join('~'),
    });
  }, QUIET_MS);
}

function numbers(list, count) {
  const values = list.split(',').map((v) => (v.trim() === '' ? NaN : Number(v)));
  return values.length === count && values.every(Number.isFinite) ? values : null;
}

const text = (values) => Array.from(values, (v) => Number(v.toFixed(4))).join(',');
