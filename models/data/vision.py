"""The one place that imports torchvision.

PyPI's torchvision beside a CPU-only torch cannot load its compiled operators, and then its import
fails with `operator torchvision::nms does not exist`. Nothing here calls those operators (they
suppress overlapping boxes in detectors), so declaring them is enough to import the rest.
"""

import importlib
from types import ModuleType
from typing import Any

import torch

__all__ = ["import_torchvision"]

_OPERATORS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

# A Library takes its declarations with it when it is collected, so it has to stay referenced.
_declared: list[Any] = []


def import_torchvision() -> ModuleType:
    """Import torchvision, declaring the operators it cannot load.

    The plain import is tried first: where the compiled operators do load, declaring them beforehand
    would clash with their own declaration.

    Returns:
        The torchvision module.

    Raises:
        ImportError: torchvision is not installed.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    _declare_missing_operators()
    return importlib.import_module("torchvision")


def _declare_missing_operators() -> None:
    missing = [name for name in _OPERATORS if not hasattr(torch.ops.torchvision, name)]
    if missing:
        # Any, because torch leaves this class untyped.
        library: Any = torch.library.Library("torchvision", "DEF")
        for name in missing:
            library.define(_OPERATORS[name])
        _declared.append(library)
