// How far one is: labels given, and how right the model is by now, drawn against their number.

import { Chart } from '../chart/chart.js';
import { percent } from './inspect.js';

const KINDS = {
  propagated: {
    label: 'by neighbours', of: 'of the pictures without a label', colour: 'var(--class-2)', dash: [],
  },
  classifier: { label: 'by classifier', of: 'of the test pictures', colour: 'var(--class-0)', dash: [6, 4] },
};

export class Growth {
  constructor(root, labeler) {
    Object.assign(this, { root, labeler, drawn: '' });
    this.part = (selector) => root.querySelector(selector);
    this.chart = new Chart(this.part('.growth-chart'), {
      label: 'Accuracy', xLabel: 'labels given', yLabel: '% right', empty: '', wholeX: true,
    });
    for (const event of ['about', 'state', 'colours']) labeler.on(event, () => this.show());
  }

  show() {
    const { labeler } = this;
    const { about, state, labelled } = labeler;
    if (!about) return;
    this.part('.many').textContent = labelled.toLocaleString('en');
    this.part('.of').textContent = `of ${about.rows.toLocaleString('en')} labelled by you`;
    const accuracy = state?.accuracy ?? null;
    this.part('.right').textContent = accuracy ? percent(accuracy.value) : '–';
    this.part('.how').textContent = accuracy ? words(accuracy.how) : about.has_truth ? 'right so far' : 'nothing to compare with';
    const growth = state?.growth ?? [];
    const key = `${about.id}:${growth.length}:${growth.at(-1)?.accuracy}`;
    if (key === this.drawn) return;
    this.drawn = key;
    this.part('.growth').hidden = !growth.length;
    const kinds = [...new Set(growth.map(({ how }) => how))];
    this.chart.set(kinds.map((how) => {
      const points = growth.filter((point) => point.how === how);
      return {
        id: how, ...KINDS[how], x: points.map(({ labelled: n }) => n), y: points.map(({ accuracy: a }) => 100 * a),
        format: (v) => `${v.toFixed(1)} %`,
      };
    }));
  }
}

// What the share is of, and who told: the two kinds are measured on different pictures.
function words(how) {
  const kind = KINDS[how];
  return kind ? `${kind.of} right, ${kind.label}` : `right ${how}`;
}
