"""Fits the table by which `deployments/garment_shape` tells kinds of garments apart.

    python -m training.garment_kind.fit PHOTOS [PHOTOS …]

Each PHOTOS has a folder for each class: t-shirt, longsleeve, shirt, outwear, dress, pants, shorts,
skirt (Alexey Grigorev's Clothing dataset, CC0, for example). Each garment is cut out, turned and
stretched by chance a few times and measured; sleeveless outlines are drawn in addition. A logistic
regression with L2 is fitted by gradient descent, its accuracy on held-out photos is told, and
`kind_table.py` is written.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from deployments.garment_mask import GarmentMask
from deployments.garment_shape.halves import top_halves
from deployments.garment_shape.kind import KINDS, measure
from deployments.garment_shape.outline import upright
from deployments.types import GarmentKind, GarmentNotFound, Mask
from training.garment_kind.outlines import drawn_outline
from weights.store import Store

FOLDERS: dict[str, GarmentKind] = {
    "t-shirt": "top",
    "longsleeve": "top",
    "shirt": "top",
    "outwear": "top",
    "pants": "trousers",
    "shorts": "shorts",
    "skirt": "skirt",
    "dress": "dress",
}
DRAWN: tuple[GarmentKind, ...] = ("top", "dress", "skirt")
STRETCH = {"top": (0.9, 1.32)}
"""Catalogue photos show tops taller than people's own photos do."""
DECAY = 1.5e-2
FOLDS = 5
TABLE = Path(__file__).parents[2] / "deployments" / "garment_shape" / "kind_table.py"


@dataclass(frozen=True)
class Table:
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    weights: NDArray[np.float64]
    """A column for each kind."""

    def kinds(self, measures: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.asarray((_standard(measures, self.mean, self.spread) @ self.weights).argmax(1))


@dataclass(frozen=True)
class Samples:
    measures: NDArray[np.float64]
    kind: NDArray[np.int64]
    weight: NDArray[np.float64]
    source: NDArray[np.int64]
    """Which photo a sample is of, -1 for drawn ones."""

    def part(self, chosen: NDArray[np.bool_]) -> Samples:
        return Samples(
            self.measures[chosen], self.kind[chosen], self.weight[chosen], self.source[chosen]
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--each", type=int, default=120, help="photos of each class")
    arguments = parser.parse_args()
    masks = [one for folder in arguments.photos for one in photographed(folder, arguments.each)]
    samples = sampled(masks, np.random.default_rng(0))
    print(f"held-out accuracy {cross_validated(samples):.3f} over {len(masks)} photos")
    TABLE.write_text(table_source(fitted(samples)))


def photographed(folder: Path, each: int) -> Iterator[tuple[Mask, GarmentKind]]:
    """Masks of the photos, those left out in which no garment is found."""
    cut = GarmentMask(Store.from_environment())
    for name, kind in FOLDERS.items():
        for path in sorted((folder / name).glob("*"))[:each]:
            photo = np.asarray(PIL.Image.open(path).convert("RGB"), np.uint8)
            try:
                yield cut(photo).mask, kind
            except GarmentNotFound:
                continue


def sampled(
    masks: list[tuple[Mask, GarmentKind]], chance: np.random.Generator, drawn_each: int = 110
) -> Samples:
    """Measures of every mask as it is and three times altered, and of drawn outlines."""
    rows: list[tuple[NDArray[np.float64], int, float, int]] = []
    for source, (mask, kind) in enumerate(masks):
        for turn in range(4):
            varied = mask if turn == 0 else altered(mask, kind, chance)
            rows.append((measured(varied), KINDS.index(kind), 1.0, source))
    for kind in DRAWN:
        for _ in range(drawn_each):
            rows.append((measured(drawn_outline(kind, chance)), KINDS.index(kind), 1.0, -1))
    measures, kinds, weights, sources = zip(*rows, strict=True)
    kind_of = np.array(kinds)
    weight = np.array(weights)
    common = np.bincount(kind_of, weights=weight, minlength=len(KINDS))
    weight = weight * (weight.sum() / np.maximum(common[kind_of], 1.0)) ** 0.3
    return Samples(np.array(measures), kind_of, weight, np.array(sources))


def altered(mask: Mask, kind: GarmentKind, chance: np.random.Generator) -> Mask:
    """The mask turned a little and stretched upright, on a canvas of 512×512."""
    height, width = mask.shape
    low, high = STRETCH.get(kind, (0.88, 1.14))
    scale = 300.0 / max(height, width)
    matrix = np.asarray(
        cv2.getRotationMatrix2D((width / 2, height / 2), float(chance.uniform(-8, 8)), scale),
        np.float64,
    )
    matrix[:, 2] += 256 - np.array([width / 2, height / 2])
    stretch = float(chance.uniform(low, high))
    matrix[1] *= stretch
    matrix[1, 2] += 256 * (1 - stretch)
    return np.asarray(cv2.warpAffine(mask, matrix, (512, 512), flags=cv2.INTER_AREA), np.uint8)


def measured(mask: Mask) -> NDArray[np.float64]:
    outline = upright(mask)
    return measure(outline, *top_halves(outline))


def fitted(samples: Samples, steps: int = 400, rate: float = 0.05) -> Table:
    """Softmax regression by Adam (Kingma and Ba, ICLR 2015) over all samples at once."""
    mean, spread = samples.measures.mean(axis=0), samples.measures.std(axis=0) + 1e-3
    given = _standard(samples.measures, mean, spread)
    wanted = np.eye(len(KINDS))[samples.kind]
    weights = np.zeros((given.shape[1], len(KINDS)))
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, steps + 1):
        logits = given @ weights
        share = np.exp(logits - logits.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        error = (share - wanted) * samples.weight[:, None] / samples.weight.sum()
        slope = given.T @ error + DECAY * weights
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        pace = np.sqrt(second / (1 - 0.999**step)) + 1e-8
        weights -= rate * (first / (1 - 0.9**step)) / pace
    return Table(mean, spread, weights)


def cross_validated(samples: Samples) -> float:
    """Share of photos, as they are, whose kind is told right by a table that never saw them."""
    right, count = 0, 0
    for fold in range(FOLDS):
        held = (samples.source % FOLDS == fold) & (samples.source >= 0)
        table = fitted(samples.part(~held))
        shown = samples.part(held)
        _, plain = np.unique(shown.source, return_index=True)
        right += int((table.kinds(shown.measures[plain]) == shown.kind[plain]).sum())
        count += len(plain)
    return right / max(count, 1)


def table_source(table: Table) -> str:
    """The text of `kind_table.py`."""
    rows = "".join(f"    (\n{_row(column, 8)}\n    ),\n" for column in table.weights.T)
    return (
        '"""Weights of the logistic regression in `kind.py`; `training/garment_kind` wrote it."""\n'
        "\nfrom __future__ import annotations\n\n"
        f"MEAN: tuple[float, ...] = (\n{_row(table.mean, 4)}\n)\n"
        f"SPREAD: tuple[float, ...] = (\n{_row(table.spread, 4)}\n)\n"
        f"WEIGHTS: tuple[tuple[float, ...], ...] = (\n{rows})\n"
        '"""A row for each of `KINDS`; its last number is the constant."""\n'
    )


def _standard(
    measures: NDArray[np.float64], mean: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    standard = np.clip((measures - mean) / spread, -4, 4)
    return np.column_stack([standard, np.ones(len(standard))])


def _row(numbers: NDArray[np.float64], indent: int) -> str:
    lines, line = [], " " * indent
    for text in (f"{number:.3f}, " for number in numbers):
        if len(line) + len(text) > 100:
            lines.append(line.rstrip())
            line = " " * indent
        line += text
    return "\n".join([*lines, line.rstrip()])


if __name__ == "__main__":
    main()
