// What a morph says of where it is.

const SHAPES = { linear: 'on the straight way', spherical: 'along the sphere' };

// The faces on both sides of a share of the way, and how far it is between them.
function between(faces, share, closed) {
  const pieces = closed ? faces.length : faces.length - 1;
  const i = Math.min(pieces - 1, Math.floor(share * pieces));
  return { from: faces[i], to: faces[(i + 1) % faces.length], share: share * pieces - i };
}

export function morphWords(faces, share, { kind, closed }) {
  if (faces.length < 2) {
    if (kind === 'curve') return 'Save two faces or more to the shelf: the way leads through all of them, in their order.';
    return faces.length
      ? 'One end is missing: press A or B on a face of the shelf.'
      : 'Save two faces to the shelf: the first becomes A, the second B.';
  }
  const { from, to, share: part } = between(faces, share, closed);
  const percent = Math.round(100 * part);
  if (percent === 0) return `At ${from.name}.`;
  if (percent === 100) return `At ${to.name}.`;
  return `${percent} % of the way from ${from.name} to ${to.name}${SHAPES[kind] ? `, ${SHAPES[kind]}` : ''}.`;
}

// What a face of the morph is called on the shelf.
export function morphTitle(faces, share, { kind, closed }) {
  const { from, to, share: part } = between(faces, share, kind === 'curve' && closed && faces.length > 2);
  return `${from.name} to ${to.name}, ${Math.round(100 * part)} %`;
}
