// Which path the autopilot flies: what of it is asked of the studio, and a link's path drawn again.

import { fetchJson } from '../scene/address.js';
import { codeText, tourSum } from './link.js';

const LONGEST_REQUEST = 55_000;
const SAME = 2e-4;

// What the plan comes to from where the ship is.
export function asks(flight) {
  const { plan } = flight.auto;
  const place = destination(flight, plan.to);
  return {
    kind: plan.kind,
    seed: plan.seed,
    even: plan.even,
    from: Array.from(flight.z),
    to: place ? 'place' : String(plan.to),
    place,
    via: plan.kind === 'tour' ? stopsOf(flight) : [],
  };
}

export async function drawPath(flight, asked = asks(flight)) {
  const { about, space } = flight;
  const { kind, seed, even } = asked;
  const query = new URLSearchParams({ kind, at: codeText(asked.from), seed, even, measure: true });
  const goal = asked.place?.z ?? flight.anchor(Number(asked.to));
  if (goal) query.set('to', codeText(goal));
  if (kind === 'tour') query.set('via', tourText(asked.via));
  if (space.chosen) query.set('axes', space.chosen.join());
  const path = await fetchJson(`/flight/${encodeURIComponent(about.name)}/path?${query}`);
  return { ...path, asked, points: path.codes.map((z) => flight.fromLatent(z)) };
}

// Whether a path is still what the plan asks for; it may have been changed while the path was drawn.
export function isWanted(flight, { asked }) {
  const now = asks(flight);
  return ['kind', 'seed', 'even', 'to', 'place'].every((part) => asked[part] === now[part]);
}

// The named place that a plan leads to, if it is no class: a waypoint ("w7") or a link's ("link").
export function destination({ auto, waypoints }, to) {
  if (to === 'link') return auto.plan.place ?? null;
  if (!String(to).startsWith('w')) return null;
  return waypoints.list.find(({ id }) => `w${id}` === to) ?? null;
}

// Those of a link that was opened, else the visitor's own.
export function stopsOf({ auto, waypoints }) {
  return auto.plan.stops ?? waypoints.list;
}

// Lay out a link's plan and its path, the ship at the point that was reached. Adds what is wrong
// with it to the faults.
export function adoptPlan(flight, link) {
  const { auto, space } = flight;
  if (!link.plan) return;
  const plan = { ...link.plan, place: null, stops: null };
  if (!space.kinds[plan.kind]) {
    link.faults.push(`path kind '${plan.kind}' is unknown`);
    return;
  }
  Object.assign(plan, whereTo(flight, link));
  if (plan.kind === 'tour') Object.assign(plan, throughWhat(flight, link));
  Object.assign(auto.plan, plan);
}

function whereTo(flight, { plan, place, faults }) {
  const { about, waypoints } = flight;
  if (plan.to === 'place' && place?.z.length === about.latent_dim) {
    const own = waypoints.find(place.z);
    return own ? { to: `w${own.id}` } : { to: 'link', place };
  }
  const k = Number(plan.to);
  if (Number.isInteger(k) && k >= 0 && k < Math.max(1, about.class_names.length)) return { to: k };
  faults.push('destination is not here');
  return { to: 0 };
}

function throughWhat({ about, waypoints }, link) {
  const stops = link.stops?.every(({ z }) => z.length === about.latent_dim) ? link.stops : null;
  if (!stops) {
    const fault = lacks(waypoints.list, link);
    if (fault) {
      link.from = null;
      link.faults.push(fault);
    }
    return { stops: null };
  }
  if (tourSum(stops) === tourSum(waypoints.list)) return { stops: null };
  // The first waypoints of a visitor may well be a link's; those of one who has some stay as they are.
  if (!waypoints.list.length && waypoints.take(stops)) return { stops: null };
  return { stops };
}

// What a tour lacks whose waypoints are not in the link.
function lacks(own, { missing, stops }) {
  if (stops) return 'waypoints are of another model';
  if (missing && tourSum(own) === missing.sum) return null;
  if (missing) return `tour has ${missing.count} waypoints, too many for an address: load them from their file`;
  return 'tour has no waypoints';
}

// The path of a link, the ship on it if that is where it was.
export async function redraw(flight, link) {
  const { auto, about } = flight;
  if (!link.plan || !link.from || link.from.length !== about.latent_dim) return;
  flight.restoring = true;
  try {
    const path = await drawPath(flight, { ...asks(flight), from: link.from });
    if (flight.about !== about || auto.path) return;
    Object.assign(auto, { path, share: Math.max(0, Math.min(2, link.share ?? 0)) });
    const off = auto.codeAt(auto.share).map((v, d) => v - flight.z[d]);
    if (Math.hypot(...off) < SAME * Math.sqrt(off.length) * flight.space.side) auto.place(auto.share, 0);
  } catch (error) {
    flight.fail(error);
  } finally {
    flight.restoring = false;
  }
  flight.emit('path');
}

function tourText(stops) {
  if (stops.length < 2) {
    throw new Error('A tour needs at least two waypoints: press B where it should pass, or add places of interest.');
  }
  const text = stops.map(({ z }) => codeText(z)).join(';');
  if (text.length <= LONGEST_REQUEST) return text;
  throw new Error(`A tour of ${stops.length} waypoints is too long in ${stops[0].z.length} dimensions; delete some.`);
}
