// Above the plot: an entry a curve, which hides or shows it, and the switches of the view.

import { sample } from './ink.js';

const SWITCHES = {
  smooth: ['smooth', 'Draw the mean over neighbouring points; the measured curve stays faintly visible'],
  tail: ['tail', 'Fit the scale to what comes after the first steep fall'],
};

export class Legend {
  constructor(chart) {
    this.chart = chart;
    this.entries = document.createElement('div');
    this.entries.className = 'entries';
    this.entries.setAttribute('role', 'group');
    this.entries.setAttribute('aria-label', 'Curves');
    this.tools = document.createElement('div');
    this.tools.className = 'tools';
    this.buttons = Object.entries(SWITCHES).map(([name, words]) => this.tool(name, ...words));
    this.tools.append(...this.buttons);
    chart.head.append(this.entries, this.tools);
  }

  tool(name, text, title) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.switch = name;
    button.textContent = text;
    button.title = title;
    button.addEventListener('click', () => this.chart.switch(name));
    return button;
  }

  // Entries are made anew only when the curves change, so that a pressed one keeps the focus.
  show() {
    const { series, hidden, options } = this.chart;
    const names = JSON.stringify(series.map((one) => [one.id, one.label, one.colour, one.dash]));
    if (names !== this.names) {
      this.names = names;
      this.entries.replaceChildren(...series.map((one) => this.entry(one)));
    }
    series.forEach((one, i) => {
      this.entries.children[i].setAttribute('aria-pressed', !hidden.has(one.id));
    });
    for (const button of this.buttons) {
      button.setAttribute('aria-pressed', options[button.dataset.switch]);
    }
  }

  entry({ id, label, colour, dash }) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.id = id;
    button.title = `Hide or show ${label}; with Shift, show it alone`;
    const name = document.createElement('span');
    name.textContent = label;
    button.append(sample(colour, dash), name);
    button.addEventListener('click', (event) => this.chart.toggle(id, event.shiftKey));
    return button;
  }
}
