"""Pieces of a mask, chosen by their size, their place and what they touch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deployments.pieces import Pieces

ROWS = (
    "##...#",
    "##....",
    "..#..#",
    ".....#",
)


def drawn(*rows: str) -> NDArray[np.bool_]:
    return np.array([[place == "#" for place in row] for row in rows])


def test_corners_join_pieces_where_they_shall() -> None:
    assert len(Pieces.of(drawn(*ROWS))) == 3
    assert len(Pieces.of(drawn(*ROWS), connectivity=4)) == 4


def test_each_piece_has_its_measures() -> None:
    pieces = Pieces.of(drawn(*ROWS), connectivity=4)
    order = np.lexsort((pieces.boxes[:, 0], pieces.boxes[:, 1]))
    assert pieces.areas[order].tolist() == [4, 1, 1, 2]
    assert pieces.boxes[order].tolist() == [[0, 0, 2, 2], [5, 0, 1, 1], [2, 2, 1, 1], [5, 2, 1, 2]]
    assert pieces.middles[order].tolist() == [[0.5, 0.5], [5, 0], [2, 2], [5, 2.5]]
    masks = list(pieces)
    assert [mask.sum() for mask in masks] == pieces.areas.tolist()
    assert (np.sum(masks, axis=0) == drawn(*ROWS)).all(), "all of it, and nothing twice"


def test_pieces_are_chosen_by_a_rule_and_nothing_else_is() -> None:
    pieces = Pieces.of(drawn(*ROWS).astype(np.uint8) * 200)
    touched = drawn("......", "......", "..####", "......")
    assert sorted(pieces.counted(touched).tolist()) == [0, 1, 1]
    found = pieces.chosen(pieces.counted(touched) > 0)
    assert (found == drawn("##....", "##....", "..#..#", ".....#")).all()
    assert (pieces.chosen(pieces.areas > 2) == drawn("##....", "##....", "..#...", "......")).all()
    assert (pieces.largest() == pieces.chosen(pieces.areas > 2)).all()


def test_an_empty_mask_has_no_pieces() -> None:
    pieces = Pieces.of(np.zeros((3, 4), np.bool_))
    assert len(pieces) == 0
    assert list(pieces) == []
    assert pieces.counted(np.ones((3, 4), np.bool_)).tolist() == []
    for mask in (pieces.largest(), pieces.chosen(pieces.areas > 0)):
        assert mask.shape == (3, 4)
        assert not mask.any()
