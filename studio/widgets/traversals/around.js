// What the place is around: the centre of the prior, a draw, an example, a picture of one's own.

import { Examples } from '../scene/examples.js';
import { button, make } from '../scene/parts.js';
import { moved } from './words.js';

const EXAMPLES = 10;
const MOST_BYTES = 10_000_000;

export class Around {
  constructor(root, host, frame) {
    Object.assign(this, { host, frame });
    this.file = make('input', { type: 'file', accept: 'image/*', hidden: true });
    this.file.addEventListener('change', () => this.take([...this.file.files]));
    this.examples = new Examples(host, EXAMPLES, (row) => host.example(row), (name) => `Go around ${name}`);
    this.examples.others.textContent = 'others';
    this.centre = button('centre', 'The centre of the prior (C)', () => host.centre());
    this.drawn = button('random', 'A draw from the prior (R)', () => host.draw());
    this.mine = button('my picture …', 'Encode a picture file, or drop one on the picture; nothing of it is kept', () => this.file.click());
    this.back = button('back', 'Back to what the place was around', () => host.goTo(host.origin.z));
    this.undo = button('undo', 'Take back the last step (Ctrl-Z)', () => host.undo.back(), { className: 'undo' });
    root.replaceChildren(
      make('div', { className: 'line' }, make('h3', { textContent: 'Around' }), this.centre, this.drawn, this.mine, this.back, this.undo, this.file),
      make('div', { className: 'choose' }, this.examples.list, this.examples.others),
    );
    host.on('about', () => this.open());
    host.on('change', () => this.follow());
    this.listen();
    if (host.about) this.open();
  }

  open() {
    if (this.opened !== this.host.about) this.examples.open();
    this.opened = this.host.about;
    this.follow();
  }

  follow() {
    const { host } = this;
    const { kind, row } = host.origin;
    this.back.disabled = !moved(host);
    this.undo.disabled = !host.undo.taken.length;
    for (const made of this.examples.list.children) {
      made.setAttribute('aria-pressed', kind === 'example' && Number(made.dataset.row) === row);
    }
  }

  // Another of the examples that are there, after the one that the place is around.
  next() {
    const all = [...this.examples.list.children];
    const at = all.findIndex((made) => made.getAttribute('aria-pressed') === 'true');
    all[(at + 1) % all.length]?.click();
  }

  // A picture may be dropped on the big one, and pasted anywhere on the tab.
  listen() {
    const { frame, host } = this;
    const mark = (on) => frame.classList.toggle('over', on);
    const files = (event) => event.dataTransfer?.types.includes('Files');
    frame.addEventListener('dragover', (event) => {
      if (!files(event)) return;
      event.preventDefault();
      mark(true);
    });
    frame.addEventListener('dragleave', () => mark(false));
    frame.addEventListener('drop', (event) => {
      mark(false);
      if (!files(event)) return;
      event.preventDefault();
      this.take([...event.dataTransfer.files]);
    });
    document.addEventListener('paste', (event) => {
      const pasted = [...(event.clipboardData?.files ?? [])];
      if (!pasted.length || event.defaultPrevented || document.body.dataset.tab !== host.name) return;
      event.preventDefault();
      this.take(pasted);
    });
  }

  async take(files) {
    const { host } = this;
    this.file.value = '';
    if (!files.length || !host.about) return;
    if (files.length > 1) return void host.fail(new Error(`Choose one picture at a time, not ${files.length}.`));
    const [file] = files;
    if (file.size > MOST_BYTES) return void host.fail(new Error('The picture is larger than 10 MB; make it smaller first.'));
    this.mine.setAttribute('aria-busy', true);
    try {
      // A folder cannot be read, and a file may be gone by now.
      const data = await file.arrayBuffer().catch(() => null);
      if (data) await host.picture(new Blob([data]), file.name || 'the pasted picture');
      else host.fail(new Error(`'${file.name.slice(0, 40)}' cannot be read; choose a picture file.`));
    } finally {
      this.mine.removeAttribute('aria-busy');
    }
    return undefined;
  }
}
