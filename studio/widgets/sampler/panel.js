// Beside the pictures: a row a dimension, what to fit to, what to compare with, and the model.

import { button, fold, make } from '../scene/parts.js';
import { Comparison } from './comparison.js';
import { Fits } from './fits.js';
import { Model } from './model.js';
import { Rows } from './rows.js';
import { sampler as samplerOf } from './sampler.js';

const KEY = '<i class="data"></i> data ± σ <i class="band"></i> drawn from ± σ <i class="tick-z"></i> this sample';

export function mount(element, { props }) {
  const root = element.querySelector('.sampler-panel');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  const sampler = samplerOf(props.scene);
  const rows = new Rows(sampler);
  const reset = button('Reset to N(0, 1)', 'Every μ to 0, every σ to 1', () => sampler.reset());
  const randomize = button('Randomize μ', 'Draw every μ from N(0, 1); σ stays', () => sampler.randomize());
  const undo = button('undo', 'Take back the last step (Ctrl-Z)', () => sampler.steps.back());
  const sections = [new Fits(sampler), new Comparison(sampler), new Model(sampler)];
  root.replaceChildren(
    make('section', { className: 'dims' },
      make('div', { className: 'buttons' }, reset, randomize, undo, rows.ten), rows.pager, rows.heads, rows.list,
      make('p', { className: 'facts legend', innerHTML: KEY })),
    ...sections.map(({ title, content }, i) => {
      const section = fold(title, ...content);
      section.classList.add(['fits', 'comparison', 'about-model'][i]);
      return section;
    }),
  );
  root.querySelector('.fits').open = true;
  const follow = () => {
    reset.disabled = !sampler.about || sampler.mode !== 'gaussian';
    randomize.disabled = !sampler.about;
    undo.disabled = !sampler.steps.taken.length;
    rows.follow();
  };
  sampler.on('about', () => {
    rows.build();
    for (const section of sections) section.open();
    follow();
  });
  sampler.on('change', follow);
  sampler.on('fits', () => rows.follow());
  if (sampler.about) {
    rows.build();
    for (const section of sections) section.open();
  }
  follow();
}
