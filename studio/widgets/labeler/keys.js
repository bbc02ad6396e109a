// Keys of the whole tab, while it is shown and nothing is typed into a field.

const TYPED_MS = 1500;

// The key of every class: its own name where all are single letters or digits, else its number, with as
// many digits as the last one has.
export function keysOf({ classes, keys }) {
  const named = keys ?? classes;
  const single = named.length === classes.length && named.every((key) => /^[0-9a-z]$/i.test(key));
  const free = !named.some((key) => /^d$/i.test(key));
  if (single && free && new Set(named).size === named.length) return named.map((key) => key.toLowerCase());
  const digits = String(classes.length - 1).length;
  return classes.map((_, k) => String(k).padStart(digits, '0'));
}

export class Keys {
  constructor(root, labeler, stage) {
    Object.assign(this, { root, labeler, stage, typed: '' });
    document.addEventListener('keydown', (event) => this.pressed(event));
    // The second digit belongs to the picture that had the first.
    labeler.on('selected', () => { this.typed = ''; });
    labeler.on('about', () => { this.typed = ''; });
  }

  pressed(event) {
    const { labeler, root } = this;
    if (!labeler.about || document.body.dataset.tab !== labeler.name || !root.isConnected) return;
    if (event.defaultPrevented || event.isComposing || event.altKey || typing(event.target)) return;
    const acted = event.ctrlKey || event.metaKey ? this.command(event) : this.plain(event);
    if (acted) event.preventDefault();
  }

  command({ key, shiftKey }) {
    const pressed = key.toLowerCase();
    if (pressed === 'z' && !shiftKey) this.labeler.undo();
    else if (pressed === 'y' || pressed === 'z') this.labeler.redo();
    else return false;
    return true;
  }

  plain({ key, repeat }) {
    const { labeler, stage: { map } } = this;
    const acts = {
      ArrowRight: () => labeler.line.step(1),
      ArrowLeft: () => labeler.line.step(-1),
      ArrowDown: () => labeler.line.step(1),
      ArrowUp: () => labeler.line.step(-1),
      Escape: () => this.escape(),
    };
    if (acts[key]) {
      acts[key]();
      return true;
    }
    // A key that is held down labels one picture, not all that follow.
    if (repeat) return /^[0-9a-z]$/i.test(key);
    if (this.digit(key.toLowerCase())) return true;
    const letters = {
      d: () => labeler.label(null), delete: () => labeler.label(null), backspace: () => labeler.label(null),
      l: () => { map.tool = map.tool === 'lasso' ? 'move' : 'lasso'; },
      f: () => map.fit(),
    };
    const act = letters[key.toLowerCase()];
    act?.();
    return Boolean(act);
  }

  // Whether a key was (part of) a class's.
  digit(key) {
    const keys = keysOf(this.labeler.about);
    const [{ length }] = keys;
    if (!keys.some((own) => own.includes(key)) || key.length > 1) return false;
    clearTimeout(this.forgetting);
    const typed = this.typed + key;
    const k = keys.indexOf(typed);
    this.typed = typed.length < length ? typed : '';
    this.root.dataset.typed = this.typed;
    if (k >= 0) this.labeler.label(k);
    else if (!this.typed) this.labeler.tell(`There is no class ${typed}.`);
    else {
      this.labeler.tell(`${typed}${'_'.repeat(length - typed.length)}`);
      this.forgetting = setTimeout(() => { this.typed = ''; }, TYPED_MS);
    }
    return true;
  }

  escape() {
    this.typed = '';
    if (this.labeler.lasso.length) this.labeler.setLasso([]);
    else this.stage.map.tool = 'move';
  }

}

function typing(target) {
  const own = target?.matches?.('input:not([type="range"]):not([type="checkbox"]):not([type="file"])')
    || target?.closest?.('textarea, select, [contenteditable], [role="listbox"], [role="combobox"], dialog');
  return Boolean(own);
}
