// Bring a checkpoint in: a file or folder is dropped or chosen, named, and sent.

import { fetchJson } from '../scene/address.js';
import { bytes, desk, sentence } from './desk.js';

const KINDS = /\.(zip|safetensors|pth|pt)$/i;
const MOST = 2 ** 30;

export class Import {
  constructor(root) {
    this.files = root.dataset.files.split(' ');
    this.drop = root.querySelector('.drop');
    this.form = root.querySelector('form');
    this.told = root.querySelector('.told');
    this.file = root.querySelector('input.file');
    this.folder = root.querySelector('input.folder');
    root.querySelector('.pick-file').addEventListener('click', () => this.file.click());
    root.querySelector('.pick-folder').addEventListener('click', () => this.folder.click());
    root.querySelector('.never-mind').addEventListener('click', () => this.clear());
    this.file.addEventListener('change', () => this.takeFile(this.file.files[0]));
    this.folder.addEventListener('change', () => this.takePicked([...this.folder.files]));
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    this.listen();
    desk.addEventListener('list', () => this.offer());
  }

  listen() {
    const over = (on) => (event) => {
      event.preventDefault();
      this.drop.classList.toggle('over', on);
    };
    this.drop.addEventListener('dragover', over(true));
    this.drop.addEventListener('dragleave', over(false));
    this.drop.addEventListener('drop', (event) => {
      over(false)(event);
      const entry = event.dataTransfer.items[0]?.webkitGetAsEntry?.();
      if (entry?.isDirectory) this.takeDropped(entry);
      else this.takeFile(event.dataTransfer.files[0]);
    });
  }

  offer() {
    const choices = ['', ...desk.recipes];
    const select = this.form.elements.recipe;
    if (select.options.length === choices.length) return;
    select.replaceChildren(...choices.map((name) => new Option(name || 'the one that fits', name)));
  }

  takeFile(file) {
    if (!file) return;
    if (!KINDS.test(file.name)) {
      this.tell([`'${file.name}' is of no kind that can be imported; choose a .zip, .safetensors, `
        + '.pth or .pt file, or a folder.'], true);
    } else this.offerTo({ name: file.name, body: file, weights: !/\.zip$/i.test(file.name) });
  }

  // The browser hands over every file below a folder; a checkpoint lies at its top.
  takePicked(files) {
    const top = files.filter((file) => file.webkitRelativePath.split('/').length === 2);
    if (files.length) this.takeFolder(files[0].webkitRelativePath.split('/')[0], top);
  }

  takeDropped(entry) {
    const reader = entry.createReader();
    reader.readEntries(async (entries) => {
      const inside = entries.filter((one) => one.isFile);
      const files = await Promise.all(inside.map((one) => new Promise((done) => { one.file(done); })));
      this.takeFolder(entry.name, files);
    });
  }

  takeFolder(name, files) {
    const known = files.filter((file) => this.files.includes(file.name));
    if (!known.some((file) => file.name === 'manifest.json')) {
      this.tell([`The folder '${name}' holds no checkpoint: manifest.json is missing.`], true);
      return;
    }
    const sizes = Object.fromEntries(known.map((file) => [file.name, file.size]));
    this.offerTo({ name, folder: true, body: new Blob([`${JSON.stringify(sizes)}\n`, ...known]) });
  }

  offerTo(given) {
    if (given.body.size > MOST) {
      this.tell([`'${given.name}' is over 1 GiB; no checkpoint of this studio is.`], true);
      return;
    }
    this.given = given;
    this.told.replaceChildren();
    this.form.reset();
    const kind = given.folder ? 'folder ' : '';
    this.form.querySelector('.what').textContent = `${kind}${given.name} · ${bytes(given.body.size)}`;
    for (const part of this.form.querySelectorAll('.of-weights')) part.hidden = !given.weights;
    this.form.hidden = false;
    this.drop.hidden = true;
    this.form.querySelector('.primary').focus();
  }

  async send() {
    const { given, form } = this;
    const button = form.querySelector('.primary');
    const name = form.elements.name.value.trim();
    const query = given.folder ? { folder: given.name, name } : {
      file: given.name, name, recipe: form.elements.recipe.value,
    };
    button.disabled = true;
    this.tell(['Checking ...']);
    try {
      const path = `/registry/${given.folder ? 'import-folder' : 'import'}`;
      const answer = await fetchJson(`${path}?${new URLSearchParams(query)}`, {
        method: 'POST', body: given.body, headers: { 'Content-Type': 'application/octet-stream' },
      });
      this.clear();
      this.tell([`${given.name} is now ${answer.name}.`, ...answer.notes]);
      desk.look(answer.name);
    } catch (error) {
      this.tell([sentence(error)], true);
    }
    button.disabled = false;
  }

  clear() {
    this.given = null;
    this.file.value = '';
    this.folder.value = '';
    this.form.hidden = true;
    this.drop.hidden = false;
    this.told.replaceChildren();
  }

  tell(sentences, bad = false) {
    this.told.classList.toggle('bad', bad);
    this.told.replaceChildren(...sentences.map((words) => {
      const line = document.createElement('li');
      line.textContent = words;
      return line;
    }));
  }
}
