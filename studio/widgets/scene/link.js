// A scene in the page's address, so that a link opens the same picture.

const QUIET_MS = 250;
let timer = 0;

export function readLink(name) {
  const query = new URLSearchParams(window.location.search);
  const link = {};
  if (query.has('z')) link.z = numbers(query.get('z'));
  const path = query.get('path')?.split('~');
  if (path?.length === 4) {
    const [a, b, kind, steps] = [numbers(path[0]), numbers(path[1]), path[2], Number(path[3])];
    const sound = [...a, ...b, steps].every(Number.isFinite) && a.length === b.length;
    if (sound && ['linear', 'spherical'].includes(kind) && steps >= 2 && steps <= 64) {
      link.path = { a, b, kind, steps };
    }
  }
  return link;
}

// Written once the hand rests: browsers limit how often the address may change.
export function writeLink(scene) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const open = document.body.dataset.tab;
    if (open && open !== scene.name) return;
    const query = new URLSearchParams(window.location.search);
    query.set('tab', scene.name);
    query.set('model', scene.about.name);
    query.set('z', text(scene.z));
    const path = scene.path;
    if (path) query.set('path', [text(path.a), text(path.b), path.kind, path.steps].join('~'));
    else query.delete('path');
    const plain = query.toString().replaceAll('%2C', ',').replaceAll('%7E', '~');
    window.history.replaceState(window.history.state, '', `?${plain}`);
  }, QUIET_MS);
}

function numbers(list) {
  return list.split(',').map((v) => (v.trim() === '' ? NaN : Number(v)));
}

function text(z) {
  return Array.from(z, (v) => Number(v.toFixed(4))).join(',');
}
