"""Brightness times 1.3, to the bit."""

from __future__ import annotations

import numpy as np
import PIL.Image
from PIL import ImageEnhance

from deployments.brightness import brightened
from deployments.types import frozen


def test_every_value_of_every_channel_is_pillow_s_own() -> None:
    rng = np.random.default_rng(0)
    planes = [rng.permutation(np.arange(256).repeat(4)).reshape(32, 32) for _ in range(3)]
    picture = frozen(np.stack(planes, 2).astype(np.uint8))
    wanted = np.asarray(ImageEnhance.Brightness(PIL.Image.fromarray(picture)).enhance(1.3))
    assert (brightened(picture) == wanted).all()


def test_the_values_are_those_of_the_arithmetic() -> None:
    """1.3 is a little less in single precision, and what is behind the point is cut off."""
    values = np.arange(256, dtype=np.uint8)
    picture = frozen(np.repeat(values[None, :, None], 3, axis=2))
    bright = brightened(picture)[0, :, 0]
    assert bright[[0, 1, 100, 180, 196, 197, 255]].tolist() == [0, 1, 130, 233, 254, 255, 255]
    exact = np.minimum(values * 1.3, 255)
    assert ((exact - bright >= 0) & (exact - bright <= 1)).all()
    assert not brightened(picture).flags.writeable
