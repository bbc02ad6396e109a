// Where one is: the caption, the classes to go to, and the nearest real examples.

import { scene as sceneOf } from '../scene/scene.js';
import { toCanvas } from '../scene/pixels.js';

const NEAREST = 8;

export function mount(element, { props }) {
  const root = element.querySelector('.place');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new Place(root, sceneOf(props.scene));
}

class Place {
  constructor(root, scene) {
    this.root = root;
    this.scene = scene;
    this.caption = root.querySelector('.caption');
    this.chips = root.querySelector('.chips');
    this.examples = root.querySelector('.examples');
    scene.on('about', (about) => this.open(about));
    scene.on('frame', (frame) => this.frame(frame));
    scene.on('atlas', () => { if (scene.frame) this.near(scene.frame.z); });
    scene.on('picked', (picked) => this.picked(picked));
    scene.on('move', ({ source }) => { if (source !== 'lasso') this.pick = null; });
    scene.on('preview', () => { if (scene.preview) this.pick = null; });
    this.anchor = root.querySelector('.anchor');
    this.anchor.addEventListener('click', () => {
      scene.anchors = scene.anchors === 'means' ? 'medoids' : 'means';
      this.anchor.textContent = scene.anchors === 'means' ? 'mean' : 'medoid';
    });
    window.addEventListener('studio-checkpoints', () => this.tellIfEmpty());
    this.tellIfEmpty();
    if (scene.about) this.open(scene.about);
    if (scene.frame) this.frame(scene.frame);
  }

  tellIfEmpty() {
    if (document.body.dataset.checkpoints !== 'none') return;
    this.caption.textContent = this.caption.dataset.empty;
  }

  open(about) {
    const shown = about.class_names.map((name, k) => {
      const chip = document.createElement('button');
      chip.type = 'button';
      chip.textContent = name;
      chip.title = `Go to ${name}${k < 10 ? ` (key ${k})` : ''}`;
      chip.style.setProperty('--colour', about.palette[k]);
      chip.disabled = !about.means[k];
      chip.addEventListener('click', () => this.scene.jump(k));
      return chip;
    });
    // Names of a letter or two stand in one row, words wrap.
    this.chips.classList.toggle('words', about.class_names.some((name) => name.length > 2));
    this.chips.replaceChildren(...shown);
    this.pictures = [];
    this.rows = null;
    this.pick = null;
    this.examples.replaceChildren();
  }

  frame({ z, density }) {
    const position = Array.from(z, (v) => v.toFixed(2).replace('-', '−')).join(', ');
    const known = Number.isFinite(density);
    const charted = density >= this.scene.about.charted;
    const words = !known
      ? ''
      : charted
        ? `charted, denser than ${Math.round(density)} % of the examples`
        : 'uncharted: no example was ever encoded near here';
    const text = this.pick ?? `z = (${position})${words ? ` · ${words}` : ''}`;
    if (text !== this.text) {
      this.text = text;
      this.caption.textContent = text;
    }
    this.root.classList.toggle('uncharted', known && !charted);
    this.root.dataset.charted = known ? charted : '';
    this.near(z);
  }

  // A selection is summed up until something moves by hand.
  picked({ rows, counts }) {
    const names = this.scene.about.class_names;
    const parts = [...counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 4)
      .map(([k, n]) => `${names[k] ?? 'unlabelled'}: ${n.toLocaleString('en')}`);
    this.pick = rows.length
      ? `${rows.length.toLocaleString('en')} points picked (${parts.join(', ')}); this is their mean`
      : 'No points were picked; draw around some.';
    this.caption.textContent = this.text = this.pick;
  }

  // The examples whose codes lie nearest, of those with a picture.
  near(z) {
    const { about, points, thumbnails } = this.scene;
    if (!thumbnails?.length || z.length !== 2) return;
    const best = [];
    for (let i = 0; i < about.examples; i += 1) {
      const distance = (points.x[i] - z[0]) ** 2 + (points.y[i] - z[1]) ** 2;
      if (best.length === NEAREST && distance >= best[NEAREST - 1][0]) continue;
      best.push([distance, i]);
      best.sort((a, b) => a[0] - b[0]);
      best.length = Math.min(best.length, NEAREST);
    }
    const rows = best.map(([, i]) => i);
    if (rows.join() === this.rows) return;
    this.rows = rows.join();
    this.examples.replaceChildren(...rows.map((i) => this.example(i)));
  }

  example(i) {
    const { about, points, thumbnails } = this.scene;
    const size = about.shape.reduce((a, b) => a * b, 1);
    this.pictures[i] ??= toCanvas(thumbnails, about.shape, i * size);
    const button = document.createElement('button');
    button.type = 'button';
    button.title = `A real ${about.class_names[points.classes[i]] ?? 'example'}; go there`;
    button.style.setProperty('--colour', about.palette[points.classes[i]] ?? '#808894');
    button.append(this.pictures[i]);
    button.addEventListener('click', () => this.scene.glideTo([points.x[i], points.y[i]]));
    return button;
  }
}
