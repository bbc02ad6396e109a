// The stage of the traversals: the picture of the place, what it is around, and a caption.

import { pictureOf } from '../scene/examples.js';
import { Notices } from '../scene/notices.js';
import { Stage } from '../scene/stage.js';
import { Around } from './around.js';
import { ordered } from './parts.js';
import { traversals } from './traversals.js';
import { caption, dimensionWords, classWords } from './words.js';

// What is heard waits until the hand rests.
const REST_MS = 700;
const STEP = 0.1;

export function mount(element, { props }) {
  const root = element.querySelector('.traversals');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new View(root, traversals(props.scene));
}

class View {
  constructor(root, host) {
    Object.assign(this, { root, host });
    this.part = (selector) => root.querySelector(selector);
    this.notices = new Notices(root, host, {
      lost: 'The studio does not answer. Trying again; everything stays as it is ...',
      empty: 'There is no model that decodes pictures yet. Train one with: make train-joint',
    });
    this.stage = new Stage(this.part('.frame'), host, (status) => this.notices.status(status));
    this.around = new Around(this.part('.around'), host, this.part('.frame'));
    this.loading = this.part('.loading');
    host.on('opening', ({ checkpoint }) => this.wait(`Opening ${checkpoint} …`));
    host.on('error', () => { if (!host.about) this.wait(''); });
    window.addEventListener('studio-checkpoints', () => { if (document.body.dataset.checkpoints === 'none' && !host.about) this.wait(''); });
    host.on('about', () => this.open());
    host.on('change', () => this.follow());
    host.on('look', () => this.describe());
    host.on('grid', () => this.describe());
    window.addEventListener('studio-tab', () => { if (host.about) host.change(); });
    this.stage.canvas.addEventListener('keydown', (event) => this.move(event));
    document.addEventListener('keydown', (event) => this.key(event));
    if (host.about) this.open();
    else this.notices.status('connecting');
  }

  // A model is on its way; without words there is none.
  wait(words) {
    this.root.dataset.opening = words ? 'yes' : 'no';
    this.loading.textContent = words;
  }

  open() {
    this.root.dataset.opening = 'no';
    this.part('.around').inert = false;
    this.follow();
  }

  // Keys of the whole tab.
  key(event) {
    const { host } = this;
    const typing = event.target.matches?.('input:not([type="range"]), textarea, select, [contenteditable]');
    const elsewhere = document.body.dataset.tab !== host.name || document.querySelector('dialog[open]');
    if (typing || event.altKey || !host.about || elsewhere || event.defaultPrevented) return;
    const pressed = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (pressed !== 'z' || event.shiftKey) return;
      event.preventDefault();
      host.undo.back();
    } else if (event.repeat) return;
    else if (pressed === 'r') host.draw();
    else if (pressed === 'c') host.centre();
    else if (pressed === 'e') this.around.next();
    else if (/^\d$/.test(pressed)) this.choose(Number(pressed));
    else if (pressed === ' ' && !event.target.matches?.('button, input, summary, a, [role="button"]')) {
      event.preventDefault();
      host.player.toggle();
    }
  }

  // A digit chooses the class that mostly means it, or the one of that number.
  choose(digit) {
    const { host } = this;
    const part = host.about.parts.find(({ discrete }) => discrete);
    if (!part) return;
    const meant = part.meanings.indexOf(String(digit));
    const k = meant < 0 && part.meanings.every((meaning) => meaning === null) ? digit : meant;
    if (k >= 0 && k < part.classes) host.choose(part, k);
  }

  // Keys on the picture: along the chosen row, or another row.
  move(event) {
    const { host } = this;
    const [aside, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if ((!aside && !down) || event.ctrlKey || event.metaKey || event.altKey || !host.about) return;
    event.preventDefault();
    const rows = ordered(host.about);
    const at = rows.findIndex(({ name }) => name === host.row);
    const part = rows[at];
    if (down) host.set({ row: rows[(at + down + rows.length) % rows.length].name }, 'row');
    else if (part.discrete) host.choose(part, (host.classOf(part) + aside + part.classes) % part.classes);
    else host.put(part.index, Number(((host.target ?? host.z)[part.index] + aside * STEP * (event.shiftKey ? 0.2 : 1)).toFixed(4)));
  }

  follow() {
    const { host, root } = this;
    if (!root.isConnected) return void this.stage.close();
    root.dataset.origin = host.origin.kind;
    root.dataset.z = Array.from(host.z, (v) => v.toFixed(4)).join();
    root.dataset.flowing = Boolean(host.target);
    this.showOriginal();
    this.describe();
    return undefined;
  }

  // What was encoded, beside what the decoder makes of it.
  showOriginal() {
    const { origin, about } = this.host;
    if (this.original === origin.image) return;
    this.original = origin.image;
    const figure = this.part('.original');
    figure.hidden = !origin.image;
    if (!origin.image) return;
    const picture = pictureOf(origin.image, about.shape);
    picture.setAttribute('role', 'img');
    picture.setAttribute('aria-label', 'The original');
    figure.querySelector('canvas').replaceWith(picture);
  }

  describe() {
    const { host } = this;
    if (!host.about) return;
    const text = caption(host);
    const line = this.part('.caption');
    if (line.textContent !== text) line.textContent = text;
    const part = host.about.parts.find(({ name }) => name === host.row);
    const now = part.discrete ? classWords(part, host.classOf(part)) : dimensionWords(part, host.z[part.index]);
    this.stage.canvas.setAttribute('aria-label', `The picture of the place; ${now}. Left and right change it, up and down choose another part.`);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      const voice = this.part('.voice');
      if (voice.textContent !== text) voice.textContent = text;
    }, REST_MS);
  }
}
