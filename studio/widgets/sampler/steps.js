// Steps that can be taken back: a fit, a reset, a paste, a draw, and every drag of a slider.

const KEPT = ['mode', 'mu', 'sigma', 'z', 'seed', 'chosen'];
const MOST = 50;

export class Steps {
  constructor(sampler) {
    Object.assign(this, { sampler, taken: [] });
  }

  clear() {
    this.taken = [];
  }

  // Note how it is now, before it changes.
  remember() {
    const { sampler } = this;
    const kept = Object.fromEntries(KEPT.map((key) => [key, sampler[key]]));
    kept.source = sampler.fitter.source;
    if (JSON.stringify(kept) === JSON.stringify(this.taken.at(-1))) return;
    this.taken = [...this.taken, kept].slice(-MOST);
  }

  back() {
    const { sampler } = this;
    const last = this.taken.pop();
    if (!last) return;
    const { source, ...kept } = last;
    sampler.fitter.interrupt();
    sampler.fitter.source = source;
    Object.assign(sampler, kept);
    sampler.emit('done');
    sampler.change({ glide: true });
  }
}
