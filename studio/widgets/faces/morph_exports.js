// A morph as a file: films and a strip of its pictures, and its codes.

import { fetchBytes } from '../scene/address.js';
import { button, make } from '../scene/parts.js';
import { download } from './saving.js';

const FORMATS = [
  ['gif', 'GIF', 'A film that plays anywhere', 'image/gif'],
  ['webp', 'WebP', 'A film, smaller and finer than a GIF', 'image/webp'],
  ['mp4', 'MP4', 'A film (H.264)', 'video/mp4'],
  ['png', 'PNG', 'The steps side by side', 'image/png'],
  ['npz', 'npz', 'The codes of the steps, for numpy', 'application/octet-stream'],
];

export class MorphExports {
  // order() gives what is to be exported, or null while there is nothing.
  constructor(state, order) {
    Object.assign(this, { state, order, making: null });
    this.buttons = FORMATS.map((format) => button(format[1], format[2], () => this.make(format), { 'data-export': format[0] }));
    this.said = make('span', { role: 'status' });
    this.cancel = button('cancel', 'Make this file no further', () => this.making?.abort(), { hidden: true });
    this.row = make('div', { className: 'exports', role: 'group', 'aria-label': 'Export the morph' },
      make('span', { textContent: 'export' }), ...this.buttons);
    this.progress = make('span', { className: 'making' }, this.said, this.cancel);
    this.follow();
  }

  follow() {
    const idle = !this.making;
    for (const made of this.buttons) made.disabled = !idle || !this.order();
    this.cancel.hidden = idle;
    this.row.setAttribute('aria-busy', !idle);
  }

  async make([format, title, , type]) {
    const { state } = this;
    const { about } = state;
    const order = this.order();
    if (!order || this.making) return;
    const making = new AbortController();
    this.making = making;
    this.said.textContent = `making the ${title} ...`;
    this.follow();
    try {
      const data = await fetchBytes(`/faces/${encodeURIComponent(about.name)}/export/${format}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(order),
        signal: making.signal,
      });
      const name = `${about.name}-morph.${format}`;
      download(new Blob([data], { type }), name);
      state.emit('done');
      state.tell(`Saved ${name}, ${size(data.byteLength)}.`);
    } catch (error) {
      if (error.name !== 'AbortError') state.fail(error);
    } finally {
      this.making = null;
      this.said.textContent = '';
      this.follow();
    }
  }
}

const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
