"""GrabCut from seeds."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.grabcut import grabcut


def test_what_is_unsure_goes_by_its_colour() -> None:
    noise = np.random.default_rng(2).normal(0, 6, (60, 80, 3))
    colours = np.where(np.arange(80)[None, :, None] < 40, (200, 60, 50), (50, 80, 190))
    picture = np.clip(colours + noise, 0, 255).astype(np.uint8)
    seeds = np.full((60, 80), cv2.GC_PR_FGD, np.uint8)
    seeds[:, :10], seeds[:, -10:] = cv2.GC_FGD, cv2.GC_BGD
    before = seeds.copy()
    found = grabcut(picture, seeds)
    assert found[:, :39].all()
    assert not found[:, 41:].any()
    assert np.array_equal(seeds, before)
    assert np.array_equal(found, grabcut(picture, seeds))


def test_seeds_of_one_side_are_the_answer() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    for seed, answer in ((cv2.GC_PR_FGD, 1), (cv2.GC_BGD, 0)):
        assert (grabcut(picture, np.full((8, 8), seed, np.uint8)) == answer).all()
