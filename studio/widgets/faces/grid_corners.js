// Four faces of the shelf in the corners, and all that lies between them.

import { fetchBytes } from '../scene/address.js';
import { choice, make } from '../scene/parts.js';
import { shelfOf } from './shelf_store.js';

const SIDE = 7;
const CORNERS = [['↖', 'Upper left'], ['↗', 'Upper right'], ['↙', 'Lower left'], ['↘', 'Lower right']];

export class CornerGrid {
  constructor(grid, faces) {
    Object.assign(this, { grid, faces, chosen: [null, null, null, null], taken: null });
    this.choices = CORNERS.map(([sign, name], i) => {
      const made = choice(`${name} face`, (id) => this.take(i, Number(id)));
      made.row.firstChild.textContent = sign;
      return made;
    });
    this.controls = make('div', { className: 'axes four' }, ...this.choices.map(({ row }) => row));
  }

  get list() {
    return shelfOf(this.faces).list;
  }

  opened() {
    Object.assign(this, { chosen: [null, null, null, null], taken: null });
  }

  take(i, id) {
    this.chosen[i] = id;
    this.grid.follow();
  }

  // A corner that nobody chose has the face of its number, as far as there are so many.
  faceOf(i) {
    const { list, chosen } = this;
    return list.find(({ id }) => id === chosen[i]) ?? list[i % list.length];
  }

  follow() {
    const { list } = this;
    this.choices.forEach(({ select, fill, show }, i) => {
      const options = list.map(({ id, name }) => [id, name]);
      const text = JSON.stringify(options);
      if (select.dataset.options !== text) fill(options, '');
      select.dataset.options = text;
      select.disabled = list.length < 2;
      if (list.length) show(this.faceOf(i).id);
    });
  }

  plan() {
    const { list, faces } = this;
    if (list.length < 2) return 'Save two to four faces to the shelf first: they become the corners, and what lies between them is shown here.';
    const corners = CORNERS.map((_, i) => this.faceOf(i));
    const codes = corners.map(({ z }) => z);
    const title = 'Every face between the four in the corners.';
    return {
      key: JSON.stringify([faces.about.digest, 'corners', codes]), columns: SIDE, rows: SIDE, file: 'four-faces', across: [], down: [], title,
      fetch: async () => new Uint8Array(await fetchBytes(faces.path('/corners'), {
        method: 'POST', body: JSON.stringify({ codes: codes.map((z) => Array.from(z)), n: SIDE }), headers: { 'Content-Type': 'application/json' },
      })),
      at: () => (this.taken?.origin === faces.origin && !faces.strengths.size ? this.taken.cell : null),
      words: (column, row) => `${mixture(corners, column, row)}.`,
      choose: (column, row) => this.choose(corners, column, row),
    };
  }

  choose(corners, column, row) {
    const { faces } = this;
    const parts = shares(column, row);
    const code = Float32Array.from(faces.base, (_, d) => parts.reduce((sum, share, i) => sum + share * corners[i].z[d], 0));
    const sole = parts.findIndex((share) => share === 1);
    const face = sole < 0 ? null : corners[sole];
    const origin = { kind: 'shelf', id: face?.id ?? null, title: face?.name ?? mixture(corners, column, row) };
    this.taken = { origin, cell: [column, row] };
    faces.take({ code, origin });
  }
}

function shares(column, row) {
  const [right, down] = [column / (SIDE - 1), row / (SIDE - 1)];
  return [(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down];
}

// "50 % Anna, 50 % Ben"; the same face in two corners is told once.
function mixture(corners, column, row) {
  const whole = new Map();
  shares(column, row).forEach((share, i) => whole.set(corners[i].name, (whole.get(corners[i].name) ?? 0) + share));
  return [...whole].filter(([, share]) => share > 0.004).sort((a, b) => b[1] - a[1])
    .map(([name, share]) => `${Math.round(100 * share)} % ${name}`).join(', ');
}
