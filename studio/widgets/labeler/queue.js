// Below the map: the next ones to label, in their order, and how they are chosen.

import { button, make } from '../scene/parts.js';
import { toCanvas } from '../scene/pixels.js';
import { cssColour } from './colours.js';
import { SUSPICIOUS } from './line.js';

const OWN = { name: SUSPICIOUS, title: 'Suspicious labels', meaning: 'Labels that the model confidently disagrees with.' };

export class Queue {
  constructor(root, labeler) {
    Object.assign(this, { root, labeler, drawn: '', cells: new Map() });
    this.select = root.querySelector('select');
    this.place = root.querySelector('.place-of');
    this.strip = root.querySelector('.strip-of');
    this.said = root.querySelector('.meaning');
    this.select.addEventListener('change', () => {
      labeler.line.choose(this.select.value);
      // Digits label again; they no longer choose in the list.
      this.select.blur();
    });
    root.querySelector('[data-do="before"]').addEventListener('click', () => labeler.line.step(-1));
    root.querySelector('[data-do="after"]').addEventListener('click', () => labeler.line.step(1));
    root.querySelector('[data-do="others"]').addEventListener('click', () => labeler.line.renew());
    labeler.on('about', () => this.open());
    labeler.on('line', () => this.show());
    labeler.on('selected', () => this.mark());
    labeler.on('colours', ({ kind }) => { if (kind === 'mine') this.mark(); });
    if (labeler.about) this.open();
  }

  open() {
    const { about } = this.labeler;
    if (!about) return;
    this.ways = [...about.queues, OWN];
    this.select.replaceChildren(...this.ways.map(({ name, title }) => make('option', { value: name, textContent: title })));
    this.drawn = '';
    this.cells.clear();
    this.strip.replaceChildren();
    this.show();
  }

  async show() {
    const { line, about } = this.labeler;
    if (!about) return;
    this.select.value = line.how;
    const meaning = this.ways.find(({ name }) => name === line.how)?.meaning ?? '';
    this.said.textContent = line.said || meaning;
    this.said.title = this.said.textContent;
    this.root.dataset.asking = line.asking || line.due ? 'yes' : 'no';
    const rows = line.rows.join();
    if (rows !== this.drawn) {
      this.drawn = rows;
      await this.draw(line.rows.slice());
    }
    this.mark();
  }

  async draw(rows) {
    const { labeler } = this;
    const { about } = labeler;
    const missing = rows.filter((row) => !this.cells.has(row));
    missing.forEach((row) => this.cells.set(row, this.cell(row)));
    for (const row of this.cells.keys()) if (!rows.includes(row)) this.cells.delete(row);
    this.strip.replaceChildren(...rows.map((row) => this.cells.get(row)));
    const size = about.shape.reduce((product, n) => product * n, 1);
    try {
      const pixels = await labeler.samples.many(missing);
      missing.forEach((row, i) => this.cells.get(row)?.prepend(toCanvas(pixels, about.shape, i * size)));
    } catch (error) {
      this.drawn = '';
      for (const row of missing) this.cells.delete(row);
      if (!error.unreachable) labeler.fail(error);
    }
  }

  cell(row) {
    const { line } = this.labeler;
    const cell = button('', `Picture ${row.toLocaleString('en')}`, () => line.go(line.rows.indexOf(row)), { className: 'cell', 'data-row': row });
    cell.setAttribute('aria-label', cell.title);
    cell.append(make('span', { className: 'given' }));
    return cell;
  }

  // Which one is looked at, and which have got a label.
  mark() {
    const { labeler } = this;
    const { line, about } = labeler;
    if (!about) return;
    for (const [row, cell] of this.cells) {
      const mine = labeler.mineOf(row);
      const doubt = line.given.get(row);
      if (row === labeler.selected) cell.setAttribute('aria-current', 'true');
      else cell.removeAttribute('aria-current');
      cell.classList.toggle('done', mine !== null);
      const words = doubt ? `${about.classes[doubt.given]} → ${about.classes[doubt.predicted]}?` : mine === null ? '' : about.classes[mine];
      const given = cell.querySelector('.given');
      given.textContent = words;
      given.style.setProperty('--colour', mine === null ? 'transparent' : cssColour(mine));
      if (row === labeler.selected) this.reveal(cell);
    }
    const count = line.rows.length;
    const nothing = line.refused ? 'not yet' : line.how === SUSPICIOUS ? 'none found' : 'nothing left';
    this.place.textContent = count ? `${line.at + 1} of ${count}` : line.asking || line.due ? 'choosing ...' : nothing;
  }

  // Not scrollIntoView: that would move the page, too.
  reveal(cell) {
    const { strip } = this;
    const left = cell.offsetLeft - strip.offsetLeft;
    const [from, to] = [strip.scrollLeft, strip.scrollLeft + strip.clientWidth];
    const room = 2 * cell.offsetWidth;
    if (left < from + 8 || left + room > to) strip.scrollTo({ left: left - room, behavior: 'smooth' });
  }
}
