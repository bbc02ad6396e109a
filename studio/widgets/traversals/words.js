// What the traversals say in words and figures.

import { number } from '../sampler/words.js';

export { number };

export const nats = (value) => (value === null ? '' : `${number(value)} nats`);

// A class of a discrete part, as a button or a caption has it.
export function classWords(part, k) {
  const meaning = part.meanings[k];
  return meaning === null ? `${part.name} = ${k}` : `${part.name} = ${k} (mostly '${meaning}')`;
}

// The same on a button: what the class means, or its number.
export const classLabel = (part, k) => part.meanings[k] ?? `${part.name}=${k}`;

export const dimensionWords = (part, value) => `${part.name} = ${number(value)}`;

// Where the place comes from.
function origin({ origin: { kind, label, seed, name }, about }) {
  const of = label === null || label === undefined ? 'an example' : `an example of '${about.class_names[label]}'`;
  return {
    start: about.discrete.length ? 'the centre of the prior' : 'a typical example',
    centre: 'the centre of the prior, where every continuous number is 0',
    draw: `a draw from the prior (seed ${seed})`,
    example: `${of} of the data`,
    picture: `'${(name ?? '').slice(0, 40)}', as the encoder sees it`,
    link: 'the place of a link',
  }[kind];
}

// Whether the place has left what it was around.
export function moved({ origin: from, z, target }) {
  const here = target ?? z;
  return Boolean(from.z) && from.z.some((v, d) => Math.abs(v - here[d]) > 0.01);
}

// How sure the encoder was of a picture's classes.
function sure({ origin: { shares }, about: { parts } }) {
  if (!shares?.length) return '';
  const found = parts.filter((part) => part.discrete).map((part, p) => {
    const share = Math.max(...shares[p]);
    return `${classWords(part, shares[p].indexOf(share))} with ${Math.round(100 * share)} %`;
  });
  return `The encoder reads ${found.join(', ')}.`;
}

// What one sees, in a sentence or two.
export function caption(host) {
  if (host.looked) return host.looking;
  const from = moved(host) ? `Moved away from ${origin(host)}.` : `Around ${origin(host)}.`;
  return [from, moved(host) ? '' : sure(host), shown(host)].filter(Boolean).join(' ');
}

function shown(host) {
  const { about: { parts, accuracy }, show, row, pair, cross } = host;
  const known = (name) => parts.find((part) => part.name === name);
  const ends = `from ${number(host.grid.columns[0], 1)} to ${number(host.grid.columns.at(-1), 1)}`;
  if (show === 'plane') return `${pair[0]} grows to the right and ${pair[1]} upwards, ${ends}; the rest is held.`;
  if (show === 'classes') return `A line for each class of ${cross[0]}, while ${cross[1]} goes ${ends}: does it mean the same in all?`;
  if (show === 'row') {
    const part = known(row);
    const tells = part.nats === null ? '' : ` It tells ${nats(part.nats)} of an example.`;
    const right = part.discrete && accuracy !== null ? ` Learned without labels, its classes are those of ${Math.round(100 * accuracy)} % of the test pictures.` : '';
    return `${row} alone ${part.discrete ? 'goes through its classes' : `goes ${ends}`}, the rest is held.${tells}${right}`;
  }
  const most = parts.filter((part) => !part.discrete && part.nats !== null).sort((a, b) => b.nats - a.nats)[0];
  const tells = most ? ` Of the dimensions ${most.name} tells most of an example, ${nats(most.nats)}.` : '';
  return `Each row changes one part of this code and holds the others.${tells}`;
}
