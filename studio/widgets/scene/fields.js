// What an address or a field says, read: a value, or null where it cannot be one.

const FARTHEST = 1000;

// Read what a query has of some fields, {key: [read(text), what to say where it cannot be read]}; what is
// found, not yet held against a model, and the faults in words.
export function readFields(query, fields) {
  const link = { faults: [] };
  for (const [key, [read, words]] of Object.entries(fields)) {
    if (!query.has(key)) continue;
    const value = read(query.get(key));
    if (value === null) link.faults.push(words);
    else link[key] = value;
  }
  return link;
}

const MOST_FAULTS = 3;

// What of a link does not fit, in one sentence that is not longer than it is read.
export function faultWords(faults) {
  const more = faults.length - MOST_FAULTS;
  const told = more > 1 ? [...faults.slice(0, MOST_FAULTS), `${more} more do not fit`] : faults;
  return `In the link, ${told.join('; ')}.`;
}

export function whole(text, least, most) {
  const value = /^\d{1,16}$/.test(text ?? '') ? Number(text) : NaN;
  return value >= least && value <= most ? value : null;
}

export const oneOf = (...choices) => (text) => (choices.includes(text) ? text : null);

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
