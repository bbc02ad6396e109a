// Where things lie in the view: the picture, the small picture of the tunnel, and the star map.

const NARROW = 128;
const MARGIN = 14;
const BELOW_BAR = 54;

// Rectangles of the main picture, the small map, the picture beside the large map, the one in the tunnel.
export function layout(width, height) {
  const side = Math.min(0.74 * height, 0.8 * width);
  const beside = (width - side) / 2 - 28;
  const small = Math.max(NARROW, Math.min(beside, 0.42 * height));
  // On a phone the small map lies above the picture.
  const above = beside < NARROW;
  const edge = above ? BELOW_BAR : MARGIN;
  const top = above ? Math.min(edge + 12 + small, height - side - 52) : (height - side) / 2 - 6;
  const own = Math.min(130, 0.22 * width);
  return {
    main: { left: (width - side) / 2, top, side },
    inset: { left: width - small - MARGIN, top: edge, width: small, height: small },
    corner: { left: width - small + small * 0.18 - MARGIN, top: edge + 8, side: small * 0.82 },
    own: { left: MARGIN, top: height - 106 - own, side: own },
  };
}
