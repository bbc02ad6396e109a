// Small pictures at equal shares of a morph; a click goes there.

import { Latest } from '../sampler/latest.js';
import { make } from '../scene/parts.js';
import { toCanvas } from '../scene/pixels.js';

const WIDTH = 58;
const FEWEST = 5;
const MOST = 16;

export class MorphStrip {
  // went(share) hears of a click.
  constructor(state, went) {
    Object.assign(this, { state, went, path: null, most: 0, count: 0 });
    this.root = make('div', { className: 'frames', role: 'group', 'aria-label': 'Steps of the morph' });
    this.latest = new Latest((wish) => this.fetch(wish), (error) => state.fail(error));
    this.share = 0;
    new ResizeObserver(([{ contentRect: { width } }]) => {
      if (width) this.show(this.path, this.most);
    }).observe(this.root);
  }

  // Show a path in at most so many pictures.
  show(path, most) {
    Object.assign(this, { path, most });
    const room = Math.floor(this.root.clientWidth / WIDTH);
    const count = path?.codes && room ? stopping(Math.min(most, MOST, Math.max(FEWEST, room)), path.pieces) : 0;
    if (!count) {
      this.root.replaceChildren();
      Object.assign(this, { drawn: null, count: 0 });
      return;
    }
    if (this.drawn === path.codes && this.count === count) return;
    Object.assign(this, { drawn: path.codes, count });
    this.latest.want({ codes: path.spread(count), drawn: path.codes, about: this.state.about });
  }

  async fetch({ codes, drawn, about }) {
    if (about !== this.state.about || drawn !== this.drawn) return;
    const pixels = await this.state.decodeOnce(codes);
    if (about !== this.state.about || drawn !== this.drawn) return;
    const size = about.shape.reduce((a, b) => a * b, 1);
    const count = pixels.length / size;
    const held = [...this.root.children].indexOf(document.activeElement);
    this.root.replaceChildren(...Array.from({ length: count }, (_, i) => {
      const share = i / Math.max(1, count - 1);
      const cell = make('button', { type: 'button', title: `Go to ${Math.round(100 * share)} %` }, toCanvas(pixels, about.shape, i * size));
      cell.setAttribute('aria-label', cell.title);
      cell.addEventListener('click', () => this.went(share));
      return cell;
    }));
    if (held >= 0) this.root.children[Math.min(held, count - 1)].focus();
    this.mark(this.share);
  }

  mark(share) {
    this.share = share;
    const { children } = this.root;
    const at = Math.round(share * (children.length - 1));
    if (children[at] === this.marked) return;
    this.marked?.classList.remove('here');
    this.marked = children[at];
    this.marked?.classList.add('here');
  }
}

// So many pictures that every face of the way is among them, where there is room for that.
function stopping(count, pieces) {
  return count > pieces ? Math.floor((count - 1) / pieces) * pieces + 1 : count;
}
