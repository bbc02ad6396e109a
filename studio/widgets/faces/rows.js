// A row an attribute: its name and how well its direction tells held-out faces apart, a slider, the number
// of steps, and a way back to 0.

import { button, make } from '../scene/parts.js';
import { REACH } from './faces.js';
import { plain } from './link.js';
import { label, meaning, steps } from './words.js';

export class Rows {
  constructor(faces) {
    Object.assign(this, { faces, rows: new Map(), shown: null });
    this.list = make('div', { className: 'rows' });
    this.list.addEventListener('pointerdown', ({ target }) => {
      if (target.type !== 'range') return;
      faces.steps.hold(true);
      const release = () => {
        faces.steps.hold(false);
        for (const type of ['pointerup', 'pointercancel']) window.removeEventListener(type, release);
      };
      for (const type of ['pointerup', 'pointercancel']) window.addEventListener(type, release);
    });
    const way = (text, conditional, title) => button(text, title, () => faces.setConditional(conditional));
    this.raw = way('raw', false, 'Along the directions as they were learned, with what tends to go with them');
    this.conditional = way('conditional', true, 'Leave the scores of the other rows as they are');
    this.reset = button('Reset all', 'Every attribute back to 0', () => faces.reset());
    this.none = make('p', { className: 'facts' });
    this.bar = make('div', { className: 'line' },
      make('h3', { textContent: 'Attributes' }),
      make('div', { className: 'bar ways', role: 'group', 'aria-label': 'How attributes are moved' }, this.raw, this.conditional),
      this.reset);
    this.heads = make('div', { className: 'heads attribute', 'aria-hidden': 'true' },
      make('small', { textContent: 'AUC', title: 'How often a held-out face that has the attribute lies further along than one that has not' }),
      make('div', {}, ...['−3', '0', '+3'].map((textContent) => make('small', { textContent }))), make('small', { textContent: 'steps' }));
    this.content = [this.bar, this.heads, this.list, this.none];
  }

  open() {
    const { about } = this.faces;
    const none = !about.attributes.length;
    this.rows.clear();
    this.shown = null;
    this.bar.hidden = this.heads.hidden = this.list.hidden = none;
    this.none.textContent = none
      ? `'${about.name}' was trained on faces without labels, so it has no attributes to move; random faces and morphs work.` : '';
  }

  follow() {
    const { faces } = this;
    if (this.shown !== faces.shown) this.arrange();
    for (const name of faces.shown) this.rows.get(name).follow();
    this.raw.setAttribute('aria-pressed', !faces.conditional);
    this.conditional.setAttribute('aria-pressed', faces.conditional);
    this.reset.disabled = !faces.strengths.size;
  }

  arrange() {
    const { faces } = this;
    this.shown = faces.shown;
    for (const name of faces.shown) if (!this.rows.has(name)) this.rows.set(name, new Row(faces, name));
    this.list.replaceChildren(...faces.shown.map((name) => this.rows.get(name).root));
  }
}

class Row {
  constructor(faces, name) {
    const word = label(name);
    Object.assign(this, { faces, name });
    this.auc = make('small');
    this.left = make('small', { className: 'left', hidden: true });
    const named = make('span', { className: 'name', title: meaning(name) }, make('b', { textContent: word }), this.auc, this.left);
    this.range = make('input', { type: 'range', min: -REACH, max: REACH, step: 0.1, 'aria-label': `${word}, steps` });
    this.range.addEventListener('input', () => faces.setStrength(name, Number(this.range.value)));
    this.range.addEventListener('dblclick', () => faces.reset(name));
    this.bar = make('i');
    this.number = make('input', {
      className: 'number', inputMode: 'decimal', autocomplete: 'off', spellcheck: false, 'aria-label': `${word}, steps as a number`,
    });
    this.number.addEventListener('change', () => this.take());
    this.number.addEventListener('focus', () => this.number.select());
    this.number.addEventListener('keydown', (event) => { if (event.key === 'Enter') this.take(); });
    this.zero = button('×', `${word} back to 0`, () => faces.reset(name), { className: 'zero' });
    this.root = make('div', { className: 'attribute', 'data-name': name },
      named, make('div', { className: 'track' }, this.bar, this.range), this.number, this.zero);
  }

  // A number that is typed is exact; what is none is put back.
  take() {
    const { faces, name, number } = this;
    if (number.value === number.dataset.value) return;
    const value = plain(number.value, -REACH, REACH);
    if (!number.value.trim()) number.value = number.dataset.value;
    else if (value === null) {
      faces.fail(new Error(`${capital(label(name))} goes from −3 to +3 steps; '${number.value.trim().slice(0, 24)}' is no number between them.`));
      number.value = number.dataset.value;
    } else {
      number.dataset.value = '';
      faces.setStrength(name, value, { glide: true });
      this.write(faces.strengths.get(name) ?? 0);
    }
  }

  follow() {
    const { faces, name } = this;
    const value = faces.strengths.get(name) ?? 0;
    if (Number(this.range.value) !== value) this.range.value = value;
    this.range.setAttribute('aria-valuetext', `${steps(value)} steps`);
    this.bar.style.transform = `scaleX(${value / REACH})`;
    if (document.activeElement !== this.number) this.write(value);
    this.zero.disabled = !value;
    this.root.classList.toggle('moved', Boolean(value));
    this.introduce();
  }

  write(value) {
    const text = steps(value);
    if (this.number.dataset.value === text && this.number.value === text) return;
    this.number.dataset.value = text;
    this.number.value = text;
  }

  // What is told of the direction that is used now.
  introduce() {
    const { faces, name } = this;
    const whole = faces.conditional && faces.ways.whole.has(name);
    const left = faces.conditional && !whole ? faces.ways.left(name) : null;
    const told = `${faces.kind} ${whole} ${left}`;
    if (told === this.told) return;
    this.told = told;
    const auc = faces.about.attributes.find((attribute) => attribute.name === name)?.auc[faces.kind] ?? null;
    this.auc.textContent = auc === null ? '' : auc.toFixed(2).replace(/^0/, '');
    this.auc.title = auc === null ? '' : `AUC ${auc.toFixed(3)}: how often a held-out face that has it lies further along than one that has not`;
    this.root.classList.toggle('whole', whole);
    this.root.title = whole ? 'Nothing is left of this direction without the other rows, so it is moved raw.' : '';
    this.tellLeft(left);
  }

  // What is left of a step once the scores of the other rows stay as they are.
  tellLeft(left) {
    const little = left !== null && left <= LITTLE;
    this.left.hidden = left === null || left >= MOST_TOLD;
    this.left.textContent = this.left.hidden ? '' : `does ${little ? 'only ' : ''}${Math.max(0, left).toFixed(2)} of its own`;
    this.left.title = this.left.hidden ? '' : `One step moves its own score by ${Math.max(0, left).toFixed(2)} raw steps: ${
      little ? 'hardly anything of it can be moved' : 'the rest cannot be moved'} without the other rows.`;
    this.range.setAttribute('aria-description', this.left.title);
    this.root.classList.toggle('little', little);
  }
}

// Of a conditional step that does nearly all of its own nothing is told, and of one that does hardly any more.
const MOST_TOLD = 0.95;
const LITTLE = 0.2;

const capital = (word) => word[0].toUpperCase() + word.slice(1);
