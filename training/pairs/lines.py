"""Polylines in a plane."""

from __future__ import annotations

import itertools

import numpy as np

from training.figures.body import Points


def unit(vector: Points) -> Points:
    """The vector at length 1."""
    return np.asarray(vector / np.linalg.norm(vector))


def finer(line: Points, parts: int) -> Points:
    """A line (n×2) with `parts` points on each of its pieces, without its end."""
    share = np.linspace(0, 1, parts, endpoint=False)[:, None]
    return np.concatenate([a + share * (b - a) for a, b in itertools.pairwise(line)])
