from __future__ import annotations

import numpy as np
import pytest

from deployments.anime.lines import edge_flow, line_strength, long_marks, smooth_along
from deployments.anime.plane import Plane, grid


def edge_at(angle: float) -> Plane:
    """L 30 on one side of a straight edge through the middle, 70 on the other."""
    columns, rows = grid(80, 80)
    side = (columns - 40) * np.cos(angle) + (rows - 40) * np.sin(angle)
    return np.where(side > 0, 70, 30).astype(np.float32)


@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 4, 1.2, np.pi / 2])
def test_the_flow_runs_along_an_edge(angle: float) -> None:
    right, down = edge_flow(edge_at(angle))
    along = abs(-np.sin(angle) * right[40, 40] + np.cos(angle) * down[40, 40])
    assert along == pytest.approx(1, abs=0.03)


def test_a_line_lies_on_the_dark_side_of_an_edge() -> None:
    strength = line_strength(edge_at(0.0), np.full((80, 80), 10, np.float32), 2.8)
    row = strength[40]
    assert row[36:41].max() > 2
    assert row[42:46].max() < 0
    assert np.abs(row[:20]).max() < 0.1


def test_a_faint_edge_in_quiet_surroundings_counts_more() -> None:
    faint = edge_at(0.0) * np.float32(0.125)
    quiet = line_strength(faint, np.ones((80, 80), np.float32), 2.8)
    busy = line_strength(faint, np.full((80, 80), 14, np.float32), 2.8)
    assert quiet.max() > 2 * busy.max()


def test_smoothing_goes_along_and_not_across() -> None:
    stripe = np.zeros((40, 40), np.float32)
    stripe[20, ::4] = 1
    flow = np.ones((40, 40), np.float32), np.zeros((40, 40), np.float32)
    smooth = smooth_along(stripe, flow, 4)
    assert np.ptp(smooth[20, 8:32]) < 0.2
    assert smooth[[18, 22]].max() == 0


def test_specks_are_dropped_and_lines_kept() -> None:
    ink = np.zeros((60, 60), np.float32)
    ink[10, 5:50] = 1  # a line
    ink[30:33, 30:33] = 1  # a speck
    ink[50, 5:50] = 0.3  # a faint line
    kept = long_marks(ink, shortest=20, palest=0.5)
    assert kept[10, 5:50].all()
    assert not kept[30:33, 30:33].any()
    assert not kept[50].any()
    assert not kept[0].any()
