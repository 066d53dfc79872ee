"""Long hair beside a neck from which an old collar is taken away."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deployments.tryon.drape import Drape
from deployments.tryon.drape.body import measure
from deployments.tryon.drape.hair_behind import hair_behind
from deployments.tryon.drape.scene import Scene, make_scene
from deployments.types import Label, frozen
from tests.deployments.tryon.drape.mannequin import GROUND, RED, mannequin, top
from weights.store import Store

BROWN = (92, 58, 36)
STRAND = slice(40, 165), slice(226, 262)
COLLAR = slice(108, 132), slice(162, 226)


def _collared() -> Scene:
    """Hair hangs down on one side of the neck, and a collar fills what is between them."""
    person = mannequin()
    photo, parse = person.photo.copy(), person.parse.copy()
    photo[COLLAR], parse[COLLAR] = RED, Label.UPPER_CLOTHES
    photo[STRAND], parse[STRAND] = BROWN, Label.HAIR
    return make_scene(frozen(photo), person.pose, frozen(parse))


def test_hair_goes_on_towards_the_neck_alone() -> None:
    scene = _collared()
    rows, _ = scene.size
    gap = np.zeros(scene.size, np.bool_)
    share = rows / scene.photo.shape[0]
    beside = slice(round(108 * share), round(130 * share))
    inner, outer = (slice(round(a * share), round(b * share)) for a, b in ((214, 226), (262, 274)))
    gap[beside, inner] = gap[beside, outer] = True
    found = hair_behind(scene, measure(scene), gap)
    assert found is not None
    colour, cover = found
    assert cover[beside, inner].min() > 0.9
    assert cover[beside, outer].max() < 0.2
    assert np.abs(colour[beside, inner] - 0.8 * np.array(BROWN)).max() < 12
    away = np.zeros(scene.size, np.bool_)
    away[beside, round(197 * share) : round(206 * share)] = True
    assert hair_behind(scene, measure(scene), away) is None


def test_no_wall_is_seen_between_hair_and_neck(tmp_path: Path) -> None:
    scene = _collared()
    drape = Drape(Store(tmp_path))
    parse = scene.parse.astype(np.uint8)
    outcome = drape(scene.photo, mannequin().pose, frozen(parse), *top("short"))
    seen = outcome.image[COLLAR][:, 32:].astype(int)
    assert not (np.abs(seen - GROUND).max(axis=2) < 24).any()
