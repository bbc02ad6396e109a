// What can be done with a run, as its state allows.

import { fetchJson } from '../scene/address.js';

export class RunActions {
  // `done` is called after an action, `clone` with a run, `say` with a sentence.
  constructor(root, { done, clone, say }) {
    this.root = root;
    Object.assign(this, { done, clone, say });
    this.key = '';
    window.addEventListener('studio-registry', () => { this.tabsOf = null; this.key = ''; });
  }

  show(run) {
    const key = [run.id, run.state, run.step > 0, run.checkpoint, Boolean(this.tabsOf)].join(' ');
    if (key === this.key) return;
    this.key = key;
    // The pressed button goes; the keyboard goes on from its successor, but never on another run.
    if (this.root.contains(document.activeElement)) this.held = this.run;
    this.root.replaceChildren(...this.buttons(run));
    if (this.held === run.id) this.root.firstElementChild?.focus({ preventScroll: true });
    this.held = null;
    this.run = run.id;
    if (run.checkpoint && this.tabsOf?.checkpoint !== run.checkpoint) this.findTabs(run);
  }

  buttons(run) {
    const act = (label, action, title, primary) => this.button(
      label, title, (button) => this.act(run, action, button), primary,
    );
    const still = ['stopped', 'interrupted', 'failed'].includes(run.state);
    const shown = [];
    if (run.state === 'queued') shown.push(act('Take off the queue', 'stop', 'It can be resumed'));
    if (run.state === 'running') {
      shown.push(act('Stop', 'stop', 'Stop after this batch; it can be resumed'));
    }
    if (still) shown.push(act('Resume', 'resume', 'Go on from where it stopped', true));
    if (still && run.step > 0) {
      shown.push(act('Keep as it is', 'keep', 'End here and keep the model that there is'));
    }
    if (run.checkpoint && this.tabsOf?.checkpoint === run.checkpoint) {
      shown.push(...this.tabsOf.tabs.map((tab) => link(tab)));
    }
    shown.push(this.button(
      'Clone with changes', 'Fill in the form with these settings', () => this.clone(run),
    ));
    if (still || run.state === 'finished') {
      shown.push(this.button('Delete', 'Delete this run', () => this.confirm(run)));
    }
    return shown;
  }

  button(label, title, clicked, primary = false) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = label;
    button.title = title;
    button.classList.toggle('primary', primary);
    button.addEventListener('click', () => clicked(button));
    return button;
  }

  confirm(run) {
    const question = document.createElement('span');
    question.textContent = run.checkpoint ? 'Delete this run? Its model stays.' : 'Delete this run?';
    const yes = this.button('Delete it', 'Its curves, pictures and log go; there is no way back', (b) => this.act(run, 'delete', b));
    yes.classList.add('danger');
    const back = () => { this.key = ''; this.show(run); };
    const no = this.button('Leave it', 'Delete nothing', back);
    no.addEventListener('keydown', (event) => { if (event.key === 'Escape') back(); });
    this.root.replaceChildren(question, yes, no);
    no.focus();
  }

  async act(run, action, button) {
    // A button that is disabled loses the focus.
    if (document.activeElement === button) this.held = run.id;
    button.disabled = true;
    try {
      const path = `/runs/${encodeURIComponent(run.id)}/${action}`;
      const answer = await fetchJson(path, { method: 'POST' });
      this.say('');
      await this.done(run.id, answer);
    } catch (error) {
      this.say(error.message);
      button.disabled = false;
    }
  }

  async findTabs(run) {
    const { checkpoint } = run;
    const path = `/house/tabs?model=${encodeURIComponent(checkpoint)}`;
    const answer = await fetchJson(path).catch(() => null);
    if (!answer) return;
    this.tabsOf = { checkpoint, tabs: answer.tabs };
    this.show(run);
  }
}

function link({ title, href }) {
  const there = document.createElement('a');
  there.href = href;
  there.className = 'primary';
  there.textContent = `Open in ${title}`;
  return there;
}
