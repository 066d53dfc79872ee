from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deployments.parse_vote import CLASSES, settle
from deployments.types import Image, frozen
from tests.deployments.poses import standing

POSE = standing(scale=0.32)  # on a grid of 128×96: neck at row 34, hips at row 74


def _logits(**regions: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """Background with rectangles (top, bottom, left, right) of classes; later ones win."""
    answer = np.zeros((128, 96), np.int64)
    for name, (top, bottom, left, right) in regions.items():
        answer[top:bottom, left:right] = CLASSES.index(name.rstrip("_"))
    logits = np.full((len(CLASSES), 128, 96), -4.0, np.float32)
    np.put_along_axis(logits, answer[None], 4.0, axis=0)
    logits.setflags(write=False)
    return logits


def _picture(logits: NDArray[np.float32]) -> Image:
    """Every class in a colour of its own."""
    colours = np.random.default_rng(5).integers(0, 256, (len(CLASSES), 3), np.uint8)
    return frozen(np.repeat(np.repeat(colours[logits.argmax(0)], 4, 0), 4, 1))


def _names(logits: NDArray[np.float32]) -> set[str]:
    return {
        CLASSES[number] for number in np.unique(settle(logits, POSE, _picture(logits)).argmax(0))
    }


def test_sound_answers_pass_untouched() -> None:
    logits = _logits(
        hair=(8, 14, 42, 54), skin=(14, 32, 42, 54), upper=(32, 76, 34, 62),
        trousers=(76, 118, 38, 58), shoes=(118, 124, 38, 58),
    )  # fmt: skip
    np.testing.assert_array_equal(
        settle(logits, POSE, _picture(logits)).argmax(0), logits.argmax(0)
    )


def test_a_dress_that_ends_at_the_hips_is_a_top() -> None:
    logits = _logits(skin=(14, 32, 42, 54), dress=(32, 74, 34, 62), trousers=(74, 120, 38, 58))
    assert _names(logits) == {"background", "skin", "upper", "trousers"}


def test_a_dress_that_begins_at_the_hips_is_a_skirt() -> None:
    logits = _logits(skin=(14, 32, 42, 54), upper=(32, 72, 34, 62), dress=(72, 100, 34, 62))
    assert _names(logits) == {"background", "skin", "upper", "skirt"}


def test_a_real_dress_stays_one() -> None:
    logits = _logits(skin=(14, 32, 42, 54), dress=(32, 104, 34, 62))
    assert _names(logits) == {"background", "skin", "dress"}


def test_a_patch_of_upper_in_a_dress_joins_it() -> None:
    logits = _logits(skin=(14, 32, 42, 54), dress=(32, 104, 34, 62), upper=(36, 46, 44, 52))
    settled = settle(logits, POSE, _picture(logits)).argmax(0)
    assert CLASSES[settled[40, 48]] == "dress"


def test_a_patch_of_outer_in_a_top_joins_it_but_an_open_jacket_stays() -> None:
    patch = _logits(skin=(14, 32, 42, 54), upper=(32, 76, 34, 62), outer=(40, 46, 34, 42))
    assert "outer" not in _names(patch)
    jacket = _logits(
        skin=(14, 32, 42, 54), outer=(32, 80, 30, 66), upper=(32, 76, 44, 52)
    )  # fmt: skip
    assert {"outer", "upper"} <= _names(jacket)


def test_islands_and_strangers_vanish() -> None:
    logits = _logits(
        skin=(14, 32, 42, 54),
        upper=(32, 76, 34, 62),
        skirt=(50, 52, 40, 43),
        outer=(90, 120, 2, 10),
    )
    assert _names(logits) == {"background", "skin", "upper"}
    stranger = settle(logits, POSE, _picture(logits)).argmax(0)[90:120, 2:10]
    assert not stranger.any()


def test_glasses_are_no_island() -> None:
    logits = _logits(skin=(10, 32, 42, 54), eyewear=(16, 18, 45, 50), upper=(32, 76, 34, 62))
    assert "eyewear" in _names(logits)


def test_trousers_are_not_half_a_skirt_but_tights_come_out_of_one() -> None:
    mixed = _logits(upper=(32, 72, 34, 62), trousers=(72, 120, 34, 62), skirt=(80, 120, 52, 62))
    assert "skirt" not in _names(mixed)
    tights = _logits(upper=(32, 72, 34, 62), skirt=(72, 98, 34, 62), trousers=(98, 120, 38, 58))
    assert {"skirt", "trousers"} <= _names(tights)


def test_a_jacket_on_one_side_only_is_a_top_that_was_not_recognised() -> None:
    lopsided = _logits(skin=(14, 32, 42, 54), upper=(32, 76, 34, 62), outer=(32, 76, 50, 62))
    assert "outer" not in _names(lopsided)


def test_a_jacket_of_the_very_colour_of_the_top_is_a_top() -> None:
    logits = _logits(skin=(14, 32, 42, 54), upper=(32, 76, 34, 62), outer=(36, 70, 44, 52))
    grey = frozen(np.full((512, 384, 3), 90, np.uint8))
    assert CLASSES.index("outer") in settle(logits, POSE, _picture(logits)).argmax(0)
    assert CLASSES.index("outer") not in settle(logits, POSE, grey).argmax(0)


def test_a_patch_of_trousers_on_the_forearm_is_sleeve() -> None:
    logits = _logits(
        skin=(14, 32, 42, 54), upper=(32, 76, 34, 62), upper_=(36, 68, 18, 34),
        trousers=(54, 62, 20, 25), trousers_=(76, 120, 36, 60),
    )  # fmt: skip
    settled = settle(logits, POSE, _picture(logits)).argmax(0)
    assert CLASSES[settled[58, 22]] == "upper"
    assert CLASSES[settled[100, 48]] == "trousers"


def test_the_wall_shows_between_arm_and_body_but_white_cloth_stays() -> None:
    logits = _logits(
        skin=(14, 32, 42, 54), upper=(32, 76, 30, 66), trousers=(76, 120, 36, 60)
    ).copy()
    gap = np.s_[50:72, 30:36]
    logits[0][gap], logits[CLASSES.index("upper")][gap] = 0.0, 2.0
    picture = np.full((512, 384, 3), (90, 90, 160), np.uint8)
    wall = np.repeat(np.repeat(logits.argmax(0) == 0, 4, 0), 4, 1)
    picture[wall] = picture[200:288, 120:144] = picture[140:180, 170:220] = 235
    settled = settle(logits, POSE, frozen(picture)).argmax(0)
    assert not settled[gap].any()
    assert CLASSES[settled[40, 48]] == "upper"
