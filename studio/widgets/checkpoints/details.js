// The chosen checkpoint: what it draws, its figures, and what can be done with it.

import { fetchJson, route } from '../scene/address.js';
import { Actions } from './actions.js';
import { bytes, desk, sentence } from './desk.js';
import { STATES } from './list.js';

const FIGURE = new Intl.NumberFormat('en', { maximumFractionDigits: 3 });
const CARD = 'checkpoints-card';

export function mount(element, { props, trigger }) {
  const root = element.querySelector('.checkpoint');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new Details(root, (name) => {
    props.value = { name };
    trigger('chosen');
  });
}

class Details {
  constructor(root, chosen) {
    this.root = root;
    this.chosen = chosen;
    this.find = (selector) => root.querySelector(selector);
    this.actions = new Actions(root);
    this.picture = this.find('img.drawn');
    this.picture.addEventListener('load', () => { this.picture.hidden = false; });
    this.picture.addEventListener('error', () => { this.picture.hidden = true; });
    desk.addEventListener('choice', () => this.open());
    desk.addEventListener('list', () => this.summary());
    if (desk.choice) this.open();
  }

  async open() {
    const { chosen } = desk;
    this.chosen(chosen?.name ?? '');
    this.picture.hidden = true;
    this.find('.figures').replaceChildren();
    this.find('.settings').hidden = true;
    this.find('.caption').textContent = '';
    this.find('.conditions').textContent = '';
    this.actions.begin();
    this.summary();
    if (!chosen) return;
    try {
      const { facts, about } = await fetchJson(`/registry/${encodeURIComponent(chosen.name)}`);
      desk.update(facts);
      if (desk.choice === chosen.name && about) this.fill(about);
    } catch (error) {
      this.actions.say(sentence(error), true);
    }
  }

  summary() {
    const { chosen } = desk;
    this.find('.none').hidden = Boolean(chosen);
    document.getElementById(CARD)?.toggleAttribute('data-none', chosen?.state !== 'intact');
    this.find('.there').hidden = !chosen;
    if (!chosen) return;
    const [icon, word, tone] = STATES[chosen.state];
    this.find('h3').textContent = chosen.name;
    this.find('.shipped').hidden = !chosen.shipped;
    this.find('.badge').className = `badge state ${tone}`;
    this.find('.badge').textContent = `${icon} ${word}`;
    this.find('.reason').textContent = chosen.reason ?? '';
    this.find('.reason').hidden = !chosen.reason;
    this.root.dataset.name = chosen.name;
    this.root.dataset.state = chosen.state;
    this.actions.show(chosen);
  }

  fill(about) {
    if ([1, 3].includes(about.shape.length)) {
      this.picture.alt = about.shape.length === 3 ? `What ${about.name} draws` : about.drawn;
      this.picture.src = route(`/registry/${encodeURIComponent(about.name)}/picture?${about.digest}`);
      this.find('.caption').textContent = about.drawn;
    }
    const figures = about.metrics.map(({ label, value }) => [
      label, FIGURE.format(Math.abs(value) < 10 ? value : Math.round(value * 100) / 100).replace('-', '−'),
    ]);
    this.find('.figures').replaceChildren(...pairs(figures));
    this.find('.conditions').textContent = about.conditions;
    this.find('.settings').hidden = false;
    this.find('.settings div').replaceChildren(...settings(about));
  }
}

function settings(about) {
  const parts = Object.entries(about.config).map(([part, fields]) => [part, Object.entries(flat(fields))]);
  parts.push(['data terms', [['', about.terms || 'not said']]]);
  parts.push(['files', Object.entries(about.files).map(([file, size]) => [file, bytes(size)])]);
  parts.push(['versions', Object.entries(about.versions)]);
  parts.push(['manifest', [['sha256', about.digest]]]);
  return parts.flatMap(([part, rows]) => {
    const head = document.createElement('h4');
    head.textContent = part;
    const list = document.createElement('dl');
    list.append(...pairs(rows));
    return [head, list];
  });
}

function flat(fields, before = '') {
  return Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => {
    const nested = value && typeof value === 'object' && !Array.isArray(value);
    return nested ? Object.entries(flat(value, `${before}${key}.`))
      : [[before + key, Array.isArray(value) ? value.join(', ') || '–' : String(value)]];
  }));
}

function pairs(rows) {
  return rows.flatMap(([term, value]) => {
    const [dt, dd] = ['dt', 'dd'].map((tag) => document.createElement(tag));
    dt.textContent = term;
    dd.textContent = value;
    return [dt, dd];
  });
}
