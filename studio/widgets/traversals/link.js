// A place in the page's address, so that whoever opens it sees the same. A picture of one's own is never
// in it, only the code.

import { readQuery, setQuery } from '../house/house.js';
import { codeText } from '../sampler/words.js';
import { numbers, oneOf, plainNumber, readFields, whole } from '../scene/fields.js';
import { REACH, STEPS } from './limits.js';

const QUIET_MS = 250;
const MOST_ROW = 1e7;
const FARTHEST = 1000;
const NAME = /^[zc]\d{0,4}$/;

// Everything that can be read of an address, not yet held against a model.
export function readLink(tab) {
  const { min, max } = STEPS;
  return readFields(readQuery(tab), {
    z: [numbers, 'z cannot be read'],
    example: [(text) => whole(text, 0, MOST_ROW), 'the example cannot be read'],
    show: [oneOf('rows', 'row', 'plane', 'classes'), 'show is none of rows, row, plane and classes'],
    of: [names, 'the parts to show cannot be read'],
    range: [reach, `the range is not from ${REACH.min} to ${REACH.max}`],
    steps: [(text) => whole(text, min, max), `the number of columns is not from ${min} to ${max}`],
    by: [oneOf('even', 'quantiles'), 'the columns are neither even nor quantiles'],
  });
}

// What of a link fits a model, as properties of the traversals, and what does not, in words.
export function fitting(link, { about, shows }) {
  const faults = [];
  const taken = {};
  if (link.z?.length === about.latent_dim && link.z.every((v) => Math.abs(v) <= FARTHEST)) {
    Object.assign(taken, { z: Float32Array.from(link.z), origin: { kind: 'link', z: link.z } });
  } else if (link.z) faults.push(`z has ${link.z.length} ${link.z.length === 1 ? 'number' : 'numbers'} and '${about.name}' has ${about.latent_dim} dimensions`);
  if (link.example !== undefined) {
    if (link.example < about.examples) taken.example = link.example;
    else faults.push(about.examples ? `there is no example ${link.example}; they go to ${about.examples - 1}` : `'${about.name}' keeps no examples`);
  }
  if (link.range) taken.reach = link.range;
  if (link.steps) taken.steps = link.steps;
  if (link.by) taken.spacing = link.by;
  Object.assign(taken, shown(link, about, shows, faults));
  return { taken, faults: [...faults, ...link.faults] };
}

// What is shown, if this model has it.
function shown({ show, of = [] }, about, shows, faults) {
  const known = new Map(about.parts.map((part) => [part.name, part]));
  const strange = of.find((name) => !known.has(name));
  if (strange) faults.push(`'${about.name}' has no ${strange}`);
  if (strange || !show || show === 'rows') return strange ? {} : { show: 'rows' };
  const kinds = of.map((name) => known.get(name).discrete);
  if (!of.length && shows.includes(show)) return { show };
  if (show === 'row' && of.length === 1) return { show, row: of[0] };
  if (show === 'plane' && kinds.join() === 'false,false' && of[0] !== of[1]) return { show, pair: of };
  if (show === 'classes' && kinds.join() === 'true,false') return { show, cross: of };
  faults.push(of.length ? `${of.join(' and ')} cannot be shown as '${show}'` : `'${about.name}' has nothing to show as '${show}'`);
  return {};
}

// Written once the hand rests: browsers limit how often the address may change.
export function writeLink(host) {
  clearTimeout(host.writing);
  host.writing = setTimeout(() => { if (host.about && !host.linked) setQuery(host.name, addressOf(host)); }, QUIET_MS);
}

// The address of the place as it is now; what is null is taken out of it.
function addressOf({ name, about, z, target, origin, show, row, pair, cross, reach: range, steps, spacing }) {
  return {
    tab: name,
    model: about.name,
    z: codeText(target ?? z),
    example: origin.kind === 'example' ? origin.row : null,
    show: show === 'rows' ? null : show,
    of: { rows: null, row, plane: pair.join(), classes: cross.join() }[show],
    range: range === REACH.usual ? null : range,
    steps: steps === STEPS.usual ? null : steps,
    by: spacing === 'even' ? null : spacing,
  };
}

function reach(text) {
  const value = plainNumber(text);
  return value !== null && value >= REACH.min && value <= REACH.max ? value : null;
}

function names(text) {
  const found = text.split(',').filter(Boolean);
  return found.length && found.length <= 2 && found.every((name) => NAME.test(name)) ? found : null;
}
