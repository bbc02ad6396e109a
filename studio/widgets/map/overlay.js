// What lies above the points: class names, paths, posterior, marker, hovered example, lasso.

export function drawOverlay(context, state) {
  const { view, scene, ink } = state;
  context.clearRect(0, 0, state.width, state.height);
  context.lineJoin = 'round';
  axes(context, state);
  if (state.layers.labels) names(context, view, scene, ink, state.hidden);
  if (scene.path) paths(context, view, scene.path, ink);
  if (scene.side > 1) neighbourhood(context, view, scene, ink);
  marker(context, view, scene.z, ink);
  if (scene.posterior) ellipse(context, view, scene.posterior, ink);
  if (scene.path) {
    handle(context, view, scene.path.a, 'A', ink);
    handle(context, view, scene.path.b, 'B', ink);
  }
  if (state.polygon.length > 1) lasso(context, state.polygon, ink);
  if (state.hovered >= 0) example(context, state);
}

// Which dimension goes which way, at the right edge, where no bar of buttons lies.
function axes(context, { width, height, ink }) {
  context.font = '12px "IBM Plex Sans", sans-serif';
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.lineWidth = 3.5;
  context.strokeStyle = ink.halo;
  context.fillStyle = ink.text;
  for (const [text, y] of [['y ↑', 0.5 * height - 9], ['x →', 0.5 * height + 9]]) {
    context.strokeText(text, width - 9, y);
    context.fillText(text, width - 9, y);
  }
}

function names(context, view, scene, ink, hidden) {
  const { means, class_names: labels, palette } = scene.about;
  context.font = '600 15px "IBM Plex Sans", sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const plates = means.flatMap((mean, k) => {
    if (!mean || hidden.has(k)) return [];
    const half = Math.max(11, context.measureText(labels[k]).width / 2 + 6);
    return [{ k, half, x: view.px(mean[0]), y: view.py(mean[1]) }];
  });
  pushApart(plates);
  for (const { k, half, x, y } of plates) {
    context.fillStyle = ink.plate;
    context.strokeStyle = palette[k];
    context.lineWidth = 2;
    context.beginPath();
    context.roundRect(x - half, y - 11, 2 * half, 22, 11);
    context.fill();
    context.stroke();
    context.fillStyle = ink.text;
    context.fillText(labels[k], x, y + 1);
  }
}

// Plates that lie on each other give way, a little at a time.
function pushApart(plates) {
  for (let round = 0; round < 12; round += 1) {
    for (const a of plates) {
      for (const b of plates) {
        if (a === b) continue;
        const [dx, dy] = [b.x - a.x || 0.1, b.y - a.y || 0.1];
        const distance = Math.hypot(dx, dy);
        const overlap = Math.max(24, a.half + b.half) - distance;
        if (overlap <= 0) continue;
        b.x += (0.5 * overlap * dx) / distance;
        b.y += (0.5 * overlap * dy) / distance;
      }
    }
  }
}

function paths(context, view, path, ink) {
  for (const kind of ['linear', 'spherical']) {
    const codes = path.facts?.[kind].codes;
    if (!codes) continue;
    const chosen = kind === path.kind;
    stroke(context, codes.map((z) => [view.px(z[0]), view.py(z[1])]), chosen ? 4 : 3, ink.halo);
    context.setLineDash(chosen ? [] : [4, 5]);
    stroke(context, codes.map((z) => [view.px(z[0]), view.py(z[1])]), chosen ? 2 : 1.5, ink.line);
    context.setLineDash([]);
    if (!chosen) continue;
    for (const z of codes) dot(context, view.px(z[0]), view.py(z[1]), 2.5, ink.line);
  }
}

// What the grid of the live view shows.
function neighbourhood(context, view, scene, ink) {
  const [z, [stepX, stepY]] = [scene.focus, scene.gridStep()];
  const [width, height] = [scene.side * stepX * view.scale, scene.side * stepY * view.scale];
  context.lineWidth = 1.5;
  context.strokeStyle = ink.line;
  context.strokeRect(view.px(z[0]) - width / 2, view.py(z[1]) - height / 2, width, height);
}

function stroke(context, points, width, style) {
  context.lineWidth = width;
  context.strokeStyle = style;
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

function dot(context, x, y, radius, style) {
  context.fillStyle = style;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function handle(context, view, z, letter, ink) {
  const [x, y] = [view.px(z[0]), view.py(z[1])];
  dot(context, x, y, 11, ink.line);
  context.fillStyle = ink.plate;
  context.font = '600 12px "IBM Plex Sans", sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(letter, x, y + 0.5);
}

// Two standard deviations of the posterior, with its mean.
function ellipse(context, view, { mu, logvar }, ink) {
  const [x, y] = [view.px(mu[0]), view.py(mu[1])];
  const [rx, ry] = logvar.map((v) => 2 * Math.exp(v / 2) * view.scale);
  for (const [width, style] of [[5, ink.halo], [2, ink.posterior]]) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.beginPath();
    context.ellipse(x, y, Math.max(3, rx), Math.max(3, ry), 0, 0, 2 * Math.PI);
    context.stroke();
  }
  dot(context, x, y, 2.5, ink.posterior);
}

function marker(context, view, z, ink) {
  const [x, y] = [view.px(z[0]), view.py(z[1])];
  for (const [width, style] of [[5, ink.halo], [2, ink.line]]) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + 8 * dx, y + 8 * dy);
      context.lineTo(x + 14 * dx, y + 14 * dy);
    }
    context.stroke();
  }
}

function lasso(context, polygon, ink) {
  context.beginPath();
  polygon.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
  context.fillStyle = ink.wash;
  context.fill();
  stroke(context, [...polygon, polygon[0]], 1.5, ink.line);
}

// The hovered example: a ring, and its picture beside it where there is room.
function example(context, { view, points, hovered, thumbnail, width, ink, scene }) {
  const [x, y] = [view.px(points.x[hovered]), view.py(points.y[hovered])];
  context.lineWidth = 2;
  context.strokeStyle = ink.line;
  context.beginPath();
  context.arc(x, y, 5, 0, 2 * Math.PI);
  context.stroke();
  const picture = thumbnail(hovered);
  if (!picture) return;
  const side = 56;
  const left = x + 18 + side > width ? x - 18 - side : x + 18;
  const top = y > 110 ? y - side - 12 : y + 14;
  context.fillStyle = scene.about.palette[points.classes[hovered]] ?? ink.line;
  context.beginPath();
  context.roundRect(left - 3, top - 3, side + 6, side + 6, 7);
  context.fill();
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, left, top, side, side);
}
