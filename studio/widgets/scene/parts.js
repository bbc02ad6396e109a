// Small pieces of the panels: elements, buttons, sliders.

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith('data-') || key.startsWith('aria-') || key === 'role') element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children);
  return element;
}

export function button(text, title, act, properties = {}) {
  const made = make('button', { type: 'button', textContent: text, title, ...properties });
  if (text.length < 2) made.setAttribute('aria-label', title);
  made.addEventListener('click', act);
  return made;
}

// A slider with its name and value; returns {row, show(value), input}.
export function slider(name, { min, max, step, value, words }, changed) {
  const input = make('input', { type: 'range', min, max, step, value });
  const output = make('output', { textContent: words(value) });
  input.setAttribute('aria-label', name);
  input.addEventListener('input', () => {
    output.textContent = words(Number(input.value));
    changed(Number(input.value));
  });
  const row = make('label', { className: 'slide' }, make('span', { textContent: name }), input, output);
  const show = (next) => {
    input.value = next;
    output.textContent = words(next);
  };
  return { row, show, input };
}

// A section that is folded away until it is wanted.
export function fold(title, ...children) {
  return make('details', {}, make('summary', { textContent: title }), ...children);
}

export function check(name, value, changed, title = '') {
  const input = make('input', { type: 'checkbox', checked: value });
  input.addEventListener('change', () => changed(input.checked));
  return { row: make('label', { className: 'tick', title }, input, name), show: (next) => { input.checked = next; } };
}

export function choice(name, changed) {
  const select = make('select');
  select.setAttribute('aria-label', name);
  select.addEventListener('change', () => changed(select.value));
  const row = make('label', { className: 'choice' }, make('span', { textContent: name }), select);
  const fill = (options, value) => {
    select.replaceChildren(...options.map(([key, text]) => make('option', { value: key, textContent: text })));
    select.value = value;
  };
  return { row, select, fill, show: (value) => { select.value = value; } };
}
