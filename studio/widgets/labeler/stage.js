// The map with what lies on it: tools, what it is coloured by, and the legend with its counts.

import { PointMap } from '../points/point_map.js';
import { NONE, palette } from './colours.js';
import { Legend } from './legend.js';

const SHOWN_AHEAD = 6;
const MARGIN = 24;
// Tools lie over the top, the legend over the bottom.
const INSETS = { top: 50, right: 14, bottom: 46, left: 14 };

export class Stage {
  constructor(root, labeler) {
    Object.assign(this, { root, labeler });
    this.map = new PointMap(root.querySelector('.points-host'), {
      selected: (row) => labeler.select(row),
      lassoed: (rows, additive) => this.lassoed(rows, additive),
      missed: () => labeler.tell('There is no point inside the lasso.'),
      hovered: () => {},
    });
    this.map.insets = INSETS;
    this.map.pictures = (rows) => labeler.samples.many(rows);
    labeler.map = this.map;
    this.legend = new Legend(root.querySelector('.legend'), labeler);
    this.listen();
    if (labeler.about) this.open();
  }

  listen() {
    const { labeler, root } = this;
    labeler.on('about', () => this.open());
    labeler.on('points', () => this.map.setPoints(labeler.xy));
    labeler.on('colours', ({ kind }) => this.coloured(kind));
    labeler.on('view', () => this.paint());
    labeler.on('selected', ({ row, fly }) => {
      this.map.select(row);
      if (fly) this.bring(row);
    });
    labeler.on('lasso', ({ rows }) => this.map.setChosen(rows));
    labeler.on('line', () => this.queue());
    labeler.on('labelled', () => this.queue());
    window.addEventListener('studio-theme', () => this.paint());
    for (const button of root.querySelectorAll('[data-colour]')) {
      button.addEventListener('click', () => labeler.setColour(button.dataset.colour));
    }
  }

  open() {
    const { labeler, root, map } = this;
    if (!labeler.about) return;
    const { shape, has_truth: truth, rows, name } = labeler.about;
    map.shape = shape;
    root.dataset.project = labeler.about.id;
    root.querySelector('[data-colour="true"]').hidden = !truth;
    map.setPoints(new Float32Array(2 * rows).fill(NaN));
    map.describe?.(`The map of ${rows.toLocaleString('en')} pictures in ${name}; those alike lie close together.`);
    map.select(-1);
    map.setQueue([]);
    map.setChosen([]);
    map.tool = 'move';
    this.paint();
    this.ring();
    map.fit(false);
  }

  coloured(kind) {
    if (kind === 'mine') this.ring();
    const { colour } = this.labeler;
    if (kind === colour || (kind === 'mine' && colour === 'predicted')) this.paint();
    else this.legend.show();
  }

  paint() {
    const { labeler, root } = this;
    const { about, colour, alone, bytes } = labeler;
    if (!about) return;
    this.map.setNames(colour === 'certainty' ? null : about.classes);
    this.map.setColours(this.shown(), palette(colour, about.classes.length, alone));
    root.dataset.colour = bytes[colour] ? colour : '';
    for (const button of root.querySelectorAll('button[data-colour]')) {
      button.setAttribute('aria-pressed', button.dataset.colour === colour);
    }
    this.legend.show();
  }

  // A byte a point. Before anything is predicted a label is all that is known of its point.
  shown() {
    const { about, colour, bytes } = this.labeler;
    const shown = bytes[colour];
    if (!shown) return new Uint8Array(about.rows).fill(NONE);
    return colour === 'predicted' ? shown.map((k, row) => (k === NONE ? bytes.mine[row] : k)) : shown;
  }

  // Points that have a label stand out.
  ring() {
    const { mine } = this.labeler.bytes;
    if (mine) this.map.setRing(mine.map((k) => (k === NONE ? 0 : 1)));
  }

  // Fly only to what is out of sight: the whole map stays the whole map.
  bring(row) {
    const place = this.map.screen(row);
    if (!place) return;
    const { clientWidth: width, clientHeight: height } = this.root;
    const inside = place[0] > MARGIN && place[0] < width - MARGIN && place[1] > MARGIN && place[1] < height - MARGIN;
    if (!inside) this.map.flyTo(row);
  }

  queue() {
    const { line } = this.labeler;
    const ahead = line.rows.slice(Math.max(0, line.at)).filter((row) => this.labeler.mineOf(row) === null);
    this.map.setQueue(ahead.slice(0, SHOWN_AHEAD), line.current);
  }

  // An empty one means that the hand let go.
  lassoed(rows, additive) {
    const { labeler } = this;
    labeler.setLasso(additive ? [...new Set([...labeler.lasso, ...rows])] : Array.from(rows));
  }
}
