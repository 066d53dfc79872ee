"""The curve of confidences: fitted to what is known, and judged truly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image

from training.pose.calibrate import chances, fitted, reliability
from training.pose.plot import draw


def test_a_known_curve_is_found_again() -> None:
    rng = np.random.default_rng(0)
    features = np.column_stack([rng.normal(0, 2, 4000), rng.random(4000), np.ones(4000)])
    truth = np.array([1.5, 2.0, -1.0])
    dressable = rng.random(4000) < chances(features, truth)
    found = fitted(features, dressable)
    said = chances(features, found)
    assert np.abs(said - chances(features, truth)).mean() < 0.06
    for says, true, count in reliability(said, dressable):
        assert abs(says - true) < 0.15 or count < 50


def test_what_is_told_of_each_tenth() -> None:
    said = np.array([0.01, 0.05, 0.95, 1.0, 0.55, 0.52])
    dressable = np.array([False, False, True, True, True, False])
    cells = np.array(reliability(said, dressable))
    np.testing.assert_allclose(cells, [(0.03, 0, 2), (0.535, 0.5, 2), (0.975, 1, 2)])


def test_the_plot_is_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "plot.png"
    draw(path, {"people": [0.9, 0.95], "nobody": [0.0, 0.2]}, [(0.1, 0.0, 2), (0.9, 1.0, 2)])
    drawn = np.asarray(PIL.Image.open(path))
    assert drawn.shape[1] == 900
    assert (drawn < 128).any()
