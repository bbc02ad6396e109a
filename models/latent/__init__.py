"""Geometry of latent spaces: pure functions of tensors, without models and without screens."""

from models.latent.atlas import Atlas
from models.latent.classes import class_means, class_medoids
from models.latent.density import CHARTED, Density
from models.latent.interpolation import (
    PathKind,
    image_steps,
    lerp,
    move_towards,
    path,
    retime,
    slerp,
    step_lengths,
)
from models.latent.manifold import (
    blend,
    linear_grid,
    neighbourhood,
    plane,
    prior_grid,
    span,
    traversal,
)
from models.latent.surroundings import Surroundings

__all__ = [
    "CHARTED",
    "Atlas",
    "Density",
    "PathKind",
    "Surroundings",
    "blend",
    "class_means",
    "class_medoids",
    "image_steps",
    "lerp",
    "linear_grid",
    "move_towards",
    "neighbourhood",
    "path",
    "plane",
    "prior_grid",
    "retime",
    "slerp",
    "span",
    "step_lengths",
    "traversal",
]
