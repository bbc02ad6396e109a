// Steps that can be taken back: a fit, a reset, a paste, a draw, and every drag of a slider.

import { Steps } from '../scene/steps.js';

const KEPT = ['mode', 'mu', 'sigma', 'z', 'seed', 'chosen'];

export class SamplerSteps extends Steps {
  constructor(sampler) {
    super(sampler, KEPT);
  }

  take() {
    return { ...super.take(), source: this.host.fitter.source };
  }

  // The same numbers in another list are no step.
  alike(last, kept) {
    return JSON.stringify(last) === JSON.stringify(kept);
  }

  put({ source, ...kept }) {
    const { fitter } = this.host;
    fitter.interrupt();
    fitter.source = source;
    super.put(kept);
  }
}
