// Two tabs of a browser change the same shelf: what both did to it counts.

// A face is its code, whatever it is called and wherever it stands.
export const keyOf = ({ z }) => z.join();

// Shelves are {faces: [{name, z, made}], a, b}: a and b are keys of faces, or null. `base` is what both
// began with, `mine` and `theirs` what became of it.
export function merged(base, mine, theirs) {
  const [was, here, there] = [base, mine, theirs].map(({ faces }) => new Map(faces.map((face) => [keyOf(face), face])));
  const stays = (key) => (there.has(key) ? here.has(key) || !was.has(key) : !was.has(key));
  const unmoved = [...was.keys()].join('|') === [...there.keys()].join('|');
  const order = unmoved ? [...here.keys()] : [...there.keys(), ...[...here.keys()].filter((key) => !there.has(key))];
  const faces = order.filter(stays).map((key) => one(was.get(key), here.get(key), there.get(key)));
  const left = new Set(faces.map(keyOf));
  const end = (letter) => {
    const key = mine[letter] === base[letter] ? theirs[letter] : mine[letter];
    return left.has(key) ? key : null;
  };
  const [a, b] = [end('a'), end('b')];
  return { faces, a, b: a === b ? null : b };
}

function one(was, mine, theirs) {
  if (!mine || !theirs) return mine ?? theirs;
  return was && mine.name !== was.name ? { ...theirs, name: mine.name } : theirs;
}

// Whether two shelves are the same, in all that is kept of them.
export function same(one, other) {
  const text = ({ faces, a, b }) => JSON.stringify([faces.map(({ name, z }) => [name, z]), a, b]);
  return text(one) === text(other);
}
