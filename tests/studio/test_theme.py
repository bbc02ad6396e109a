"""The class colours stay apart, for colour-blind eyes too."""

import numpy as np
import pytest

from studio.theme import CLASS_COLOURS, styles

# Linear-light RGB under the strongest deficiency, Machado, Oliveira and Fernandes (2009), table 1.
VISION = {
    "normal": (np.eye(3), 0.17),
    "protanopia": (
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        0.08,
    ),
    "deuteranopia": (
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        0.08,
    ),
    "tritanopia": (
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
        0.08,
    ),
}
TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def linear_rgb(colours):
    codes = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in colours])
    return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("vision", VISION)
def test_class_colours_stay_apart(vision):
    matrix, least = VISION[vision]
    seen = np.clip(linear_rgb(CLASS_COLOURS) @ np.array(matrix).T, 0, 1)
    lab = np.cbrt(seen @ TO_LMS.T) @ TO_LAB.T
    distances = np.linalg.norm(lab[:, None] - lab[None], axis=-1)
    assert distances[np.triu_indices(10, 1)].min() >= least


def test_styles_carry_the_colours_and_ask_no_other_host():
    text = styles()
    assert all(colour in text for colour in CLASS_COLOURS)
    assert "http" not in text
