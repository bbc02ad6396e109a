// The tables tab as a page: what each part of it shows is in a module of its own.

import { download } from '../faces/saving.js';
import { Notices } from '../scene/notices.js';
import { Card } from './card.js';
import { SIDES } from './choices.js';
import { Head } from './head.js';
import { Options } from './options.js';
import { Pane } from './pane.js';
import { tables as tablesOf } from './tables.js';
import { Upload } from './upload.js';

const TITLES = {
  map: 'Latent map', reconstruction: 'Reconstruction', pairs: 'Pairs', errors: 'Errors', samples: 'Samples', anomalies: 'Anomalies', losses: 'Losses',
};

export function mount(element, { props }) {
  const root = element.querySelector('.tables');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new View(root, tablesOf(props.scene));
}

// No checkpoint of this tab is the open one: what is gone is told by the tables themselves.
class Told extends Notices {
  lookForModel() {}

  tellIfEmpty() {}
}

class View {
  constructor(root, host) {
    Object.assign(this, { root, host });
    this.part = (selector) => root.querySelector(selector);
    this.notices = new Told(root, host, { lost: '', empty: '' });
    this.head = new Head(root, host, new Upload(root, host));
    this.options = new Options(this.part('.options'), host);
    this.card = new Card(this.part('.card'), host);
    this.panes = SIDES.map((side) => new Pane(this.part(`.pane[data-side="${side}"]`), host, side));
    this.listen();
    host.begin();
  }

  listen() {
    const { root, host } = this;
    this.modes = [...root.querySelectorAll('[data-mode-of]')];
    for (const button of this.modes) {
      button.addEventListener('click', () => host.setMode(button.dataset.modeOf));
      button.addEventListener('keydown', (event) => this.walk(event));
    }
    this.part('[data-do="save"]').addEventListener('click', () => this.save());
    for (const train of root.querySelectorAll('.empty button')) train.addEventListener('click', () => this.head.begin());
    host.on('mode', () => this.mode());
    host.on('opening', ({ name }) => this.wait(name));
    host.on('opened', () => this.wait(null));
    host.on('table', () => this.open());
    host.on('shown', () => this.ready());
    host.on('hover', () => { root.dataset.hovered = host.hovered; });
    host.on('select', () => { root.dataset.selected = host.selected; });
  }

  // Another table is on its way; the one that is there is pale until it comes.
  wait(name) {
    this.root.dataset.opening = name === null ? 'no' : 'yes';
    this.root.setAttribute('aria-busy', String(name !== null));
    for (const made of this.part('.chooser').querySelectorAll('[data-table]')) made.setAttribute('aria-busy', String(made.dataset.table === name));
  }

  open() {
    const { root, host } = this;
    if (!host.table) for (const pane of this.panes) pane.tell('refused', 'No table could be opened; load the page anew to try again.');
    root.dataset.table = host.table?.name ?? '';
    root.dataset.screen = host.table ? 'table' : 'none';
    root.dataset.here = host.table?.here ? 'yes' : 'no';
    root.dataset.selected = host.selected;
    this.mode();
  }

  mode() {
    const { root, host } = this;
    root.dataset.mode = host.mode;
    for (const button of this.modes) {
      const on = button.dataset.modeOf === host.mode;
      button.setAttribute('aria-selected', String(on));
      button.tabIndex = on ? 0 : -1;
      if (on) button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
  }

  // Arrow keys walk the modes.
  walk(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const next = this.modes[(this.modes.indexOf(event.target) + step + this.modes.length) % this.modes.length];
    next.focus();
    next.click();
    event.preventDefault();
  }

  ready() {
    const states = this.panes.map((pane) => pane.root.dataset.state);
    this.root.dataset.ready = states.every((state) => state && state !== 'waiting') ? 'yes' : 'no';
  }

  // Both panes as one picture.
  save() {
    const { host } = this;
    const title = `${host.table?.title ?? ''} · ${TITLES[host.mode]}`;
    const pictures = this.panes.map((pane) => pane.picture(title)).filter(Boolean);
    if (!pictures.length) {
      host.fail(new Error('There is nothing to save here yet; train the models first.'));
      return;
    }
    const canvas = document.createElement('canvas');
    canvas.width = pictures.reduce((sum, one) => sum + one.width, 0);
    canvas.height = Math.max(...pictures.map(({ height }) => height));
    const context = canvas.getContext('2d');
    let x = 0;
    for (const one of pictures) {
      context.drawImage(one, x, 0);
      x += one.width;
    }
    canvas.toBlob((blob) => {
      if (!blob) host.fail(new Error('The picture could not be made into a file.'));
      else download(blob, `${host.table.name}-${host.mode}.png`);
    }, 'image/png');
  }
}
