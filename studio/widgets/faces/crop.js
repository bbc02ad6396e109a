// A photo with a box around the face: what is in the box is what the model sees, and beside it stands what
// it makes of that, at once.

import { button, make } from '../scene/parts.js';
import { toCanvas } from '../scene/pixels.js';
import { Latest } from '../sampler/latest.js';
import { central } from './crop_box.js';
import { CropHands } from './crop_hands.js';
import { bytes, measures } from './fidelity.js';
import { sentence } from './words.js';

const MOST_SHOWN = 1400;
const SENT = 192;
const GHOST_MS = 700;
const HINT = 'Drag the box or its corners, wheel or pinch for its size; put eyes and mouth where the average face has them, '
  + 'which shows through while the box moves.';

export class Crop {
  // tries(blob): what the model makes of a cut; cuts(box): the same of the box in the photo itself;
  // takes(found): that becomes the face; left(): the photo is done with.
  constructor(host, { tries, cuts, takes, left }) {
    Object.assign(this, { tries, cuts, takes, left, box: null, bitmap: null });
    this.latest = new Latest((cut) => this.try(cut), (error) => this.tell(sentence(error)));
    this.photo = make('canvas');
    this.ghost = make('canvas', { className: 'ghost' });
    this.frame = make('div', {
      className: 'box', tabIndex: 0, role: 'application',
      'aria-label': 'Crop box: arrow keys move it, plus and minus change its size, Enter uses it, Escape cancels',
    }, this.ghost, ...['nw', 'ne', 'sw', 'se'].map((corner) => make('i', { 'data-corner': corner })));
    this.ground = make('div', { className: 'ground' }, this.photo, this.frame);
    this.seen = make('canvas', { width: SENT, height: SENT });
    this.made = make('canvas', { width: 1, height: 1 });
    this.facts = make('p', { className: 'facts' });
    this.told = make('p', { className: 'told', role: 'alert', hidden: true });
    this.size = make('span', { className: 'size' });
    this.use = button('Use this face', 'Encode what is in the box (Enter)', () => this.done(), { className: 'begin' });
    this.dialog = make('dialog', { className: 'face-crop', 'aria-label': 'Put the box around the face' },
      make('header', {}, make('h3', { textContent: 'Put the box around the face' }), make('p', { className: 'hint', textContent: HINT })),
      make('div', { className: 'body' }, make('div', { className: 'middle' }, this.ground),
        make('div', { className: 'sees' },
          make('figure', {}, this.seen, make('figcaption', { textContent: 'what the model sees' })),
          make('figure', {}, this.made, make('figcaption', { textContent: 'what it makes of it' })), this.facts)),
      this.told,
      make('div', { className: 'acts' }, this.use, button('centre', 'The central square, as large as it fits', () => this.move(central(this.bitmap))),
        button('cancel', 'Leave the face as it was (Escape)', () => this.dialog.close()), this.size));
    host.append(this.dialog);
    this.hands = new CropHands(this, this.ground);
    this.dialog.addEventListener('keydown', (event) => this.key(event));
    this.dialog.addEventListener('close', () => this.closed());
  }

  get open() {
    return this.dialog.open;
  }

  // found: what the model makes of the central square.
  show({ bitmap, found, shape }) {
    this.bitmap?.close();
    Object.assign(this, { bitmap, shape });
    this.wait(false);
    const scale = Math.min(1, MOST_SHOWN / Math.max(bitmap.width, bitmap.height));
    Object.assign(this.photo, { width: Math.max(1, Math.round(bitmap.width * scale)), height: Math.max(1, Math.round(bitmap.height * scale)) });
    const context = this.photo.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, this.photo.width, this.photo.height);
    this.ground.style.setProperty('--shape', this.photo.width / this.photo.height);
    this.dialog.classList.toggle('grey', shape[0] === 1);
    this.tell('');
    this.dialog.showModal();
    this.focus();
    this.move(central(bitmap), false);
    this.paint(found);
  }

  // A canvas of the average face, to lay over the box.
  lay(average) {
    Object.assign(this.ghost, { width: average.width, height: average.height });
    this.ghost.getContext('2d').drawImage(average, 0, 0);
  }

  closed() {
    // Another photo may be there already.
    if (this.dialog.open) return;
    clearTimeout(this.haunting);
    this.bitmap?.close();
    this.left();
    Object.assign(this, { bitmap: null, box: null });
    this.photo.width = 1;
  }

  focus() {
    this.frame.focus({ preventScroll: true });
  }

  move(box, anew = true) {
    if (!this.bitmap || this.busy) return;
    this.box = box;
    const { width, height } = this.bitmap;
    Object.assign(this.frame.style, {
      left: `${(100 * box.left) / width}%`, top: `${(100 * box.top) / height}%`, width: `${(100 * box.side) / width}%`,
    });
    const small = box.side < this.shape[2] ? `, less than the model's ${this.shape[2]}: it will be blurred` : '';
    this.size.textContent = `${Math.round(box.side)} × ${Math.round(box.side)} of ${width} × ${height} pixels${small}`;
    const context = this.seen.getContext('2d');
    context.imageSmoothingQuality = 'high';
    // What is transparent is laid over white, as the studio does it.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, SENT, SENT);
    context.drawImage(this.bitmap, box.left, box.top, box.side, box.side, 0, 0, SENT, SENT);
    if (!anew) return;
    this.tell('');
    this.haunt();
    this.latest.want({ box, bitmap: this.bitmap });
  }

  // The average face shows through for as long as the box moves.
  haunt() {
    this.frame.classList.add('haunted');
    clearTimeout(this.haunting);
    this.haunting = setTimeout(() => this.frame.classList.remove('haunted'), GHOST_MS);
  }

  async try({ bitmap }) {
    const cut = await new Promise((resolve) => { this.seen.toBlob(resolve, 'image/png'); });
    if (!cut || bitmap !== this.bitmap) return;
    const found = await this.tries(cut);
    if (found && bitmap === this.bitmap) this.paint(found);
  }

  paint(found) {
    const made = toCanvas(bytes(found.reconstruction), this.shape);
    Object.assign(this.made, { width: made.width, height: made.height });
    this.made.getContext('2d').drawImage(made, 0, 0);
    this.facts.textContent = measures(found);
  }

  // Whoever cancels meanwhile, or turns to another photo, has cancelled.
  async done() {
    const { bitmap } = this;
    if (!bitmap || this.busy) return;
    const mine = () => bitmap === this.bitmap && this.dialog.open;
    this.wait(true);
    try {
      const found = await this.cuts(this.box);
      if (!mine()) return;
      this.takes(found);
      this.dialog.close();
    } catch (error) {
      if (mine()) this.tell(sentence(error));
    } finally {
      if (bitmap === this.bitmap) this.wait(false);
    }
  }

  wait(busy) {
    this.busy = this.use.disabled = busy;
  }

  tell(words) {
    this.told.textContent = words;
    this.told.hidden = !words;
  }

  key(event) {
    // Nothing typed here is meant for the tab behind.
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const taken = event.key === 'Enter' ? !event.target.matches('button') && (void this.done(), true) : this.hands.key(event);
    if (taken) event.preventDefault();
  }
}
