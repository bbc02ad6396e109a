"""How far the picture travels along a line, measured with as few pictures as that takes.

Shapes: T pictures, P pixels, S points of a timetable. All are numpy's, for a timetable is drawn in
threads whose number torch does not know.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Look", "Pixels", "Shares", "film", "travelled"]

Shares = NDArray[np.float64]
Pixels = NDArray[np.float32]
Look = Callable[[Shares], Pixels]
"""From shares of a line [T], rising, to pictures [T, P] in [0, 1]"""

_FIRST = 97
_BENDS = 0.75
_ROUNDS = 6
_FRAMES = 240
_OUTER = 2
_PARTS = 8
_SLOWEST, _LONGEST = 0.5, 1.5
_REST = 1e-12


def film(look: Look, most: int) -> tuple[Shares, Pixels]:
    """Look at a line where its picture changes unevenly.

    It begins with 97 pictures at equal distances. With v and v' the picture's mean velocities on
    two pieces side by side, both are halved while |v' - v| > 0.75 (|v'| + |v|) / 2, up to six
    times. Pieces that 240 frames at constant image speed pass in less than one may differ by as
    much more, for there the difference is hardly seen.

    Args:
        look: Decodes.
        most: At most so many pictures, about the most uneven pieces; at least the first 97.

    Returns:
        Shares [T], rising from 0 to 1, and the pictures there [T, P].
    """
    shares = np.linspace(0, 1, _FIRST)
    pictures = look(shares)
    for _ in range(_ROUNDS):
        room = most - len(shares)
        uneven = _unevenness(shares, pictures)
        worst = np.argsort(-uneven, kind="stable")[: max(room, 0)]
        halved = np.sort(worst[uneven[worst] > _BENDS])
        if not len(halved):
            break
        middles = (shares[halved] + shares[halved + 1]) / 2
        pictures = np.insert(pictures, halved + 1, look(middles), axis=0)
        shares = np.insert(shares, halved + 1, middles)
    return shares, pictures


def travelled(shares_T: Shares, pictures_TP: Pixels) -> tuple[Shares, Shares]:
    """How far the picture has come, at eight points between any two pictures.

    The pictures are joined by a cubic spline through all of them, pixel by pixel, and the length of
    that curve is summed: between pictures that lie far apart, a chord would be too short by what
    the picture does meanwhile. Where pictures are too few for it, the spline overshoots: its speed
    is kept above half the chord's, and its length from one to one and a half chords.

    Returns:
        Shares [S] and the lengths up to there [S], which begin at 0 and never fall.
    """
    widths = np.diff(shares_T)
    chord, left, right = _velocities(shares_T, pictures_TP)
    u = (np.arange(_PARTS) + 0.5) / _PARTS
    # Of the three velocities in the derivative of the cubic at u.
    weights = np.stack([6 * u * (1 - u), (1 - u) * (1 - 3 * u), u * (3 * u - 2)], axis=1)
    velocities = np.stack([chord, left, right], axis=1)
    products = velocities @ velocities.transpose(0, 2, 1)
    squares = np.einsum("si,tij,sj->ts", weights, products, weights)
    chords = np.linalg.norm(chord, axis=1).astype(np.float64)[:, None]
    speeds = np.maximum(np.sqrt(squares.clip(0)), _SLOWEST * chords)
    mean = speeds.mean(1, keepdims=True)
    speeds *= mean.clip(chords, _LONGEST * chords) / np.maximum(mean, _REST)
    lengths = (speeds * widths[:, None] / _PARTS).ravel().cumsum()
    ends = np.arange(1, _PARTS + 1) / _PARTS
    at = (shares_T[:-1, None] + ends * widths[:, None]).ravel()
    return np.append(0.0, at), np.append(0.0, lengths)


def _unevenness(shares_T: Shares, pictures_TP: Pixels) -> Shares:
    """How much the velocity of each piece differs from its neighbours'; [T - 1]."""
    velocity, widths = _chords(shares_T, pictures_TP)
    speeds = np.linalg.norm(velocity, axis=1).astype(np.float64)
    turns = np.linalg.norm(np.diff(velocity, axis=0), axis=1)
    bends = turns / np.maximum((speeds[1:] + speeds[:-1]) / 2, _REST)
    lengths = speeds * widths
    seen = _FRAMES * np.maximum(lengths[1:], lengths[:-1]) / max(float(lengths.sum()), _REST)
    bends = bends * seen.clip(0, 1)
    # The outer pieces have one neighbour, and twice the doubt.
    return np.maximum(np.append(bends, _OUTER * bends[-1]), np.append(_OUTER * bends[0], bends))


def _velocities(shares_T: Shares, pictures_TP: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """Of every piece: on the whole, and at its two ends by the spline; each [T - 1, P].

    The second derivative is continuous, so the velocities d at the pictures solve

        h_i d_(i-1) + 2 (h_(i-1) + h_i) d_i + h_(i-1) d_(i+1) = 3 (h_i v_(i-1) + h_(i-1) v_i),

    with h the widths of the pieces and v their mean velocities; the outer pieces are parabolas.
    """
    from scipy.linalg import solve_banded

    v, h = _chords(shares_T, pictures_TP)
    bands = np.ones((3, len(shares_T)), np.float32)
    bands[0, 2:], bands[2, :-2] = h[:-1], h[1:]
    bands[1, 1:-1] = 2 * (h[1:] + h[:-1])
    inside = 3 * (h[1:, None] * v[:-1] + h[:-1, None] * v[1:])
    d = solve_banded((1, 1), bands, np.concatenate([2 * v[:1], inside, 2 * v[-1:]]))
    return v, d[:-1], d[1:]


def _chords(shares_T: Shares, pictures_TP: Pixels) -> tuple[Pixels, Pixels]:
    """The mean velocity of every piece [T - 1, P] and its width [T - 1]."""
    widths = np.diff(shares_T).astype(np.float32)
    return np.diff(pictures_TP, axis=0) / widths[:, None], widths
