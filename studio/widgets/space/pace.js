// How fast pictures come: what the instruments say, and how far ahead it pays to ask.

const KEPT = 40;

export class Pace {
  constructor() {
    this.reset();
  }

  reset() {
    Object.assign(this, { times: [], latencies: [], perSecond: 400 });
  }

  // An answer with so many pictures took so many milliseconds.
  note(milliseconds, pictures) {
    this.perSecond += 0.2 * ((1000 * pictures) / Math.max(1, milliseconds) - this.perSecond);
    this.latencies.push(milliseconds);
    if (this.latencies.length > KEPT) this.latencies.shift();
  }

  // So many new views of a place are there, each of one picture or a whole grid.
  arrived(views) {
    const now = performance.now();
    for (let n = 0; n < views; n += 1) this.times.push(now);
  }

  // New views of the last second.
  get fresh() {
    const since = performance.now() - 1000;
    while (this.times[0] < since) this.times.shift();
    return this.times.length;
  }

  // Median milliseconds from question to answer; NaN before the first.
  get latency() {
    return [...this.latencies].sort((a, b) => a - b)[this.latencies.length >> 1] ?? NaN;
  }
}
