// How faithful a reconstruction is: the picture, what the model makes of it, and where they differ.

import { make } from '../scene/parts.js';
import { toCanvas } from '../scene/pixels.js';

// A difference of so many of 255 levels is the brightest; the square root lets small ones be seen.
const MOST = 128;
const HEAT = [[13, 13, 33], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];

export class Fidelity {
  constructor(host, faces) {
    Object.assign(this, { host, faces, shown: null });
    this.pictures = {};
    const figures = Object.entries({ original: 'original', made: 'rebuilt', error: 'error' }).map(([part, text]) => {
      this.pictures[part] = make('canvas', { role: 'img', width: 1, height: 1 });
      return make('figure', { 'data-part': part }, this.pictures[part], make('figcaption', { textContent: text }));
    });
    this.legend = make('div', { className: 'heat', title: `How much a pixel's levels differ, of 255; ${MOST} or more are the brightest` },
      make('span', { textContent: '0' }), make('i'), make('span', { textContent: MOST }));
    this.legend.querySelector('i').style.background = `linear-gradient(90deg, ${HEAT.map(([r, g, b], i) => (
      `rgb(${r} ${g} ${b}) ${100 * (i / (HEAT.length - 1)) ** 2}%`)).join()})`;
    this.words = make('p', { className: 'facts' });
    this.root = make('section', { className: 'fidelity', 'aria-label': 'How faithful the reconstruction is', hidden: true },
      make('div', { className: 'pictures' }, ...figures), make('div', { className: 'says' }, this.legend, this.words));
    host.replaceChildren(this.root);
    faces.on('about', () => this.follow());
    faces.on('change', () => this.follow());
    this.follow();
  }

  follow() {
    const { origin, about } = this.faces;
    const there = Boolean(about && origin?.image && origin.reconstruction);
    this.root.hidden = !there;
    if (!there || this.shown === origin) return;
    this.shown = origin;
    const [image, made] = [bytes(origin.image), bytes(origin.reconstruction)];
    this.put('original', toCanvas(image, about.shape), origin.kind === 'photo' ? 'Your photo as the model sees it' : 'The held-out face');
    this.put('made', toCanvas(made, about.shape), 'Its reconstruction, before anything is moved');
    this.put('error', errors(image, made, about.shape), 'Where they differ: the brighter, the more');
    this.words.textContent = `${measures(origin)} ${compared(origin, about.figures)}`.trim();
  }

  put(part, picture, text) {
    const canvas = this.pictures[part];
    Object.assign(canvas, { width: picture.width, height: picture.height });
    canvas.getContext('2d').drawImage(picture, 0, 0);
    canvas.setAttribute('aria-label', text);
    canvas.title = text;
  }
}

export function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export function measures({ mse, ssim }) {
  return [mse === null ? '' : `MSE ${mse.toFixed(4)}`, ssim === null ? '' : `SSIM ${ssim.toFixed(3)}`].filter(Boolean).join(', ');
}

function compared({ typical }, { mse, ssim }) {
  const usual = measures({ mse, ssim });
  const average = usual ? `(held-out faces on average: ${usual}).` : '';
  if (typical === null) return average;
  return `${average} ${typical ? 'Within the usual range (95 % of held-out faces).' : 'Rebuilt worse than 95 % of held-out faces; it may be unlike what the model was trained on.'}`;
}

// The mean absolute difference of the channels as a picture.
function errors(image, made, [channels, height, width]) {
  const picture = new ImageData(width, height);
  for (let i = 0; i < width * height; i += 1) {
    let sum = 0;
    for (let c = 0; c < channels; c += 1) sum += Math.abs(image[i * channels + c] - made[i * channels + c]);
    picture.data.set([...heat(Math.sqrt(Math.min(1, sum / channels / MOST))), 255], 4 * i);
  }
  const canvas = make('canvas', { width, height });
  canvas.getContext('2d').putImageData(picture, 0, 0);
  return canvas;
}

function heat(share) {
  const at = share * (HEAT.length - 1);
  const i = Math.min(HEAT.length - 2, Math.floor(at));
  return HEAT[i].map((v, c) => v + (at - i) * (HEAT[i + 1][c] - v));
}
