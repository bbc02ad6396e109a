// The list of waypoints: drop, name, go, order, delete and bring back, take along.

import { stopsOf } from './course.js';
import { button, choice, make } from '../scene/parts.js';

const HINT = 'Places to come back to: press B where you like it, or add one that was discovered.';

export class WaypointList {
  constructor(flight) {
    this.flight = flight;
    const { waypoints } = flight;
    this.rows = make('ol', { className: 'waypoints' });
    this.hint = make('p', { className: 'hint', textContent: HINT });
    this.file = make('input', { type: 'file', accept: '.json,application/json', hidden: true });
    this.file.addEventListener('change', () => this.take());
    this.places = choice('Discovered', (index) => this.add(index));
    this.back = button('', 'Bring it back', () => waypoints.undo(), { className: 'undo', 'data-waypoint': 'undo' });
    this.linked = make('div', { className: 'linked', hidden: true });
    this.save = button('Save', 'Save the waypoints as a file', () => waypoints.export(), { 'data-waypoint': 'export' });
    this.tour = button('Tour', 'Fly through them in this order', () => this.fly(), { 'data-waypoint': 'tour' });
    const buttons = make('div', { className: 'buttons' },
      button('Drop here', 'A waypoint where the ship is (B)', () => flight.space && waypoints.drop(flight.z), { 'data-waypoint': 'drop' }),
      this.tour, this.save,
      button('Load', 'Add waypoints from a file', () => this.file.click(), { 'data-waypoint': 'import' }));
    this.section = make('section', {}, make('h3', { textContent: 'Waypoints' }), this.hint, this.rows,
      this.back, this.linked, this.places.row, buttons, this.file);
    flight.on('waypoints', () => this.show());
    flight.on('path', () => this.showLinked());
    flight.on('about', () => this.discovered());
    this.show();
    this.discovered();
  }

  async take() {
    const [file] = this.file.files;
    if (file) await this.flight.waypoints.import(file);
    this.file.value = '';
  }

  discovered() {
    const { space } = this.flight;
    if (!space) return;
    const found = space.places.map((p, i) => [String(i), p.name]);
    this.places.fill([['', 'add a place of interest ...'], ...found], '');
  }

  add(index) {
    const place = this.flight.space.places[Number(index)];
    if (index !== '' && place) this.flight.waypoints.note(place.z, place.name);
    this.places.show('');
  }

  fly() {
    const { auto } = this.flight;
    auto.stop();
    auto.choose({ kind: 'tour', stops: null });
    auto.start();
  }

  show() {
    const { waypoints } = this.flight;
    const { list, removed } = waypoints;
    const focused = this.focused();
    this.rows.replaceChildren(...list.map((waypoint, i) => this.row(waypoint, i)));
    this.hint.hidden = list.length > 0 || Boolean(removed);
    this.save.disabled = !list.length;
    this.tour.disabled = list.length < 2;
    this.back.hidden = !removed;
    this.back.textContent = removed ? `Undo: delete ${removed.waypoint.name}` : '';
    this.refocus(focused);
    this.showLinked();
  }

  row(waypoint, i) {
    const { waypoints } = this.flight;
    const name = make('input', { type: 'text', value: waypoint.name, maxLength: 60 });
    name.setAttribute('aria-label', `Name of waypoint ${i + 1}`);
    name.addEventListener('change', () => waypoints.rename(i, name.value));
    const key = i < 9 ? ` (shift + ${i + 1})` : '';
    const row = make('li', { 'data-id': waypoint.id }, make('span', { textContent: i + 1, 'aria-hidden': 'true' }), name,
      button('go', `Go to ${waypoint.name}${key}`, () => this.flight.hopTo(waypoint.z), { 'data-act': 'go' }),
      button('↑', `Move ${waypoint.name} up`, () => waypoints.move(i, -1), { 'data-act': 'up', disabled: i === 0 }),
      button('↓', `Move ${waypoint.name} down`, () => waypoints.move(i, 1), { 'data-act': 'down', disabled: i === waypoints.list.length - 1 }),
      button('×', `Delete ${waypoint.name}`, () => waypoints.remove(i), { 'data-act': 'delete' }));
    return row;
  }

  // The list is made anew at every change; the keyboard stays where it was in it.
  focused() {
    const at = document.activeElement;
    const row = at?.closest?.('.waypoints li');
    if (!row || !this.rows.contains(row)) return null;
    return { id: row.dataset.id, index: [...this.rows.children].indexOf(row), act: at.dataset.act };
  }

  refocus(focused) {
    if (!focused) return;
    const { id, index, act } = focused;
    const row = this.rows.querySelector(`[data-id="${id}"]`) ?? this.rows.children[index] ?? this.rows.lastElementChild;
    const wanted = act ? row?.querySelector(`[data-act="${act}"]`) : row?.querySelector('input');
    const target = wanted?.disabled ? row.querySelector('[data-act="go"]') : wanted;
    (target ?? (this.back.hidden ? null : this.back))?.focus();
  }

  // A link's tour does not touch a list that is there; the visitor says which of them counts.
  showLinked() {
    const { auto, waypoints } = this.flight;
    const { stops, kind } = auto.plan;
    this.linked.hidden = !stops || kind !== 'tour';
    if (this.linked.hidden) return;
    const settle = (act) => () => {
      act();
      auto.choose({ stops: null });
      this.showLinked();
    };
    this.linked.replaceChildren(
      make('span', { textContent: `The tour of the link goes through ${stopsOf(this.flight).length} waypoints of its own.` }),
      button('Add them', 'Add the waypoints of the link to this list', settle(() => waypoints.take(stops.filter(({ z }) => !waypoints.find(z)))), { 'data-waypoint': 'add-linked' }),
      button('Tour mine', 'Tour through this list instead', settle(() => auto.stop()), { 'data-waypoint': 'drop-linked' }));
  }
}
