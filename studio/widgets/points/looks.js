// How dots look, the same for every painter: sizes by zoom and crowd, and the discs each is made of.

import { CHOSEN, RING } from './field.js';

const LEAST = 1.7;
const MOST = 15;
const CROWD = 0.72;
const RIM_FROM = 2.6;
const RIM = 0.72;
const DIM = 0.4;
const FEW_CHOSEN = 300;
const FEW_RINGED = 200;

// The diameter of a dot in CSS pixels: fewer points are larger, and they grow slowly as one comes closer.
export function dotSize(camera, count) {
  const room = Math.sqrt((camera.width * camera.height) / Math.max(1, count));
  const whole = Math.min(6.5, Math.max(LEAST, CROWD * room));
  return Math.min(MOST, whole * Math.max(0.8, camera.zoomed ** 0.42));
}

// Discs from below to above: {tier, mark, radius in device pixels, paint, alpha}. `paint` is a colour,
// or the share of light of the point's own colour. While some are `chosen`, the others step back. Edges
// of many marked ones would make a web: the more of them and the farther, the thinner.
export function looks(camera, ratio, ink, { size, chosen, ringed }) {
  const radius = (size * ratio) / 2;
  const dim = chosen ? DIM : 1;
  const rimmed = radius > RIM_FROM * ratio;
  const dots = (tier, r, alpha) => (rimmed
    ? [{ tier, radius: r, paint: RIM, alpha }, { tier, radius: r - 0.8 * ratio, paint: 1, alpha }]
    : [{ tier, radius: r, paint: 1, alpha }]);
  const edged = (mark, r, edge, paint) => [
    { tier: 2, mark, radius: r + edge * ratio, paint, alpha: 1 }, { tier: 2, mark, radius: r, paint: 1, alpha: 1 },
  ];
  const apart = (count, few) => Math.min(1, camera.zoomed * Math.sqrt(few / Math.max(1, count)));
  const [taken, marked] = [apart(chosen, FEW_CHOSEN), apart(ringed, FEW_RINGED)];
  const inner = Math.max((1 + 0.45 * marked) * radius, (1.1 + 2.3 * marked) * ratio);
  return [
    ...dots(0, 0.92 * radius, ink.faint * dim),
    ...dots(1, radius, ink.strong * dim),
    ...(chosen ? edged(CHOSEN, Math.max(1.1 * radius, 2.4 * taken * ratio), 0.3 + 1.1 * taken, ink.chosen) : []),
    { tier: 2, mark: RING, radius: inner + 2.9 * marked * ratio, paint: ink.shade, alpha: 0.4 * marked },
    ...edged(RING, inner, 0.3 + 1.3 * marked, ink.ring),
  ];
}
