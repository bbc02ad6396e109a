// What one pane shows in one mode. A subclass has: ready() -> what has to be asked for, draw(found), and
// optionally follow(changes) -> true where a change of options needs nothing new.

import { classColour } from '../../labeler/colours.js';
import { make } from '../../scene/parts.js';

export class View {
  constructor(pane) {
    Object.assign(this, { pane, host: pane.host, side: pane.side });
    this.body = make('div', { className: 'view' });
    this.plots = make('div', { className: 'plots' });
    this.under = make('div', { className: 'under' });
    this.caption = make('p', { className: 'caption' });
    this.body.append(this.plots, this.under);
    this.under.append(this.caption);
  }

  get facts() {
    return this.host.factsOf(this.side);
  }

  box(name = '') {
    const box = make('div', { className: `plot ${name}` });
    this.plots.append(box);
    return box;
  }

  say(words) {
    // A name is not broken at its hyphen.
    const whole = words.replaceAll('t-SNE', 't\u2060-\u2060SNE');
    if (this.caption.textContent !== whole) this.caption.textContent = whole;
  }

  follow() {
    return false;
  }

  // Classes and their colours, for a saved picture.
  get legend() {
    return this.host.table.classes.slice(0, 8).map((name, k) => [`rgb(${classColour(k).join(' ')})`, name]);
  }
}
