// How curves are told apart: ten measured colours, and a dash for each, so that it is never hue alone.

// The palest come last: on a light ground they need an outline.
const ORDER = [0, 1, 2, 3, 5, 7, 4, 8, 6, 9];
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [5, 2]];
// Contrast to the ground below which a line gets an outline.
const LEAST_CONTRAST = 2.4;

// The n-th look: { colour, dash }. Fifty of them differ.
export function look(n) {
  const round = Math.floor(n / ORDER.length);
  return { colour: `var(--class-${ORDER[n % ORDER.length]})`, dash: DASHES[(n + round) % DASHES.length] };
}

// A CSS colour, also `var(--name)`, as a canvas takes it.
export function resolve(colour, element) {
  const named = /^var\((--[\w-]+)\)$/.exec(colour ?? '');
  if (!named) return colour || '#808894';
  return getComputedStyle(element).getPropertyValue(named[1]).trim() || '#808894';
}

export function isDark() {
  return document.body.classList.contains('dark');
}

// What the chart itself is drawn in.
export function inks() {
  return isDark()
    ? { text: '#aebbd0', strong: '#e6edf8', grid: 'rgb(148 163 184 / 14%)', axis: 'rgb(148 163 184 / 45%)', ground: '#101827', outline: 'rgb(255 255 255 / 38%)' }
    : { text: '#4b5a70', strong: '#17202f', grid: 'rgb(71 85 105 / 13%)', axis: 'rgb(71 85 105 / 45%)', ground: '#ffffff', outline: 'rgb(30 41 59 / 55%)' };
}

export function needsOutline(colour, ground) {
  const [a, b] = [luminance(colour), luminance(ground)];
  if (a === null || b === null) return false;
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < LEAST_CONTRAST;
}

function luminance(colour) {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return null;
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(colour.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// A short piece of a line, for legends and read-outs.
export function sample(colour, dash = []) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'line-sample');
  svg.setAttribute('viewBox', '0 0 26 10');
  svg.setAttribute('aria-hidden', 'true');
  for (const name of ['outline', 'stroke']) {
    const line = document.createElementNS('http://www.w3.org/2000/svg', 'line');
    for (const [key, value] of Object.entries({ x1: 0, y1: 5, x2: 26, y2: 5, class: name })) {
      line.setAttribute(key, value);
    }
    line.style.strokeDasharray = dash.join(' ');
    if (name === 'stroke') line.style.stroke = colour;
    svg.append(line);
  }
  return svg;
}
