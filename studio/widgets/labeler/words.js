// What the labeler says about itself.

import { keysOf } from './keys.js';
import { amount } from './labeler.js';

const LASSO = window.matchMedia('(pointer: coarse)').matches ? 'the ◌ above the map' : 'Shift-drag';

export function caption(labeler) {
  const { about, lasso, labelled, state, line } = labeler;
  const keys = keysOf(about);
  const range = `${keys[0]}–${keys.at(-1)}`;
  if (lasso.length) return `${amount(lasso.length)} inside the lasso: one key (${range}) labels them all, Esc lets them go.`;
  if (!labelled) {
    return `Every point is a picture; those alike lie close together. What is the one that is shown large? Press its key, ${range}.`;
  }
  if (line.how === 'suspicious' && line.rows.length) return 'These labels do not fit what the model sees: press the right key, or → where you were right.';
  if (['running', 'stopping'].includes(state?.round?.state)) return 'Training goes on beside you: label on, and the next round uses it.';
  const missing = about.classes.filter((_, k) => !labeler.counts[k]);
  if (missing.length && missing.length <= 4) {
    return `The queue brings what would tell the model most; press its key, ${range}. No label yet for ${list(missing.map((name) => name.slice(0, 30)))}.`;
  }
  return `Press the picture's key, ${range}, and the next comes; pictures alike follow you. A lasso (${LASSO}) labels many at once.`;
}

export function saving(outbox) {
  if (!outbox?.pending.length) return 'all saved';
  return `${amount(outbox.labels, 'change', 'changes')} not saved yet`;
}

function list(words) {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
