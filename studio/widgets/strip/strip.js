// The film strip of a path: its decoded frames, with how far each step goes in latent space and in
// the picture.

import { route } from '../scene/address.js';
import { scene as sceneOf } from '../scene/scene.js';
import { toCanvas } from '../scene/pixels.js';
import { LiveSocket } from '../scene/socket.js';

const FORMATS = { gif: 'GIF', webp: 'WebP', mp4: 'MP4', png: 'PNG strip', npz: 'codes (.npz)' };

export function mount(element, { props, trigger }) {
  const root = element.querySelector('.strip');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new Strip(root, sceneOf(props.scene), { props, trigger });
}

class Strip {
  constructor(root, scene, bridge) {
    this.root = root;
    this.bridge = bridge;
    this.scene = scene;
    this.frames = root.querySelector('.frames');
    this.words = root.querySelector('.words');
    this.playButton = root.querySelector('.play');
    this.playButton.addEventListener('click', () => {
      if (scene.playing) scene.pause();
      else scene.play();
    });
    root.querySelector('.close').addEventListener('click', () => scene.setPath(null));
    root.querySelector('.saves').replaceChildren(
      ...Object.entries(FORMATS).map(([kind, text]) => this.saveButton(kind, text)),
    );
    scene.on('about', (about) => this.open(about));
    scene.on('path', () => this.show());
    scene.on('move', () => this.follow());
    if (scene.about) this.open(scene.about);
  }

  open(about) {
    this.socket?.close();
    this.drawn = null;
    this.socket = new LiveSocket(about.name, about.latent_dim, {
      frame: (frame) => this.draw(frame),
      error: (message) => this.scene.fail(new Error(message)),
    });
    this.show();
  }

  saveButton(kind, text) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = text;
    button.dataset.kind = kind;
    button.addEventListener('click', () => this.save(kind));
    return button;
  }

  save(kind) {
    const { about, path } = this.scene;
    const link = document.createElement('a');
    const query = new URLSearchParams({
      a: path.a.join(','), b: path.b.join(','), steps: path.steps, path: path.kind, fps: path.fps,
      bounce: true,
    });
    link.href = route(`/checkpoints/${encodeURIComponent(about.name)}/export/${kind}?${query}`);
    link.download = '';
    link.click();
  }

  show() {
    const { path } = this.scene;
    this.root.hidden = !path;
    this.playButton.textContent = this.scene.playing ? '❚❚ Pause' : '▶ Play';
    if (path) this.tell(path);
    const facts = path?.facts?.[path.kind];
    if (!facts) return;
    if (this.drawn !== facts) {
      this.drawn = facts;
      this.socket.want(Float32Array.from(facts.codes.flat()));
    }
    const sum = (list) => list.reduce((a, b) => a + b, 0);
    const largest = Math.max(...facts.image_steps);
    const mean = sum(facts.image_steps) / facts.image_steps.length;
    const density = facts.mean_density;
    this.words.textContent = [
      `${path.kind} path, ${path.steps} steps`,
      `latent length ${sum(facts.latent_steps).toFixed(2)}`,
      `image length ${sum(facts.image_steps).toFixed(1)}`,
      mean > 0 ? `largest image step ${(largest / mean).toFixed(1)} × the mean` : 'no change at all',
      density === null ? '' : `mean density ${density.toFixed(0)} %`,
      'bars: change of the picture, numbers: step in latent space',
    ].filter(Boolean).join(' · ');
  }

  // The controls show the path that is, also when it came from a link or from the map.
  tell({ kind, steps, from = 'drawn', to = 'drawn' }) {
    const value = { kind, steps, from, to };
    if (JSON.stringify(value) === JSON.stringify(this.told)) return;
    this.told = value;
    this.bridge.props.value = value;
    this.bridge.trigger('change');
  }

  draw({ codes, pixels }) {
    const { path, about } = this.scene;
    const facts = path?.facts?.[path.kind];
    const size = about.shape.reduce((a, b) => a * b, 1);
    const count = pixels.length / size;
    if (!facts || count !== facts.codes.length) return;
    const longest = Math.max(...facts.image_steps, 1e-9);
    const cells = facts.codes.map((z, i) => {
      const cell = document.createElement('button');
      cell.type = 'button';
      cell.className = 'cell';
      cell.title = i
        ? `Step ${i}: ${facts.latent_steps[i - 1].toFixed(3)} in latent space, `
          + `${facts.image_steps[i - 1].toFixed(2)} in the picture`
        : 'The beginning';
      const bar = document.createElement('span');
      bar.className = 'amount';
      bar.style.height = i ? `${Math.round((22 * facts.image_steps[i - 1]) / longest)}px` : '0';
      const text = document.createElement('span');
      text.className = 'step';
      text.textContent = i ? facts.latent_steps[i - 1].toFixed(2) : 'A';
      if (i === facts.codes.length - 1) text.textContent += ' B';
      cell.append(bar, toCanvas(pixels, about.shape, i * size), text);
      cell.addEventListener('click', () => this.scene.glideTo(z));
      return cell;
    });
    this.frames.replaceChildren(...cells);
    this.root.dataset.frames = cells.length;
    this.root.classList.toggle('many', cells.length > 24);
    this.codes = codes;
    this.follow();
  }

  // Mark the frame that lies nearest to the position.
  follow() {
    const facts = this.scene.path && this.drawn;
    if (!facts || this.frames.children.length !== facts.codes.length) return;
    const { z } = this.scene;
    let [best, least] = [0, Infinity];
    facts.codes.forEach((code, i) => {
      const distance = code.reduce((sum, v, d) => sum + (v - z[d]) ** 2, 0);
      if (distance < least) [best, least] = [i, distance];
    });
    if (this.marked === this.frames.children[best]) return;
    this.marked?.classList.remove('here');
    this.marked = this.frames.children[best];
    this.marked.classList.add('here');
    const [left, width] = [this.marked.offsetLeft - this.frames.offsetLeft, this.frames.clientWidth];
    if (left < this.frames.scrollLeft || left + this.marked.clientWidth > this.frames.scrollLeft + width) {
      this.frames.scrollLeft = left - width / 2;
    }
  }
}
