"""How long a photo takes in each style: `python -m benchmarks anime`."""

from __future__ import annotations

import statistics
import time

import cv2
import numpy as np
import skimage.data

from deployments import runtime
from deployments.anime import LOOKS, Anime
from deployments.types import Image, frozen
from weights.store import Store

REPEATS = 5


def photo(height: int, width: int) -> Image:
    """A portrait in the public domain, enlarged and cut to size."""
    side = max(height, width)
    large = cv2.resize(skimage.data.astronaut(), (side, side), interpolation=cv2.INTER_CUBIC)
    left = (side - width) // 2
    return frozen(np.asarray(large[:height, left : left + width], np.uint8))


def milliseconds(anime: Anime, image: Image, style: str, repeats: int) -> float:
    """The median of `repeats` calls after a first one."""
    anime(image, style)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        anime(image, style)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main() -> None:
    """Prints a table."""
    anime = Anime(Store.from_environment())
    print(f"{runtime.THREADS} threads, median of {REPEATS}\n")
    print(f"{'style':10}{'size':>14}{'ms':>10}  engine")
    for style in anime.styles():
        if not style.available:
            print(f"{style.name:10}{'':>14}{'':>10}  {style.engine} is not here or not allowed")
            continue
        sizes = [(1024, 768), (4000, 3000)] if style.name in LOOKS else [(512, 512), (1024, 768)]
        for height, width in sizes:
            taken = milliseconds(anime, photo(height, width), style.name, REPEATS)
            print(f"{style.name:10}{width:>8}×{height:<5}{taken:>10.0f}  {style.engine}")


if __name__ == "__main__":
    main()
