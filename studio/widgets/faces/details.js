// How the directions were learned, and the model's figures.

import { button, make } from '../scene/parts.js';

const KINDS = {
  means: ['means', 'The difference of the mean codes with and without the attribute: how such faces differ'],
  normal: ['normal', "A linear classifier's normal: what tells such faces apart"],
};

export class Details {
  constructor(faces) {
    this.faces = faces;
    this.kinds = make('div', { className: 'bar kinds', role: 'group', 'aria-label': 'How directions were learned' },
      ...Object.entries(KINDS).map(([kind, [text, title]]) => (
        button(text, title, () => faces.setKind(kind), { 'data-kind': kind }))));
    this.told = make('p', { className: 'facts' });
    this.figures = make('dl');
    this.content = [this.kinds, this.told, this.figures];
  }

  open() {
    const { about } = this.faces;
    const { figures, shape } = about;
    const [channels, height, width] = shape;
    const rows = [
      ['pictures', `${width} × ${height}, ${channels > 1 ? 'colour' : 'grey'}`], ['code', `${about.latent_dim} numbers`],
      ['mean squared error', figures.mse?.toFixed(4)], ['SSIM', figures.ssim?.toFixed(3)],
      ['Fréchet distance', figures.frechet?.toFixed(1)], ['licence', about.licence],
    ].filter(([, text]) => text);
    this.figures.replaceChildren(...rows.flatMap(([name, text]) => [
      make('dt', { textContent: name }), make('dd', { textContent: text })]));
    this.kinds.hidden = this.told.hidden = !about.attributes.length;
  }

  follow() {
    const { kind, about: { unit } } = this.faces;
    const followed = `${kind} ${unit}`;
    if (followed === this.followed) return;
    this.followed = followed;
    for (const made of this.kinds.children) made.setAttribute('aria-pressed', made.dataset.kind === kind);
    this.told.textContent = `Directions: ${KINDS[kind][1].replace(/^./, (letter) => letter.toLowerCase())}. ${unit ?? ''}`.trim();
  }
}
