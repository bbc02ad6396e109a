// What is open in the tables tab, in the page's address.

import { readQuery, setQuery } from '../house/house.js';

export function readLink(tab) {
  const query = readQuery(tab);
  return {
    table: query.get('table'), mode: query.get('show'), vae: query.get('a'), beta: query.get('b'),
    column: query.get('column'), features: query.get('features')?.split('~'), normal: query.get('normal'),
    score: query.get('score'), share: Number(query.get('flagged')), row: Number(query.get('row')),
    bare: query.get('behind') === 'nothing', plane: query.get('points'), sort: query.get('order'), seed: query.get('seed'), alone: query.get('alone'),
  };
}

export function writeLink(host) {
  const { name, table, mode, sides, selected, column, features, normal, score, share, plane, sort, seed, alone } = host;
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
    flagged: when(mode === 'anomalies', String(Number(share.toFixed(4)))),
    row: when(selected >= 0, String(table.row[selected] + 1)),
  });
}
