// The slim list of runs: what trains, what waits and at which place, what was lately.

import { active, ago, share, stateOf } from './words.js';

const RECENT = 8;
const ORDER = { running: 0, stopping: 0, queued: 1 };

export class RunList {
  constructor(root, choose) {
    this.root = root;
    this.choose = choose;
    root.addEventListener('keydown', (event) => this.keyed(event));
  }

  show(runs, chosen, now) {
    const waiting = runs.filter((run) => run.state === 'queued').reverse();
    const busy = runs.filter((run) => active(run) && run.state !== 'queued');
    const rest = runs.filter((run) => !active(run));
    const shown = [...busy, ...waiting, ...rest.slice(0, RECENT)];
    const watched = runs.find((run) => run.id === chosen);
    if (watched && !shown.includes(watched)) shown.push(watched);
    shown.sort((a, b) => (ORDER[a.state] ?? 2) - (ORDER[b.state] ?? 2));
    const old = new Map([...this.root.children].map((card) => [card.dataset.run, card]));
    const cards = shown.map((run) => {
      const card = old.get(run.id) ?? this.card(run);
      this.fill(card, run, run.id === chosen, now, waiting.indexOf(run) + 1);
      return card;
    });
    const same = cards.length === old.size
      && cards.every((card, i) => this.root.children[i] === card);
    // Moving a card takes the focus from it, so it is done only when something changed.
    if (!same) this.root.replaceChildren(...cards);
  }

  card(run) {
    const card = document.createElement('button');
    card.type = 'button';
    card.className = 'run-card';
    card.dataset.run = run.id;
    card.setAttribute('role', 'option');
    for (const part of ['name', 'what', 'done']) {
      const span = document.createElement('span');
      span.className = part;
      card.append(span);
    }
    card.addEventListener('click', () => this.choose(run.id));
    return card;
  }

  fill(card, run, chosen, now, place) {
    const [name, what, done] = card.children;
    const { sign, word } = stateOf(run);
    card.dataset.state = run.state;
    card.setAttribute('aria-selected', chosen);
    name.textContent = run.name;
    const percent = `${Math.floor(100 * share(run))} %`;
    const more = run.state === 'queued' ? `place ${place}`
      : run.state === 'finished' ? ago(run.created, now) : percent;
    const text = [`${sign} ${word}`, more].filter(Boolean).join(' · ');
    if (what.textContent !== text) what.textContent = text;
    card.title = `${run.name}: ${word}, recipe ${run.recipe} on ${run.dataset}`;
    done.style.setProperty('--done', percent.replace(' ', ''));
  }

  keyed(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const cards = [...this.root.children];
    const at = cards.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    cards[Math.min(cards.length - 1, Math.max(0, at + step))].focus();
  }
}
