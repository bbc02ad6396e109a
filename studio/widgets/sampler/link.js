// A sampler in the page's address, so that whoever opens it sees the same pictures.

import { readQuery, setQuery } from '../house/house.js';
import { codeText } from './words.js';

const QUIET_MS = 250;
const FARTHEST = 1000;
const KINDS = ['gaussian', 'prior', 'exact', 'fitted'];
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

// Everything that can be read of an address, not yet held against a model.
export function readLink(tab) {
  const query = readQuery(tab);
  const link = { faults: [] };
  const take = (key, read, words) => {
    if (!query.has(key)) return;
    const value = read(query.get(key));
    if (value === null) link.faults.push(words);
    else link[key] = value;
  };
  take('mode', (text) => (KINDS.includes(text) ? text : null), 'the mode is unknown');
  take('seed', (text) => whole(text, 0, Number.MAX_SAFE_INTEGER), 'the seed is no whole number from 0');
  take('n', (text) => whole(text, 1, 64), 'the number of samples is not from 1 to 64');
  take('at', (text) => whole(text, 1, 64), 'the sample that is looked at cannot be read');
  for (const key of ['mu', 'sigma', 'z']) take(key, numbers, `${key} cannot be read`);
  take('dim', (text) => whole(text, 1, 1e6), 'the dimension cannot be read');
  take('plane', (text) => text.split(',').map((part) => whole(part, 1, 1e6)), 'the plane cannot be read');
  take('fit', source, 'the fit cannot be read');
  take('vs', names, 'the models to compare with cannot be read');
  return link;
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

function whole(text, least, most) {
  const value = /^\d{1,16}$/.test(text ?? '') ? Number(text) : NaN;
  return value >= least && value <= most ? value : null;
}

// Numbers of at most a thousand with commas, blanks or line ends between them; null if anything else is
// there.
export function numbers(text) {
  const parts = text.trim().replaceAll('−', '-').replace(/^[[(]|[\])]$/g, '').split(/[\s,;]+/).filter(Boolean);
  const values = parts.map(plainNumber);
  return values.length && values.every((v) => v !== null) ? values : null;
}

// A decimal number of at most a thousand, or null.
export function plainNumber(text) {
  const plain = text.trim().replace('−', '-');
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  return Math.abs(value) <= FARTHEST ? value : null;
}
