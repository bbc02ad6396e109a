// The watched run and the list above it: asks the studio for what is new, and only for that.

import { hasTab, readQuery, setQuery } from '../house/house.js';
import { fetchJson } from '../scene/address.js';
import { RunList } from './list.js';
import { RunView } from './view.js';
import { active } from './words.js';

const TAB = 'train';
const PERIOD_MS = { watching: 1000, resting: 4000, hidden: 15000, silent: 3000 };
let watch = null;

// Watch a run, e.g. one that was just started.
export function choose(run) {
  watch?.choose(run);
  watch?.reveal();
}

export function mount(element, { props, trigger }) {
  const root = element.querySelector('.run');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  watch = new Watch(root, props, trigger);
}

class Watch {
  constructor(root, props, trigger) {
    this.root = root;
    this.notice = root.querySelector('.run-notice');
    this.runs = [];
    this.list = new RunList(root.querySelector('.run-list'), (run) => this.choose(run));
    this.view = new RunView(root, {
      done: (run, answer) => this.acted(run, answer),
      clone: (run) => {
        props.value = { run: run.id };
        trigger('clone');
        reveal(document.getElementById('train-form'));
      },
      say: (sentence) => this.say(sentence),
    });
    this.atOnce = root.querySelector('.at-once select');
    this.atOnce.addEventListener('change', () => this.changeQueue());
    this.wanted = readQuery(TAB).get('run');
    this.begin(null);
    new ResizeObserver(([entry]) => this.fit(entry.contentRect.width)).observe(root);
    window.addEventListener('studio-link', ({ detail }) => {
      if (detail.tab === TAB && detail.run) this.choose(detail.run);
    });
    window.addEventListener('studio-tab', ({ detail }) => { if (detail.tab === TAB) this.soon(); });
    document.addEventListener('visibilitychange', () => this.soon());
    this.poll();
  }

  fit(width) {
    this.root.dataset.width = width < 560 ? 'narrow' : width < 800 ? 'middle' : 'wide';
  }

  begin(run) {
    this.run = run;
    this.offsets = { metrics: 0, log: 0 };
    this.view.clear();
  }

  choose(run) {
    this.wanted = run;
    this.say('');
    setQuery(TAB, { run });
    if (run !== this.run) this.begin(run);
    this.soon();
  }

  reveal() {
    reveal(this.root);
  }

  // Ask without waiting for the next turn.
  soon() {
    if (this.asking) this.again = true;
    else this.wake?.();
  }

  async poll() {
    while (this.root.isConnected) {
      this.asking = true;
      this.again = false;
      const answered = await this.ask();
      this.asking = false;
      if (!this.again) await this.pause(answered);
    }
  }

  pause(answered) {
    const unseen = document.hidden || document.body.dataset.tab !== TAB;
    const busy = this.runs.some(active);
    const kind = unseen ? 'hidden' : !answered ? 'silent' : busy ? 'watching' : 'resting';
    return new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, PERIOD_MS[kind]);
    });
  }

  async ask() {
    try {
      const answer = await fetchJson('/runs');
      this.runs = answer.runs;
      this.settle();
      this.list.show(this.runs, this.run, answer.now);
      if (document.activeElement !== this.atOnce) this.atOnce.value = answer.at_once;
      if (this.run) await this.news();
      if (this.silent) this.say('');
      this.silent = false;
      return true;
    } catch (error) {
      // A fetch that fails is a TypeError; a refusal carries the studio's own sentence.
      this.silent = error instanceof TypeError;
      this.say(this.silent
        ? 'The studio is not answering. A training goes on without it; this page tries again.'
        : error.message);
      return !this.silent;
    }
  }

  // Decide which run is watched: the one asked for, else one that trains, else the newest.
  settle() {
    const there = (id) => this.runs.some((run) => run.id === id);
    if (this.wanted && !there(this.wanted)) {
      if (!this.run) this.say('The run in the address is not there any more.');
      this.wanted = null;
    }
    const busy = this.runs.find((run) => ['running', 'stopping'].includes(run.state));
    const chosen = this.wanted ?? (there(this.run) ? this.run : busy?.id ?? this.runs[0]?.id ?? null);
    if (this.run && !there(this.run)) this.say(`'${this.name}' was deleted elsewhere.`);
    if (chosen !== this.run) this.begin(chosen);
    if (chosen) setQuery(TAB, { run: chosen });
    const about = this.runs.find((run) => run.id === chosen);
    this.root.querySelector('.run-empty').hidden = Boolean(about);
    this.root.querySelector('.run-body').hidden = !about;
    this.root.querySelector('.all-runs').hidden = !about || !hasTab('runs');
    this.name = about?.name;
    if (about) this.view.summary(about);
    else this.root.dataset.state = 'none';
  }

  async news() {
    const { run, offsets } = this;
    const query = `metrics=${offsets.metrics}&log=${offsets.log}`;
    const news = await fetchJson(`/runs/${encodeURIComponent(run)}/news?${query}`);
    if (run !== this.run) return;
    // The files were cut back, e.g. to the checkpoint that a run went on from.
    if (news.restart || news.metrics_next < offsets.metrics) this.view.clear();
    this.offsets = { metrics: news.metrics_next, log: news.log_next };
    this.view.news(news);
  }

  async acted(run, answer) {
    if (answer.state === 'deleted') {
      this.wanted = null;
      this.begin(null);
      setQuery(TAB, { run: null });
    }
    this.soon();
  }

  async changeQueue() {
    try {
      await fetchJson(`/queue?at_once=${this.atOnce.value}`, { method: 'POST' });
    } catch (error) {
      this.say(error.message);
    }
    this.soon();
  }

  say(sentence) {
    this.notice.textContent = sentence;
    this.notice.hidden = !sentence;
  }
}

// On a phone form and run lie below each other: show the one that was just changed.
function reveal(element) {
  const { top } = element.getBoundingClientRect();
  if (top < 0 || top > 0.8 * window.innerHeight) {
    element.scrollIntoView({ block: 'start', behavior: 'smooth' });
  }
}
