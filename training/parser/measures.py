"""How well class maps agree with those of people: counts of pixels, and what is told by them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.parser.labels import CLASSES, IGNORED

Pixels = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]
GARMENTS = [CLASSES.index(name) for name in ("upper", "outer", "dress")]


def counted(truth: Pixels, answer: Pixels) -> Counts:
    """Counts [truth, answer] over the pixels of two maps (H×W) that are not ignored."""
    classes = len(CLASSES)
    seen = truth != IGNORED
    pairs = truth[seen].astype(np.int64) * classes + answer[seen]
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def overlap(counts: Counts, members: list[int]) -> float:
    """IoU of a union of classes."""
    block = counts[np.ix_(members, members)].sum()
    return float(block / max(1, counts[members].sum() + counts[:, members].sum() - block))


def measures(counts: Counts) -> dict[str, float]:
    """IoU of every class, their mean, upper+outer+dress merged, person, and pixel accuracy."""
    each = {name: overlap(counts, [i]) for i, name in enumerate(CLASSES)}
    return {
        **each,
        "mean": float(np.mean(list(each.values()))),
        "merged": overlap(counts, GARMENTS),
        "person": overlap(counts, list(range(1, len(CLASSES)))),
        "accuracy": float(np.trace(counts) / counts.sum()),
    }
