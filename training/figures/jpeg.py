"""Pictures small enough to live in the package."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

MOST_BYTES = 200_000


def save_jpeg(picture: Image.Image, path: Path, most: int = MOST_BYTES) -> int:
    """Saves at the best quality that stays within `most` bytes and returns that quality.

    Raises ValueError where even quality 60 is too large.
    """
    for quality in range(95, 59, -1):
        picture.convert("RGB").save(path, quality=quality, optimize=True, subsampling=0)
        if path.stat().st_size <= most:
            return quality
    raise ValueError(f"{path.name} does not fit into {most} bytes")
