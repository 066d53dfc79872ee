"""From pictures of any size to those of the working size, and back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deployments.densepose.parts import Part, Parts
from deployments.tryon.hr_viton.preparation import FAST, FULL, Fit, laid_out, prepare
from deployments.types import Joint, Label, Pose
from tests.fakes import picture


@pytest.mark.parametrize("shape", [(1024, 768), (333, 500), (1500, 400), (7, 5), (2, 1)])
def test_there_and_back(shape: tuple[int, int]) -> None:
    fit = Fit.of((*shape, 3))
    tall, wide = shape[0] + fit.top + fit.bottom, shape[1] + fit.left + fit.right
    assert abs(3 * tall - 4 * wide) < 4
    assert min(fit.top + fit.bottom, fit.left + fit.right) == 0
    random = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    grown = fit.grown(random, edge=True)
    assert grown.shape == (tall, wide, 3)
    assert (fit.taken_out(grown, cv2.INTER_CUBIC) == random).all()
    if (tall, wide) == (1024, 768):
        assert fit == Fit((1024, 768), 0, 0, 0, 0)


def test_what_lies_beyond_the_photo_is_nobody() -> None:
    fit = Fit.of((40, 60))
    labels = fit.grown(np.full((40, 60), Label.COAT, np.uint8), edge=False)
    assert labels[0, 0] == Label.BACKGROUND
    assert labels[fit.top, 0] == Label.COAT
    pose: Pose = np.zeros((25, 3), np.float32)
    pose[Joint.NECK] = (30, 20, 1)
    moved = fit.moved(pose)
    assert moved[Joint.NECK].tolist() == [30, 20 + fit.top, 1]
    assert not moved[Joint.NOSE].any()


@pytest.mark.parametrize("size", [FULL, FAST])
def test_everything_is_of_the_working_size(size: tuple[int, int]) -> None:
    pose: Pose = np.zeros((25, 3), np.float32)
    for joint, place in {
        Joint.NECK: (100, 60), Joint.RIGHT_SHOULDER: (70, 62), Joint.LEFT_SHOULDER: (130, 62),
        Joint.RIGHT_HIP: (80, 150), Joint.LEFT_HIP: (120, 150),
    }.items():  # fmt: skip
        pose[joint] = (*place, 1)
    parse = np.full((240, 200), Label.BACKGROUND, np.uint8)
    parse[60:160, 70:130] = Label.UPPER_CLOTHES
    parse[20:50, 85:115] = Label.FACE
    parts = Parts(np.where(parse > 0, np.uint8(Part.TORSO_FRONT), np.uint8(0)), "network")
    shirt = np.where(parse == Label.UPPER_CLOTHES, np.uint8(255), np.uint8(0))
    found = prepare(
        picture(90, (240, 200)), pose, parse, parts, picture(30, (240, 200)), shirt, size
    )
    for one in (found.person, found.agnostic, found.densepose, found.garment):
        assert one.shape == (*size, 3)
    for labels in (found.parse, found.agnostic_parse, found.garment_mask):
        assert labels.shape == size
    assert Label.UPPER_CLOTHES in found.parse
    assert Label.UPPER_CLOTHES not in found.agnostic_parse
    grey = (found.agnostic == 128).all(axis=2)
    assert grey[found.parse == Label.UPPER_CLOTHES].mean() > 0.95
    assert not grey[found.parse == Label.FACE].any()
    assert not found.densepose[found.parse == Label.BACKGROUND].any()


def test_the_garment_lies_on_white_in_the_middle() -> None:
    mask = np.zeros((100, 300), np.uint8)
    mask[20:80, 10:40] = 255
    colours = np.full((100, 300, 3), 200, np.uint8)
    colours[20:80, 10:40] = (10, 60, 110)
    for size in (FAST, (128, 96)):
        garment, solid = laid_out(colours, mask, size)
        rows, columns = np.nonzero(solid)
        assert abs(rows.mean() - (size[0] - 1) / 2) < 1
        assert abs(columns.mean() - (size[1] - 1) / 2) < 1
        assert np.ptp(rows) + 1 == pytest.approx(0.92 * size[0], abs=2)
        inside = cv2.erode(solid, np.ones((13, 13), np.uint8)) > 0
        outside = cv2.dilate(solid, np.ones((13, 13), np.uint8)) == 0
        assert np.abs(garment[inside].astype(int) - (10, 60, 110)).max() <= 1
        assert (garment[outside] == 255).all()
