// Which tab is open, and its address; links between tabs; checkpoints that come and go.

import { fetchJson } from '../scene/address.js';

const LOOK_MS = 2000;
const WAIT_MS = 10000;
// What the address said when a tab was left, so that coming back is coming back.
const queries = new Map();
let porter = null;
// Scripts that were asked for early.
const asked = new Set();
// A tab that a hand has opened and Gradio has not told of yet: {tab, before, model}.
let arrived = null;

// A tab was selected: by hand, by a link, or by the address that the page was opened with. Returns the
// picked model, and the one to ask for: the one that the tab was left with, else the picked one, unless
// that is merely what another tab begins with, one of `favourites`.
export function enter(tab, models, favourites, name) {
  arrive(tab);
  const came = arrived?.tab === tab ? arrived : null;
  arrived = null;
  document.body.dataset.models = models ? 'yes' : 'no';
  if (!came?.before) return [name, name];
  return [name, came.model ?? (favourites.includes(name) ? '' : name)];
}

// From now on keys, the address and whatever moves by itself are those of this tab.
function arrive(tab) {
  const { body } = document;
  const before = body.dataset.tab;
  if (before === tab) return;
  const query = new URLSearchParams(window.location.search);
  if (before) queries.set(before, query);
  const own = before ? queries.get(tab) ?? new URLSearchParams() : query;
  arrived = { tab, before, model: own.get('model') };
  // No pick is handed to a tab before its own models are there.
  Object.assign(body.dataset, { tab, models: '' });
  own.set('tab', tab);
  writeQuery(own);
  window.dispatchEvent(new CustomEvent('studio-tab', { detail: { tab } }));
}

// Gradio tells of a tab that was opened when there is time for it, which may be seconds later.
function hurry(event) {
  const { tabId } = event.target.closest?.('[role="tab"][data-tab-id]')?.dataset ?? {};
  if (document.body.dataset.tab && porter.props.tabs.split(' ').includes(tabId)) arrive(tabId);
}

// The scripts of a tab that a pointer or the keyboard comes near to are asked for all at once; left to
// themselves, they would be found one after another, as each is read.
let parts = null;

async function prepare(event) {
  const { tabId } = event.target.closest?.('[role="tab"][data-tab-id]')?.dataset ?? {};
  if (!tabId) return;
  parts ??= fetch(new URL('../modules.json', import.meta.url)).then((answer) => answer.json());
  const names = (await parts.catch(() => { parts = null; }))?.[tabId] ?? [];
  for (const name of names) {
    const { href } = new URL(`../${name}`, import.meta.url);
    if (asked.has(href)) continue;
    asked.add(href);
    document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }));
  }
}

// What the address says, or will say, while this tab is open.
export function readQuery(tab) {
  if ((document.body.dataset.tab ?? tab) === tab) return new URLSearchParams(window.location.search);
  return queries.get(tab) ?? new URLSearchParams();
}

// Change some of the address, if the tab that asks for it is open.
export function setQuery(tab, changes) {
  const open = document.body.dataset.tab === tab;
  const query = open
    ? new URLSearchParams(window.location.search)
    : queries.get(tab) ?? new URLSearchParams();
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) query.delete(key);
    else query.set(key, value);
  }
  queries.set(tab, query);
  if (open) writeQuery(query);
}

// Open a tab, with a model or whatever else its address takes, without loading the page anew.
export function open(tab, query = {}) {
  const { model = '', ...others } = query;
  queries.set(tab, new URLSearchParams({ tab, ...(model ? { model } : {}), ...others }));
  if (document.body.dataset.tab === tab) writeQuery(queries.get(tab));
  window.dispatchEvent(new CustomEvent('studio-link', { detail: { tab, ...query } }));
  porter.ask({ tab, model });
}

export function hasTab(tab) {
  return porter?.props.tabs.split(' ').includes(tab);
}

export function mount(element, { props, trigger }) {
  const root = element.querySelector('.porter');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  porter = new Porter(root, props, trigger);
}

class Porter {
  constructor(root, props, trigger) {
    this.root = root;
    this.props = props;
    this.trigger = trigger;
    this.stamp = null;
    document.addEventListener('click', hurry, true);
    for (const near of ['pointerover', 'focusin', 'click']) document.addEventListener(near, prepare, true);
    document.addEventListener('click', (event) => this.clicked(event));
    document.addEventListener('focusin', (event) => {
      if (event.target.closest('#model-picker')) this.look();
    });
    document.addEventListener('visibilitychange', () => this.look());
    this.watch();
  }

  clicked(event) {
    const link = event.target.closest?.('a[href]');
    const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey);
    if (!link || !plain || event.defaultPrevented || link.target) return;
    const there = new URL(link.href);
    const here = window.location;
    if (there.origin !== here.origin || there.pathname !== here.pathname) return;
    const { tab, ...query } = Object.fromEntries(there.searchParams);
    if (!tab) return;
    event.preventDefault();
    open(tab, query);
  }

  ask(wanted) {
    this.props.value = wanted;
    this.trigger('asked');
  }

  async watch() {
    while (this.root.isConnected) {
      const answered = document.hidden || await this.look();
      await new Promise((resolve) => { setTimeout(resolve, answered ? LOOK_MS : WAIT_MS); });
    }
  }

  async look() {
    const answer = await fetchJson('/house/stamp').catch(() => null);
    if (answer && this.stamp && answer.stamp !== this.stamp) {
      this.props.value = { tab: document.body.dataset.tab ?? '', model: '' };
      this.trigger('renewed');
      window.dispatchEvent(new Event('studio-registry'));
    }
    this.stamp = answer?.stamp ?? this.stamp;
    return Boolean(answer);
  }
}

function writeQuery(query) {
  const plain = query.toString().replaceAll('%2C', ',').replaceAll('%7E', '~');
  window.history.replaceState(window.history.state, '', plain ? `?${plain}` : '');
}

// The values of the tabs' hidden boxes after a pick: the open tab's changes, the others stay.
export function route(tabs, name, kept) {
  const at = document.body.dataset.models === 'yes' ? tabs.indexOf(document.body.dataset.tab) : -1;
  if (at < 0) return kept;
  // Widgets that are not there yet look at the mark when they come; the others hear of it.
  document.body.dataset.checkpoints = name ? 'some' : 'none';
  window.dispatchEvent(new Event('studio-checkpoints'));
  return kept.map((value, i) => (i === at ? name ?? '' : value));
}

window.latentHouse = { open };
