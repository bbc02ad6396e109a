"""Codes of a flight, for films."""

import numpy as np

SIZE = 3


def flight(frames=10, count=1, seed=0):
    return np.random.default_rng(seed).normal(size=(frames, count, SIZE)).astype("<f4")
