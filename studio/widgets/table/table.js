// A table for a list of objects: sort, filter, tick several rows, choose one.
//
//   const table = new Table(element, {
//     label: 'Runs', noun: ['run', 'runs'], empty: 'No runs yet.', sort: { key: 'created', descending: true },
//     id: (row) => row.id,
//     columns: [
//       { key: 'name', label: 'Name', kind: 'link', href: (row) => `?run=${row.id}` },
//       { key: 'state', label: 'State', kind: 'state', states: { failed: ['✕', 'failed', 'bad'] } },
//       { key: 'loss', label: 'Loss', kind: 'number', format: (value, row) => '...' },
//     ],
//     ticked: (ids) => {}, chosen: (id) => {},
//   });
//   table.set(rows);            // as often as one likes: ticks, choice, focus and scroll stay
//   table.ticks, table.tick(ids), table.choice, table.choose(id)
//
// `element` is an empty block; the rows scroll within the CSS variable --table-height. Kinds: text,
// number, date (ISO text or Unix seconds), state, link. A column may have `value(row)` (what it sorts
// by; row[key] otherwise), `format(value, row)` (its words), `title(row)` (on hover), `help` (on
// hover over the header). A state's entry is [icon, word, tone], tone one of good, busy, idle, bad.
// Without `ticked` there are no checkboxes. All content is set as text. The element carries data-rows
// (shown) and data-ticks.

import { cell, compare, part, searchable, wordsOf } from './cells.js';

export class Table {
  constructor(element, options) {
    this.element = element;
    this.options = { id: (row) => row.id, noun: ['row', 'rows'], empty: 'Nothing here yet.', ...options };
    this.columns = this.options.columns;
    this.sort = this.options.sort ?? { key: this.columns[0].key, descending: false };
    this.entries = new Map();
    this.ticked = new Set();
    this.choice = null;
    this.shown = [];
    this.build();
    this.set([]);
  }

  get ticks() {
    return [...this.ticked];
  }

  build() {
    this.element.classList.add('table');
    this.search = part('input', 'filter', { type: 'search', placeholder: 'Filter by any words', autocomplete: 'off' });
    this.search.setAttribute('aria-label', `Filter ${this.options.label ?? this.options.noun[1]}`);
    this.search.addEventListener('input', () => this.arrange());
    this.count = part('span', 'count');
    this.count.setAttribute('role', 'status');
    this.bar = part('div', 'line');
    this.bar.append(this.search, this.count);
    const table = part('table', '');
    table.setAttribute('aria-label', this.options.label ?? '');
    this.body = part('tbody', '');
    table.append(this.header(), this.body);
    this.nothing = part('p', 'nothing');
    this.scroll = part('div', 'scroll');
    this.scroll.append(table, this.nothing);
    this.element.replaceChildren(this.bar, this.scroll);
    this.body.addEventListener('click', (event) => this.clicked(event));
    this.body.addEventListener('keydown', (event) => this.key(event));
  }

  header() {
    const row = part('tr', '');
    if (this.options.ticked) {
      this.all = part('input', '', { type: 'checkbox', title: 'Tick every row shown' });
      this.all.setAttribute('aria-label', this.all.title);
      this.all.addEventListener('change', () => this.tickShown(this.all.checked));
      const head = part('th', 'tick');
      head.append(this.all);
      row.append(head);
    }
    this.heads = this.columns.map((column) => {
      const head = part('th', column.kind ?? 'text');
      const button = part('button', '', { type: 'button', textContent: column.label });
      if (column.help) button.title = column.help;
      button.addEventListener('click', () => this.sortBy(column));
      head.scope = 'col';
      head.append(button);
      return head;
    });
    row.append(...this.heads);
    const header = part('thead', '');
    header.append(row);
    return header;
  }

  // Numbers and dates begin with the largest, words with A.
  sortBy({ key, kind }) {
    const again = this.sort.key === key;
    this.sort = { key, descending: again ? !this.sort.descending : ['number', 'date'].includes(kind) };
    this.arrange();
  }

  // Replace the rows. Those that are gone lose their tick.
  set(rows) {
    const before = this.entries;
    this.entries = new Map();
    rows.forEach((row, order) => {
      const id = this.options.id(row);
      const entry = before.get(id) ?? this.entry(id);
      entry.row = row;
      entry.order = order;
      this.fill(entry);
      this.entries.set(id, entry);
    });
    const gone = this.ticks.filter((id) => !this.entries.has(id));
    gone.forEach((id) => this.ticked.delete(id));
    if (this.choice !== null && !this.entries.has(this.choice)) this.choose(null);
    this.arrange();
    if (gone.length) this.options.ticked?.(this.ticks);
  }

  entry(id) {
    const line = part('tr', '', { tabIndex: -1 });
    line.dataset.id = id;
    const entry = { id, line, cells: [], words: [] };
    if (this.options.ticked) {
      entry.box = part('input', '', { type: 'checkbox', checked: this.ticked.has(id) });
      entry.box.addEventListener('change', () => this.tickOne(id, entry.box.checked));
      const box = part('td', 'tick');
      box.append(entry.box);
      line.append(box);
    }
    entry.cells = this.columns.map((column) => part('td', column.kind ?? 'text'));
    line.append(...entry.cells);
    return entry;
  }

  // Only what has changed is touched, or a refresh would take a selection of text away.
  fill(entry) {
    const { row, cells } = entry;
    const words = this.columns.map((column) => wordsOf(column, row));
    this.columns.forEach((column, i) => {
      const mark = `${words[i]}\n${column.href?.(row) ?? ''}\n${column.title?.(row) ?? ''}`;
      if (entry.words[i] === mark) return;
      entry.words[i] = mark;
      cell(cells[i], column, row, words[i]);
    });
    entry.text = searchable(words);
    entry.box?.setAttribute('aria-label', `Tick ${words[0]}`);
  }

  // Bring filter and order to the screen.
  arrange() {
    const wanted = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const column = this.columns.find((one) => one.key === this.sort.key) ?? this.columns[0];
    this.shown = [...this.entries.values()]
      .filter((entry) => wanted.every((word) => entry.text.includes(word)))
      .sort((a, b) => compare(column, a.row, b.row, this.sort.descending) || a.order - b.order);
    const lines = this.shown.map((entry) => entry.line);
    if (lines.length !== this.body.children.length || lines.some((l, i) => l !== this.body.children[i])) {
      const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
      this.body.replaceChildren(...lines);
      focused?.focus({ preventScroll: true });
    }
    this.columns.forEach(({ key }, i) => {
      const order = this.sort.descending ? 'descending' : 'ascending';
      this.heads[i].setAttribute('aria-sort', key === this.sort.key ? order : 'none');
    });
    this.mark();
  }

  // Show ticks, choice and counts.
  mark() {
    const { entries, shown, ticked } = this;
    for (const entry of shown) {
      if (entry.box) entry.box.checked = ticked.has(entry.id);
      entry.line.classList.toggle('ticked', ticked.has(entry.id));
      if (entry.id === this.choice) entry.line.setAttribute('aria-current', 'true');
      else entry.line.removeAttribute('aria-current');
      entry.line.tabIndex = -1;
    }
    const reached = shown.find((entry) => entry.id === this.choice) ?? shown[0];
    if (reached) reached.line.tabIndex = 0;
    const there = shown.filter((entry) => ticked.has(entry.id)).length;
    if (this.all) {
      this.all.checked = there > 0 && there === shown.length;
      this.all.indeterminate = there > 0 && there < shown.length;
    }
    const noun = this.options.noun[entries.size === 1 ? 0 : 1];
    const all = shown.length === entries.size;
    this.count.textContent = `${all ? '' : `${shown.length} of `}${entries.size} ${noun}`
      + (ticked.size ? ` · ${ticked.size} ticked` : '');
    this.nothing.textContent = shown.length ? '' : entries.size
      ? `No ${this.options.noun[0]} has all of these words.` : this.options.empty;
    this.element.dataset.rows = shown.length;
    this.element.dataset.ticks = ticked.size;
  }

  tickOne(id, on) {
    if (on) this.ticked.add(id);
    else this.ticked.delete(id);
    this.mark();
    this.options.ticked?.(this.ticks);
  }

  tickShown(on) {
    for (const { id } of this.shown) {
      if (on) this.ticked.add(id);
      else this.ticked.delete(id);
    }
    this.mark();
    this.options.ticked?.(this.ticks);
  }

  // Tick these and no others.
  tick(ids) {
    this.ticked = new Set([...ids].filter((id) => this.entries.has(id)));
    this.mark();
    this.options.ticked?.(this.ticks);
  }

  choose(id) {
    if (this.choice === id) return;
    this.choice = id;
    this.mark();
    this.options.chosen?.(id);
  }

  clicked(event) {
    const line = event.target.closest('tr');
    // The box is small: its whole cell ticks.
    const box = event.target.closest('td.tick')?.querySelector('input');
    if (box && event.target !== box) box.click();
    if (line && !event.target.closest('a, input, td.tick')) this.choose(line.dataset.id);
  }

  key(event) {
    const line = event.target.closest('tr');
    const moves = { ArrowDown: line.nextSibling, ArrowUp: line.previousSibling };
    if (event.key in moves) moves[event.key]?.focus();
    else if (event.target !== line) return;
    else if (event.key === 'Enter') this.choose(line.dataset.id);
    else if (event.key === ' ' && this.options.ticked) {
      this.tickOne(line.dataset.id, !this.ticked.has(line.dataset.id));
    } else return;
    event.preventDefault();
  }
}
