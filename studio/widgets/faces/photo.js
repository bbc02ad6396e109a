// A person's own photo: chosen, dropped or pasted, squared by hand, encoded. Whether it can be used is the
// studio's to say, so it is asked before there is anything to do.

import { fetchJson } from '../scene/address.js';
import { button, make } from '../scene/parts.js';
import { toCanvas } from '../scene/pixels.js';
import { Crop } from './crop.js';

const MOST_BYTES = 10_000_000;
const FORMATS = 'image/png,image/jpeg,image/webp,image/gif,image/bmp';
const PROMISE = "Encode a photo of your own; drop or paste one, too. The studio's computer keeps nothing of it; "
  + 'what you save to the shelf, its code and a name, stays in this browser.';
const BINARY = { 'Content-Type': 'application/octet-stream' };

export class Photo {
  constructor(host, faces) {
    Object.assign(this, { host, faces, turn: 0, file: null });
    this.input = make('input', { type: 'file', accept: FORMATS, hidden: true });
    this.input.addEventListener('change', () => this.chosen([...this.input.files]));
    this.button = button('your photo', PROMISE, () => this.input.click());
    host.replaceChildren(this.button, this.input);
    this.crop = new Crop(host, {
      tries: (cut) => this.send(cut), cuts: (box) => this.cut(box), takes: (found) => this.adopt(found), left: () => { this.file = null; this.button.focus(); },
    });
    faces.on('about', () => this.leave());
    this.listen();
  }

  // A photo may be dropped anywhere on the tab, except where something else takes files.
  listen() {
    const mine = (event) => event.dataTransfer?.types.includes('Files') && !event.defaultPrevented && this.there();
    const mark = (on) => { document.body.classList.toggle('photo-over', on); };
    document.addEventListener('dragover', (event) => {
      if (!mine(event)) return void mark(false);
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      mark(true);
    });
    document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) mark(false); });
    document.addEventListener('drop', (event) => {
      mark(false);
      if (!mine(event)) return;
      event.preventDefault();
      this.chosen([...event.dataTransfer.files]);
    });
    document.addEventListener('paste', (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length || event.defaultPrevented || !this.there()) return;
      event.preventDefault();
      this.chosen(files);
    });
  }

  there() {
    return document.body.dataset.tab === this.faces.name && this.faces.about && this.host.isConnected && !this.crop.open;
  }

  leave() {
    this.turn += 1;
    this.wait(false);
    this.average = null;
    if (this.crop.open) this.crop.dialog.close();
  }

  wait(busy) {
    this.button.textContent = busy ? 'reading ...' : 'your photo';
    this.button.setAttribute('aria-busy', busy);
  }

  async chosen(files) {
    this.input.value = '';
    const { faces } = this;
    if (!files.length || !faces.about) return;
    if (files.length > 1) return void faces.fail(new Error(`Choose one photo at a time, not ${files.length}.`));
    this.turn += 1;
    const { turn } = this;
    this.wait(true);
    try {
      await this.take(files[0], () => turn === this.turn);
    } catch (error) {
      if (turn === this.turn) faces.fail(error);
    } finally {
      if (turn === this.turn) this.wait(false);
    }
  }

  async take(file, wanted) {
    const { faces } = this;
    const { about } = faces;
    if (file.size > MOST_BYTES) throw new Error('The picture is larger than 10 MB; make it smaller first.');
    // A folder cannot be read, and a file may be gone by now.
    const data = await file.arrayBuffer().catch(() => { throw new Error(`'${file.name.slice(0, 40)}' cannot be read; choose a picture file.`); });
    const whole = new Blob([data]);
    const found = await this.send(whole);
    if (!wanted()) return;
    const bitmap = await createImageBitmap(whole, { imageOrientation: 'from-image' }).catch(() => null);
    if (!wanted()) return void bitmap?.close();
    Object.assign(this, { file: whole, title: file.name ?? '' });
    if (bitmap) {
      this.crop.show({ bitmap, found, shape: about.shape });
      this.averageFace().then((average) => this.crop.lay(average), () => { this.average = null; });
    } else {
      this.adopt(found);
      faces.tell('This browser cannot show the file, so its central square was taken.');
    }
  }

  send(body, query = '') {
    return fetchJson(this.faces.path(`/photo${query}`), { method: 'POST', body, headers: BINARY });
  }

  cut({ left, top, side }) {
    const query = new URLSearchParams({ left: left.toFixed(3), top: top.toFixed(3), side: side.toFixed(3) });
    return this.send(this.file, `?${query}`);
  }

  adopt({ z, ...rest }) {
    const { faces } = this;
    faces.take({ code: Float32Array.from(z), origin: { kind: 'photo', name: this.title, ...rest } });
    faces.setShow('face');
  }

  // The average face, to lay over the box.
  async averageFace() {
    const { faces } = this;
    const { about } = faces;
    this.average ??= faces.decodeOnce(Float32Array.from(about.mean)).then((pixels) => toCanvas(pixels, about.shape));
    return this.average;
  }
}
