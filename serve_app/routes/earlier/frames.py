"""What the JSON server of the 256 × 192 system takes and gives: frames of a phone's camera, BMP."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps

from deployments.types import Image, frozen
from serve_app.errors import ImageTooSmall
from serve_app.intake import Limits, decode

_WINDOW = (slice(60, 580), slice(45, 435))
"""Rows and columns that were looked at, once the frame stands upright."""
_SMALL = (192, 256)
"""Width and height of the answer in px."""


def person_of(data: bytes, limits: Limits, *, as_frame: bool) -> Image:
    """The photo of the person; a phone's frame lies on its side and is mirrored.

    Raises ImageTooSmall where it cannot be a frame, and as `decode`.
    """
    photo = decode(data, limits)
    if not as_frame:
        return photo
    upright = np.rot90(photo)[:, ::-1][_WINDOW]
    if min(upright.shape[:2]) < limits.min_side:
        raise ImageTooSmall(
            "That is no frame of a phone's camera, 640 × 480 pixels on its side.",
            "Send `camera_frame: false` with a photo that stands upright.",
        )
    return frozen(np.ascontiguousarray(upright))


def as_bmp(image: Image, *, full_size: bool) -> str:
    """In base64; inside 192 × 256 px on white, unless `full_size`."""
    shown = Pillow.fromarray(image)
    if not full_size:
        shown = ImageOps.pad(shown, _SMALL, Pillow.Resampling.LANCZOS, color="white")
    file = io.BytesIO()
    shown.save(file, "BMP")
    return base64.b64encode(file.getvalue()).decode()
