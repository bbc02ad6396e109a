// Steps that can be taken back: whatever a hand did, a drag of a slider as one.

const MOST = 50;
const PAUSE_MS = 900;

export class Steps {
  // host: emits done, and change({glide}) shows it as it is; kept: what of it a step brings back.
  constructor(host, kept) {
    Object.assign(this, { host, kept, taken: [], tag: null, at: 0, held: false });
  }

  clear() {
    this.taken = [];
    this.tag = null;
  }

  // A slider is held, or let go: whatever it does meanwhile is one step.
  hold(held) {
    this.held = held;
    this.tag = null;
  }

  // Note how it is now, before it changes; changes of one tag that follow each other are one step.
  remember(tag = null) {
    const now = performance.now();
    const goesOn = tag !== null && tag === this.tag && (this.held || now - this.at < PAUSE_MS);
    Object.assign(this, { tag, at: now });
    if (goesOn) return;
    const kept = this.take();
    const last = this.taken.at(-1);
    if (!kept || (last && this.alike(last, kept))) return;
    this.taken = [...this.taken, kept].slice(-MOST);
  }

  // How it is now; null while there is nothing to come back to.
  take() {
    return Object.fromEntries(this.kept.map((key) => [key, this.host[key]]));
  }

  alike(last, kept) {
    return Object.keys(kept).every((key) => last[key] === kept[key]);
  }

  back() {
    const last = this.taken.pop();
    if (!last) return;
    this.tag = null;
    this.put(last);
    this.host.emit('done');
    this.host.change({ glide: true });
  }

  put(last) {
    Object.assign(this.host, last);
  }
}
