"""What programs give: names, numbers, codes, pictures; each with its bounds.

Shapes: N codes, D latent dimensions.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from models.checkpoint import Checkpoint
from models.data.pictures import PictureError
from studio.face_requests import Number
from studio.pictures import MAX_UPLOAD_BYTES

__all__ = [
    "Class",
    "Code",
    "Codes",
    "Count",
    "Finite",
    "Name",
    "Names",
    "Picture",
    "Seed",
    "Steps",
    "code_of",
    "codes_of",
    "picture_file",
]

MOST_NUMBERS = 4096
MOST_CODES = 64
"""At once, as over the live route"""

Finite = Number
Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[list[Name], Field(max_length=200, fail_fast=True)]
Code = Annotated[list[Number], Field(min_length=1, max_length=MOST_NUMBERS, fail_fast=True)]
Codes = Annotated[list[Code], Field(min_length=1, max_length=MOST_CODES, fail_fast=True)]
Count = Annotated[int, Field(ge=1, le=MOST_CODES)]
Steps = Annotated[int, Field(ge=2, le=MOST_CODES)]
Seed = Annotated[int, Field(ge=0, lt=2**53)]
Class = Annotated[int, Field(ge=0, le=4096)]
Picture = Annotated[str, Field(min_length=1, max_length=MAX_UPLOAD_BYTES * 4 // 3 + 200)]
"""A picture file as base64, with or without 'data:image/png;base64,' before it"""


def codes_of(rows: Sequence[Sequence[float]], checkpoint: Checkpoint) -> Tensor:
    """Return codes of a model, float32 [N, D].

    Raises:
        ValueError: One is of another length.
    """
    size = checkpoint.config.model.latent_dim
    for row in rows:
        if len(row) != size:
            raise ValueError(
                f"A code of '{checkpoint.name}' is {size} numbers, and one of these has {len(row)}."
            )
    return torch.tensor(rows, dtype=torch.float32)


def code_of(row: Sequence[float], checkpoint: Checkpoint) -> Tensor:
    """Return one code of a model, float32 [D].

    Raises:
        ValueError: It is of another length.
    """
    return codes_of([row], checkpoint)[0]


def picture_file(text: str) -> bytes:
    """Return the file that was given as base64.

    Raises:
        PictureError: It is no base64.
    """
    head, comma, rest = text.partition(",")
    if head.startswith("data:") and not (comma and head.endswith(";base64")):
        raise PictureError("The picture's data address must be of base64.")
    try:
        return base64.b64decode(rest if comma else text, validate=True)
    except (binascii.Error, ValueError):
        raise PictureError(
            "The picture must be the content of a picture file as base64, not its name or address."
        ) from None
