// The stage of the faces: the one big picture, what is shown in its place, a caption, and the shelf.

import { Notices } from '../scene/notices.js';
import { Stage } from '../scene/stage.js';
import { Effects } from './effects.js';
import { faces as facesOf } from './faces.js';
import { Fidelity } from './fidelity.js';
import { Grid } from './grid.js';
import { Morph } from './morph.js';
import { savePng } from './saving.js';
import { Shelf } from './shelf.js';
import { caption } from './words.js';

// What is heard waits until the hand rests.
const REST_MS = 700;
// These shows have words of their own.
const SPEAKING = ['morph', 'effects'];

export function mount(element, { props }) {
  const root = element.querySelector('.faces');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new View(root, facesOf(props.scene));
}

class View {
  constructor(root, faces) {
    Object.assign(this, { root, faces });
    this.part = (selector) => root.querySelector(selector);
    this.notices = new Notices(root, faces, {
      lost: 'The studio does not answer. Trying again; everything stays as it is ...',
      empty: 'There is no model of faces yet. Train one with: make train-faces',
    });
    this.stage = new Stage(this.part('.frame'), faces, (status) => this.notices.status(status));
    this.fidelity = new Fidelity(this.part('.fidelity-host'), faces);
    this.shelf = new Shelf(this.part('.shelf-host'), faces);
    this.shows = {
      face: this.stage,
      morph: new Morph(this.part('.morph-host'), faces),
      strip: new Grid(this.part('.grid-host'), faces),
      effects: new Effects(this.part('.effects-host'), faces),
    };
    this.shows.plane = this.shows.strip;
    this.listen();
    this.showShow();
    this.follow();
  }

  listen() {
    const { faces, root } = this;
    faces.on('about', () => this.follow());
    faces.on('change', () => this.follow());
    faces.on('show', () => this.showShow());
    faces.on('look', () => this.describe());
    for (const button of root.querySelectorAll('.shows [data-show]')) {
      button.addEventListener('click', () => faces.setShow(button.dataset.show));
    }
    this.part('[data-look="smooth"]').addEventListener('click', ({ target }) => {
      const smooth = this.stage.smoothen(!this.stage.smooth);
      root.dataset.smooth = smooth;
      target.setAttribute('aria-pressed', smooth);
    });
    this.part('[data-do="save"]').addEventListener('click', () => this.save());
    document.addEventListener('keydown', (event) => this.key(event));
  }

  // Keys of the whole tab.
  key(event) {
    const { faces } = this;
    const typing = event.target.matches?.('input:not([type="range"], [type="checkbox"]), textarea, select, [contenteditable]');
    const elsewhere = document.body.dataset.tab !== faces.name || document.querySelector('dialog[open]');
    if (typing || event.altKey || !faces.about || elsewhere || event.defaultPrevented) return;
    const pressed = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (pressed !== 'z' || event.shiftKey) return;
      event.preventDefault();
      faces.steps.back();
    } else if (event.repeat) return;
    else if (pressed === 'r') faces.random();
    else if (pressed === 's') faces.emit('save');
    else if (pressed === ' ' && !event.target.matches?.('button, input, summary, a, [role="button"]')) {
      event.preventDefault();
      faces.setShow('morph');
      faces.emit('play');
    }
  }

  save() {
    const { faces } = this;
    const show = this.shows[faces.show];
    if (show.save) show.save();
    else if (this.stage.painted) savePng(this.stage.painted, `${faces.about.name}-${faces.show}.png`, (error) => faces.fail(error));
  }

  showShow() {
    const { show } = this.faces;
    this.root.dataset.show = show;
    for (const button of this.root.querySelectorAll('.shows [data-show]')) {
      button.setAttribute('aria-pressed', button.dataset.show === show);
    }
  }

  follow() {
    const { faces, root } = this;
    if (!root.isConnected) return void this.stage.close();
    root.dataset.origin = faces.origin?.kind ?? '';
    const text = caption(faces);
    const line = this.part(':scope > .caption');
    if (line.textContent !== text) line.textContent = text;
    this.describe();
    this.part('[data-do="save"]').disabled = !faces.code;
    return undefined;
  }

  // The picture in words, for those who do not see it.
  describe() {
    const { faces } = this;
    const text = caption(faces);
    this.stage.canvas.setAttribute('aria-label', faces.looked ? 'A face on the way of the morph' : text || 'The face');
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      const voice = this.part(':scope > .voice');
      const words = SPEAKING.includes(faces.show) ? '' : text;
      if (voice.textContent !== words) voice.textContent = words;
    }, REST_MS);
  }
}
