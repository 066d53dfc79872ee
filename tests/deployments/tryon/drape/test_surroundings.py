"""What lies round and before the person: other people, bags, books."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deployments.tryon.drape import Drape
from deployments.tryon.drape.body import find_frame
from deployments.tryon.drape.ground import fill_bottoms
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import BOTTOMS, make_scene
from deployments.types import Label, frozen
from tests.deployments.tryon.drape.mannequin import mannequin, top
from weights.store import Store


@pytest.fixture(scope="module")
def drape(tmp_path_factory: pytest.TempPathFactory) -> Drape:
    return Drape(Store(tmp_path_factory.mktemp("weights"), None))


def test_somebody_beside_keeps_the_coat(drape: Drape) -> None:
    person = mannequin()
    photo, parse = person.photo.copy(), person.parse.copy()
    photo[80:120, 340:366], parse[80:120, 340:366] = (200, 160, 140), Label.FACE
    photo[124:300, 330:380], parse[124:300, 330:380] = (20, 90, 30), Label.COAT
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    assert not (labels == Label.COAT).any()
    assert (labels == Label.UPPER_CLOTHES).sum() == (scene.labels == Label.UPPER_CLOTHES).sum()
    outcome = drape(frozen(photo), person.pose, frozen(parse), *top("short"))
    assert (outcome.image[150:280, 340:372] == (20, 90, 30)).all()


def test_a_scarf_lies_round_the_neck() -> None:
    person = mannequin()
    parse = person.parse.copy()
    parse[120:150, 150:230] = Label.SCARF
    parse[300:350, 40:80] = Label.SCARF
    scene = make_scene(person.photo, person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    scarf = np.argwhere(labels == Label.SCARF)
    assert len(scarf) > 100
    assert scarf[:, 0].max() < 200


def test_a_book_before_the_chest_stays(drape: Drape) -> None:
    person = mannequin()
    photo, parse = person.photo.copy(), person.parse.copy()
    photo[220:280, 160:215], parse[220:280, 160:215] = (240, 220, 20), Label.BACKGROUND
    outcome = drape(frozen(photo), person.pose, frozen(parse), *top("short"))
    assert np.abs(outcome.image[232:268, 172:203].astype(int) - (240, 220, 20)).max() < 8
    belt = person.parse.copy()
    belt[308:318, 120:264] = Label.BACKGROUND
    outcome = drape(person.photo, person.pose, frozen(belt), *top("short"))
    assert outcome.image.shape == person.photo.shape


def test_a_hand_lost_in_a_wide_sleeve_is_told(drape: Drape) -> None:
    person = mannequin(long_sleeves=True)
    parse = person.parse.copy()
    parse[np.isin(parse, (Label.LEFT_ARM, Label.RIGHT_ARM))] = Label.UPPER_CLOTHES
    hidden = drape(person.photo, person.pose, frozen(parse), *top("short"))
    assert "HandHidden" in hidden.warnings
    bare = drape(person.photo, person.pose, person.parse, *top("short"))
    assert "HandHidden" not in bare.warnings
    assert (hidden.confidence or 0) < (bare.confidence or 0)


def test_trousers_end_where_a_bag_begins() -> None:
    """Their label runs over its edge onto the bag."""
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    photo[360:460, 60:152], parse[360:460, 60:152] = (240, 220, 20), Label.BACKGROUND
    parse[380:440, 138:152] = Label.PANTS
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "lower").labels
    bag = (scene.small[..., 2] < 60) & (scene.small[..., 0] > 220)
    assert (labels[bag] == Label.BACKGROUND).mean() > 0.9
    plain = make_scene(person.photo, person.pose, person.parse)
    trousers = corrected(plain, find_frame(plain), "lower").labels == Label.PANTS
    assert trousers.sum() == (plain.labels == Label.PANTS).sum()


def test_a_skirt_goes_on_above_its_edge_in_its_own_folds() -> None:
    person = mannequin(whole=True)
    scene = make_scene(person.photo, person.pose, person.parse)
    there = np.isin(scene.labels, BOTTOMS)
    folds = np.where(np.arange(scene.size[1]) // 4 % 2, 250.0, 40.0)[None, :, None]
    pleated = np.where(there[..., None], folds, scene.small).astype(np.float32)
    filled = fill_bottoms(replace(scene, small=pleated))
    assert filled is not None
    upper = int(np.flatnonzero(there.sum(axis=1) > 24)[0])
    inside = np.flatnonzero(there[upper + 4])[6:-6]
    assert filled[upper - 4, inside, 0].std() > 60
