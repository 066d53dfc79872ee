"""The edge between loose hair and the top under it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.tryon.drape import hair
from deployments.tryon.drape.body import find_frame
from deployments.tryon.drape.hair import settled
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import make_scene
from deployments.types import Image, Label, ParseMap, frozen
from tests.deployments.tryon.drape.mannequin import RED, mannequin

BROWN = (92, 58, 36)
LEFT = slice(150, 230), slice(236, 262)
"""Where hair hangs over a shoulder (rows, columns)."""


def _long_haired(
    colour: tuple[int, int, int], called_hair: tuple[slice, slice]
) -> tuple[Image, ParseMap]:
    """Hair that hangs from the head over the left shoulder, and what the parser calls hair."""
    person = mannequin()
    photo, parse = person.photo.copy(), person.parse.copy()
    bridge = slice(40, 160), slice(228, 262)
    ours = np.zeros(parse.shape, np.bool_)
    ours[bridge] = ours[LEFT] = True
    ours &= ~np.isin(parse, (Label.FACE,))
    noise = np.random.default_rng(1).normal(0, 9, photo.shape)
    photo[ours] = np.clip(np.array(colour) + noise[ours], 0, 255).astype(np.uint8)
    top = parse == Label.UPPER_CLOTHES
    shade = np.clip(photo[top & ~ours] + noise[top & ~ours], 0, 255)
    photo[top & ~ours] = shade.astype(np.uint8)
    parse[bridge] = np.where(parse[bridge] == Label.FACE, Label.FACE, Label.HAIR)
    parse[called_hair] = Label.HAIR
    return frozen(photo), frozen(parse)


def _hair(photo: Image, parse: ParseMap) -> NDArray[np.bool_]:
    scene = make_scene(photo, mannequin().pose, parse)
    labels = settled(scene, find_frame(scene))
    full = cv2.resize(labels, parse.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(full == Label.HAIR, np.bool_)


@pytest.mark.parametrize("run_over", [-6, 0, 6])
def test_the_edge_follows_the_colours(run_over: int) -> None:
    called = slice(150, 230 + run_over), slice(236 - run_over, 262)
    found = _hair(*_long_haired(BROWN, called))
    assert found[160:224, 240:258].mean() > 0.95
    assert found[160:224, 222:232].mean() < 0.05
    assert found[234:240, 236:262].mean() < 0.05


def test_a_patch_of_the_top_that_is_called_hair_is_cloth() -> None:
    """A fur collar: it has the colour of the top, and the short hair on the head has not."""
    person = mannequin()
    photo, parse = person.photo.copy(), person.parse.copy()
    collar, crown = (slice(190, 206), slice(180, 200)), (slice(24, 56), slice(160, 224))
    photo[crown] = BROWN
    parse[crown] = parse[collar] = Label.HAIR
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    full = cv2.resize(labels, parse.shape[::-1], interpolation=cv2.INTER_NEAREST)
    assert (full[collar] == Label.UPPER_CLOTHES).mean() > 0.9
    assert (full[crown] == Label.HAIR).mean() > 0.9


def test_hair_like_the_cloth_stays_as_it_was_called(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def nothing(_picture: Image, seeds: NDArray[np.uint8]) -> NDArray[np.uint8]:
        asked.append(True)
        return (seeds & 1).astype(np.uint8)

    monkeypatch.setattr(hair, "grabcut", nothing)
    photo, parse = _long_haired(RED, LEFT)
    assert np.array_equal(_hair(photo, parse), parse == Label.HAIR)
    assert not asked
    _hair(*_long_haired(BROWN, LEFT))
    assert asked, "else it could not have been asked"


def test_where_most_of_it_would_go_all_hair_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A share of the ends that has other colours than the head's."""
    photo, parse = _long_haired(BROWN, LEFT)

    def without(rows: slice) -> bool:
        def cut(_picture: Image, seeds: NDArray[np.uint8]) -> NDArray[np.uint8]:
            kept = (seeds & 1).astype(np.uint8)
            here = np.flatnonzero((seeds == cv2.GC_PR_FGD).any(axis=1))
            kept[here[rows]] = 0
            return kept

        monkeypatch.setattr(hair, "grabcut", cut)
        return np.array_equal(_hair(photo, parse), parse == Label.HAIR)

    assert without(slice(None))
    assert not without(slice(-6, None))


def test_hair_of_other_colours_at_its_ends_stays() -> None:
    photo, parse = _long_haired(BROWN, LEFT)
    ends = photo.copy()
    ends[150:220, 236:262] = RED  # dyed like the top, but for the very tips
    assert _hair(frozen(ends), parse)[LEFT].mean() > 0.95


def test_an_earring_is_no_cloth() -> None:
    photo, parse = _long_haired(BROWN, LEFT)
    ring = photo.copy()
    cv2.circle(ring, (259, 136), 8, RED, -1)
    worn = parse.copy()
    worn[LEFT] = Label.UPPER_CLOTHES
    assert _hair(frozen(ring), frozen(worn))[131:141, 254:260].mean() > 0.95
