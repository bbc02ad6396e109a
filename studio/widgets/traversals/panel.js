// Beside the picture: what is shown, how far it goes, the pictures, and the rows that move the code.

import { download } from '../faces/saving.js';
import { ask } from '../scene/address.js';
import { button, choice, make, slider } from '../scene/parts.js';
import { REACH, STEPS } from './limits.js';
import { ordered } from './parts.js';
import { Rows } from './rows.js';
import { Sheet } from './sheet.js';
import { traversals } from './traversals.js';
import { number } from './words.js';

const SPACINGS = {
  even: ['even', 'Columns at even distances'],
  quantiles: ['quantiles', 'Between any two columns lies the same share of the prior'],
};

export function mount(element, { props }) {
  const root = element.querySelector('.traversals-panel');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new Panel(root, traversals(props.scene));
}

class Panel {
  constructor(root, host) {
    Object.assign(this, { root, host });
    this.part = (selector) => root.querySelector(selector);
    this.rows = new Rows(this.part('.rows'), host);
    this.sheet = new Sheet(this.part('.sheet'), host);
    this.buildAxes();
    this.buildSpan();
    this.buildFiles();
    for (const shown of this.shows) shown.addEventListener('click', () => host.set({ show: shown.dataset.show }));
    host.on('about', () => this.open());
    host.on('change', () => this.follow());
    host.on('grid', () => { root.dataset.grids = Number(root.dataset.grids ?? 0) + 1; });
    host.on('play', ({ on }) => this.showPlaying(on));
    host.on('look-smooth', ({ smooth }) => this.smoothen(smooth));
    if (host.about) this.open();
  }

  get shows() {
    return this.root.querySelectorAll('.shows [data-show]');
  }

  buildAxes() {
    const { host } = this;
    this.axes = {
      row: [choice('part', (row) => host.set({ row }))],
      plane: [choice('→', (name) => this.takePair(0, name)), choice('↑', (name) => this.takePair(1, name))],
      classes: [choice('classes of', (name) => host.set({ cross: [name, host.cross[1]] })), choice('by', (name) => host.set({ cross: [host.cross[0], name] }))],
    };
    const labels = ['The part', 'Dimension to the right', 'Dimension upwards', 'Discrete part', 'Dimension'];
    const all = Object.values(this.axes).flat();
    all.forEach(({ row, select }, i) => {
      select.setAttribute('aria-label', labels[i]);
      row.hidden = true;
    });
    this.part('.axes').replaceChildren(...all.map(({ row }) => row));
  }

  // The axis that had this dimension takes what the other one had.
  takePair(i, name) {
    const pair = this.host.pair.slice();
    if (pair[1 - i] === name) pair[1 - i] = pair[i];
    pair[i] = name;
    this.host.set({ pair });
  }

  buildSpan() {
    const { host } = this;
    this.reach = slider('range', { ...REACH, value: REACH.usual, words: (v) => `±${number(v, v % 0.1 > 0.01 ? 2 : 1)}` }, (reach) => host.span({ reach }));
    this.steps = slider('columns', { ...STEPS, value: STEPS.usual, words: String }, (steps) => host.span({ steps }));
    this.spacing = make('div', { className: 'bar', role: 'group', 'aria-label': 'How the columns are spaced' },
      ...Object.entries(SPACINGS).map(([key, [text, title]]) => button(text, title, () => host.span({ spacing: key }), { 'data-by': key })));
    this.reach.row.title = 'How far the rows go, in standard deviations of the prior';
    this.part('.span').replaceChildren(this.reach.row, this.spacing, this.steps.row);
  }

  buildFiles() {
    const { host } = this;
    this.play = button('▶ play', 'Play the chosen row (space)', () => host.player.toggle(), { className: 'play' });
    this.gif = button('GIF', 'Save the chosen row as a GIF', () => this.save('row.gif', this.gif));
    this.png = button('PNG', 'Save what is shown as a PNG file', () => this.save('grid.png', this.png));
    this.part('.files').replaceChildren(this.play, this.gif, this.png);
  }

  async save(file, pressed) {
    const { host } = this;
    if (!host.about) return;
    const query = host.grid.query();
    if (file === 'row.gif') {
      query.set('of', host.row);
      query.delete('view');
    }
    pressed.setAttribute('aria-busy', true);
    try {
      const response = await ask(host.path(`/${file}?${query}`));
      const [, name] = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition')) ?? [null, file];
      download(await response.blob(), name);
      host.emit('done');
    } catch (error) {
      host.fail(error);
    } finally {
      pressed.removeAttribute('aria-busy');
    }
  }

  open() {
    const { about } = this.host;
    this.root.inert = false;
    const names = (list) => list.map(({ name }) => [name, name]);
    const [lines, classes] = [ordered(about).filter((part) => !part.discrete), about.parts.filter((part) => part.discrete)];
    this.axes.row[0].fill(names([...classes, ...lines]));
    for (const axis of [...this.axes.plane, this.axes.classes[1]]) axis.fill(names(lines));
    this.axes.classes[0].fill(names(classes));
    this.follow();
  }

  follow() {
    const { root, host } = this;
    const { show, row, pair, cross, shows, reach, steps, spacing } = host;
    if (root.dataset.show !== show) root.dataset.show = show;
    for (const shown of this.shows) {
      shown.hidden = !shows.includes(shown.dataset.show);
      shown.setAttribute('aria-pressed', shown.dataset.show === show);
    }
    for (const [key, values] of Object.entries({ row: [row], plane: pair, classes: cross })) {
      this.axes[key].forEach((axis, i) => {
        axis.row.hidden = key !== show || (key === 'classes' && i === 0 && host.about.discrete.length < 2);
        if (axis.select.value !== values[i]) axis.show(values[i]);
      });
    }
    if (Number(this.reach.input.value) !== reach) this.reach.show(reach);
    if (Number(this.steps.input.value) !== steps) this.steps.show(steps);
    for (const by of this.spacing.children) by.setAttribute('aria-pressed', by.dataset.by === spacing);
    this.showPlaying(host.player.playing);
  }

  showPlaying(on) {
    const text = `${on ? '❚❚ pause' : '▶ play'} ${this.host.row}`;
    if (this.play.textContent !== text) this.play.textContent = text;
    this.play.setAttribute('aria-pressed', on);
    this.gif.textContent = `GIF of ${this.host.row}`;
  }

  smoothen(smooth) {
    this.rows.smoothen(smooth);
    this.sheet.tiles.smooth = smooth;
    this.sheet.tiles.paint();
  }
}
