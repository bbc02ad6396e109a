// Originals and reconstructions in the plane of the table's first two principal components.

import { percent, planeWords } from '../words.js';
import { PlanePlot, planeRange } from '../plane_plot.js';
import { View } from './view.js';

export class PlaneView extends View {
  constructor(pane) {
    super(pane);
    this.plot = new PlanePlot(this.box(), this.host, 'The plane of the first two principal components.');
  }

  async ready() {
    const { host } = this;
    await host.bothLooks();
    return { look: await this.facts.look() };
  }

  draw({ look }) {
    const { host } = this;
    const { pca } = host.table;
    this.plot.show({
      xy: pca.xy, made: look.plane, model: look.model, shown: host.plane,
      range: planeRange([pca.xy, ...host.looks.map(({ plane }) => plane)]),
      axes: pca.variance.map((share, i) => `PC ${i + 1} (${percent(share)})`),
    });
    const far = look.plane.map(([x, y], i) => Math.hypot(x - pca.xy[i][0], y - pca.xy[i][1]));
    const words = planeWords(pca.variance, far.reduce((sum, v) => sum + v, 0) / far.length);
    this.say([look.sentence, words].filter(Boolean).join(' '));
  }

  picture(title) {
    return this.plot.picture(title, this.legend);
  }
}
