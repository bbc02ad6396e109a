// Views along the flown path, decoded before the ship is there, each with its share of the path. The
// view fades between the two that the ship is between; what comes too late is dropped.

const FASTEST = 40;
const SLOWEST = 4;
// Where answers are slow because many wait or a page draws slowly, few pictures at once are still asked
// for so often: they cost the studio little.
const LIVELY = 20;
const LIVELY_PICTURES = 300;
// Of what the studio was measured to decode, the rest is for other viewers.
const OURS = 0.8;
const LEAD_SECONDS = 0.5;
const REQUEST_SECONDS = 0.2;
// Times the latency: what one request brings lasts beyond the next answer, or slow answers would make
// ever smaller requests.
const REQUEST = 2.5;
const LEAD = 4;
const MOST_IN_TUNNEL = 120;

export class Ahead {
  constructor(flight, pace) {
    Object.assign(this, { flight, pace, late: 0 });
    this.clear();
  }

  clear() {
    this.frames = [];
  }

  // Forget what was decoded for another path or another kind of view.
  fit(key) {
    const { auto } = this.flight;
    const jumped = this.frames[0]?.share > auto.share + 1e-9;
    if (this.key !== key || this.path !== auto.path || jumped) this.clear();
    Object.assign(this, { key, path: auto.path });
  }

  // The next shares of the path to decode, views of `count` pictures, none while there are enough.
  // `beyond`: how much of the path farther than the ship itself is seen.
  next(count, most, beyond) {
    const { auto } = this.flight;
    const least = Math.max(SLOWEST, Math.min(LIVELY, LIVELY_PICTURES / count));
    const rate = Math.max(least, Math.min(FASTEST, (OURS * this.pace.perSecond) / count));
    const seconds = (this.pace.latency || 0) / 1000;
    const of = (time) => auto.shareOf(auto.speed * time);
    const step = Math.max(of(1 / rate), beyond / MOST_IN_TUNNEL);
    const end = auto.share + beyond + of(Math.max(LEAD_SECONDS, LEAD * seconds));
    const last = this.frames.at(-1)?.share ?? -1;
    // Whatever is asked for now is there only after the ship has flown on.
    const from = last < auto.share ? auto.share + of(Math.min(1, seconds)) : last + step;
    const lasting = rate * Math.max(REQUEST_SECONDS, REQUEST * seconds);
    const views = Math.max(1, Math.min(most, Math.ceil(lasting)));
    if ((!auto.plan.loop && last >= 1) || from + (views - 1) * step > Math.max(end, from)) return [];
    return Array.from({ length: views }, (_, n) => from + n * step);
  }

  // Views that came, {share, pixels, ...} in order; `shown` is what the view shows now.
  receive(views, shown) {
    const { share } = this.flight.auto;
    if (!(this.frames.at(-1)?.share >= share)) {
      this.frames = shown?.pixels.length === views[0].pixels.length ? [{ ...shown, share }] : [];
    }
    const newest = views.at(-1);
    const fresh = views.filter((view) => view.share > share);
    this.late += views.length - fresh.length;
    // Rather a late picture than none.
    if (!fresh.length && this.frames.length < 2) fresh.push({ ...newest, share: share + 1e-6 });
    this.frames.push(...fresh);
    return fresh.length;
  }

  // Drop what lies behind the ship.
  pass(share) {
    while (this.frames.length > 1 && this.frames[1].share <= share) this.frames.shift();
  }

  // The view at a share, faded between its neighbours; null where nothing is decoded yet.
  at(share) {
    const index = this.frames.findLastIndex((frame) => frame.share <= share);
    const [a, b] = [this.frames[index], this.frames[index + 1]];
    if (!a || !b || a.pixels.length !== b.pixels.length) return a ?? null;
    return { ...a, pixels: mix(a.pixels, b.pixels, (share - a.share) / (b.share - a.share)) };
  }
}

export function mix(a, b, share) {
  const t = Math.round(256 * share);
  if (t <= 0) return a;
  if (t >= 256) return b;
  const mixed = new Uint8Array(b.length);
  for (let i = 0; i < b.length; i += 1) mixed[i] = (a[i] * (256 - t) + b[i] * t) >> 8;
  return mixed;
}
