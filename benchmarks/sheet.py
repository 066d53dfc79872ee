"""A contact sheet: every person in every garment, to be looked at.

    python -m benchmarks.sheet OUT.png --people A.jpg B.jpg --garments C.jpg D.jpg

The first row shows the garments, the first column the people; what could not be dressed shows the
error's name.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from deployments.types import Image, ModelError
from graph import Studio
from serve_app.intake import decode
from weights.store import Store

CELL = (288, 384)
"""Width and height of one picture in the sheet, px."""


def tile(image: Image, caption: str = "") -> Image:
    """The picture in the middle of a white cell."""
    width, height = CELL
    scale = min(width / image.shape[1], height / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cell = np.full((height, width, 3), 255, np.uint8)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    cell[top : top + small.shape[0], left : left + small.shape[1]] = small
    cv2.putText(cell, caption, (6, height - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (200, 0, 0), 1)
    return cell


def dressed(studio: Studio, person: Path, garment: Path) -> Image:
    """One cell: the try-on, with its confidence and warnings."""
    photo = decode(person.read_bytes())
    try:
        outcome = studio.tryon(photo, decode(garment.read_bytes()))
    except ModelError as error:
        return tile(photo // 2 + 96, type(error).__name__)
    warnings = " ".join(outcome.warnings)
    return tile(outcome.image, f"{outcome.confidence or 0:.2f} {warnings}")


def sheet(people: list[Path], garments: list[Path]) -> Image:
    """Rows of people, columns of garments."""
    studio = Studio(Store.from_environment(), "cpu")
    head = [np.full((CELL[1], CELL[0], 3), 255, np.uint8)]
    rows = [np.hstack(head + [tile(decode(path.read_bytes()), path.stem) for path in garments])]
    for person in people:
        cells = [dressed(studio, person, garment) for garment in garments]
        rows.append(np.hstack([tile(decode(person.read_bytes()), person.stem), *cells]))
    return np.vstack(rows)


def main() -> None:
    """Read the command line, write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--people", type=Path, nargs="+", required=True)
    parser.add_argument("--garments", type=Path, nargs="+", required=True)
    wanted = parser.parse_args()
    picture = sheet(wanted.people, wanted.garments)
    cv2.imwrite(str(wanted.out), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
