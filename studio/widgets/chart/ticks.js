// Round numbers for axes, and numbers and durations as a person reads them.

const ROUND = [1, 2, 2.5, 5, 10];
const DURATIONS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
];

// Ticks from `low` to `high`, at most `count` of them; with `whole` there are none between integers.
export function ticks(low, high, count, { whole = false, seconds = false } = {}) {
  if (!(high > low) || count < 1) return { values: [low], step: 1 };
  const rough = (high - low) / count;
  const long = seconds && rough > 1;
  const step = long ? durationStep(rough) : roundStep(rough, whole);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const values = [];
  // Without the sum, -0 would be among them.
  for (let i = first; i <= last; i += 1) values.push(i * step + 0);
  return { values, step };
}

function roundStep(rough, whole) {
  const power = 10 ** Math.floor(Math.log10(rough));
  const candidates = ROUND.map((m) => m * power).filter((s) => !whole || Number.isInteger(s));
  const step = candidates.find((s) => s >= rough * (1 - 1e-9)) ?? 10 * power;
  return whole ? Math.max(1, Math.round(step)) : step;
}

function durationStep(rough) {
  return DURATIONS.find((s) => s >= rough) ?? Math.ceil(rough / 86400) * 86400;
}

// A tick's label, with as many decimals as its neighbours need.
export function tickLabel(value, step) {
  const long = Math.abs(value) >= 1e6 || step < 1e-4;
  if (long && value !== 0) return exponential(value, 2);
  if (long) return '0';
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const needed = Number.isInteger(+(step * 10 ** decimals).toFixed(6)) ? decimals : decimals + 1;
  return minus(value.toLocaleString('en', {
    minimumFractionDigits: needed, maximumFractionDigits: needed,
  }));
}

// A value to be read on its own: four digits that matter.
export function short(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return exponential(value, 2);
  if (Number.isInteger(value)) return minus(value.toLocaleString('en'));
  const decimals = Math.max(0, 3 - Math.floor(Math.log10(size)));
  return minus(size < 1 ? String(+value.toPrecision(4)) : value.toLocaleString('en', {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals,
  }));
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–';
  const s = Math.round(seconds);
  if (s < 60) return `${seconds < 10 ? +seconds.toFixed(1) : s} s`;
  if (s < 3600) return s % 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s / 60} min`;
  const [hours, minutes] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
}

function exponential(value, digits) {
  const [mantissa, power] = value.toExponential(digits).split('e');
  return minus(`${+mantissa}e${Number(power)}`);
}

function minus(text) {
  return text.replaceAll('-', '−');
}
