// The elements of a map: two canvases, the pulse of what is asked for now, and the buttons.

import { button, make } from '../scene/parts.js';

const CLOSER = 1.6;
const KEYS = 'Shift with the arrow keys moves the map, plus and minus zoom, Home shows everything, Enter selects the '
  + 'point in the middle, Escape gives up a lasso.';

// Returns {root, base, top, pulse, tools}; `map` has closer(factor), fit() and tool.
export function buildSurface(map) {
  const base = make('canvas', { className: 'dots', 'aria-hidden': 'true' });
  const top = make('canvas', { className: 'over', tabIndex: 0, role: 'application' });
  const pulse = make('div', { className: 'pulse-place', hidden: true }, make('div', { className: 'pulse' }));
  const tool = (name, text, title) => button(text, title, () => { map.tool = name; }, { 'data-tool': name });
  const tools = make('div', { className: 'bar tools', role: 'group', 'aria-label': 'What a drag does' },
    tool('move', '✥', 'Move: drag the map'),
    tool('lasso', '◌', 'Lasso: draw around points (or drag with Shift)'));
  const zoom = make('div', { className: 'bar zoom', role: 'group', 'aria-label': 'Zoom' },
    button('+', 'Zoom in (or the wheel)', () => map.closer(CLOSER)),
    button('−', 'Zoom out', () => map.closer(1 / CLOSER)),
    button('⤢', 'Show everything (or a double click)', () => map.fit()));
  const root = make('div', { className: 'point-map' }, base, top, pulse, tools, zoom);
  return { root, base, top, pulse, tools };
}

export function pressTool(tools, name) {
  for (const each of tools.children) each.setAttribute('aria-pressed', each.dataset.tool === name);
}

// An element of its own: its pulse costs no frames of ours. `half` is that of the dot or picture beneath.
export function placePulse(pulse, place, half) {
  pulse.hidden = !place;
  if (!place) return;
  pulse.style.transform = `translate(${place[0]}px, ${place[1]}px)`;
  pulse.style.setProperty('--half', `${half.toFixed(1)}px`);
}

// It calls a few times, then rests: a page that lies open should cost nothing.
export function startPulse(pulse) {
  pulse.firstChild.style.animation = 'none';
  requestAnimationFrame(() => { pulse.firstChild.style.animation = ''; });
}

// What the canvas tells of itself, to people who cannot see it and to tests.
export function describe(map) {
  const { top, field, camera } = map;
  const facts = {
    points: field.placed, frames: map.frames, selected: map.selected, chosen: map.chosen,
    zoom: camera.zoomed.toFixed(3), painter: map.painter?.name ?? '',
  };
  for (const [name, value] of Object.entries(facts)) if (top.dataset[name] !== `${value}`) top.dataset[name] = value;
  const chosen = map.chosen ? `, ${map.chosen.toLocaleString('en')} of them chosen` : '';
  const what = map.words ?? `Map of ${field.placed.toLocaleString('en')} points`;
  const words = `${what.replace(/\.$/, '')}${chosen}. ${KEYS}`;
  if (words !== top.getAttribute('aria-label')) top.setAttribute('aria-label', words);
}
