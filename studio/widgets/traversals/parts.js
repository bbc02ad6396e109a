// What a code is made of: dimensions, and discrete parts of which one class is on.

// The parts of a model in the order of their names: {name, index, discrete, nats}, and of a discrete one
// its classes, where they start in a code, and what they mean.
export function partsOf({ names, continuous, discrete, nats, class_names: known, palette }) {
  let start = continuous;
  return names.map((name, i) => {
    if (i < continuous) return { name, index: i, start: i, classes: 0, discrete: false, nats: nats[i] };
    const { classes, means, nats: told } = discrete[i - continuous];
    const part = { name, index: i, start, classes, discrete: true, nats: told };
    start += classes;
    part.meanings = means.map((k) => (k === null ? null : known[k]));
    part.colours = means.map((k) => (k === null ? null : palette[k]));
    return part;
  });
}

// The rows of a model: discrete parts, then dimensions, those that tell most first.
export function ordered({ parts, order, continuous }) {
  return [...parts.slice(continuous), ...order.map((d) => parts[d])];
}

export function argmax(values) {
  return values.reduce((best, v, i) => (v > values[best] ? i : best), 0);
}

// A code with one discrete part in one class.
export function oneHot(z, part, k) {
  const code = Float32Array.from(z);
  for (let i = 0; i < part.classes; i += 1) code[part.start + i] = Number(i === k);
  return code;
}

// Where a value lies among the columns, as a fraction of steps that may lie beyond both ends.
export function placeOf(value, columns) {
  const last = columns.length - 1;
  let i = 0;
  while (i < last - 1 && value > columns[i + 1]) i += 1;
  return i + (value - columns[i]) / (columns[i + 1] - columns[i]);
}

// The value at a place among the columns.
export function valueAt(place, columns) {
  const i = Math.max(0, Math.min(columns.length - 2, Math.floor(place)));
  return columns[i] + (place - i) * (columns[i + 1] - columns[i]);
}

// Even columns, until the studio says where they are.
export function evenly(reach, steps) {
  return Array.from({ length: steps }, (_, i) => reach * ((2 * i) / (steps - 1) - 1));
}
