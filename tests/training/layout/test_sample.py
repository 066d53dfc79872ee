from __future__ import annotations

import numpy as np
import pytest

from deployments.tryon.drape.body import Body, measure
from deployments.tryon.drape.scene import Scene, make_scene
from deployments.types import Label
from tests.deployments.tryon.drape.mannequin import mannequin
from training.drape.people import Wearer
from training.drape.template import draw_upper
from training.layout import prepare, sample


@pytest.fixture(scope="module")
def scene() -> Scene:
    person = mannequin()
    return make_scene(person.photo, person.pose, person.parse)


@pytest.fixture(scope="module")
def body(scene: Scene) -> Body:
    return measure(scene)


def plane(planes: sample.Bytes, name: str) -> sample.Bytes:
    return np.asarray(planes[..., sample.PLANES.index(name)])


def test_the_grid_holds_the_upper_body(scene: Scene, body: Body) -> None:
    grid = sample.find_grid(body.frame)
    cells = grid.cells(body.frame.origin[None])[0]
    assert cells[0] == pytest.approx((sample.WIDTH - 1) / 2, abs=0.1)
    assert 0.2 < cells[1] / sample.HEIGHT < 0.35
    middle = np.round(cells).astype(int)
    x, y = np.round(body.frame.origin).astype(int)
    found = grid.sampled(scene.labels)[middle[1], middle[0]]
    assert found in scene.labels[y - 2 : y + 3, x - 2 : x + 3]


def test_every_label_has_its_class() -> None:
    labels = np.arange(20, dtype=np.uint8)[None]
    classes = sample.classes_of(labels)[0]
    assert classes[Label.UPPER_CLOTHES] == sample.GARMENT
    assert classes[Label.LEFT_ARM] == classes[Label.RIGHT_ARM] == sample.ARM
    assert classes[Label.TORSO_SKIN] == sample.NECK
    assert classes[Label.PANTS] == classes[Label.LEFT_LEG] == sample.LOWER
    assert classes[Label.HAIR] == sample.HEAD_CLASS
    assert classes[Label.BACKGROUND] == sample.ELSE


def test_nothing_of_the_old_garment_is_told(scene: Scene, body: Body) -> None:
    grid = sample.find_grid(body.frame)
    classes = sample.classes_of(grid.sampled(scene.labels))
    planes = sample.planes(scene, grid, 0.1)
    gone = plane(planes, "hidden") > 0
    palms = plane(planes, "hands") > 0
    assert gone[classes == sample.GARMENT].all()
    assert gone[classes == sample.NECK].all()
    assert (gone | palms)[classes == sample.ARM].all()
    assert not (plane(planes, "lower") > 0)[gone].any()
    assert (plane(planes, "head") > 0)[classes == sample.HEAD_CLASS].all()


def test_more_is_hidden_round_a_wider_reach(scene: Scene, body: Body) -> None:
    grid = sample.find_grid(body.frame)
    near, far = (plane(sample.planes(scene, grid, reach), "hidden") for reach in (0.05, 0.3))
    assert (far > 0).sum() > (near > 0).sum()
    assert not ((near > 0) & (far == 0)).any()


def test_the_measures_are_those_of_the_garment(scene: Scene, body: Body) -> None:
    template = draw_upper(scene, body, "upper")
    scale = 1 / (scene.magnification * body.unit)
    told = dict(
        zip(
            sample.ATTRIBUTES,
            sample.attributes(body, template.shape, template.mask, scale),
            strict=True,
        )
    )
    assert 0.3 < told["chest width"] < 0.9
    assert 0.7 < told["hem"] < 1.6
    assert told["neck width"] == pytest.approx(0.25, abs=0.05)


def test_a_person_gives_samples_with_the_engines_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    person = mannequin()
    wearer = Wearer("drawn", person.photo, person.parse, person.pose)
    monkeypatch.setattr(prepare, "geometry", True)
    monkeypatch.setattr(prepare, "copies", 1)
    (row,) = prepare.samples_of(wearer)
    assert row["planes"].shape == (sample.HEIGHT, sample.WIDTH, len(sample.PLANES))
    plan, truth = row["plan"] == sample.GARMENT, row["truth"] == sample.GARMENT
    assert (plan & truth).sum() / (plan | truth).sum() > 0.7


def test_the_old_outline_is_not_revealed(scene: Scene, body: Body) -> None:
    grid = sample.find_grid(body.frame)
    near, far = (sample.planes(scene, grid, reach) for reach in (0.05, 0.3))
    one, other = (sample.unrevealing(planes, 0.4, 0.7, 0) for planes in (near, far))
    np.testing.assert_array_equal(plane(one, "hidden"), plane(other, "hidden"))
    gone = plane(one, "hidden") > 0
    assert gone.mean() > 0.1
    assert not (plane(one, "lower") > 0)[gone].any()
    assert not (plane(sample.unrevealing(near, 0.4, 0.7, 100), "lower") > 0)[:100].any()
