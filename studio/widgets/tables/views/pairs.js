// Chosen columns against each other, as they are and as they come back.

import { PairsPlot } from '../pairs_plot.js';
import { View } from './view.js';

export class PairsView extends View {
  constructor(pane) {
    super(pane);
    this.plot = new PairsPlot(this.box('square'), this.host, 'A pair plot.');
    this.say('Below the diagonal the rows, above it their reconstructions; on the diagonal how often a value is met, the line for the reconstructions.');
  }

  async ready() {
    return { look: await this.facts.look() };
  }

  draw({ look }) {
    const { table, features } = this.host;
    this.plot.show({ values: table.values, made: look.reconstruction, features, columns: table.columns });
  }

  picture(title) {
    return this.plot.picture(title, this.legend);
  }
}
