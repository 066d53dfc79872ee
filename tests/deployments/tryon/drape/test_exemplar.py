"""Gaps filled from like places of the picture."""

from __future__ import annotations

import numpy as np

from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.exemplar import continued


def _wall() -> tuple[Floats, Bools]:
    """A wall of bricks above a pavement, with a gap across the edge between them."""
    y, x = np.mgrid[:240, :180]
    bricks = 90 + 90 * ((x + 8 * (y // 12 % 2)) % 16 < 3) + 40 * (y % 12 < 2)
    plain = np.where(y < 130, bricks, 60)
    picture = np.repeat(plain[..., None], 3, axis=2).astype(np.float32)
    gap = np.zeros((240, 180), np.bool_)
    gap[60:190, 80:104] = True
    return picture, gap


def _filled(picture: Floats, offsets: Floats) -> Floats:
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    rows = np.clip(np.round(y + offsets[..., 1]), 0, picture.shape[0] - 1).astype(int)
    columns = np.clip(np.round(x + offsets[..., 0]), 0, picture.shape[1] - 1).astype(int)
    return np.asarray(picture[rows, columns], np.float32)


def test_lines_go_on_through_a_gap() -> None:
    picture, gap = _wall()
    offsets = continued(np.where(gap[..., None], 255, picture), ~gap, gap, seed=0)
    assert offsets is not None
    filled = _filled(np.where(gap[..., None], 255, picture).astype(np.float32), offsets)
    error = np.abs(filled - picture).mean(axis=2)
    assert error[140:185, 82:102].mean() < 6  # the pavement
    wall = filled[66:122, 82:102, 0]
    assert abs(wall.mean() - picture[66:122, 82:102, 0].mean()) < 14
    assert wall.std() > 0.75 * picture[66:122, 82:102, 0].std()  # bricks, no grey


def test_only_the_gap_is_filled_from_what_is_known() -> None:
    picture, gap = _wall()
    known = ~gap
    known[:, 104:130] = False  # neither known nor wanted
    offsets = continued(picture, known, gap, seed=3)
    assert offsets is not None
    assert not offsets[~gap].any()
    y, x = np.nonzero(gap)
    rows = np.round(y + offsets[gap][:, 1]).astype(int)
    columns = np.round(x + offsets[gap][:, 0]).astype(int)
    assert known[np.clip(rows, 0, 239), np.clip(columns, 0, 179)].mean() > 0.97
    again = continued(picture, known, gap, seed=3)
    assert again is not None
    assert (again == offsets).all()


def test_nothing_to_take_from() -> None:
    picture, gap = _wall()
    assert continued(picture, np.zeros_like(gap), gap, seed=0) is None
