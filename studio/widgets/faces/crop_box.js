// The square that is cut out of a photo, {left, top, side} in its pixels. It never leaves the picture.

export const LEAST = 16;

const within = (value, low, high) => Math.max(low, Math.min(high, value));

export function central({ width, height }) {
  const side = Math.min(width, height);
  return { left: (width - side) / 2, top: (height - side) / 2, side };
}

export function placed({ left, top, side }, { width, height }) {
  const fitting = within(side, Math.min(LEAST, width, height), Math.min(width, height));
  return { side: fitting, left: within(left, 0, width - fitting), top: within(top, 0, height - fitting) };
}

export function moved(box, dx, dy, picture) {
  return placed({ ...box, left: box.left + dx, top: box.top + dy }, picture);
}

// Another size, about the middle of the box.
export function sized(box, side, picture) {
  const fitting = placed({ ...box, side }, picture).side;
  const grown = (fitting - box.side) / 2;
  return placed({ left: box.left - grown, top: box.top - grown, side: fitting }, picture);
}

// A corner is drawn to a place while the opposite one stays; east and south tell which corner.
export function drawn(box, { east, south }, [x, y], picture) {
  const fixed = [east ? box.left : box.left + box.side, south ? box.top : box.top + box.side];
  const room = Math.min(east ? picture.width - fixed[0] : fixed[0], south ? picture.height - fixed[1] : fixed[1]);
  const wanted = Math.max(east ? x - fixed[0] : fixed[0] - x, south ? y - fixed[1] : fixed[1] - y);
  const side = within(wanted, Math.min(LEAST, room), room);
  return { side, left: east ? fixed[0] : fixed[0] - side, top: south ? fixed[1] : fixed[1] - side };
}
