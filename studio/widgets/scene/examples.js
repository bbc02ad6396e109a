// Some of a model's own examples as small pictures to choose from; others each time.

import { fetchJson } from './address.js';
import { button, make } from './parts.js';
import { toCanvas } from './pixels.js';

export class Examples {
  // take(row, name) hears which one was chosen; titled(name) says what that does.
  constructor(host, count, take, titled) {
    Object.assign(this, { host, count, take, titled, turn: 0 });
    this.list = make('div', { className: 'examples' });
    this.others = button('other examples', 'Show other examples', () => this.offer());
  }

  open() {
    this.turn = 0;
    this.list.replaceChildren();
    return this.offer();
  }

  async offer() {
    const { about } = this.host;
    this.list.hidden = this.others.hidden = !about.examples;
    if (!about.examples) return;
    try {
      const path = `/sampling/${encodeURIComponent(about.name)}/examples?seed=${this.turn}&count=${this.count}`;
      const { examples } = await fetchJson(path);
      if (about !== this.host.about) return;
      this.turn += 1;
      this.list.replaceChildren(...examples.map((example) => this.picture(about, example)));
    } catch (error) {
      this.host.fail(error);
    }
  }

  picture(about, { row, label, image }) {
    const name = label === null ? 'this example' : `this ${about.class_names[label]}`;
    const title = this.titled(name);
    const made = make('button', { type: 'button', title, 'aria-label': title, 'data-row': row }, pictureOf(image, about.shape));
    if (label !== null) made.style.setProperty('--colour', about.palette[label]);
    made.addEventListener('click', () => this.take(row, name));
    return made;
  }
}

// A picture that came as text, as a canvas of its own size.
export function pictureOf(image, shape) {
  return toCanvas(Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0)), shape);
}
