// The models that are shown: their figures side by side, the device that decodes, and a way in for a file.

import { open } from '../house/house.js';
import { fetchJson } from '../scene/address.js';
import { choice, make } from '../scene/parts.js';
import { number, sentence } from './words.js';

const KINDS = '.zip,.safetensors,.pth,.pt';

export class Model {
  constructor(sampler) {
    Object.assign(this, { sampler, title: 'Model' });
    this.figures = make('div', { className: 'figures' });
    this.conditions = make('p', { className: 'facts' });
    this.device = choice('Device', (device) => sampler.set({ device }));
    this.only = make('p', { className: 'facts' });
    this.file = make('input', { type: 'file', accept: KINDS, hidden: true });
    this.file.addEventListener('change', () => this.upload());
    this.recipe = choice('as recipe', () => {});
    this.told = make('p', { className: 'told', role: 'status', hidden: true });
    const pick = make('button', {
      type: 'button', textContent: 'Open a file …', title: 'It is checked, kept among your checkpoints, and opened here',
    });
    pick.addEventListener('click', () => this.file.click());
    const invitation = 'Bring your own: a checkpoint as .zip, or weights as .safetensors or .pth.';
    this.content = [this.figures, this.conditions, this.device.row, this.only,
      make('div', { className: 'upload' }, make('p', { className: 'facts', textContent: invitation }),
        this.recipe.row, pick, this.file, this.told)];
    sampler.on('others', () => this.show());
  }

  open() {
    const { devices, conditions } = this.sampler.about;
    this.show();
    this.conditions.textContent = conditions;
    this.device.fill(devices.map((name) => [name, name]), this.sampler.device);
    this.device.row.hidden = devices.length < 2;
    this.only.textContent = devices.length < 2 ? `Decodes on ${devices[0]}, the one device of this machine.` : '';
    this.offerRecipes();
  }

  // A column a model.
  show() {
    const { about, others } = this.sampler;
    if (!about) return;
    const models = [about, ...others];
    const columns = models.map(rowsOf);
    const names = [...new Set(columns.flatMap((column) => [...column.keys()]))];
    const row = (name, cells, tag = 'td') => make('tr', {}, make('th', { scope: 'row', textContent: name }),
      ...cells.map((textContent) => make(tag, { textContent })));
    this.figures.replaceChildren(make('table', {},
      ...(others.length ? [row('', models.map(({ name }) => name), 'th')] : []),
      ...names.map((name) => row(name, columns.map((column) => column.get(name) ?? '–')))));
  }

  async offerRecipes() {
    if (this.recipes) return;
    try {
      const { recipes } = await fetchJson('/registry');
      this.recipes = recipes;
      this.recipe.fill([['', 'the one that fits'], ...recipes.map((name) => [name, name])], '');
    } catch {
      // Without the list, the one that fits is still found by the studio.
    }
  }

  async upload() {
    const [file] = this.file.files;
    this.file.value = '';
    if (!file) return;
    this.tell(`Checking ${file.name} ...`);
    const query = new URLSearchParams({ file: file.name, recipe: this.recipe.select.value });
    try {
      const answer = await fetchJson(`/registry/import?${query}`, {
        method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' },
      });
      this.tell([`${file.name} is now ${answer.name}.`, ...answer.notes].join(' '));
      open(this.sampler.name, { model: answer.name });
    } catch (error) {
      this.tell(sentence(error), true);
    }
  }

  tell(text, bad = false) {
    Object.assign(this.told, { textContent: text, hidden: false });
    this.told.classList.toggle('bad', bad);
  }
}

// Name of a figure to the figure, as text.
function rowsOf(about) {
  const unknown = (value) => (value === null ? 'unknown' : String(value));
  return new Map([
    ['latent dimensions', String(about.latent_dim)], ['β', unknown(about.beta)], ['epochs', unknown(about.epochs)],
    ['parameters', about.parameters.toLocaleString('en')], ['trained on', about.dataset], ['recipe', unknown(about.recipe)],
    ...about.metrics.filter(({ key }) => key !== 'parameters')
      .map(({ label, value }) => [label, Number.isInteger(value) ? String(value) : number(value)]),
    ['licence', about.licence],
  ]);
}
