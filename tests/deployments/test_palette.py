from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as PillowImage

from deployments.palette import COLOURS, coloured, from_palette_png, palette_png
from deployments.types import Label, frozen


def test_every_label_has_its_own_colour() -> None:
    assert list(COLOURS) == list(Label)
    assert len(set(COLOURS.values())) == 20


def test_a_parse_map_survives_the_palette_png() -> None:
    parse = frozen(np.arange(20, dtype=np.uint8).reshape(4, 5))
    data = palette_png(parse)
    np.testing.assert_array_equal(from_palette_png(data), parse)
    with PillowImage.open(io.BytesIO(data)) as picture:
        assert picture.convert("RGB").getpixel((3, 2)) == COLOURS[Label.FACE]


def test_coloured_paints_labels() -> None:
    parse = frozen(np.array([[0, 5], [13, 9]], np.uint8))
    assert coloured(parse)[1, 0].tolist() == [0, 0, 255]
    assert coloured(parse)[0, 1].tolist() == [255, 85, 0]


def _png(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    file = io.BytesIO()
    PillowImage.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_what_is_no_parse_map_is_refused() -> None:
    with pytest.raises(ValueError, match="not RGB"):
        from_palette_png(_png(np.zeros((2, 2, 3), np.uint8)))
    with pytest.raises(ValueError, match="label 20"):
        from_palette_png(_png(np.full((2, 2), 20, np.uint8)))
