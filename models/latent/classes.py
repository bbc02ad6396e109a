"""Where a class lies in latent space.

Shapes: N codes, D latent dimensions, K classes. A label of -1 means unlabelled and is left out.
"""

import torch
from torch import Tensor

__all__ = ["class_means", "class_medoids"]


def class_means(codes_ND: Tensor, labels_N: Tensor, K: int) -> Tensor:
    """Mean code of every class.

    Args:
        codes_ND: float [N, D].
        labels_N: Integers from -1 to K - 1, [N].
        K: Number of classes.

    Returns:
        float [K, D]; a row of NaN for a class without codes.

    Raises:
        ValueError: A label is not among the K classes, or the lengths differ.
    """
    labels = _checked(codes_ND, labels_N, K)
    known = labels >= 0
    sums = codes_ND.new_zeros(K, codes_ND.shape[1], dtype=torch.float64)
    sums.index_add_(0, labels[known], codes_ND[known].double())
    counts = torch.bincount(labels[known], minlength=K)
    return (sums / counts.unsqueeze(1)).to(codes_ND.dtype)


def class_medoids(
    codes_ND: Tensor, labels_N: Tensor, K: int, *, seed: int = 0, sample: int = 2000
) -> Tensor:
    """The most central code of every class: a real example, where a mean may lie in no-man's-land.

    The medoid is the code with the least summed Euclidean distance to the codes of its class, or to
    a seeded sample of them where there are more than `sample`.

    Args:
        codes_ND: float [N, D].
        labels_N: Integers from -1 to K - 1, [N].
        K: Number of classes.
        seed: Draws the samples.
        sample: Codes that every code of a large class is compared with.

    Returns:
        int64 [K], rows of `codes_ND`; -1 for a class without codes.

    Raises:
        ValueError: A label is not among the K classes, or the lengths differ.
    """
    labels = _checked(codes_ND, labels_N, K)
    generator = torch.Generator().manual_seed(seed)
    medoids = torch.full((K,), -1, dtype=torch.int64)
    for label in range(K):
        members = (labels == label).nonzero().squeeze(1)
        if len(members):
            codes = codes_ND[members]
            drawn = torch.randperm(len(members), generator=generator)[:sample]
            medoids[label] = members[torch.cdist(codes, codes[drawn]).sum(1).argmin()]
    return medoids


def _checked(codes_ND: Tensor, labels_N: Tensor, K: int) -> Tensor:
    if labels_N.shape != codes_ND.shape[:1]:
        raise ValueError(f"{len(codes_ND)} codes need as many labels, not {list(labels_N.shape)}.")
    if len(labels_N) and not -1 <= int(labels_N.min()) <= int(labels_N.max()) < K:
        raise ValueError(f"Labels must be from -1 (unlabelled) to {K - 1} for {K} classes.")
    return labels_N.long()
