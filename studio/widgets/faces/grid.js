// Many faces at once: one attribute over its strengths, a row for each attribute, two attributes as a
// plane, or a blend of four saved faces. Whichever is chosen becomes the face.

import { button, make } from '../scene/parts.js';
import { toCanvas } from '../scene/pixels.js';
import { Latest } from '../sampler/latest.js';
import { AttributeGrid } from './grid_attributes.js';
import { CornerGrid } from './grid_corners.js';
import { saveSheet } from './grid_sheet.js';
import { sentence } from './words.js';

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Grid {
  constructor(host, faces) {
    Object.assign(this, { host, faces, corners: false, sheet: null, pictures: [], wanted: '' });
    this.kinds = { attributes: new AttributeGrid(this, faces), corners: new CornerGrid(this, faces) };
    this.latest = new Latest((plan) => this.fetch(plan), (error) => this.say(sentence(error)));
    this.build();
    faces.on('about', () => this.opened());
    for (const event of ['change', 'show', 'shelf']) faces.on(event, () => this.follow());
    this.follow();
  }

  build() {
    this.modes = make('div', { className: 'bar', role: 'group', 'aria-label': 'What the plane is made of' }, ...[
      ['attributes', false, 'Two attributes at once'], ['four faces', true, 'A blend of four faces of the shelf'],
    ].map(([text, corners, title]) => button(text, title, () => this.mix(corners), { 'data-corners': String(corners) })));
    this.canvas = make('canvas', { tabIndex: 0, role: 'application', 'data-frames': 0 });
    this.mark = make('i', { className: 'mark' });
    this.across = make('div', { className: 'across', 'aria-hidden': 'true' });
    this.down = make('div', { className: 'down', 'aria-hidden': 'true' });
    this.said = make('p', { className: 'said', hidden: true });
    this.sheetBox = make('div', { className: 'sheet' }, this.canvas, this.mark, this.said);
    this.hint = make('p', { className: 'hint', role: 'status' });
    this.root = make('section', { className: 'face-grid', 'aria-label': 'Many faces at once' },
      make('div', { className: 'heads' }, this.modes, ...Object.values(this.kinds).map(({ controls }) => controls)),
      make('div', { className: 'laid' }, this.down, this.sheetBox, this.across), this.hint);
    this.host.replaceChildren(this.root);
    this.canvas.addEventListener('click', (event) => this.choose(this.cellAt(event)));
    this.canvas.addEventListener('dblclick', () => this.faces.setShow('face'));
    this.canvas.addEventListener('pointermove', (event) => this.tell(this.cellAt(event)));
    this.canvas.addEventListener('pointerleave', () => this.tell(null));
    this.canvas.addEventListener('keydown', (event) => this.key(event));
  }

  get kind() {
    return this.faces.show === 'plane' && this.corners ? this.kinds.corners : this.kinds.attributes;
  }

  get open() {
    return ['strip', 'plane'].includes(this.faces.show);
  }

  opened() {
    Object.assign(this, { sheet: null, wanted: '' });
    for (const kind of Object.values(this.kinds)) kind.opened();
    this.follow();
  }

  mix(corners) {
    this.corners = corners;
    this.follow();
  }

  // Ask for other faces only if they are others; the mark follows at once.
  follow() {
    const { faces } = this;
    if (!this.open || !faces.about || !faces.code) return;
    this.modes.hidden = faces.show === 'strip';
    for (const made of this.modes.children) made.setAttribute('aria-pressed', made.dataset.corners === String(this.corners));
    for (const kind of Object.values(this.kinds)) kind.controls.hidden = kind !== this.kind;
    this.kind.follow();
    const plan = this.kind.plan();
    if (typeof plan === 'string') {
      this.wanted = '';
      this.blank(plan);
      return;
    }
    if (plan.key !== this.wanted) {
      this.wanted = plan.key;
      this.latest.want(plan);
    }
    this.select();
  }

  async fetch(plan) {
    if (plan.key !== this.wanted) return;
    try {
      const pixels = await plan.fetch();
      if (plan.key === this.wanted) this.draw(plan, pixels);
    } catch (error) {
      if (plan.key !== this.wanted) return;
      this.wanted = '';
      throw error;
    }
  }

  // Pictures from the upper left, row by row.
  draw(plan, pixels) {
    const { shape } = this.faces.about;
    const size = shape.reduce((a, b) => a * b, 1);
    this.sheet = plan;
    this.pictures = Array.from({ length: plan.columns * plan.rows }, (_, i) => toCanvas(pixels, shape, i * size));
    this.paint();
    this.canvas.dataset.frames = Number(this.canvas.dataset.frames ?? 0) + 1;
    this.label(this.across, plan.across);
    this.label(this.down, plan.down);
    this.root.dataset.rows = plan.rows > 1 ? 'several' : 'one';
    this.root.style.setProperty('--columns', plan.columns);
    this.root.style.setProperty('--rows', plan.rows);
    this.say('');
    // Onto another sheet the mark does not travel.
    this.mark.classList.add('put');
    this.select();
    requestAnimationFrame(() => requestAnimationFrame(() => this.mark.classList.remove('put')));
    this.tell(null);
  }

  paint() {
    const { canvas, sheet: { columns, rows }, pictures: [first] } = this;
    // Twice the size, enlarged well; the style sheet does the rest.
    const [w, h] = [2 * first.width, 2 * first.height];
    if (canvas.width !== columns * w || canvas.height !== rows * h) Object.assign(canvas, { width: columns * w, height: rows * h });
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    this.pictures.forEach((picture, i) => context.drawImage(picture, (i % columns) * w, Math.floor(i / columns) * h, w, h));
  }

  label(line, texts) {
    line.replaceChildren(...texts.map((text) => make('span', { textContent: text })));
    line.hidden = !texts.length;
  }

  // The cell that is the face, if one is.
  select() {
    const { sheet, canvas } = this;
    const at = sheet && sheet.at();
    this.mark.hidden = !at;
    if (!sheet) return;
    canvas.setAttribute('aria-label', `${sheet.title}. ${at ? `${sheet.words(...at)} ` : ''}Arrow keys choose a face, Enter shows it large.`);
    if (!at) return;
    Object.assign(this.mark.style, {
      left: `${(100 * at[0]) / sheet.columns}%`, top: `${(100 * at[1]) / sheet.rows}%`, width: `${100 / sheet.columns}%`, height: `${100 / sheet.rows}%`,
    });
    this.mark.classList.toggle('between', !at.every(Number.isInteger));
  }

  cellAt({ clientX, clientY }) {
    if (!this.sheet) return null;
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const { columns, rows } = this.sheet;
    const place = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    return [place((clientX - left) / width, columns), place((clientY - top) / height, rows)];
  }

  choose(cell) {
    if (!cell || !this.sheet) return;
    this.sheet.choose(...cell);
    this.canvas.focus({ preventScroll: true });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.sheet) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      this.faces.setShow('face');
      return;
    }
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault();
    const { columns, rows } = this.sheet;
    const [x, y] = this.sheet.at() ?? [(columns - 1) / 2, (rows - 1) / 2];
    // From between two cells to the next one on the way.
    const next = (from, way, count) => Math.max(0, Math.min(count - 1, way > 0 ? Math.floor(from) + 1 : way < 0 ? Math.ceil(from) - 1 : Math.round(from)));
    this.choose([next(x, step[0], columns), next(y, step[1], rows)]);
    const at = this.sheet.at();
    if (at) this.tell(at.map(Math.round));
  }

  tell(cell) {
    const words = !this.sheet ? '' : cell ? this.sheet.words(...cell) : this.sheet.title;
    if (this.hint.textContent !== words) this.hint.textContent = words;
  }

  // Nothing can be shown, and why.
  blank(words) {
    this.sheet = null;
    this.canvas.width = this.canvas.height = 1;
    this.label(this.across, []);
    this.label(this.down, []);
    this.mark.hidden = true;
    this.hint.textContent = '';
    this.root.dataset.rows = 'one';
    this.say(words);
  }

  say(words) {
    this.said.textContent = words;
    this.said.hidden = !words;
  }

  save() {
    const { faces, sheet, pictures } = this;
    if (!sheet) return void faces.fail(new Error('There is nothing to save yet.'));
    saveSheet(sheet, pictures, `${faces.about.name}-${sheet.file}.png`, (error) => faces.fail(error));
  }
}

