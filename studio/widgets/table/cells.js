// What stands in a table's cells, by the kind of the column, and how it is sorted.

import { short } from '../chart/ticks.js';

const MISSING = '–';
const DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hour12: false,
});

export function part(tag, name, properties = {}) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  return Object.assign(element, properties);
}

export function valueOf(column, row) {
  return column.value ? column.value(row) : row[column.key];
}

// The words of a cell.
export function wordsOf(column, row) {
  const value = valueOf(column, row);
  if (column.format) return String(column.format(value, row) ?? MISSING);
  if (column.kind === 'state') return column.states?.[value]?.[1] ?? String(value ?? MISSING);
  if (value === null || value === undefined || value === '') return MISSING;
  if (column.kind === 'number') return short(value);
  if (column.kind === 'date') return Number.isNaN(time(value)) ? MISSING : DAY.format(time(value));
  return String(value);
}

// Fill a cell anew; whatever people wrote goes in as text.
export function cell(element, column, row, words) {
  element.replaceChildren();
  element.title = column.title?.(row) ?? (column.kind === 'date' ? fullDate(valueOf(column, row)) : '');
  const address = column.kind === 'link' ? safe(column.href?.(row)) : null;
  if (address) element.append(part('a', '', { href: address, textContent: words }));
  else if (column.kind === 'state') element.append(badge(column, row, words));
  else element.textContent = words;
}

// A state is an icon, a word and a colour, never the colour alone.
function badge(column, row, words) {
  const [icon, , tone] = column.states?.[valueOf(column, row)] ?? ['○', '', 'idle'];
  const element = part('span', `badge ${tone}`);
  const sign = part('span', 'icon', { textContent: icon });
  sign.setAttribute('aria-hidden', 'true');
  element.append(sign, part('span', 'word', { textContent: words }));
  return element;
}

// Addresses of this site alone.
function safe(href) {
  if (!href) return null;
  const url = new URL(href, window.location.href);
  return url.origin === window.location.origin ? url.href : null;
}

export function searchable(words) {
  return words.join('\n').toLowerCase();
}

// Smaller or larger; what is missing comes last either way.
export function compare(column, a, b, descending) {
  const [x, y] = [sortable(column, a), sortable(column, b)];
  const [noX, noY] = [x === null, y === null];
  if (noX || noY) return noX - noY;
  const order = typeof x === 'number' && typeof y === 'number'
    ? x - y : String(x).localeCompare(String(y), 'en', { numeric: true, sensitivity: 'base' });
  return descending ? -order : order;
}

function sortable(column, row) {
  const value = valueOf(column, row);
  const sorted = column.kind === 'date' ? time(value) : value;
  const missing = sorted === null || sorted === undefined || sorted === '' || Number.isNaN(sorted);
  return missing ? null : sorted;
}

function time(value) {
  return typeof value === 'number' ? 1000 * value : Date.parse(value);
}

function fullDate(value) {
  const date = new Date(time(value));
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleString('en-GB');
}
