// What is done to a curve's numbers before they are drawn: order, smoothing, range, thinning.

// The part of a curve that "tail" leaves out: its first steep fall.
const HEAD = 0.1;

// A copy of a series with sorted numbers; what is no number becomes a gap.
export function prepare(series) {
  const count = Math.min(series.x.length, series.y.length);
  const x = Array.from({ length: count }, (_, i) => number(series.x[i]));
  const y = Array.from({ length: count }, (_, i) => number(series.y[i]));
  const sorted = x.every((v, i) => i === 0 || v >= x[i - 1]);
  if (sorted) return { ...series, x, y, smoothed: null };
  const order = x.map((_, i) => i).filter((i) => !Number.isNaN(x[i])).sort((a, b) => x[a] - x[b]);
  return { ...series, x: order.map((i) => x[i]), y: order.map((i) => y[i]), smoothed: null };
}

function number(value) {
  return typeof value === 'number' && Number.isFinite(value) ? value : NaN;
}

// The mean over neighbours on both sides, which shifts nothing; a fiftieth of the curve wide.
export function smooth(y) {
  const half = Math.max(1, Math.round(y.length / 50));
  const sums = new Float64Array(y.length + 1);
  const counts = new Uint32Array(y.length + 1);
  y.forEach((v, i) => {
    const there = !Number.isNaN(v);
    sums[i + 1] = sums[i] + (there ? v : 0);
    counts[i + 1] = counts[i] + there;
  });
  return y.map((v, i) => {
    if (Number.isNaN(v)) return NaN;
    // As many on either side, or the ends of a falling curve would bend.
    const reach = Math.min(half, i, y.length - 1 - i);
    const [from, to] = [i - reach, i + reach + 1];
    return (sums[to] - sums[from]) / (counts[to] - counts[from]);
  });
}

// The lowest and highest number, or null where there is none.
export function extent(lists) {
  let [low, high] = [Infinity, -Infinity];
  for (const list of lists) {
    for (const v of list) {
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  return low <= high ? [low, high] : null;
}

export function tail(y) {
  return y.length < 4 ? y : y.slice(Math.ceil(HEAD * y.length));
}

// Widen a range a little, so that no curve runs along the frame; a flat one gets some room.
export function padded([low, high], share = 0.06) {
  const span = high - low || Math.abs(high) * 0.1 || 1;
  const below = low >= 0 && low - share * span < 0 ? 0 : low - share * span;
  return [below, high + share * span];
}

// Index of the point nearest to `at` in a sorted list.
export function nearest(x, at) {
  let [low, high] = [0, x.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] < at) low = middle + 1;
    else high = middle;
  }
  return low > 0 && at - x[low - 1] <= x[low] - at ? low - 1 : low;
}

// Canvas positions of a curve as lists of [px, py, px, py ...], one for each unbroken part. Where many
// points share a column of pixels, the first, lowest, highest and last of them stand for all.
export function trace(x, y, toX, toY) {
  const parts = [];
  let part = [];
  let i = 0;
  while (i < x.length) {
    if (Number.isNaN(y[i]) || Number.isNaN(x[i])) {
      if (part.length) parts.push(part);
      part = [];
      i += 1;
      continue;
    }
    const column = Math.round(toX(x[i]));
    let [low, high, end] = [i, i, i];
    while (end + 1 < x.length && !Number.isNaN(y[end + 1])
      && Math.round(toX(x[end + 1])) === column) {
      end += 1;
      if (y[end] < y[low]) low = end;
      if (y[end] > y[high]) high = end;
    }
    let last = -1;
    for (const k of [i, Math.min(low, high), Math.max(low, high), end]) {
      if (k > last) part.push(toX(x[k]), toY(y[k]));
      last = Math.max(last, k);
    }
    i = end + 1;
  }
  if (part.length) parts.push(part);
  return parts;
}
