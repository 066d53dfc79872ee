"""What rules about labels (`deployments/tryon/drape/relabel.py`) put right, and what they spoil.

    python -m training.parser.prepare --ccp=CCP --out=CACHE
    python -m benchmarks.labels CACHE [validation|train]

People whose photos were labelled by hand (Clothing Co-Parsing): each pixel that a rule changes is
looked up there. A rule that helps the picture it was written for may harm twenty others; here it
shows. The photos of "train" taught the parser, so on them it errs less than anywhere.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.body import find_frame
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import make_scene
from deployments.types import Image, Label, ModelError, frozen
from graph import Studio
from training.parser.labels import CLASSES, IGNORED
from weights.store import Store

Category = Literal["upper", "lower"]
_TOP = ("upper", "outer", "dress")
_BOTTOM = ("trousers", "skirt", "dress")
_SKIN = (Label.FACE, Label.TORSO_SKIN, Label.LEFT_ARM, Label.RIGHT_ARM, Label.LEFT_LEG,
         Label.RIGHT_LEG)  # fmt: skip
MEANT: dict[Label, tuple[str, ...]] = {
    Label.BACKGROUND: ("background", "accessories"),
    Label.HAT: ("hat", "hair"),
    Label.HAIR: ("hair", "hat"),
    Label.EYEWEAR: ("eyewear",),
    Label.UPPER_CLOTHES: _TOP,
    Label.COAT: _TOP,
    Label.DRESS: _TOP,
    Label.PANTS: _BOTTOM,
    Label.SKIRT: _BOTTOM,
    Label.SCARF: ("accessories",),
    Label.LEFT_SHOE: ("shoes",),
    Label.RIGHT_SHOE: ("shoes",),
    Label.SOCKS: ("shoes",),
    **dict.fromkeys(_SKIN, ("skin",)),
}
"""The classes of the labelled photos that a label may stand for. A bag is ground: it stays."""
SHOWN = 12
"""Kinds of change that are listed."""


@dataclass(frozen=True)
class Change:
    """Of one label into another, in square units (the shoulders' distance squared)."""

    before: Label
    after: Label
    put_right: float
    spoiled: float

    @property
    def gain(self) -> float:
        return self.put_right - self.spoiled


def is_right(labels: NDArray[np.uint8], classes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where labels (H×W) agree with the classes of a labelled photo (H×W)."""
    table = np.zeros((256, 256), np.bool_)
    for label, names in MEANT.items():
        table[label, [CLASSES.index(name) for name in names]] = True
    return table[labels, classes]


def changes(
    before: NDArray[np.uint8], after: NDArray[np.uint8], classes: NDArray[np.uint8], unit: float
) -> list[Change]:
    """What became of labels (H×W), kind by kind; pixels without a class count for nothing."""
    known = classes != IGNORED
    was, now = is_right(before, classes), is_right(after, classes)
    pairs = np.stack([before, after], axis=-1)[known & (before != after)]
    found = []
    for old, new in np.unique(pairs.reshape(-1, 2), axis=0):
        here = known & (before == old) & (after == new)
        right, wrong = (float(np.count_nonzero(m & here)) for m in (now & ~was, was & ~now))
        found.append(Change(Label(old), Label(new), right / unit**2, wrong / unit**2))
    return found


def people(cache: Path, split: str) -> Iterator[tuple[Image, NDArray[np.uint8]]]:
    """Photos and their classes."""
    with np.load(cache / f"{split}.npz") as stored:
        for name in sorted(name for name in stored.files if name.endswith("_photo")):
            yield frozen(stored[name]), stored[name.replace("_photo", "_classes")]


def measured(
    studio: Studio, photo: Image, classes: NDArray[np.uint8], category: Category
) -> list[Change]:
    """The changes on one photo. Raises `ModelError` where nobody is found."""
    scene = make_scene(photo, studio.pose(photo), studio.parsing(photo))
    frame = find_frame(scene)
    truth = cv2.resize(classes, scene.size[::-1], interpolation=cv2.INTER_NEAREST)
    after = corrected(scene, frame, category).labels
    return changes(scene.labels, after, np.asarray(truth, np.uint8), frame.unit)


def main(cache: Path, split: str = "validation") -> None:
    """Print what all rules together do for new tops and for new lower garments."""
    studio = Studio(Store.from_environment(), "cpu")
    found: dict[Category, list[Change]] = {"upper": [], "lower": []}
    for photo, classes in people(cache, split):
        for category, rows in found.items():
            with suppress(ModelError):
                rows.extend(measured(studio, photo, classes, category))
    for category, rows in found.items():
        report(category, rows)


def report(category: Category, rows: list[Change]) -> None:
    """Print the sums, and the kinds of change that matter most."""
    right, wrong = sum(row.put_right for row in rows), sum(row.spoiled for row in rows)
    print(f"\n{category}: {right:.2f} square units put right, {wrong:.2f} spoiled")
    gains: defaultdict[tuple[Label, Label], float] = defaultdict(float)
    for row in rows:
        gains[row.before, row.after] += row.gain
    most = sorted(gains.items(), key=lambda item: -abs(item[1]))
    for (before, after), gain in most[:SHOWN]:
        print(f"  {before.name.lower():>14} → {after.name.lower():<14} {gain:+.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
