// What of a model of more than three dimensions is flown: its principal axes, or any three dimensions.

import { choice, make } from '../scene/parts.js';

const PLACES = ['Sideways', 'Upwards', 'Lengthwise'];

export class Directions {
  constructor(flight) {
    this.flight = flight;
    this.kind = choice('Space', (kind) => this.choose(kind));
    this.kind.select.title = 'The directions that the ship flies in; the picture stays when they change';
    this.selects = PLACES.map((place, i) => {
      const select = make('select', { title: `${place}: a latent dimension; the most active come first` });
      select.setAttribute('aria-label', `${place}: latent dimension`);
      select.addEventListener('change', () => this.pick(i));
      return select;
    });
    this.three = make('div', { className: 'three', role: 'group', 'aria-label': 'Latent dimensions' }, ...this.selects);
    this.section = make('section', { className: 'directions' }, this.kind.row, this.three);
    for (const type of ['about', 'view']) flight.on(type, () => this.show());
    this.show();
  }

  // Latent dimensions from 1, the most active first.
  get ranked() {
    const { activity } = this.flight.space;
    return activity.map((_, d) => d + 1).sort((a, b) => activity[b - 1] - activity[a - 1]);
  }

  choose(kind) {
    this.flight.flyAlong(kind === 'principal' ? null : this.ranked.slice(0, 3));
  }

  // A dimension that another direction has changes places with it.
  pick(i) {
    // Of two quick choices the second stands on the first.
    const chosen = [...(this.flight.choosing?.length ? this.flight.choosing : this.flight.space.chosen)];
    const wanted = Number(this.selects[i].value);
    const other = chosen.indexOf(wanted);
    if (other >= 0) chosen[other] = chosen[i];
    chosen[i] = wanted;
    this.flight.flyAlong(chosen);
  }

  show() {
    const { about, space } = this.flight;
    this.section.hidden = !space || about.latent_dim <= 3;
    if (this.section.hidden) return;
    const { chosen } = space;
    this.kind.fill([
      ['principal', 'principal axes'], ['dimensions', `three of ${about.latent_dim} dimensions`],
    ], chosen ? 'dimensions' : 'principal');
    this.three.hidden = !chosen;
    if (!chosen) return;
    const options = this.ranked.map((d) => [d, `z${d}`]);
    this.selects.forEach((select, i) => {
      select.replaceChildren(...options.map(([value, text]) => make('option', { value, textContent: text })));
      select.value = chosen[i];
    });
  }
}
