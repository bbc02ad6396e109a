// Which models decode the same codes beside the one that is chosen.

import { fetchJson } from '../scene/address.js';
import { button, make } from '../scene/parts.js';
import { MOST_OTHERS } from './sampler.js';

export class Comparison {
  constructor(sampler) {
    Object.assign(this, { sampler, title: 'Compare with', names: [] });
    this.list = make('div', { className: 'models', role: 'group', 'aria-label': 'Models to compare with' });
    this.content = [make('p', {
      className: 'facts', textContent: 'Up to two more models decode the same z, or the same seed where sizes differ.',
    }), this.list];
    sampler.on('others', () => this.show());
    window.addEventListener('studio-registry', () => this.open());
  }

  async open() {
    const { sampler } = this;
    if (!sampler.about) return;
    try {
      const { models } = await fetchJson(`/house/models?tab=${sampler.name}`);
      this.names = kinFirst(models, sampler.about.name);
      this.show();
    } catch (error) {
      sampler.fail(error);
    }
  }

  show() {
    const { sampler } = this;
    const chosen = sampler.others.map(({ name }) => name);
    const held = document.activeElement?.dataset?.compared;
    // One that was deleted can still be taken away.
    const names = [...new Set([...this.names, ...chosen])].filter((name) => name !== sampler.about.name);
    this.list.replaceChildren(...names.map((name) => {
      const on = chosen.includes(name);
      return button(name, on ? `Take ${name} away` : `Show ${name} beside it`, () => this.toggle(name), {
        'aria-pressed': String(on), 'data-compared': name,
      });
    }));
    this.list.querySelector(`[data-compared="${held}"]`)?.focus();
    if (chosen.length) this.list.closest('details').open = true;
  }

  // What was asked for counts, though it may not be there yet.
  toggle(name) {
    const { sampler } = this;
    const { comparing } = sampler;
    if (comparing.includes(name)) sampler.compare(comparing.filter((other) => other !== name));
    else if (comparing.length < MOST_OTHERS) sampler.compare([...comparing, name]);
    else sampler.tell(`Three models at once are the most; take ${comparing.join(' or ')} away first.`);
  }
}

// Those whose names begin alike are most often wanted together.
function kinFirst(names, own) {
  const alike = (name) => [...name].findIndex((letter, i) => letter !== own[i]) >>> 0;
  return [...names].sort((a, b) => alike(b) - alike(a));
}
