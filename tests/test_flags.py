"""The five flags through the whole flow, with models small enough to see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graph
from deployments.stages import Found
from deployments.types import (
    ArmOverTorso,
    Engine,
    Image,
    Joint,
    Outcome,
    ParseMap,
    Pose,
    PoseUncertain,
    frozen,
)
from tests import fakes
from tests.deployments.poses import standing
from weights.store import Store

ENGINE = Engine("flat", "1", "MIT", commercial_use=True)
PHOTO = frozen(np.random.default_rng(3).integers(60, 200, (640, 700, 3)).astype(np.uint8))
UNSURE, CROSSED = 7, 8
"""Values of the first pixel by which a photo says what is wrong with it."""


class Standing(fakes.Fake):
    """Somebody who stands there; the first pixel may cross an arm or shake the certainty."""

    seen: Image

    def __call__(self, image: Image) -> Found:
        type(self).seen = image
        pose = np.array(standing())
        if image[0, 0, 0] == CROSSED:
            pose[Joint.LEFT_WRIST, :2] = (150, 180)
        return Found(pose, (), 0.09 if image[0, 0, 0] == UNSURE else 0.8)


class Clothed(fakes.Fake):
    """Cloth between the shoulders and the hips."""

    def __call__(self, image: Image, pose: Pose, *_: Any, **_more: Any) -> ParseMap:
        parse = np.zeros(image.shape[:2], np.uint8)
        parse[110:230, 110:190] = 5
        return parse


class Flat(fakes.Fake):
    """Paints all white, and says that the cloth is what it has edited."""

    shown: tuple[Image, Pose, ParseMap]

    def __call__(
        self, person: Image, pose: Pose, parse: ParseMap, *_: Any, **_more: Any
    ) -> Outcome:
        type(self).shown = (person, pose, parse)
        cloth = np.where(parse == 5, np.uint8(255), np.uint8(0))
        return Outcome(np.full_like(person, 255), ENGINE, {}, 0.9, ("own",), {}, edited=cloth)


@pytest.fixture
def studio(tmp_path: Path) -> graph.Studio:
    own = {"pose": "Standing", "parsing": "Clothed", "drape": "Flat"}
    paths = {name: graph.Model(f"{__name__}:{kind}") for name, kind in own.items()}
    return graph.Studio(Store(tmp_path), models={**fakes.MODELS, **paths})


def try_on(studio: graph.Studio, photo: Image = PHOTO, **wishes: Any) -> Outcome:
    return studio.tryon(photo, fakes.picture(30), **wishes)


def marked(value: int) -> Image:
    photo = PHOTO.copy()
    photo[0, 0] = value
    return frozen(photo)


def test_unsaid_the_engine_sees_all_and_the_photo_is_kept(studio: graph.Studio) -> None:
    result = try_on(studio).image
    assert (Flat.shown[0] == PHOTO).all()
    assert result.shape == PHOTO.shape
    assert (result[120:220, 115:185] == 255).all()
    outside = np.ones(PHOTO.shape[:2], bool)
    outside[90:250, 90:210] = False
    assert (result[outside] == PHOTO[outside]).all()


def test_a_crop_is_seen_and_put_back(studio: graph.Studio) -> None:
    outcome = try_on(studio, crop=True, feather=False)
    person, pose, parse = Flat.shown
    assert 3 * person.shape[0] == 4 * person.shape[1]
    assert person.shape[0] < 640
    assert pose.shape == (25, 3)
    assert (parse == 5).sum() == 120 * 80
    rows, columns = np.nonzero(parse == 5)
    shoulder = pose[Joint.RIGHT_SHOULDER]
    assert abs(columns.min() - shoulder[0]) <= 1
    assert person[rows.min(), columns.min()].tolist() == PHOTO[110, 110].tolist()
    assert outcome.image.shape == PHOTO.shape
    assert (outcome.image[110:230, 110:190] == 255).all()
    outside = np.ones(PHOTO.shape[:2], bool)
    outside[110:230, 110:190] = False
    assert (outcome.image[outside] == PHOTO[outside]).all()
    assert abs(rows.max() - pose[Joint.RIGHT_HIP, 1]) <= 1


def test_the_photo_is_brightened_before_anything_sees_it(studio: graph.Studio) -> None:
    result = try_on(studio, brighten=True, feather=False).image
    bright = np.minimum(255, PHOTO * 1.3)
    for seen in (Standing.seen, Flat.shown[0], np.where(result == 255, Standing.seen, result)):
        assert np.abs(seen - bright).max() <= 1


def test_without_the_background_comes_the_engine_s_picture(studio: graph.Studio) -> None:
    assert (try_on(studio, keep_background=False).image == 255).all()


@pytest.mark.parametrize(("feather", "values"), [(True, 3), (False, 2)])
def test_an_edge_is_soft_or_hard(studio: graph.Studio, feather: bool, values: int) -> None:
    grey = np.full_like(PHOTO, 100)
    found = np.unique(try_on(studio, frozen(grey), feather=feather).image)
    assert {100, 255} <= set(found.tolist())
    assert len(found) >= values
    assert feather == (len(found) > 2)


def test_an_arm_over_the_torso(studio: graph.Studio) -> None:
    photo = marked(CROSSED)
    unsaid = try_on(studio, photo)
    assert (unsaid.confidence, unsaid.warnings) == (0.8, ("own",))
    asked = try_on(studio, photo, check_occlusion=True)
    assert (asked.confidence, asked.warnings) == (0.0, ("ArmOverTorso", "own"))
    assert (asked.image == unsaid.image).all()
    assert try_on(studio, check_occlusion=True).confidence == 0.8
    with pytest.raises(ArmOverTorso) as caught:
        try_on(studio, photo, check_occlusion=True, strict=True)
    assert "left wrist" in caught.value.message
    assert caught.value.hint


def test_an_unsure_pose_fails(studio: graph.Studio) -> None:
    with pytest.raises(PoseUncertain):
        try_on(studio, marked(UNSURE))


def test_what_engines_are_shown_where_nothing_is_said() -> None:
    sight = graph.SIGHTS["cp-vton"]
    assert (sight.framing, sight.crop, sight.check_occlusion) == ("upper", True, True)
    assert sight.asked(crop=False, check_occlusion=None).check_occlusion
    assert not sight.asked(crop=False, check_occlusion=None).crop
    assert "drape" not in graph.SIGHTS
