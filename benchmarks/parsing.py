"""How well the parser, as the application uses it, names what is in labelled photos.

    python -m training.parser.prepare --ccp=CCP --clothing=CLOTHING --out=CACHE
    python -m benchmarks.parsing CACHE

Intersection over union of every class on people whose photos were labelled by hand (Clothing
Co-Parsing, `training/parser/prepare.py`), once whole and once down to the thighs, with the poses
that the application finds. Somebody in whom nobody is found counts as ground.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.labels import people
from deployments.parsing import Parsing
from deployments.pose import PoseEstimator
from deployments.types import Image, ModelError, frozen
from training.parser.labels import CLASSES, IGNORED
from training.parser.measures import counted, measures
from weights.store import Store

HALF = 0.55
"""Share of a person's height, from the crown, that the upper half shows."""


def upper_half(photo: Image, classes: NDArray[np.uint8]) -> tuple[Image, NDArray[np.uint8]]:
    """The photo and its classes down to the person's thighs."""
    rows = np.flatnonzero(((classes > 0) & (classes != IGNORED)).any(axis=1))
    bottom = int(rows[0] + HALF * (rows[-1] - rows[0]))
    return frozen(photo[:bottom]), classes[:bottom]


def main(cache: Path, split: str = "validation") -> None:
    """Print one table for whole people and one for upper halves."""
    store = Store.from_environment()
    find, parse = PoseEstimator(store), Parsing(store)
    for half in (False, True):
        counts = np.zeros((len(CLASSES),) * 2, np.int64)
        for photo, classes in people(cache, split):
            shown, truth = upper_half(photo, classes) if half else (photo, classes)
            try:
                answer = parse.classes(shown, find(shown))
            except ModelError:
                answer = np.zeros(truth.shape, np.uint8)
            counts += counted(truth, answer)
        print("\nupper halves" if half else "whole people")
        for name, value in measures(counts).items():
            print(f"  {name:12s} {value:.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
