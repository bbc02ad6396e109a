// Opening a model to fly in: what is known of it, the link that led to it, and the ship's place in it.

import { fetchBytes, fetchJson } from '../scene/address.js';
import { adoptPlan, redraw } from './course.js';
import { readLink } from './link.js';
import { isThere } from '../scene/notices.js';
import { normalised } from './quaternion.js';
import { AT_REST } from './ship.js';
import { Stars } from './stars.js';

// How far out of the encoded codes a link may put the ship, in ranges of them.
const FARTHEST = 5;

// The description of a model and of the space it is flown in; `axes` are latent dimensions, from 1.
export async function describe(checkpoint, axes) {
  const name = encodeURIComponent(checkpoint);
  const along = axes ? `?axes=${encodeURIComponent(axes)}` : '';
  const [about, space] = await Promise.all([
    fetchJson(`/checkpoints/${name}`), fetchJson(`/flight/${name}${along}`),
  ]);
  return { about, space };
}

// The same for a link, whose directions may be wrong.
export async function describeLinked(checkpoint, link) {
  if (!link?.axes) return describe(checkpoint);
  try {
    return await describe(checkpoint, link.axes);
  } catch (error) {
    const plain = await describe(checkpoint);
    link.faults.push(`directions cannot be flown (${error.message.replace(/\.$/, '')})`);
    return plain;
  }
}

export async function loadStars(about, space) {
  const query = new URLSearchParams({ v: about.digest.slice(0, 12) });
  if (space.chosen) query.set('axes', space.chosen.join());
  const data = await fetchBytes(`/flight/${encodeURIComponent(about.name)}/stars?${query}`);
  return new Stars(data, about.palette);
}

// The link that the page was opened with, as far as it is this model's.
export function linkFor(flight, checkpoint) {
  if (!flight.linked) return null;
  const link = readLink(flight.name);
  return !link.model || link.model === checkpoint ? link : { model: link.model, foreign: true };
}

// Put the ship where the link says, else where it was when this model was left, else at home.
export function place(flight, link) {
  const { about, space, harbours } = flight;
  const before = harbours.get(about.name);
  const home = about.medoids.find(Boolean) ?? space.origin;
  flight.ship = AT_REST;
  // A path leads elsewhere than home.
  const others = about.medoids.flatMap((z, k) => (z && z !== home ? [k] : []));
  flight.auto.plan.to = others[0] ?? 0;
  flight.settle(before?.z.length === about.latent_dim ? before.z : home);
  const attitude = before?.attitude ?? flight.towards(flight.centre());
  flight.ship = { ...flight.ship, attitude };
  if (!link || link.foreign) return;
  moor(flight, link);
  if (link.attitude) flight.ship = { ...flight.ship, attitude: normalised(link.attitude) };
  Object.assign(flight.view, link.view);
  adoptPlan(flight, link);
}

// Off the flown plane the code says more than the position.
function moor(flight, link) {
  const { about, space, ship } = flight;
  if (link.z && link.z.length !== about.latent_dim) {
    link.faults.push(`code has ${link.z.length} numbers and not ${about.latent_dim}`);
  } else if (link.z && about.range.some(([low, high], d) => beyond(link.z[d], low, high))) {
    link.faults.push('code lies far outside of what was encoded');
  } else if (link.z) {
    flight.settle(Float32Array.from(link.z));
    return;
  }
  if (!link.position) return;
  const { low, high, margin } = space.ship;
  const position = link.position.map((v, d) => Math.min(high[d] + margin, Math.max(low[d] - margin, v)));
  if (link.position.some((v, d) => Math.abs(v - position[d]) > 1e-3)) link.faults.push('position lies beyond the border, where the ship waits');
  flight.ship = { ...ship, position };
}

const beyond = (v, low, high) => Math.abs(v - (low + high) / 2) > FARTHEST * (high - low) + 1;

// Say what of a link could not be followed, and draw its path again.
export async function follow(flight, link) {
  if (!link) return;
  if (link.foreign) {
    await tellForeign(flight, link.model);
    return;
  }
  const drawn = redraw(flight, link);
  if (link.faults.length) {
    flight.fail(`Not all of this link can be used: its ${link.faults.join('; its ')}. The rest was opened.`, 'link');
  }
  await drawn;
}

async function tellForeign(flight, model) {
  const { about, name, tried } = flight;
  // Why it did not open was said already.
  if (tried.has(model)) return;
  const known = await fetchJson(`/house/tabs?model=${encodeURIComponent(model.slice(0, 64))}`).catch(() => null);
  const [other] = known?.tabs ?? [];
  const here = `'${about.name}' is flown instead, from its home`;
  flight.fail(other && !known.tabs.some((tab) => tab.name === name)
    ? `The model '${model}' of this link has no three dimensions to fly in (it opens in ${other.title}); ${here}.`
    : `The model '${model.slice(0, 64)}' of this link is not in this studio; ${here}.`, 'link');
}

// A model that was left may have been left because it was deleted.
export async function tellDeleted(flight, before) {
  const there = await isThere(flight.name, before).catch(() => true);
  if (!there) flight.fail(`The model '${before}' was deleted from the studio; this is '${flight.about.name}'.`, 'link');
}
