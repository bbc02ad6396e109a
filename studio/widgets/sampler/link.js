// A sampler in the page's address, so that whoever opens it sees the same pictures.

import { readQuery, setQuery } from '../house/house.js';
import { numbers, oneOf, readFields, whole } from '../scene/fields.js';
import { codeText } from './words.js';

const QUIET_MS = 250;
const KINDS = ['gaussian', 'prior', 'exact', 'fitted'];
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

// Everything that can be read of an address, not yet held against a model.
export function readLink(tab) {
  return readFields(readQuery(tab), {
    mode: [oneOf(...KINDS), 'the mode is unknown'],
    seed: [(text) => whole(text, 0, Number.MAX_SAFE_INTEGER), 'the seed is no whole number from 0'],
    n: [(text) => whole(text, 1, 64), 'the number of samples is not from 1 to 64'],
    at: [(text) => whole(text, 1, 64), 'the sample that is looked at cannot be read'],
    mu: [numbers, 'mu cannot be read'],
    sigma: [numbers, 'sigma cannot be read'],
    z: [numbers, 'z cannot be read'],
    dim: [(text) => whole(text, 1, 1e6), 'the dimension cannot be read'],
    plane: [(text) => text.split(',').map((part) => whole(part, 1, 1e6)), 'the plane cannot be read'],
    fit: [source, 'the fit cannot be read'],
    vs: [names, 'the models to compare with cannot be read'],
  });
}

// What of a link fits a model, as properties of a sampler, and what does not, in words.
export function fitting(link, about) {
  const size = about.latent_dim;
  const faults = [...link.faults];
  // What an address leaves out is as in the beginning, whatever was there before it was followed.
  const taken = link.mode ? {
    mu: Array(size).fill(0), sigma: Array(size).fill(1), chosen: 0, show: 'samples', others: [],
  } : {};
  for (const key of ['mu', 'sigma', 'z']) {
    if (!link[key]) continue;
    if (link[key].length === size) taken[key] = link[key];
    else faults.push(`${key} has ${link[key].length} numbers and '${about.name}' has ${size} dimensions`);
  }
  if (taken.sigma?.some((v) => v < 0)) {
    taken.sigma = Array(size).fill(1);
    faults.push('a sigma is below 0');
  }
  if (link.mode && (link.mode !== 'exact' || taken.z)) taken.mode = link.mode;
  if (link.seed !== undefined) taken.seed = link.seed;
  if (link.n) taken.count = link.n;
  if (link.at) taken.chosen = link.at - 1;
  const there = (d) => d !== null && d <= size;
  if (link.dim !== undefined) {
    if (there(link.dim)) taken.dim = link.dim - 1;
    else faults.push(`there is no dimension ${link.dim}`);
  }
  if (link.plane) {
    const [x, y] = link.plane;
    if (link.plane.length === 2 && x !== y && link.plane.every(there)) {
      Object.assign(taken, { pair: [x - 1, y - 1], show: 'plane' });
    } else faults.push('the plane is not one of two dimensions');
  }
  if (link.fit) taken.source = link.fit;
  if (link.vs) taken.others = link.vs;
  return { taken, faults };
}

// Written once the hand rests: browsers limit how often the address may change.
export function writeLink(sampler) {
  clearTimeout(sampler.writing);
  sampler.writing = setTimeout(() => setQuery(sampler.name, addressOf(sampler)), QUIET_MS);
}

// The address of a sampler as it is now; what is null is taken out of it.
function addressOf({ name, about, mode, mu, sigma, z, seed, count, chosen, dim, pair, show, fitter, others }) {
  const { source } = fitter;
  const own = (key) => mode === key;
  return {
    tab: name,
    model: about.name,
    mode,
    seed,
    n: count,
    at: chosen ? chosen + 1 : null,
    mu: own('gaussian') && mu.some((v) => v !== 0) ? codeText(mu) : null,
    sigma: own('gaussian') && sigma.some((v) => v !== 1) ? codeText(sigma) : null,
    z: own('exact') ? codeText(z) : null,
    fit: own('fitted') ? `${source.label ?? 'data'}~${source.components ?? 'auto'}` : null,
    dim: dim + 1,
    plane: show === 'plane' ? pair.map((d) => d + 1).join() : null,
    vs: others.length ? others.map((other) => other.name).join('~') : null,
  };
}

function source(text) {
  const [label, components] = text.split('~');
  const read = {
    label: label === 'data' ? null : whole(label, 0, 1e6),
    components: components === 'auto' ? null : whole(components, 1, 256),
  };
  const sound = (label === 'data' || read.label !== null) && (components === 'auto' || read.components !== null);
  return sound ? read : null;
}

function names(text) {
  const found = text.split('~').filter(Boolean).slice(0, 2);
  return found.every((name) => NAME.test(name)) ? found : null;
}
