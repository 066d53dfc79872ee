"""The measure of what rules about labels put right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import labels as bench
from deployments.types import Label
from training.parser.labels import CLASSES, IGNORED


def test_what_is_put_right_and_what_is_spoiled() -> None:
    before = np.full((10, 10), Label.LEFT_ARM, np.uint8)
    classes = np.full((10, 10), CLASSES.index("skin"), np.uint8)
    classes[:, :4] = CLASSES.index("upper")
    classes[:, 0] = IGNORED
    after = before.copy()
    after[:, :6] = Label.UPPER_CLOTHES
    after[0] = Label.LEFT_ARM
    found = bench.changes(before, after, classes, 2.0)
    assert [(change.before, change.after) for change in found] == [
        (Label.LEFT_ARM, Label.UPPER_CLOTHES)
    ]
    assert found[0].put_right == pytest.approx(27 / 4)
    assert found[0].spoiled == pytest.approx(18 / 4)
    assert found[0].gain == pytest.approx(9 / 4)


def test_a_bag_may_be_ground_and_no_trousers() -> None:
    bag = np.full((1, 2), CLASSES.index("accessories"), np.uint8)
    labels = np.array([[Label.BACKGROUND, Label.PANTS]], np.uint8)
    assert bench.is_right(labels, bag).tolist() == [[True, False]]


def test_every_label_means_something() -> None:
    assert set(bench.MEANT) >= set(Label) - {Label.GLOVE}


def test_people_come_with_their_classes(tmp_path: Path) -> None:
    photo, classes = np.zeros((4, 3, 3), np.uint8), np.ones((4, 3), np.uint8)
    arrays = {"0005_photo": photo, "0005_classes": classes}
    np.savez(tmp_path / "validation.npz", allow_pickle=False, **arrays)
    ((found, truth),) = bench.people(tmp_path, "validation")
    assert found.shape == (4, 3, 3)
    assert (truth == 1).all()


def test_the_sums_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [bench.Change(Label.PANTS, Label.BACKGROUND, 1.0, 0.25)] * 2
    bench.report("lower", rows)
    told = capsys.readouterr().out
    assert "lower: 2.00 square units put right, 0.50 spoiled" in told
    assert "pants → background     +1.50" in told
