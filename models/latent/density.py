"""How crowded latent space is at a point, by the distance to the k-th nearest encoded code.

Shapes: N encoded codes, D latent dimensions, Q calibration distances, B codes asked about.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from models.latent.neighbours import Neighbours

__all__ = ["CHARTED", "NEIGHBOURS", "Density"]

NEIGHBOURS = 10
CHARTED = 1.0
"""Percentile from which a code counts as charted: as close to data as the loneliest 1 % of it."""

_CALIBRATION = 4096


class Density:
    """The k-NN density of encoded codes, on a scale that needs no unit.

    A distance means nothing by itself, so it is compared with the distances that the encoded codes
    have among each other: with d_k(z) the distance to the k-th nearest code and d_k(i) the same for
    code i among the others,

        percentile(z) = 100 |{i : d_k(i) >= d_k(z)}| / Q.

    100 is where data is densest, 0 is farther out than every encoded code.

    Args:
        codes_ND: The encoded codes, float [N, D].
        calibration_Q: d_k(i), sorted upwards; float [Q].
        k: Which neighbour.

    Raises:
        ValueError: The parts do not fit each other or are not finite.
    """

    def __init__(self, codes_ND: Tensor, calibration_Q: Tensor, k: int) -> None:
        if codes_ND.dim() != 2 or not 1 <= k < len(codes_ND):
            raise ValueError(
                f"A density needs more than k={k} codes [N, D], not {list(codes_ND.shape)}."
            )
        if not bool(codes_ND.isfinite().all()) or not bool(calibration_Q.isfinite().all()):
            raise ValueError("A density needs finite codes and distances; encode the data again.")
        if calibration_Q.dim() != 1 or not len(calibration_Q) or calibration_Q.diff().lt(0).any():
            raise ValueError("A density needs calibration distances [Q] that are sorted upwards.")
        self.codes = codes_ND.float()
        self.calibration = calibration_Q.float()
        self.k = k
        self._neighbours = Neighbours(self.codes.cpu())

    @classmethod
    def from_codes(cls, codes_ND: Tensor, k: int = NEIGHBOURS, *, seed: int = 0) -> "Density":
        """Fit to encoded codes.

        Args:
            codes_ND: float [N, D], N at least 2.
            k: Which neighbour; at most N - 1 is used.
            seed: Draws the codes that calibrate the scale where there are more than 4,096.

        Raises:
            ValueError: There are fewer than two codes, or some are not finite.
        """
        if codes_ND.dim() != 2 or len(codes_ND) < 2:
            raise ValueError(f"A density needs at least 2 codes, not {list(codes_ND.shape)}.")
        fitted = cls(codes_ND, codes_ND.new_zeros(1), min(k, len(codes_ND) - 1))
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randperm(len(codes_ND), generator=generator)[:_CALIBRATION]
        fitted.calibration = fitted.local_distance(drawn).sort().values
        return fitted

    def distance(self, z_BD: Tensor) -> Tensor:
        """Distance to the k-th nearest code; float32 [B].

        Raises:
            ValueError: `z_BD` has another number of dimensions than the codes or is not finite.
        """
        return self._query(z_BD, self.k)[1][:, -1].contiguous()

    def local_distance(self, indices: Tensor) -> Tensor:
        """Distance of the encoded codes at `indices` to their k-th nearest other one; float32."""
        return self._query(self.codes[indices], self.k + 1)[1][:, -1].contiguous()

    def percentile(self, z_BD: Tensor) -> Tensor:
        """Share of the encoded codes that lie at least as lonely as each z; float32 [B], 0 to 100.

        Raises:
            ValueError: `z_BD` has another number of dimensions than the codes or is not finite.
        """
        return self.percentile_at(self.distance(z_BD))

    def percentile_at(self, distances_B: Tensor) -> Tensor:
        """The same for codes whose distances to their k-th nearest code are known."""
        denser = torch.searchsorted(self.calibration, distances_B.contiguous())
        return 100 * (1 - denser / len(self.calibration))

    def charted(self, z_BD: Tensor) -> Tensor:
        """Whether each z lies where the encoder puts data; bool [B]."""
        return self.percentile(z_BD) >= CHARTED

    def nearest(self, z_BD: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """The nearest encoded codes, the nearest first.

        Returns:
            Rows of `codes`, int64 [B, min(k, N)], and their distances, float32 of the same shape.

        Raises:
            ValueError: `k` is below 1, or `z_BD` does not fit the codes or is not finite.
        """
        if k < 1:
            raise ValueError(f"Ask for at least 1 neighbour, not {k}.")
        return self._query(z_BD, min(k, len(self.codes)))

    def to_tensors(self) -> dict[str, Tensor]:
        """All of its state, for `from_tensors`."""
        return {
            "codes": self.codes,
            "calibration": self.calibration,
            "neighbours": torch.tensor(self.k),
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> "Density":
        """Rebuild what `to_tensors` described.

        Raises:
            ValueError: A tensor is missing or does not fit.
        """
        missing = {"codes", "calibration", "neighbours"} - tensors.keys()
        if missing:
            raise ValueError(f"A density needs the tensors {', '.join(sorted(missing))}.")
        return cls(tensors["codes"], tensors["calibration"], int(tensors["neighbours"]))

    def _query(self, z_BD: Tensor, k: int) -> tuple[Tensor, Tensor]:
        dimensions = self.codes.shape[1]
        if z_BD.dim() != 2 or z_BD.shape[1] != dimensions or not bool(z_BD.isfinite().all()):
            raise ValueError(
                f"Ask about finite codes [B, {dimensions}], not {list(z_BD.shape)} "
                f"with {int((~z_BD.isfinite()).sum())} values that are not finite."
            )
        return self._neighbours.nearest(z_BD, k)
