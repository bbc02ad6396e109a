// What the state of a tab about one model has beside that model: how it is opened, asked for anew and
// linked to, and what it has to say before a view can show it.
//
// Events: opening (one is asked for), about (a model is there), error ({message, kind}). A subclass knows what its models are:
// describe(checkpoint) -> about, enter(about), refresh(wasGone), readLink() and adopt(link).

import { sentence } from './address.js';
import { Emitter } from './emitter.js';

export class Host extends Emitter {
  constructor(name) {
    super();
    Object.assign(this, { name, about: null, unsaid: [], linked: true });
    window.addEventListener('studio-link', ({ detail }) => this.follow(detail));
  }

  fail(error, kind = 'error') {
    const said = { message: sentence(error), kind };
    if (!this.heard) this.unsaid.push(said);
    this.emit('error', said);
  }

  tell(words) {
    this.fail(new Error(words), 'info');
  }

  async open(checkpoint) {
    this.opening = checkpoint;
    if (!checkpoint || this.about?.name === checkpoint) return;
    this.emit('opening', { checkpoint });
    try {
      const about = await this.describe(checkpoint);
      if (this.opening === checkpoint) await this.enter(about);
    } catch (error) {
      if (this.opening === checkpoint) this.fail(error);
    }
  }

  // The registry changed, or the studio is back: what is shown is asked for again.
  async renew(wasGone = false) {
    const { about } = this;
    const found = await this.describe(about.name);
    if (this.about !== about) return;
    if (found.digest !== about.digest) {
      await this.enter(found);
      this.tell(`The model '${about.name}' was made anew; this is the new one.`);
    } else await this.refresh(wasGone);
  }

  // A link that is followed while the tab is there already.
  follow({ tab, model }) {
    if (tab !== this.name) return;
    if (!this.about || (model && model !== this.about.name)) this.linked = true;
    else this.adopt(this.readLink());
  }

  // The link that the page was opened with, once.
  takeLink() {
    const link = this.linked ? this.readLink() : null;
    this.linked = false;
    return link;
  }
}
