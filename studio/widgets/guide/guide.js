// The guide's dialog: opened by the button in the header and by the question mark, with the page of the
// tab that is open. Also the way past the header, for those who come by keyboard.

const TEXT = 'input:not([type="range"], [type="checkbox"], [type="radio"], [type="file"], [type="button"]), textarea, '
  + '[contenteditable="true"]';
const STOPS = 'canvas[tabindex="0"], button:not(:disabled), [href], input:not(:disabled), select:not(:disabled)';

export function mount(element) {
  const dialog = element.querySelector('dialog');
  if (dialog.dataset.mounted) return;
  dialog.dataset.mounted = 'yes';
  new Guide(dialog);
}

class Guide {
  constructor(dialog) {
    this.dialog = dialog;
    this.pages = dialog.querySelector('.pages');
    document.addEventListener('keydown', (event) => this.pressed(event));
    document.addEventListener('click', ({ target }) => {
      if (target.closest?.('#guide-open')) this.open();
    });
    // Keys that are pressed in here are not meant for the tab behind.
    dialog.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === '?') dialog.close();
    });
    dialog.querySelector('.close').addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', (event) => this.outside(event));
    document.querySelector('.skip')?.addEventListener('click', (event) => {
      event.preventDefault();
      skip();
    });
  }

  pressed(event) {
    const { key, target, defaultPrevented } = event;
    if (key !== '?' || defaultPrevented || event.ctrlKey || event.metaKey || target.matches?.(TEXT)) return;
    if (document.querySelector('dialog[open], [aria-modal="true"]:not([hidden])')) return;
    event.preventDefault();
    this.open();
  }

  open() {
    const { tab } = document.body.dataset;
    if (!tab || this.dialog.open) return;
    for (const page of this.pages.children) page.hidden = page.dataset.tab !== tab;
    this.dialog.dataset.tab = tab;
    this.dialog.showModal();
    this.pages.scrollTop = 0;
  }

  // A click beside the dialog is one on its backdrop.
  outside(event) {
    if (event.target !== this.dialog) return;
    const { left, right, top, bottom } = this.dialog.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    if (x < left || x > right || y < top || y > bottom) this.dialog.close();
  }
}

// To the picture of the open tab, or the first control of one that has none.
function skip() {
  const panel = [...document.querySelectorAll('[role="tabpanel"]')].find((one) => one.checkVisibility());
  const stops = [...panel?.querySelectorAll(STOPS) ?? []].filter((one) => one.checkVisibility({ visibilityProperty: true }));
  (stops.find((one) => one.matches('canvas')) ?? stops[0])?.focus();
}
