// The reconstruction error of every column, in its own units, beside PCA's.

import { resolve } from '../../chart/ink.js';
import { ErrorsPlot, heights } from '../errors_plot.js';
import { errorWords } from '../words.js';
import { View } from './view.js';

export class ErrorsView extends View {
  constructor(pane) {
    super(pane);
    this.box_ = this.box('scrolled');
    this.inner = document.createElement('div');
    this.box_.append(this.inner);
    this.plot = new ErrorsPlot(this.inner, this.host, 'Reconstruction errors.');
    // The rows share the room that there is.
    const watch = new ResizeObserver(() => { if (this.look && this.body.isConnected && this.host.table.summary.length === this.look.columns.length) this.fit(); });
    for (const one of [this.box_, document.documentElement]) watch.observe(one);
  }

  async ready() {
    await this.host.bothLooks();
    return { look: await this.facts.look() };
  }

  draw({ look }) {
    this.look = look;
    this.fit();
    this.say([look.sentence, errorWords(look.columns, look.latent_dim)].filter(Boolean).join(' '));
  }

  fit() {
    const { host, look } = this;
    const at = look.columns.map((_, i) => i);
    const off = (i) => look.columns[i].rmse_test / (look.columns[i].std || 1);
    if (host.sort === 'worst') at.sort((a, b) => off(b) - off(a));
    // One scale for both models, or the longer bar would not be the larger error.
    const most = 1.06 * Math.max(0.05, ...host.looks.flatMap((one) => compared(one))
      .flatMap(({ std, rmse_train: a, rmse_test: b, pca_test: c }) => [a, b, c].map((v) => (v ?? 0) / (std || 1))));
    const { row, all } = heights(at.length, parseFloat(getComputedStyle(this.box_).maxHeight));
    this.inner.style.height = `${all}px`;
    this.plot.show({
      columns: at.map((i) => ({ ...compared(look)[i], unit: host.table.summary[i].unit ?? '' })), at, row, most,
      values: host.table.values, made: look.reconstruction, colour: resolve('var(--tables-model)', this.body),
    });
  }

  picture(title) {
    return this.plot.picture(title, []);
  }
}

// As many components as columns rebuild every row: an error of 0 would be no feat of PCA.
function compared({ columns, latent_dim: size }) {
  const whole = columns && size >= columns.length;
  return (columns ?? []).map((column) => (whole ? { ...column, pca_train: null, pca_test: null } : column));
}
