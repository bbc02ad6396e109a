// The open project in the page's address.

import { readQuery, setQuery } from '../house/house.js';

export function readLink(tab) {
  const query = readQuery(tab);
  return { project: query.get('project'), colour: query.get('colour'), how: query.get('how') };
}

export function writeLink({ name, about, colour, line }) {
  setQuery(name, {
    tab: name,
    project: about?.id ?? null,
    colour: about && colour !== 'predicted' ? colour : null,
    how: about && line.how !== 'coverage' ? line.how : null,
  });
}
