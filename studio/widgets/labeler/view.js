// The labeler as a page: what each part of it shows is in a module of its own.

import { sentence } from '../scene/address.js';
import { Notices } from '../scene/notices.js';
import { Files } from './files.js';
import { Growth } from './growth.js';
import { Inspect } from './inspect.js';
import { Keys } from './keys.js';
import { labeler as labelerOf } from './labeler.js';
import { Projects } from './projects.js';
import { Queue } from './queue.js';
import { Rounds } from './rounds.js';
import { Stage } from './stage.js';
import { caption, saving } from './words.js';

export function mount(element, { props }) {
  const root = element.querySelector('.labeler');
  if (root.dataset.mounted) return;
  root.dataset.mounted = 'yes';
  new View(root, labelerOf(props.scene));
}

// A project is no checkpoint: whether it is still there is the feed's to find out.
class Told extends Notices {
  lookForModel() {}

  tellIfEmpty() {}
}

class View {
  constructor(root, labeler) {
    Object.assign(this, { root, labeler });
    const part = (selector) => root.querySelector(selector);
    this.part = part;
    this.notices = new Told(root, labeler, { lost: '', empty: '' });
    this.stage = new Stage(part('.sky'), labeler);
    this.parts = [
      new Inspect(part('.inspect'), labeler), new Queue(part('.queue'), labeler), new Growth(part('.side'), labeler),
      new Rounds(part('.side'), labeler), new Projects(part('.start'), labeler), new Files(part('.files'), labeler, part('.work')),
      new Keys(root, labeler, this.stage),
    ];
    this.listen();
    labeler.begin();
  }

  listen() {
    const { labeler, part } = this;
    const acts = {
      undo: () => labeler.undo(), redo: () => labeler.redo(), remove: () => labeler.label(null),
      projects: () => this.choose(), release: () => labeler.setLasso([]),
    };
    for (const [name, act] of Object.entries(acts)) part(`[data-do="${name}"]`).addEventListener('click', act);
    labeler.on('about', () => this.open());
    labeler.on('heard', () => this.notices.clear('connection'));
    labeler.on('saved', ({ error, long } = {}) => {
      this.saved();
      if (long) labeler.fail(new Error(`${saving(labeler.outbox)}: kept in this browser and sent again until saved. ${error.status ? sentence(error) : ''}`.trim()), 'connection');
    });
    for (const event of ['state', 'lasso', 'colours', 'line']) labeler.on(event, () => this.follow());
  }

  choose() {
    this.labeler.leave();
    this.labeler.look().catch((error) => this.labeler.fail(error));
  }

  open() {
    const { labeler, root, part } = this;
    const { about } = labeler;
    root.dataset.screen = about ? 'project' : 'start';
    root.dataset.project = about?.id ?? '';
    if (!about) return;
    part('.project b').textContent = about.name;
    part('.project span').textContent = about.dataset;
    part('.about-project').textContent = about.sentence ?? '';
    this.saved();
    this.follow();
  }

  follow() {
    const { labeler, part } = this;
    const { state, about, outbox } = labeler;
    if (!about) return;
    put(part('.caption'), caption(labeler));
    part('[data-do="undo"]').disabled = !(state?.undo || outbox?.pending.length);
    part('[data-do="redo"]').disabled = !(state?.redo || outbox?.pending.length);
    const ready = state?.ready;
    const share = ready ? (ready.map < 1 ? ready.map : ready.graph) : 0;
    const done = ready && ready.map >= 1 && ready.graph >= 1;
    part('.making').hidden = done || !ready?.sentence;
    put(part('.making span'), ready?.sentence ?? '');
    part('.making i').style.width = `${100 * share}%`;
    this.root.dataset.ready = done ? 'yes' : 'no';
    this.root.dataset.labelled = labeler.labelled;
    this.root.dataset.predictions = state?.versions?.predictions ?? '';
  }

  saved() {
    const { outbox } = this.labeler;
    const line = this.part('.saved');
    const waiting = outbox?.pending.length ?? 0;
    this.root.dataset.pending = waiting;
    // A moment on the way is not worth a word.
    clearTimeout(this.saying);
    const say = () => {
      line.dataset.state = outbox?.pending.length ? 'waiting' : 'saved';
      put(line, saving(outbox));
    };
    if (waiting && line.dataset.state === 'saved') this.saying = setTimeout(say, 250);
    else say();
    if (!waiting && !this.labeler.feed.silent) this.notices.clear('connection');
    this.follow();
  }
}

function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
