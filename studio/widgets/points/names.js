// Names of the colours, each on a plate where its points lie closest together.

const CELLS = 28;
const FEWEST = 12;
const SHARE = 0.004;
const HEIGHT = 22;

// Where each name belongs: [{k, x, y}] in the points' own units, for the colours that have a name.
export function anchors(field, names) {
  const [x0, x1, y0, y1] = field.bounds;
  const cell = (v, low, high) => Math.max(0, Math.min(CELLS - 1, Math.floor(((v - low) / (high - low)) * CELLS)));
  const counts = names.map(() => new Int32Array(CELLS * CELLS));
  const sums = names.map(() => new Float64Array(2 * CELLS * CELLS));
  const totals = new Int32Array(256);
  for (const row of field.sorted) {
    const k = field.colours[row];
    if (!names[k] || !field.shown(row)) continue;
    const [x, y] = [field.to[2 * row], field.to[2 * row + 1]];
    const at = cell(y, y0, y1) * CELLS + cell(x, x0, x1);
    totals[k] += 1;
    counts[k][at] += 1;
    sums[k][2 * at] += x;
    sums[k][2 * at + 1] += y;
  }
  const fewest = Math.max(FEWEST, SHARE * field.placed);
  return names.flatMap((_, k) => (totals[k] < fewest ? [] : [{ k, ...crest(counts[k], sums[k]) }]));
}

// The mean of the three by three cells that hold most.
function crest(counts, sums) {
  let best = { most: -1 };
  for (let row = 0; row < CELLS; row += 1) {
    for (let column = 0; column < CELLS; column += 1) {
      if (!counts[row * CELLS + column]) continue;
      let [most, x, y] = [0, 0, 0];
      for (let r = Math.max(0, row - 1); r <= Math.min(CELLS - 1, row + 1); r += 1) {
        for (let c = Math.max(0, column - 1); c <= Math.min(CELLS - 1, column + 1); c += 1) {
          most += counts[r * CELLS + c];
          x += sums[2 * (r * CELLS + c)];
          y += sums[2 * (r * CELLS + c) + 1];
        }
      }
      if (most > best.most) best = { most, x: x / most, y: y / most };
    }
  }
  return { x: best.x, y: best.y };
}

export function drawNames(context, map) {
  const { camera, names } = map;
  context.font = '600 12.5px "IBM Plex Sans", system-ui, sans-serif';
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  const plates = map.anchors
    .map(({ k, x, y }) => ({ k, x: camera.px(x), y: camera.py(y), half: context.measureText(names[k]).width / 2 + 16 }))
    .filter(({ x, y }) => camera.sees([x, y], 0));
  pushApart(plates);
  for (const plate of plates) plate.x = Math.max(plate.half + 4, Math.min(camera.width - plate.half - 4, plate.x));
  for (const { k, x, y, half } of plates) {
    context.fillStyle = map.ink.plate;
    context.beginPath();
    context.roundRect(x - half, y - HEIGHT / 2, 2 * half, HEIGHT, HEIGHT / 2);
    context.fill();
    context.fillStyle = map.field.shade(k);
    context.beginPath();
    context.arc(x - half + 12, y, 4.5, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = map.ink.text;
    context.fillText(names[k], x - half + 22, y + 0.5);
  }
}

// Plates that lie on each other give way, a little at a time.
function pushApart(plates) {
  for (let round = 0; round < 10; round += 1) {
    plates.forEach((a, i) => {
      for (const b of plates.slice(i + 1)) {
        const across = a.half + b.half + 3 - Math.abs(b.x - a.x);
        const down = HEIGHT + 3 - Math.abs(b.y - a.y);
        if (across <= 0 || down <= 0) continue;
        const way = Math.sign(b.y - a.y) || 1;
        a.y -= (way * down) / 2;
        b.y += (way * down) / 2;
      }
    });
  }
}
