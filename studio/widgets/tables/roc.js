// The share of anomalies found against the share of usual rows flagged with them, score by score.

import { clipped, FONT, layout, paintAxes, rule } from './axes.js';
import { dot } from '../chart/paint.js';
import { Plot } from './plot.js';

export class Roc extends Plot {
  // data: {curves: [{key, fpr, tpr, kind}], chosen, truth, scores}
  compose(context, width, height) {
    const { ink } = this;
    const { curves, chosen } = this.data;
    const place = layout(context, width, height, [0, 1], [0, 1], { top: 22 });
    this.room = place;
    paintAxes(context, place, ink, { xTitle: 'usual rows flagged', yTitle: 'anomalies found' });
    context.setLineDash([3, 4]);
    rule(context, ink.axis, place.toX(0), place.toY(0), place.toX(1), place.toY(1));
    context.setLineDash([]);
    const draw = ({ fpr, tpr, kind }, strong) => {
      context.beginPath();
      fpr.forEach((x, i) => context.lineTo(place.toX(x), place.toY(tpr[i])));
      context.lineJoin = 'round';
      context.lineWidth = strong ? 2.6 : 1.1;
      context.setLineDash(kind === 'classical' && !strong ? [4, 3] : []);
      context.strokeStyle = strong ? this.tone('--tables-odd') : ink.axis;
      context.stroke();
      context.setLineDash([]);
    };
    const { left, right, top, bottom } = place.frame;
    clipped(context, { left: left - 2, right: right + 3, top: top - 3, bottom: bottom + 2 }, () => {
      for (const curve of curves) if (curve.key !== chosen) draw(curve, false);
      for (const curve of curves) if (curve.key === chosen) draw(curve, true);
    });
    context.font = FONT;
    this.at = new Float32Array(0);
  }

  tone(name) {
    return getComputedStyle(this.element).getPropertyValue(name).trim();
  }

  // Where the threshold stands.
  overlay(context) {
    const { counted } = this.data;
    if (!this.room || !counted) return;
    const { found, of, flagged, usual } = counted();
    if (!of || !usual) return;
    const [x, y] = [this.room.toX(flagged / usual), this.room.toY(found / of)];
    dot(context, x, y, { colour: this.ink.strong }, this.ink);
  }

  moved() {}

  left() {}

  hit() {
    return -1;
  }

  describe() {
    return 'ROC curves: anomalies found against usual rows flagged.';
  }
}
