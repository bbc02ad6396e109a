// A face in the page's address: a random or held-out one and what it is moved by. Photos are never in it.

import { readQuery, setQuery } from '../house/house.js';

const QUIET_MS = 250;
const MOST_ROW = 1e7;

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
  take('seed', (text) => whole(text, Number.MAX_SAFE_INTEGER), 'the seed is no whole number from 0');
  take('row', (text) => whole(text, MOST_ROW), 'the held-out face cannot be read');
  take('truncation', (text) => plain(text, 0, 1.5), 'the truncation is not from 0 to 1.5');
  take('moved', strengths, 'what the face is moved by cannot be read');
  take('rows', names, 'the attributes with a row cannot be read');
  take('leave', (text) => ({ raw: false, conditional: true })[text] ?? null, "'leave' is neither raw nor conditional");
  take('kind', (text) => text, '');
  take('show', (text) => (['face', 'morph', 'strip', 'plane', 'effects'].includes(text) ? text : null), 'the show is unknown');
  take('axes', names, 'the axes cannot be read');
  return link;
}

// What of a link fits a model, as properties of a face, and what does not, in words.
export function fitting(link, about) {
  const faults = [...link.faults];
  const known = new Set(about.attributes.map(({ name }) => name));
  const only = (list) => {
    const strange = list.filter((name) => !known.has(name));
    if (strange.length) faults.push(`'${about.name}' has no attribute ${strange.map((name) => `'${name.slice(0, 40)}'`).join(', ')}`);
    return list.filter((name) => known.has(name));
  };
  const main = about.main.filter((name) => known.has(name));
  // What the address of a face leaves out is as in the beginning, whatever was there before it was followed.
  const taken = link.seed !== undefined || link.row !== undefined ? {
    truncation: about.truncation, strengths: new Map(), shown: main, conditional: false, kind: about.kinds[0], show: 'face',
  } : {};
  for (const key of ['seed', 'row', 'truncation']) if (link[key] !== undefined) taken[key] = link[key];
  if (link.rows) taken.shown = only(link.rows);
  if (link.moved) {
    const there = only(link.moved.map(([name]) => name));
    taken.strengths = new Map(link.moved.filter(([name, value]) => there.includes(name) && value));
    taken.shown = [...new Set([...(taken.shown ?? main), ...there])];
  }
  if (taken.shown) taken.shown = about.attributes.map(({ name }) => name).filter((name) => taken.shown.includes(name));
  if (link.leave !== undefined) taken.conditional = link.leave;
  if (link.kind !== undefined) {
    if (about.kinds.includes(link.kind)) taken.kind = link.kind;
    else faults.push('the kind of directions is unknown');
  }
  if (link.show) taken.show = link.show;
  if (link.axes) {
    const [x, y] = only(link.axes);
    if (x) taken.axes = { x, y: y ?? null };
  }
  return { taken, faults };
}

// Written once the hand rests: browsers limit how often the address may change. A link that waits for its
// model is not written over.
export function writeLink(faces) {
  clearTimeout(faces.writing);
  faces.writing = setTimeout(() => { if (faces.about && !faces.linked) setQuery(faces.name, addressOf(faces)); }, QUIET_MS);
}

// The address of a face as it is now; what is null is taken out of it.
function addressOf({ name, about, origin, truncation, strengths, shown, conditional, kind, show, axes }) {
  const usual = about.main.join() === shown.join();
  const linked = ['random', 'held-out'].includes(origin?.kind);
  return {
    tab: name,
    model: about.name,
    seed: origin?.kind === 'random' ? origin.seed : null,
    row: origin?.kind === 'held-out' ? origin.row : null,
    truncation: truncation === about.truncation ? null : Number(truncation.toFixed(2)),
    moved: linked && strengths.size ? [...strengths].map(([key, value]) => `${escaped(key)}~${value}`).join() : null,
    rows: usual || !shown.length ? null : shown.map(escaped).join(),
    leave: conditional ? 'conditional' : null,
    kind: kind === about.kinds[0] ? null : kind,
    show: show === 'face' ? null : show,
    axes: ['strip', 'plane'].includes(show) && axes.x ? [axes.x, axes.y].filter(Boolean).map(escaped).join() : null,
  };
}

function strengths(text) {
  const pairs = text.split(',').filter(Boolean).map((part) => part.split('~'));
  const read = pairs.map(([name, value]) => [unescaped(name), plain(value, -3, 3)]);
  return read.length <= 100 && read.every(([, value]) => value !== null) ? read : null;
}

// Attributes of a person's own may be called anything.
const escaped = (name) => name.replace(/[%,~]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
const unescaped = (text) => text.replace(/%(25|2c|7e)/gi, (_, code) => String.fromCharCode(parseInt(code, 16)));

function names(text) {
  const found = text.split(',').filter(Boolean).map(unescaped);
  return found.length && found.length <= 100 ? found : null;
}

function whole(text, most) {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  return value <= most ? value : null;
}

// A decimal number between two others, or null.
export function plain(text, least, most) {
  const tidy = (text ?? '').trim().replace('−', '-').replace(',', '.');
  const value = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(tidy) ? Number(tidy) : NaN;
  return value >= least && value <= most ? value : null;
}
