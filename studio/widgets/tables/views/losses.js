// What the model lost, epoch by epoch: of a training that goes on, or of the model that is shown.

import { Chart } from '../../chart/chart.js';
import { fit } from '../axes.js';
import { lossWords } from '../words.js';
import { View } from './view.js';

const CURVES = [['total', 'loss', 0], ['reconstruction', 'reconstruction', 2], ['kl', 'KL', 1]];

export class LossesView extends View {
  constructor(pane) {
    super(pane);
    this.chart = new Chart(this.box('curves'), {
      label: 'Losses', xLabel: 'epoch', yLabel: 'nats a row', wholeX: true,
    });
  }

  async ready() {
    const { host, side } = this;
    const live = host.training.curves[side];
    if (live) return { history: live, live: true };
    const { history, beta } = await this.facts.look();
    return { history, beta };
  }

  draw({ history, live, beta }) {
    const x = history?.epoch ?? [];
    const series = CURVES.filter(([key]) => history?.[key]?.length).map(([key, label, k]) => ({ id: key, label, x, y: history[key], colour: `var(--class-${k})` }));
    if (history?.validation?.some((v) => v !== null)) {
      series.push({ id: 'held out', label: 'loss, held out', x, y: history.validation, colour: 'var(--class-0)', dash: [6, 4] });
    }
    const empty = live ? 'The curves begin with the first epochs.' : 'This model came without its curves.';
    this.chart.set(series, { empty });
    this.say(!x.length ? '' : live ? `Training: epoch ${x.at(-1).toLocaleString('en')}.` : lossWords(history, beta));
  }

  picture() {
    const { base } = this.chart;
    const canvas = document.createElement('canvas');
    const context = fit(canvas, base.width, base.height, 1);
    context.fillStyle = this.chart.ink?.ground ?? '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(base, 0, 0);
    return canvas;
  }
}
