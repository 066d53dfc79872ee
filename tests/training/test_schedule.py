"""How far a training run is, and how fast it learns there."""

from __future__ import annotations

import time

import pytest

from training.schedule import Progress, one_cycle


def test_the_rate_rises_and_falls() -> None:
    shares = [one_cycle(done, warm=0.1, floor=0.03) for done in (0, 0.05, 0.1, 0.5, 1)]
    assert shares[2] == pytest.approx(1)
    assert shares[0] < shares[1] < shares[2] > shares[3] > shares[4]
    assert shares[4] == pytest.approx(0.03)


def test_progress_by_steps() -> None:
    progress = Progress(0.5, steps=200, minutes=0)
    assert [progress.at(step) for step in (0, 50, 200, 300)] == [0, 0.25, 1, 1]


def test_progress_by_the_clock_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(0.5, steps=200, minutes=10)
    found = []
    for seconds in (0, 150, 400):
        now[0] = 1000.0 + seconds
        found.append(progress.at(7))
    assert found == pytest.approx([0.5, 0.75, 1])
