// Beside the face: where it comes from, a row an attribute, more of them, and how they were learned.

import { fold, make } from '../scene/parts.js';
import { Details } from './details.js';
import { faces as facesOf } from './faces.js';
import { More } from './more.js';
import { Rows } from './rows.js';
import { Source } from './source.js';

export function mount(element, { props }) {
  const root = element.querySelector('.faces-panel');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  const faces = facesOf(props.scene);
  const [source, rows, more, details] = [new Source(faces), new Rows(faces), new More(faces), new Details(faces)];
  const others = fold('More attributes', ...more.content);
  others.classList.add('more');
  const facts = fold('Details', ...details.content);
  facts.classList.add('details');
  root.replaceChildren(
    make('section', { className: 'source' }, ...source.content),
    make('section', { className: 'attributes' }, ...rows.content),
    others, facts,
  );
  const parts = [source, rows, more, details];
  const open = () => {
    others.hidden = faces.about.attributes.length <= faces.about.main.length;
    for (const part of parts) part.open();
    follow();
  };
  const follow = () => { for (const part of parts) part.follow(); };
  faces.on('about', open);
  faces.on('change', follow);
  faces.on('busy', () => source.follow());
  if (faces.about) open();
}
