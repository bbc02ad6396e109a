// What the codes are fitted to: all data, a class, an example or a picture of one's own; as mu and sigma,
// or as Gaussians with full covariances.

import { Examples } from '../scene/examples.js';
import { button, make } from '../scene/parts.js';
import { number } from './words.js';

const EXAMPLES = 9;
const KINDS = {
  moments: ['μ and σ', 'A mean and a width for each dimension'],
  full: ['full covariance', 'One Gaussian that knows which dimensions go together'],
  mixture: ['mixture', 'Several such Gaussians'],
};
const MANY = [2, 4, 8, 16, 32, 64];

export class Fits {
  constructor(sampler) {
    Object.assign(this, { sampler, kind: 'moments', label: null, title: 'Fit to', name: '' });
    this.kinds = make('div', { className: 'bar kinds', role: 'group', 'aria-label': 'What is fitted' },
      ...Object.entries(KINDS).map(([kind, [text, title]]) => (
        button(text, title, () => this.choose({ kind }), { 'data-kind': kind }))));
    this.components = make('select', { 'aria-label': 'Gaussians of the mixture' });
    this.components.addEventListener('change', () => this.apply());
    this.chips = make('div', { className: 'chips' });
    this.examples = new Examples(sampler, EXAMPLES, (row, name) => this.fitPicture(`fit-example?row=${row}`, name), (name) => `The posterior of ${name}`);
    this.file = make('input', { type: 'file', accept: 'image/*', hidden: true });
    this.file.addEventListener('change', () => this.upload());
    this.pictures = make('div', { className: 'pictures' },
      make('span', { textContent: "or to a picture's own posterior:" }), this.examples.list,
      make('div', { className: 'buttons' },
        this.examples.others,
        button('a picture of mine …', 'Encode a picture file; nothing of it is kept', () => this.file.click())),
      this.file);
    this.told = make('p', { className: 'facts', role: 'status' });
    this.quality = make('div', { className: 'quality' });
    this.content = [this.kinds, this.components, this.chips, this.pictures, this.told, this.quality];
    sampler.on('change', () => this.follow());
    sampler.on('fits', () => this.follow());
    this.offerComponents(null);
    this.follow();
  }

  open() {
    const { about } = this.sampler;
    if (this.opened === about) return;
    if (this.opened?.class_names.join('\n') !== about.class_names.join('\n')) this.label = null;
    this.opened = about;
    const chip = (text, label, there, colour) => {
      const title = label === null ? 'All encoded examples' : `The examples of ${text}`;
      const made = button(text, title, () => this.choose({ label }), { 'data-label': label ?? 'data' });
      made.disabled = !there;
      if (colour) made.style.setProperty('--colour', colour);
      return made;
    };
    this.chips.classList.toggle('words', about.class_names.some((name) => name.length > 2));
    this.chips.replaceChildren(
      chip('all data', null, about.aggregate !== null),
      ...about.class_names.map((name, k) => chip(name, k, about.classes[k], about.palette[k])),
    );
    this.showQuality();
    this.examples.open();
    this.follow();
  }

  // The numbers of Gaussians, and one that a link asked for.
  offerComponents(chosen) {
    const all = chosen && !MANY.includes(chosen) ? [chosen, ...MANY] : MANY;
    const options = [['', 'as many as fit best'], ...all.map((k) => [k, `${k} Gaussian${k > 1 ? 's' : ''}`])];
    if (this.components.options.length !== options.length) {
      this.components.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
    }
    this.components.value = chosen ?? '';
  }

  choose(change) {
    Object.assign(this, change);
    this.apply();
  }

  apply() {
    const { sampler, kind, label } = this;
    if (!sampler.about) return;
    const components = kind === 'full' ? 1 : Number(this.components.value) || null;
    if (kind === 'moments') sampler.fitter.fitTo(label);
    else sampler.fitter.mixture({ label, components });
    this.follow();
  }

  async fitPicture(path, name, options) {
    this.label = null;
    this.name = name;
    await this.sampler.fitter.fit(path, {}, options);
  }

  async upload() {
    const [file] = this.file.files;
    this.file.value = '';
    if (!file) return;
    await this.fitPicture(`fit-picture?fit=${this.sampler.about.fit}`, `'${file.name.slice(0, 40)}'`, {
      method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' },
    });
  }

  // A fit is marked until something changes what it gave.
  follow() {
    const { mode, fitter, about } = this.sampler;
    const fitted = mode === 'fitted';
    if (fitted) {
      this.kind = fitter.source.components === 1 ? 'full' : 'mixture';
      this.label = fitter.source.label;
      if (this.kind === 'mixture') this.offerComponents(fitter.source.components);
    } else if (!fitter.busy) this.kind = 'moments';
    const label = fitted ? fitter.source.label : fitter.moments?.label;
    for (const made of this.kinds.children) made.setAttribute('aria-pressed', made.dataset.kind === this.kind);
    for (const made of this.chips.children) {
      made.setAttribute('aria-pressed', label !== undefined && made.dataset.label === String(label ?? 'data'));
    }
    this.components.hidden = this.kind !== 'mixture';
    this.pictures.hidden = this.kind !== 'moments';
    this.told.textContent = fitter.busy ? 'Fitting ...' : about ? this.words(fitted && fitter.known(about)) : '';
  }

  words(facts) {
    const { about, fitter } = this.sampler;
    if (facts) {
      const best = facts.components === 1 && fitter.source.components === null ? ', the number that fits best,' : '';
      const count = facts.components === 1 ? `One Gaussian${best}` : `${facts.components} Gaussians`;
      return `${count} fitted to ${facts.examples.toLocaleString('en')} draws from the posteriors.`;
    }
    const { moments } = fitter;
    if (!moments) return '';
    if (moments.label === undefined) return `μ and σ are the posterior of ${this.name}.`;
    const of = moments.label === null ? 'all the data' : `class ${about.class_names[moments.label]}`;
    return `μ and σ are those of ${of} (${moments.examples.toLocaleString('en')} examples).`;
  }

  // How good samples are, as it stands in the card.
  showQuality() {
    const { frechet, components } = this.sampler.about;
    const measured = [
      ['from the prior', frechet.prior], ['from one full Gaussian', frechet.gaussian],
      [`from the mixture${components ? ` of ${components}` : ''}`, frechet.mixture],
    ].filter(([, value]) => value !== null);
    const most = Math.max(...measured.map(([, value]) => value));
    const rows = measured.map(([name, value]) => {
      const bar = make('i');
      bar.style.width = `${(100 * value) / most}%`;
      return make('div', { className: 'measure' }, make('span', { textContent: name }),
        make('b', { textContent: number(value) }), bar);
    });
    this.quality.replaceChildren(rows.length
      ? make('h3', { textContent: 'Samples of this model: Fréchet distance to real pictures, less is better' })
      : make('p', { className: 'facts', textContent: 'How good samples are was not measured for this model.' }), ...rows);
  }
}
