from __future__ import annotations

import cv2
import numpy as np

from deployments.guided_filter import follow_edges
from deployments.types import frozen


def scene(contrast: int) -> tuple[np.ndarray, np.ndarray]:
    """A disc on grey, and where it is."""
    truth = np.zeros((160, 160), np.uint8)
    cv2.circle(truth, (80, 80), 50, 255, -1)
    picture = np.full((160, 160, 3), 100, np.uint8)
    picture[truth > 0] += np.uint8(contrast)
    return picture, truth


def test_a_blurred_mask_is_pulled_onto_the_edge() -> None:
    picture, truth = scene(80)
    blurred = cv2.GaussianBlur(truth, (0, 0), 4).astype(np.uint8)
    followed = follow_edges(frozen(blurred), frozen(picture), 8, 0.02)
    at_the_edge = slice(128, 133)  # the disc's right side is at 130
    before = np.diff(blurred[80, at_the_edge].astype(int)).min()
    after = np.diff(followed[80, at_the_edge].astype(int)).min()
    assert -30 < before < -10
    assert after < -110


def test_without_an_edge_the_mask_stays_as_it_is() -> None:
    picture, truth = scene(0)
    followed = follow_edges(frozen(truth), frozen(picture), 8, 0.02)
    assert np.abs(followed.astype(int) - truth).max() <= 1
