"""What is worn below a coat that a shorter top takes the place of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deployments.tryon.drape.body import measure
from deployments.tryon.drape.drape import Drape
from deployments.tryon.drape.ground import fill_bottoms
from deployments.tryon.drape.legs import measure_legs
from deployments.tryon.drape.scene import Scene, make_scene
from deployments.tryon.drape.worn_below import hides_the_legs, outline_below
from deployments.types import Label, frozen
from tests.deployments.tryon.drape.mannequin import NAVY, mannequin, top

HEM = 460
"""Row of the photo at which the coat ends, above the knees."""


def _coat(breadth: int) -> Scene:
    """Somebody in a coat to the thighs, over trousers with legs of this breadth in px."""
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    rows = np.arange(len(parse))[:, None]
    below = (parse == Label.PANTS) & (rows >= HEM)
    ground = photo[10, 10]
    photo[below], parse[below] = ground, Label.BACKGROUND
    for x in (160, 224):
        leg = np.s_[HEM:620, x - breadth // 2 : x + breadth // 2]
        photo[leg], parse[leg] = NAVY, Label.PANTS
    coat = np.s_[300:HEM, 100:284]
    photo[coat], parse[coat] = (200, 180, 40), Label.COAT
    return make_scene(frozen(photo), person.pose, frozen(parse))


def _breadth(scene: Scene, row: int) -> float:
    legs = measure_legs(scene, measure(scene))
    return float(outline_below(scene, legs)[row].sum())


@pytest.mark.parametrize("breadth", [40, 56])
def test_legs_leave_a_coat_without_a_step(breadth: int) -> None:
    """Where trousers are narrow or wide below it, they are above its hem."""
    scene = _coat(breadth)
    assert hides_the_legs(scene, measure(scene))
    assert _breadth(scene, HEM - 6) == pytest.approx(2 * breadth, abs=14)


def test_no_hip_is_as_wide_as_wide_trousers() -> None:
    """The hidden thigh narrows to the body's own width towards the hip."""
    wide, usual = _coat(60), _coat(46)
    assert _breadth(wide, HEM - 6) > 1.12 * _breadth(usual, HEM - 6)
    assert _breadth(wide, 350) < 1.08 * _breadth(usual, 350)


def test_the_rim_of_a_coat_is_not_carried_up() -> None:
    """What is called trousers and shows the coat's hem, as every outline is a px or two off."""
    scene = _coat(48)
    there = scene.labels == Label.PANTS
    first = np.argmax(there, axis=0)
    rows = np.arange(scene.size[0])[:, None]
    rim = there & (rows < first + 2)
    small = np.where(rim[..., None], np.array((255, 240, 10), np.float32), scene.small)
    filled = fill_bottoms(replace(scene, small=small), measure(scene))
    assert filled is not None
    above = (rows < first) & (rows > first - 20) & there.any(axis=0)
    assert np.abs(filled[above] - np.array(NAVY)).max() < 30


def test_nothing_of_a_coat_stays_on_the_trousers(drape: Drape) -> None:
    """A rim of it, called trousers, goes with it."""
    person = mannequin(whole=True, long_sleeves=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    photo[260:HEM, 124:260], parse[260:HEM, 124:260] = (200, 180, 40), Label.COAT
    rim = parse[HEM : HEM + 3] == Label.PANTS
    photo[HEM : HEM + 3][rim] = (255, 240, 10)
    picture, mask, shape = top("short")
    outcome = drape(frozen(photo), person.pose, frozen(parse), picture, mask, shape)
    for x in (160, 224):
        seam = outcome.image[HEM - 20 : HEM + 20, x].astype(int)
        assert np.abs(seam - NAVY).max() < 40


def test_a_scrap_above_the_trousers_tells_nothing_of_them() -> None:
    scene = _coat(48)
    row = int(np.argmax((scene.labels == Label.PANTS).any(axis=1)))
    middle = int(np.nonzero(scene.labels[row] == Label.PANTS)[0].min()) + 12
    labels, small = scene.labels.copy(), scene.small.copy()
    scrap = np.s_[row - 40 : row - 28, middle - 8 : middle + 8]
    labels[scrap], small[scrap] = Label.PANTS, (20, 200, 20)
    scene = replace(scene, labels=labels, small=small)
    filled = fill_bottoms(scene, measure(scene))
    assert filled is not None
    assert filled[row - 70 : row - 2, middle - 4 : middle + 4, 1].max() < 90


def test_what_is_carried_far_up_is_cloth_all_the_way() -> None:
    """Little is seen of the trousers, and their pattern goes on to the hips."""
    scene = _coat(48)
    there = scene.labels == Label.PANTS
    last = int(np.nonzero(there.any(axis=1))[0][0]) + 20
    labels = np.where((np.arange(scene.size[0])[:, None] > last) & there, 0, scene.labels)
    stripes = np.where(np.arange(scene.size[0]) // 3 % 2, 250.0, 40.0)[:, None, None]
    small = np.where((labels == Label.PANTS)[..., None], stripes, scene.small).astype(np.float32)
    scene = replace(scene, labels=labels.astype(np.uint8), small=small)
    filled = fill_bottoms(scene, measure(scene))
    assert filled is not None
    column = int(np.nonzero(labels == Label.PANTS)[1].min()) + 8
    assert filled[last - 80 : last - 50, column, 0].std() > 60


def test_a_skirt_below_a_coat_is_as_wide_at_its_hem() -> None:
    person = mannequin(whole=True)
    parse = person.parse.copy()
    parse[HEM:][parse[HEM:] == Label.PANTS] = Label.BACKGROUND
    parse[HEM:540, 104:280] = Label.SKIRT
    parse[300:HEM, 100:284] = Label.COAT
    scene = make_scene(person.photo, person.pose, frozen(parse))
    assert _breadth(scene, HEM - 4) > 0.9 * (280 - 104)
    assert _breadth(scene, 350) < 0.85 * (280 - 104)
