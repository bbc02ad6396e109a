// To and from the Hugging Face Hub. The token stays in the studio's environment.

import { fetchJson } from '../scene/address.js';
import { act, desk, sentence } from './desk.js';

export class Hub {
  constructor(root) {
    this.root = root;
    this.form = root.querySelector('form');
    this.answer = root.querySelector('.answer');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.send(event.submitter?.value ?? 'pull');
    });
    desk.addEventListener('list', () => this.show());
    desk.addEventListener('choice', () => this.show());
  }

  show() {
    this.root.querySelector('.token').textContent = desk.token
      ? 'A token is in the environment (HF_TOKEN). It is used and never shown.'
      : 'No token is in the environment: public checkpoints can be pulled. To push, start the studio '
        + 'with HF_TOKEN set.';
    this.root.querySelector('.chosen').textContent = desk.choice ?? 'the chosen one';
    this.form.querySelector('[value=push]').disabled = !desk.token || !desk.choice;
  }

  async send(action) {
    const { repository, revision } = this.form.elements;
    const buttons = this.form.querySelectorAll('button');
    buttons.forEach((button) => { button.disabled = true; });
    this.say(action === 'pull' ? `Pulling ${repository.value} ...` : `Pushing ${desk.choice} ...`);
    try {
      if (action === 'pull') await this.pull(repository.value.trim(), revision.value.trim());
      else await this.push(repository.value.trim());
    } catch (error) {
      this.say(sentence(error), true);
    }
    buttons.forEach((button) => { button.disabled = false; });
    this.show();
  }

  async pull(repository, revision) {
    const query = new URLSearchParams({ repository, revision });
    const answer = await fetchJson(`/registry/pull?${query}`, { method: 'POST' });
    this.say([`${repository} is now ${answer.name}.`, ...answer.notes].join(' '));
    desk.look(answer.name);
  }

  async push(repository) {
    const query = { repository, private: !this.form.elements.public.checked };
    const { address } = await act(desk.choice, 'push', query);
    this.say(`${desk.choice} is at ${address}.`);
  }

  say(words, bad = false) {
    this.answer.textContent = words;
    this.answer.classList.toggle('bad', bad);
  }
}
