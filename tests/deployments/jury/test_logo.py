"""A logo is found where it is, and not where it is not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deployments.jury.logo import READ, find_logo
from deployments.types import Image

BOX = (70, 80, 130, 120)


def garment(*, with_logo: bool = True) -> Image:
    image = np.full((256, 200, 3), (30, 90, 90), np.uint8)
    noise = np.random.default_rng(1).normal(0, 4, image.shape)
    image = np.clip(image + cv2.GaussianBlur(noise, (0, 0), 2) * 4, 0, 255).astype(np.uint8)
    if with_logo:
        cv2.putText(image, "FIT", (74, 110), cv2.FONT_HERSHEY_DUPLEX, 0.9, (240, 240, 220), 2)
        cv2.rectangle(image, (72, 84), (126, 116), (250, 200, 40), 2)
    return np.asarray(image, np.uint8)


def moved(image: Image, dx: float, dy: float, turn: float = 0.0, scale: float = 1.0) -> Image:
    matrix = cv2.getRotationMatrix2D((100, 128), turn, scale)
    matrix[:, 2] += np.array([dx, dy])
    size = (image.shape[1], image.shape[0])
    return np.asarray(
        cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


WORN = np.ones((256, 200), bool)


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (25, 60), (-20, 40)])
def test_a_shifted_logo_is_found_where_it_is(dx: int, dy: int) -> None:
    found = find_logo(garment(), BOX, moved(garment(), dx, dy), WORN, 1.0)
    assert found.score > READ
    assert (found.x, found.y) == pytest.approx((100 + dx, 100 + dy), abs=4)


def test_a_turned_and_smaller_logo_is_found() -> None:
    assert (
        find_logo(garment(), BOX, moved(garment(), 5, 5, turn=6, scale=0.9), WORN, 1.0).score > READ
    )


def test_a_missing_logo_is_not_found() -> None:
    assert find_logo(garment(), BOX, garment(with_logo=False), WORN, 1.0).score < READ


def test_a_smeared_logo_is_not_found() -> None:
    smeared = cv2.GaussianBlur(garment(), (0, 0), 14)
    assert find_logo(garment(), BOX, np.asarray(smeared, np.uint8), WORN, 1.0).score < READ


def test_it_is_searched_for_in_the_garment_alone() -> None:
    elsewhere = np.zeros_like(WORN)
    elsewhere[150:] = True
    assert find_logo(garment(), BOX, garment(), elsewhere, 1.0).score < READ


def test_a_box_beyond_the_picture_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not lie"):
        find_logo(garment(), (150, 80, 300, 120), garment(), WORN, 1.0)
