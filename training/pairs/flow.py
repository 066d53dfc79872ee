"""Which place of the flat garment each pixel of a picture shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.figures.raster import Buffer
from training.pairs.refine import Garment

Flow = NDArray[np.float32]


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
