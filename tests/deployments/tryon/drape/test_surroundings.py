"""What lies round and before the person: other people, bags, books."""

from __future__ import annotations

import numpy as np
import pytest

from deployments.tryon.drape import Drape
from deployments.tryon.drape.body import find_frame
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import make_scene
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
