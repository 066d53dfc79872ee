"""What it costs to look at a picture that arrives: before the 202, and in the runner afterwards."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

import serve_app
from serve_app.blobs import FolderBlobs
from serve_app.intake import accept, decode, pack, unpack

GALLERY = Path(serve_app.__file__).parent / "gallery"
ROUNDS = 40


def photo_of(megabytes: float, size: tuple[int, int] = (3000, 4000)) -> bytes:
    """A JPEG of about so many megabytes, as phones make them: large, with the sensor's noise."""
    with Pillow.open(GALLERY / "persons/woman-long-hair.jpg") as small:
        pixels = np.asarray(small.convert("RGB").resize(size), np.int16)
    noise = np.random.default_rng(0).normal(0, 5, (*pixels.shape[:2], 1)).astype(np.int16)
    picture = Pillow.fromarray((pixels + noise).clip(0, 255).astype(np.uint8))
    for quality in range(60, 100, 3):
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality)
        if file.tell() > megabytes * 1e6:
            break
    return file.getvalue()


def spread(times: list[float]) -> str:
    """The median and the 95th percentile of milliseconds."""
    return f"p50 {np.percentile(times, 50):6.1f}  p95 {np.percentile(times, 95):6.1f} ms"


def timed(work: Callable[[], object]) -> str:
    """`spread` of the work."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - begun))
    return spread(times)


def main() -> None:
    """Print the table."""
    photo = photo_of(2.0)
    kept = accept(photo)
    print(f"a JPEG of {len(photo) / 1e6:.1f} MB, {kept.width}×{kept.height} px, {ROUNDS} rounds")
    print("looked at and hashed (accept)     ", timed(lambda: accept(photo).sha256))
    print("decoded and hashed, as it was once", timed(lambda: pack(decode(photo)).sha256))
    print("decoded by the runner (unpack)    ", timed(lambda: unpack(kept.data)))
    with tempfile.TemporaryDirectory() as folder:
        blobs = FolderBlobs(Path(folder))
        print("stored, with fsync                ", timed(lambda: blobs.write(kept.data)))


if __name__ == "__main__":
    main()
