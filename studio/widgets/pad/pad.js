// A pad to draw on: the encoder follows the pen. Pictures can be dropped on it or chosen, too.

import { scene as sceneOf } from '../scene/scene.js';
import { toCanvas } from '../scene/pixels.js';

const PEN = 15;
const LARGEST_BYTES = 10_000_000;

export function mount(element, { props }) {
  const root = element.querySelector('.pad');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new Pad(root, sceneOf(props.scene));
}

class Pad {
  constructor(root, scene) {
    this.root = root;
    this.scene = scene;
    this.canvas = root.querySelector('canvas.paper');
    this.context = this.canvas.getContext('2d');
    this.words = root.querySelector('.words');
    this.seen = root.querySelector('.seen');
    this.file = root.querySelector('input[type=file]');
    this.listen();
    this.clear();
  }

  listen() {
    const { canvas, root } = this;
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    for (const type of ['pointerup', 'pointercancel']) {
      canvas.addEventListener(type, () => { this.last = null; });
    }
    root.querySelector('.clear').addEventListener('click', () => this.clear(true));
    root.querySelector('.choose').addEventListener('click', () => this.file.click());
    this.file.addEventListener('change', () => {
      if (this.file.files[0]) this.take(this.file.files[0]);
      this.file.value = '';
    });
    root.addEventListener('dragover', (event) => event.preventDefault());
    root.addEventListener('drop', (event) => {
      event.preventDefault();
      if (event.dataTransfer.files[0]) this.take(event.dataTransfer.files[0]);
    });
    this.scene.on('about', () => this.clear());
  }

  clear(forget = false) {
    this.drawing = (this.drawing ?? 0) + 1;
    this.context.fillStyle = '#000';
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.seen.replaceChildren();
    this.words.textContent = 'Draw a digit; the model says where it belongs.';
    this.root.classList.remove('wrong');
    if (forget) this.forget();
  }

  forget() {
    this.scene.posterior = null;
    this.scene.emit('posterior');
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.at(event);
    this.line(this.last);
  }

  move(event) {
    if (!this.last) return;
    for (const step of event.getCoalescedEvents?.() ?? [event]) this.line(this.at(step));
  }

  line(to) {
    const { context } = this;
    context.strokeStyle = '#fff';
    context.lineCap = 'round';
    context.lineWidth = PEN;
    context.beginPath();
    context.moveTo(...this.last);
    context.lineTo(to[0] + 0.01, to[1]);
    context.stroke();
    this.last = to;
    this.encodeSoon();
  }

  // While one picture is being encoded only the newest state of the paper waits.
  async encodeSoon() {
    this.stale = true;
    if (this.busy) return;
    this.busy = true;
    while (this.stale) {
      this.stale = false;
      const blob = await new Promise((done) => { this.canvas.toBlob(done, 'image/png'); });
      await this.encode(blob, false);
    }
    this.busy = false;
  }

  async take(file) {
    this.clear();
    if (file.size > LARGEST_BYTES) {
      this.say(`${file.name} is larger than 10 MB; make it smaller first.`);
      return;
    }
    await this.encode(file, true);
    if (!this.root.classList.contains('wrong')) await this.lay(file);
  }

  // Lay a picture onto the paper, whole and in the middle.
  async lay(file) {
    const picture = await createImageBitmap(file).catch(() => null);
    if (!picture) return;
    const { width, height } = this.canvas;
    const scale = Math.min(width / picture.width, height / picture.height);
    const [w, h] = [scale * picture.width, scale * picture.height];
    this.context.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h);
    picture.close();
  }

  async encode(blob, glide) {
    try {
      const drawing = this.drawing;
      const answer = await this.scene.encode(blob, glide);
      if (drawing === this.drawing) {
        if (answer) this.show(answer);
      } else this.forget();
    } catch (error) {
      this.say(error.message);
    }
  }

  say(sentence) {
    this.words.textContent = sentence;
    this.root.classList.add('wrong');
  }

  show(answer) {
    const { about } = this.scene;
    const bytes = Uint8Array.from(atob(answer.image), (c) => c.charCodeAt(0));
    this.seen.replaceChildren(toCanvas(bytes, about.shape));
    this.root.classList.remove('wrong');
    const known = (answer.density ?? 100) >= about.charted && answer.typical !== false;
    this.words.textContent =
      `Reconstruction ${answer.reconstruction.toFixed(0)} nats, KL ${answer.kl.toFixed(1)} nats`
      + `${known ? '' : '; unlike anything it was trained on'}. The ring on the map is its posterior.`;
    this.root.dataset.encoded = Number(this.root.dataset.encoded ?? 0) + 1;
  }
}
