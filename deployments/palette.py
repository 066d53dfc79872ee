"""Parse maps as pictures: palette PNG files in the colours of LIP and CIHP."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image as PillowImage

from deployments.types import Image, Label, ParseMap

COLOURS: dict[Label, tuple[int, int, int]] = {
    Label.BACKGROUND: (0, 0, 0),
    Label.HAT: (128, 0, 0),
    Label.HAIR: (255, 0, 0),
    Label.GLOVE: (0, 85, 0),
    Label.EYEWEAR: (170, 0, 51),
    Label.UPPER_CLOTHES: (255, 85, 0),
    Label.DRESS: (0, 0, 85),
    Label.COAT: (0, 119, 221),
    Label.SOCKS: (85, 85, 0),
    Label.PANTS: (0, 85, 85),
    Label.TORSO_SKIN: (85, 51, 0),
    Label.SCARF: (52, 86, 128),
    Label.SKIRT: (0, 128, 0),
    Label.FACE: (0, 0, 255),
    Label.LEFT_ARM: (51, 170, 221),
    Label.RIGHT_ARM: (0, 255, 255),
    Label.LEFT_LEG: (85, 255, 170),
    Label.RIGHT_LEG: (170, 255, 85),
    Label.LEFT_SHOE: (255, 255, 0),
    Label.RIGHT_SHOE: (255, 170, 0),
}
"""RGB of the 20 labels, as parse maps are drawn throughout the field."""


def coloured(parse: ParseMap) -> Image:
    """The parse map as uint8 H×W×3 RGB."""
    table = np.zeros((256, 3), np.uint8)
    table[: len(COLOURS)] = [COLOURS[label] for label in Label]
    return table[parse]


def palette_png(parse: ParseMap) -> bytes:
    """The parse map as a palette PNG whose pixel values are the labels."""
    picture = PillowImage.fromarray(parse)
    picture.putpalette([channel for label in Label for channel in COLOURS[label]])
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def from_palette_png(data: bytes) -> ParseMap:
    """Labels of a palette or grey PNG. Raises ValueError where a pixel is no label."""
    with PillowImage.open(io.BytesIO(data)) as picture:
        if picture.mode not in {"P", "L"}:
            raise ValueError(f"a parse map is a palette or grey picture, not {picture.mode}")
        labels = np.asarray(picture, np.uint8)
    if labels.max(initial=0) >= len(COLOURS):
        raise ValueError(f"label {int(labels.max())} is none of the {len(COLOURS)}")
    return labels
