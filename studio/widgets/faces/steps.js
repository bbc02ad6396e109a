// Steps that can be taken back: another face, a reset, another way of moving, and every drag of a slider.

import { Steps } from '../scene/steps.js';

const KEPT = ['base', 'origin', 'truncation', 'strengths', 'shown', 'conditional', 'kind'];

export class FaceSteps extends Steps {
  constructor(faces) {
    super(faces, KEPT);
  }

  take() {
    return this.host.base ? super.take() : null;
  }

  put(last) {
    const { host: faces } = this;
    faces.origins.interrupt();
    super.put(last);
    if (last.origin.kind === 'random') faces.origins.seed = last.origin.seed;
  }

  back() {
    const { host: faces } = this;
    if (!this.taken.length) return;
    super.back();
    faces.ways.load().then((other) => { if (other) faces.change({ glide: true }); }, (error) => faces.fail(error));
  }
}
