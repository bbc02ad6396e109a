// The list of waypoints: drop, name, go, order, delete, take along.

import { button, choice, make } from './parts.js';

export class WaypointList {
  constructor(flight) {
    this.flight = flight;
    this.rows = make('ol', { className: 'waypoints' });
    this.file = make('input', { type: 'file', accept: '.json,application/json', hidden: true });
    this.file.addEventListener('change', () => this.take());
    this.places = choice('Discovered', (index) => this.add(index));
    const buttons = make('div', { className: 'buttons' },
      button('Drop here', 'A waypoint where the ship is (B)', () => flight.waypoints.drop(flight.z), { 'data-waypoint': 'drop' }),
      button('Save', 'Save the waypoints as a file', () => flight.waypoints.export(), { 'data-waypoint': 'export' }),
      button('Load', 'Add waypoints from a file', () => this.file.click(), { 'data-waypoint': 'import' }));
    this.section = make('section', {}, make('h3', { textContent: 'Waypoints' }), this.rows,
      this.places.row, buttons, this.file);
    flight.on('waypoints', () => this.show());
    flight.on('about', () => this.discovered());
    if (flight.about) {
      this.show();
      this.discovered();
    }
  }

  async take() {
    const [file] = this.file.files;
    if (file) await this.flight.waypoints.import(file);
    this.file.value = '';
  }

  discovered() {
    const found = this.flight.space.places.map((p, i) => [String(i), `${p.name}`]);
    this.places.fill([['', 'add a place of interest ...'], ...found], '');
  }

  add(index) {
    const place = this.flight.space.places[Number(index)];
    if (index !== '' && place) this.flight.waypoints.drop(place.z, place.name);
    this.places.show('');
  }

  show() {
    const { list } = this.flight.waypoints;
    this.rows.replaceChildren(...list.map((waypoint, i) => this.row(waypoint, i)));
  }

  row(waypoint, i) {
    const { waypoints } = this.flight;
    const name = make('input', { type: 'text', value: waypoint.name, maxLength: 60 });
    name.setAttribute('aria-label', `Name of waypoint ${i + 1}`);
    name.addEventListener('change', () => waypoints.rename(i, name.value));
    return make('li', {}, name,
      button('go', `Go to ${waypoint.name}`, () => this.flight.hopTo(waypoint.z)),
      button('↑', `Move ${waypoint.name} up`, () => waypoints.move(i, -1)),
      button('↓', `Move ${waypoint.name} down`, () => waypoints.move(i, 1)),
      button('×', `Delete ${waypoint.name}`, () => waypoints.remove(i)));
  }
}
