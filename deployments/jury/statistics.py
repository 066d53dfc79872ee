"""Many numbers in a few, with how sure one may be of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
"""Resamples of a bootstrap."""
SEED = 20


@dataclass(frozen=True)
class Summary:
    """A measure over many cases. The intervals hold 95 %, by percentile bootstrap (Efron)."""

    count: int
    mean: float
    mean_low: float
    mean_high: float
    median: float
    median_low: float
    median_high: float
    worst_decile: float
    """Nine of ten cases are better than this."""


def summarise(values: Sequence[float], *, more_is_better: bool) -> Summary:
    """Raises ValueError for no values."""
    numbers = np.asarray(values, np.float64)
    if not len(numbers):
        raise ValueError("nothing to summarise")
    drawn = numbers[_draws(len(numbers))]
    means, medians = drawn.mean(axis=1), np.median(drawn, axis=1)
    return Summary(
        len(numbers),
        float(numbers.mean()),
        *interval(means),
        float(np.median(numbers)),
        *interval(medians),
        float(np.quantile(numbers, 0.1 if more_is_better else 0.9)),
    )


def interval(draws: NDArray[np.float64]) -> tuple[float, float]:
    """Where 95 % of the draws lie."""
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(low), float(high)


def mean_change(before: Sequence[float], after: Sequence[float]) -> tuple[float, float, float]:
    """The mean change over the same cases in the same order, and the interval of it.

    Raises ValueError where the lists are empty or not equally long.
    """
    changes = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    if not len(changes):
        raise ValueError("nothing to compare")
    return (float(changes.mean()), *interval(changes[_draws(len(changes))].mean(axis=1)))


def _draws(count: int) -> NDArray[np.int64]:
    return np.random.default_rng(SEED).integers(0, count, (DRAWS, count))
