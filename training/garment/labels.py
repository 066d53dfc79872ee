"""The names of what the network tells of a garment, and the table of what was seen by eye."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

CATEGORIES = (
    "t-shirt",
    "longsleeve",
    "shirt",
    "outwear",
    "dress",
    "pants",
    "shorts",
    "skirt",
    "nothing",
)
"""The folders of Grigorev's Clothing dataset, and pictures without a garment."""
NOTHING = CATEGORIES.index("nothing")
SLEEVES = ("none", "short", "half", "long")
NECKLINES = ("round", "V", "collar", "high", "wide")
"""A hood or a stand-up collar is high; straps, boat necks and bare shoulders are wide."""
LENGTHS = ("short", "knee", "long")
"""Of dresses and skirts."""
HEADS = {
    "category": CATEGORIES,
    "sleeve": SLEEVES,
    "neckline": NECKLINES,
    "length": LENGTHS,
}
UNKNOWN = -1
TABLE = Path(__file__).with_name("seen.tsv")


@dataclass(frozen=True)
class Seen:
    """What the eye says of one photo: is its automatic mask good, and what shows it?"""

    mask_is_good: bool
    sleeve: int = UNKNOWN
    neckline: int = UNKNOWN
    length: int = UNKNOWN


def read_table(path: Path = TABLE) -> dict[str, Seen]:
    """By "split/folder/file name". Raises ValueError on a name that is not in the lists above."""
    with path.open(newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return {
            row["file"]: Seen(
                row["mask"] == "good",
                *(_index(HEADS[head], row[head]) for head in ("sleeve", "neckline", "length")),
            )
            for row in rows
        }


def _index(names: tuple[str, ...], name: str) -> int:
    if name and name not in names:
        raise ValueError(f"{name!r} is none of {', '.join(names)}")
    return names.index(name) if name else UNKNOWN
