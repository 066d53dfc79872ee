"""The list of all pairs of a folder, as `fitting-room evaluate` reads it."""

from __future__ import annotations

import csv
from pathlib import Path

NAME = "pairs.csv"


def write(folder: Path) -> Path:
    """Lists every whole pair: person, garment and truth, from the folder on."""
    whole = sorted(flow.parent for flow in folder.glob("*/flow.npz"))
    partial = folder / f"{NAME}.part"
    with partial.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("person", "garment", "truth"))
        for pair in whole:
            rows.writerow(f"{pair.name}/{part}.jpg" for part in ("person", "garment", "truth"))
    return partial.replace(folder / NAME)
