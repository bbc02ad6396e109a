// The places of a grid of pictures: side x side codes around one, in the plane that a ship faces.

// `axes` are right and up of the ship, `spread` the distance between neighbours as a share of the
// side of the space; row by row from the top, float [side * side * D].
export function neighbourhood(z, [right, up], space, { side, spread }) {
  const [across, upward] = [right, up].map((v) => direction(v, space, spread));
  const half = (side - 1) / 2;
  const codes = new Float32Array(side * side * z.length);
  let at = 0;
  for (let row = half; row >= -half; row -= 1) {
    for (let column = -half; column <= half; column += 1) {
      for (let d = 0; d < z.length; d += 1, at += 1) codes[at] = z[d] + column * across[d] + row * upward[d];
    }
  }
  return codes;
}

// A direction of the space as one of latent space, `share` of the space's side long.
function direction([x, y, z], { axes, side }, share) {
  const length = share * side;
  return axes[0].map((_, d) => length * (x * axes[0][d] + y * axes[1][d] + z * axes[2][d]));
}
