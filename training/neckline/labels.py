"""The table of front edges that were drawn by hand, or found good by eye."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TABLE = Path(__file__).with_name("seen.tsv")
THOUSAND = 1000.0


def read_table(path: Path = TABLE) -> dict[str, NDArray[np.float64]]:
    """K×2 points of the front's edge, from the wearer's right to the left, as shares of the photo's
    width and height; by "split/folder/file name"."""
    with path.open(newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return {row["file"]: _points(row["edge"]) for row in rows}


def _points(text: str) -> NDArray[np.float64]:
    pairs = [pair.split(",") for pair in text.split()]
    return np.array(pairs, np.float64) / THOUSAND
