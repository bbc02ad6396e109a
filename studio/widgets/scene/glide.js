// Numbers that flow into others: slow, fast, slow. Returns what breaks it off.

export function glideBetween(from, target, milliseconds, put) {
  const start = performance.now();
  let frame = 0;
  const step = (now) => {
    const t = Math.min(1, Math.max(0, now - start) / milliseconds);
    const eased = t * t * (3 - 2 * t);
    put(t < 1 ? Float32Array.from(from, (v, i) => v + eased * (target[i] - v)) : target);
    if (t < 1) frame = requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}
