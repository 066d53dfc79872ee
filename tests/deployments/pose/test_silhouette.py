from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from deployments.pose.silhouette import CERTAIN, Silhouette
from deployments.types import Image, frozen
from weights.store import Store

SIZE = (256, 192)


@pytest.fixture(scope="module")
def silhouette(store: Store) -> Silhouette:
    return Silhouette(store)


def _person(shared: Path) -> tuple[Image, Image]:
    """A catalogue photo, and where its reference map has somebody."""
    folder = shared / "photos" / "preprocessed" / "vitonhd"
    with PIL.Image.open(folder / "image" / "10549_00.jpg") as picture:
        image = frozen(np.asarray(picture.convert("RGB")))
    with PIL.Image.open(folder / "image-parse" / "10549_00.png") as picture:
        parse = np.asarray(picture)
    small = cv2.resize(parse, SIZE[::-1], interpolation=cv2.INTER_NEAREST)
    return image, frozen(np.asarray(small, np.uint8))


def test_somebody_stands_out(silhouette: Silhouette, shared: Path) -> None:
    image, truth = _person(shared)
    odds = silhouette(image, SIZE)
    assert odds.shape == SIZE
    assert odds.dtype == np.float32
    assert np.abs(odds).max() <= CERTAIN
    found, there = odds > 0, truth > 0
    assert (found & there).sum() > 0.9 * (found | there).sum()


def test_a_crop_of_any_width_is_laid_over_itself(silhouette: Silhouette, shared: Path) -> None:
    """What lies beside the crop in the network's square does not shift the answer."""
    image, _ = _person(shared)
    beside = (image.shape[0] - image.shape[1]) // 2
    square = cv2.copyMakeBorder(image, 0, 0, beside, beside, cv2.BORDER_CONSTANT)
    whole = silhouette(frozen(np.asarray(square, np.uint8)), (256, 256))[:, 32:-32]
    assert ((whole > 0) == (silhouette(image, SIZE) > 0)).mean() > 0.99
