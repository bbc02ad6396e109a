// What can be done with the chosen checkpoint.

import { fetchJson, route } from '../scene/address.js';
import { act, desk, sentence } from './desk.js';

export class Actions {
  constructor(root) {
    this.opens = root.querySelector('.opens');
    this.acts = root.querySelector('.acts');
    this.said = root.querySelector('.said');
  }

  begin() {
    this.key = null;
    this.say('');
    this.opens.replaceChildren();
  }

  show(chosen) {
    const key = [chosen.name, chosen.state].join(' ');
    if (key === this.key) return;
    this.key = key;
    this.acts.replaceChildren(...this.buttons(chosen));
    this.findTabs(chosen);
  }

  // Damaged ones are offered nowhere: no tab could open them.
  async findTabs({ name, state }) {
    const path = `/house/tabs?model=${encodeURIComponent(name)}`;
    const answer = state === 'damaged' ? null : await fetchJson(path).catch(() => null);
    if (desk.choice !== name) return;
    this.opens.replaceChildren(...(answer?.tabs ?? []).map(({ title, href }) => {
      const there = document.createElement('a');
      Object.assign(there, { href, className: 'primary', textContent: `Open in ${title}` });
      return there;
    }));
  }

  buttons(chosen) {
    const { name, shipped } = chosen;
    const zip = document.createElement('a');
    Object.assign(zip, {
      href: route(`/registry/${encodeURIComponent(name)}/zip`), download: `${name}.zip`,
      textContent: 'Download zip', title: 'All of it as one file',
    });
    const shown = [
      this.button('Verify', 'Read every file anew and compare its sha256', (b) => this.verify(name, b)),
      ...(chosen.state === 'damaged' ? [] : [
        zip,
        this.button('Export', 'Copy it into exports/ of the workspace', (b) => this.export(name, b)),
      ]),
    ];
    if (shipped) return [...shown, note('It comes with the studio and stays as it is.')];
    return [
      ...shown,
      this.button('Rename', 'Give it another name', () => this.rename(name)),
      this.button('Delete', 'Remove it for good', () => this.confirm(name)),
    ];
  }

  button(label, title, clicked) {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', textContent: label, title });
    button.addEventListener('click', () => clicked(button));
    return button;
  }

  async doing(button, work) {
    button.disabled = true;
    this.say('');
    try {
      await work();
    } catch (error) {
      this.say(sentence(error), true);
    }
    button.disabled = false;
  }

  verify(name, button) {
    return this.doing(button, async () => {
      const facts = await act(name, 'verify');
      desk.update(facts);
      if (desk.choice !== name || facts.state !== 'intact') return;
      this.say('Every file is the one that was saved, and the model loads.');
    });
  }

  export(name, button) {
    return this.doing(button, async () => {
      const { path } = await act(name, 'export');
      this.say(`A copy is in ${path}.`);
    });
  }

  rename(name) {
    const form = document.createElement('form');
    const box = document.createElement('input');
    Object.assign(box, { value: name, maxLength: 64, spellcheck: false, autocomplete: 'off', required: true });
    box.setAttribute('aria-label', 'New name');
    const go = this.button('Rename', 'Give it this name', () => {});
    go.type = 'submit';
    go.className = 'primary';
    form.append(box, go, this.button('Leave it', 'Keep the name', () => this.back()));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.doing(go, async () => {
        const answer = await act(name, 'rename', { to: box.value.trim() });
        await desk.look(answer.name);
      });
    });
    this.ask(form);
    box.select();
  }

  confirm(name) {
    const question = document.createElement('span');
    question.textContent = `Delete ${name} for good?`;
    const yes = this.button('Delete it', 'There is no way back', (button) => this.doing(button, async () => {
      await act(name, 'delete');
      await desk.look();
    }));
    yes.className = 'danger';
    const no = this.button('Leave it', 'Delete nothing', () => this.back());
    this.ask(question, yes, no);
    no.focus();
  }

  ask(...parts) {
    this.say('');
    this.acts.replaceChildren(...parts);
    this.acts.onkeydown = (event) => { if (event.key === 'Escape') this.back(); };
  }

  back() {
    this.acts.onkeydown = null;
    this.key = null;
    if (desk.chosen) this.show(desk.chosen);
  }

  say(words, bad = false) {
    this.said.textContent = words;
    this.said.classList.toggle('bad', bad);
  }
}

function note(words) {
  const span = document.createElement('span');
  Object.assign(span, { className: 'note', textContent: words });
  return span;
}
