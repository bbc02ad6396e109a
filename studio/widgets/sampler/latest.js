// Asks one question at a time, and of those that come meanwhile only the newest.

export class Latest {
  constructor(ask, failed) {
    Object.assign(this, { ask, failed, wanted: null, asking: false });
  }

  async want(question) {
    this.wanted = question;
    if (this.asking) return;
    this.asking = true;
    while (this.wanted) {
      const next = this.wanted;
      this.wanted = null;
      try {
        await this.ask(next);
      } catch (error) {
        // A newer question is on its way already, or the visitor is told.
        if (!this.wanted) this.failed(error);
      }
    }
    this.asking = false;
  }
}
