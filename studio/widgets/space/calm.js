// Less motion: as the system asks, until the visitor chooses otherwise; a choice stands for as long as
// the system asks for the same.

import { keep, kept } from './storage.js';

const KEY = 'odyssey-less-motion';
const system = window.matchMedia('(prefers-reduced-motion: reduce)');
const asked = () => (system.matches ? 'less' : 'any');

export function calmNow() {
  const [choice, then] = (kept(KEY) ?? '').split('/');
  return then === asked() ? choice === 'less' : system.matches;
}

export function chooseCalm(flight, calm) {
  keep(KEY, `${calm ? 'less' : 'any'}/${asked()}`);
  flight.setView({ calm });
}

export function followSystem(flight) {
  system.addEventListener('change', () => flight.setView({ calm: calmNow() }));
}
