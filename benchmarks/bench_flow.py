"""Both jobs in process at 768×1024, and what each stage of a try-on takes.

Cold: the models are loaded and the pictures are new. Garment known: another person in the same
garment. Both known: only the generator works.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

import serve_app
from deployments.types import Image, Outcome
from graph import Studio
from serve_app.intake import decode
from weights.store import Store

GALLERY = Path(serve_app.__file__).parent / "gallery"
ROUNDS = 5


def variant(image: Image, number: int) -> Image:
    """The same picture to the eye, another one to what is remembered by content."""
    changed = image.copy()
    changed[0, number] ^= 1
    return changed


def varied(number: int, *images: Image) -> list[Image]:
    """Variants of several pictures."""
    return [variant(image, number) for image in images]


def timed(work: Callable[[int], Outcome]) -> tuple[float, dict[str, float]]:
    """Median seconds of the whole, and median milliseconds of each stage."""
    wholes, stages = [], []
    for number in range(ROUNDS):
        begun = time.perf_counter()
        outcome = work(number)
        wholes.append(time.perf_counter() - begun)
        stages.append(outcome.timings)
    return median(wholes), {name: median(s[name] for s in stages) for name in stages[0]}


def told(name: str, result: tuple[float, dict[str, float]]) -> None:
    """One row of the table."""
    whole, stages = result
    parts = "  ".join(f"{stage} {ms:.0f}" for stage, ms in stages.items())
    print(f"{name:<34}{whole:6.2f} s   ms: {parts}")


def main() -> None:
    """Print the table."""
    studio = Studio(Store.from_environment(), "cpu")
    person = decode((GALLERY / "persons/woman-long-hair.jpg").read_bytes())
    plain = decode((GALLERY / "garments/tshirt-logo.jpg").read_bytes())
    striped = decode((GALLERY / "garments/striped-long-sleeve.jpg").read_bytes())
    for garment in (plain, striped):
        studio.tryon(person, garment)
    studio.anime(person)
    told("try-on, cold, plain ground", timed(lambda n: studio.tryon(*varied(n, person, plain))))
    told("try-on, cold, ISNet", timed(lambda n: studio.tryon(*varied(100 + n, person, striped))))
    told("try-on, garment known", timed(lambda n: studio.tryon(variant(person, 200 + n), plain)))
    told("try-on, both known", timed(lambda _: studio.tryon(person, plain)))
    told("avatar, cel", timed(lambda n: studio.anime(variant(person, 300 + n))))
    print(f"pictures: {np.shape(person)}, {ROUNDS} rounds, median")


if __name__ == "__main__":
    main()
