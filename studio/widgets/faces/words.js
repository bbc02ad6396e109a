// What the faces tab says in words and figures.

const LABELS = {
  Smiling: 'smile', Young: 'young', Male: 'male', Eyeglasses: 'glasses', '5_o_Clock_Shadow': "5 o'clock shadow",
  No_Beard: 'no beard', Wearing_Hat: 'hat',
};
const WHAT = {
  Smiling: 'more of a smile to the right', Young: 'younger to the right, older to the left', Male: 'male to the right, female to the left',
  Eyeglasses: 'with glasses to the right',
};

// The word for an attribute in a row.
export function label(name) {
  return LABELS[name] ?? name.replaceAll('_', ' ').toLowerCase();
}

// What it is called where it was labelled, and which way it goes.
export function meaning(name) {
  const known = name.replaceAll('_', ' ');
  return WHAT[name] ? `${known}: ${WHAT[name]}` : `${known}: more of it to the right`;
}

// A number of steps: +2.0, −0.5, 0.
export function steps(value, digits = 1) {
  const exact = Math.abs(value * 10 - Math.round(value * 10)) > 1e-6 ? 2 : digits;
  const text = Math.abs(value).toFixed(exact);
  if (!value) return '0';
  return `${value < 0 ? '−' : '+'}${text}`;
}

export { sentence } from '../scene/address.js';

// What one sees, in a sentence.
export function caption({ origin, truncation, strengths, conditional, about }) {
  if (!origin) return '';
  const moved = [...strengths].map(([name, value]) => `${label(name)} ${steps(value)}`);
  const how = conditional && moved.length ? ', the other rows left alone' : '';
  const what = whose({ origin, truncation, about });
  return moved.length ? `${what}, moved: ${moved.join(', ')}${how}.` : `${what}.`;
}

function whose({ origin, truncation, about }) {
  if (origin.kind === 'random') {
    return `Random face, seed ${origin.seed}${truncation === 0 ? ' (truncated to 0: the average face)' : ''}`;
  }
  if (origin.kind === 'held-out') {
    const labels = about.main.filter((name) => origin.attributes?.[name]).map(label);
    return `Held-out face ${origin.row} of ${origin.rows}${labels.length ? ` (labelled: ${labels.join(', ')})` : ''}, reconstructed`;
  }
  if (origin.kind === 'photo') return `Your photo${origin.name ? ` ${origin.name.slice(0, 40)}` : ''}, reconstructed`;
  return origin.title ? `‘${origin.title}’ from the shelf` : 'A face from the shelf';
}
