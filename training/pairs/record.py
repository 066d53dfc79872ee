"""What is kept of a picture: its parse map and its flow from the flat garment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deployments.types import Label, ParseMap
from training.pairs.raster import STRAND, Buffer
from training.pairs.refine import Garment

Flow = NDArray[np.float32]


def parse_map(buffer: Buffer, labels: NDArray[np.int64]) -> ParseMap:
    """CIHP labels by pixel."""
    found = np.zeros(buffer.face.shape, np.uint8)
    drawn = buffer.face >= 0
    found[drawn] = labels[buffer.face[drawn]]
    found[buffer.face == STRAND] = int(Label.HAIR)
    return found


def flows(buffer: Buffer, garment: Garment) -> tuple[Flow, Flow]:
    """For each pixel the px of the flat picture that it shows, as cv2.remap takes it (a pixel's
    centre is a whole number): on the front layer, on the back layer; NaN elsewhere."""
    count = len(garment.triangles)
    shown = (buffer.face >= 0) & (buffer.face < count)
    face = np.where(shown, buffer.face, 0)
    place = np.einsum("hwk,hwkc->hwc", buffer.share, garment.place[garment.triangles[face]]) - 0.5
    found = []
    for layer in (garment.front[face] & shown, ~garment.front[face] & shown):
        found.append(np.where(layer[..., None], place, np.nan).astype(np.float32))
    return found[0], found[1]
