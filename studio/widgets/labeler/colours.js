// Colours of the map: a byte a point says which of 256 it has.

export const NONE = 255;
const PALE = 26;
const GREY = { dark: [120, 132, 154], light: [142, 152, 168] };
// From doubt to certainty; each end stands out from the map's ground.
const RAMP = {
  dark: [[250, 204, 90], [226, 110, 96], [148, 70, 150], [70, 78, 150], [60, 150, 190]],
  light: [[240, 160, 20], [214, 84, 88], [140, 60, 140], [60, 66, 140], [20, 110, 150]],
};

// The colour of a class, as [r, g, b]: the house's ten, then others around the circle.
export function classColour(k, element = document.documentElement) {
  if (k < 10) return rgb(getComputedStyle(element).getPropertyValue(`--class-${k}`).trim());
  const hue = (k * 137.508) % 360;
  return fromHsl(hue, 0.55, [0.62, 0.45, 0.72][Math.floor(k / 10) % 3]);
}

export function cssColour(k) {
  return k < 10 ? `var(--class-${k})` : `rgb(${classColour(k).join(' ')})`;
}

export function isDark() {
  return document.body.classList.contains('dark');
}

// RGBA of every byte. `alone` is the one class that is not pale, or null.
export function palette(kind, classes, alone = null) {
  const bytes = new Uint8Array(256 * 4);
  const theme = isDark() ? 'dark' : 'light';
  const put = (i, [r, g, b], alpha) => bytes.set([r, g, b, alpha], 4 * i);
  if (kind === 'certainty') {
    for (let i = 0; i < NONE; i += 1) put(i, ramp(i / 254, RAMP[theme]), 235);
  } else {
    for (let k = 0; k < NONE; k += 1) put(k, GREY[theme], 90);
    for (let k = 0; k < Math.min(classes, NONE); k += 1) put(k, classColour(k), alone === null || alone === k ? 235 : PALE);
  }
  put(NONE, GREY[theme], alone === null || alone === NONE ? 120 : PALE);
  return bytes;
}

export function rampGradient() {
  const stops = RAMP[isDark() ? 'dark' : 'light'].map((c) => `rgb(${c.join(' ')})`);
  return `linear-gradient(90deg, ${stops.join(', ')})`;
}

function ramp(share, stops) {
  const at = share * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(at));
  return stops[i].map((v, c) => Math.round(v + (at - i) * (stops[i + 1][c] - v)));
}

function rgb(hex) {
  const v = Number.parseInt(hex.slice(1), 16);
  return [v >> 16, (v >> 8) & 255, v & 255];
}

function fromHsl(hue, saturation, light) {
  const a = saturation * Math.min(light, 1 - light);
  return [0, 8, 4].map((n) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (light - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  });
}
