"""What the refiner is shown, taken down while the engine works."""

from __future__ import annotations

import numpy as np
import pytest

from deployments.tryon.drape.refine import Refiner
from deployments.types import Label
from training.drape import prepare
from training.drape.people import Wearer
from training.drape.replay import Seen, lesson, watched
from training.drape.selfpairs import lay_flat


@pytest.fixture(scope="module")
def seen(wearer: Wearer) -> Seen:
    pair = lay_flat(wearer, "upper")
    assert pair is not None
    worn = prepare.put_on(pair, np.random.default_rng(3))
    assert worn is not None
    kept: list[Seen] = []
    with watched(kept):
        refiner = object.__new__(Refiner)
        assert refiner(worn.scene, worn.body, worn.regions, worn.composed) is worn.composed
    assert len(kept) == 1
    return kept[0]


def test_the_engine_is_itself_again_afterwards() -> None:
    before = Refiner.__call__
    with watched([]):
        assert Refiner.__call__ is not before
    assert Refiner.__call__ is before


def test_a_lesson_teaches_where_new_and_old_cloth_meet(seen: Seen, wearer: Wearer) -> None:
    sample = lesson(seen, wearer.photo, wearer.parse, "upper")
    assert sample.shape == (256, 192, 14)
    assert np.array_equal(sample[..., :10], seen.planes)
    taught = sample[..., 13] > 127
    assert 0.05 < taught.mean() < 0.6
    assert (sample[taught][:, 3] > 100).mean() > 0.999, "a sample's pixel averages several"
    nobody = np.full_like(wearer.parse, Label.BACKGROUND)
    assert not lesson(seen, wearer.photo, nobody, "upper")[..., 13].any()
