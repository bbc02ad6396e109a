// What is open in the tables tab, in the page's address.

import { readQuery, setQuery } from '../house/house.js';
import { plainNumber, whole } from '../scene/fields.js';
import { FEATURES, MODES, PLANES, SCORES, SIDES, SORTS } from './choices.js';

const MOST_SEED = 999_999_999;
const LONGEST = 40;

export function readLink(tab) {
  return Object.fromEntries(readQuery(tab));
}

// What of a link fits the open table, as properties of the tables, and what does not, in words.
export function fitting(link, { table, models, sides }) {
  const faults = [];
  const taken = {};
  // find(text) returns what it means, or null where it means nothing here.
  const take = (key, name, find, words) => {
    if (!(key in link)) return;
    const value = find(link[key]);
    if (value === null) faults.push(words(`'${link[key].slice(0, LONGEST)}'`));
    else if (name) taken[name] = value;
  };
  const one = (list) => (text) => (list.includes(text) ? text : null);
  const at = (list) => (text) => (list.includes(text) ? list.indexOf(text) : null);
  take('show', 'mode', one(MODES), (it) => `there is no view ${it}`);
  SIDES.forEach((side, i) => {
    take('ab'[i], null, (name) => {
      if (!models.some((model) => model.name === name)) return null;
      taken.sides = { ...sides, ...taken.sides, [side]: name };
      return name;
    }, (it) => `there is no model ${it} of this table`);
  });
  take('column', 'column', at(table.columns), (it) => `there is no column ${it}`);
  take('behind', 'column', (text) => (text === 'nothing' ? -1 : null), (it) => `${it} cannot lie behind the rows`);
  for (const name of link.features?.split('~') ?? []) if (!table.columns.includes(name)) faults.push(`there is no column '${name.slice(0, LONGEST)}'`);
  const features = [...new Set(link.features?.split('~'))].map((name) => table.columns.indexOf(name)).filter((c) => c >= 0);
  if (features.length >= FEATURES.least) taken.features = features.slice(0, FEATURES.most);
  take('normal', 'normal', at(table.classes), (it) => `there is no class ${it}`);
  take('alone', 'alone', at(table.classes), (it) => `there is no class ${it}`);
  take('score', 'score', one(SCORES), (it) => `there is no score ${it}`);
  take('flagged', 'share', share, (it) => `${it} is no share of the rows from 0 to 1`);
  take('row', 'selected', (text) => (whole(text, 1, Infinity) === null ? null : at(table.row)(Number(text) - 1)), (it) => `there is no row ${it} here`);
  take('points', 'plane', one(PLANES), (it) => `${it} is none of ${PLANES.join(', ')}`);
  take('order', 'sort', one(SORTS), (it) => `there is no order ${it}`);
  take('seed', 'seed', (text) => whole(text, 0, MOST_SEED), (it) => `${it} is no seed`);
  return { taken, faults };
}

function share(text) {
  const value = plainNumber(text);
  return value >= 0 && value <= 1 ? value : null;
}

export function writeLink(host) {
  const { name, table, mode, sides, selected, column, features, normal, score, share: flagged, plane, sort, seed, alone } = host;
  if (!table) return;
  const when = (told, value) => (told ? value : null);
  setQuery(name, {
    tab: name,
    table: table.name,
    show: when(mode !== 'map', mode),
    a: sides.vae,
    b: sides.beta,
    column: when(mode === 'map' && column > 0, table.columns[column]),
    behind: when(mode === 'map' && column < 0, 'nothing'),
    points: when(mode === 'reconstruction' && plane !== 'both', plane),
    order: when(mode === 'errors' && sort !== 'table', sort),
    seed: when(mode === 'samples' && seed > 0, String(seed)),
    alone: when(alone !== null, table.classes[alone]),
    features: when(mode === 'pairs', features.map((i) => table.columns[i]).join('~')),
    normal: when(mode === 'anomalies' && normal !== null, table.classes[normal]),
    score: when(mode === 'anomalies', score),
    flagged: when(mode === 'anomalies', String(Number(flagged.toFixed(4)))),
    row: when(selected >= 0, String(table.row[selected] + 1)),
  });
}
