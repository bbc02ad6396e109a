// The shortest-feeling way between two places of a map: out, over and in again, as in "Smooth and
// efficient zooming and panning" (van Wijk and Nuij, 2003), doi 10.1109/INFVIS.2003.1249004.

const RHO = Math.SQRT2;
const MS_A_STEP = 260;
const SHORTEST_MS = 240;
const LONGEST_MS = 950;

// A function of 0..1 that gives places {x, y, scale}, with its `ms`; `width` is that of the map.
export function flight(a, b, width) {
  const [w0, w1] = [width / a.scale, width / b.scale];
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const distance = Math.hypot(dx, dy);
  const [way, length] = distance < 1e-6 * w0 ? straight(w0, w1) : arched(w0, w1, distance);
  const at = (t) => {
    const [share, w] = way(t);
    return { x: a.x + share * dx, y: a.y + share * dy, scale: width / w };
  };
  at.ms = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, MS_A_STEP * length));
  return at;
}

// Only the zoom changes.
function straight(w0, w1) {
  const length = Math.log(w1 / w0) / RHO;
  return [(t) => [t, w0 * Math.exp(RHO * t * length)], Math.abs(length)];
}

function arched(w0, w1, distance) {
  const steep = (w, sign) => {
    const b = (w1 * w1 - w0 * w0 + sign * RHO ** 4 * distance * distance) / (2 * w * RHO * RHO * distance);
    // The paper's log(sqrt(b^2 + 1) - b), which would be log(0) for a great b.
    return -Math.asinh(b);
  };
  const r0 = steep(w0, 1);
  const length = (steep(w1, -1) - r0) / RHO;
  const way = (t) => {
    const s = RHO * t * length + r0;
    const along = (w0 / (RHO * RHO * distance)) * (Math.cosh(r0) * Math.tanh(s) - Math.sinh(r0));
    return [along, (w0 * Math.cosh(r0)) / Math.cosh(s)];
  };
  return [way, Math.abs(length)];
}

export function eased(t) {
  return t < 0.5 ? 4 * t * t * t : 1 - (2 - 2 * t) ** 3 / 2;
}
