"""Summaries and how sure they are."""

from __future__ import annotations

import numpy as np
import pytest

from deployments.jury.statistics import mean_change, summarise


def test_a_summary_of_known_numbers() -> None:
    summary = summarise(list(range(101)), more_is_better=True)
    assert (summary.count, summary.mean, summary.median) == (101, 50, 50)
    assert summary.worst_decile == 10
    assert summarise(list(range(101)), more_is_better=False).worst_decile == 90


def test_the_interval_holds_the_true_mean_as_often_as_it_says() -> None:
    generator = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        summary = summarise(list(generator.normal(3, 1, 40)), more_is_better=True)
        held += summary.mean_low <= 3 <= summary.mean_high
    assert 175 <= held <= 200


def test_a_change_that_all_cases_share_is_sure() -> None:
    before = list(np.random.default_rng(6).normal(0, 10, 30))
    change, low, high = mean_change(before, [value + 0.5 for value in before])
    assert (change, low, high) == pytest.approx((0.5, 0.5, 0.5))


def test_noise_is_no_sure_change() -> None:
    generator = np.random.default_rng(7)
    before = generator.normal(0, 1, 50)
    _, low, high = mean_change(list(before), list(before + generator.normal(0, 1, 50)))
    assert low < 0 < high


def test_nothing_cannot_be_summarised() -> None:
    with pytest.raises(ValueError, match="nothing"):
        summarise([], more_is_better=True)
    with pytest.raises(ValueError, match="nothing"):
        mean_change([], [])
