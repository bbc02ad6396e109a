// Steps that can be taken back: another face, a reset, another way of moving, and every drag of a slider.

const KEPT = ['base', 'origin', 'truncation', 'strengths', 'shown', 'conditional', 'kind'];
const MOST = 50;
const PAUSE_MS = 900;

export class Steps {
  constructor(faces) {
    Object.assign(this, { faces, taken: [], tag: null, at: 0, held: false });
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
    if (goesOn || !this.faces.base) return;
    const kept = Object.fromEntries(KEPT.map((key) => [key, this.faces[key]]));
    const last = this.taken.at(-1);
    if (last && KEPT.every((key) => last[key] === kept[key])) return;
    this.taken = [...this.taken, kept].slice(-MOST);
  }

  back() {
    const { faces } = this;
    const last = this.taken.pop();
    if (!last) return;
    this.tag = null;
    faces.origins.interrupt();
    Object.assign(faces, last);
    if (last.origin.kind === 'random') faces.origins.seed = last.origin.seed;
    faces.emit('done');
    faces.change({ glide: true });
    faces.ways.load().then((other) => { if (other) faces.change({ glide: true }); }, (error) => faces.fail(error));
  }
}
