"""Which lists there are, and which of them this machine has the pictures for."""

from __future__ import annotations

from pathlib import Path

from serve_app.commands.evaluation.cases import CaseList, read_list
from serve_app.errors import InvalidRequest

FOLDER = Path(__file__).parent

SETS = {
    "quick": "a little of everything, to be run again and again",
    "gallery": "our own people in our own garments",
    "pairs": "a person in the very garment, photographed flat as well",
    "photos": "people and garments of shops",
    "ccp": "people in the street in garments photographed at home",
    "logos": "twenty prints to be read back",
    "hard": "one group for each hard case",
}
"""The lists by name. All but `gallery` need the pictures of ../shared."""

SELF_PAIRS = "selfpairs"
"""Not a list of ours: `python -m training.drape.selfpairs` writes it."""


def load(name: str, selfpairs: Path, most: int | None = None) -> CaseList | None:
    """The first `most` cases of a set, None where its pictures are not on this machine. Raises
    KeyError for a set that does not exist."""
    if name != SELF_PAIRS and name not in SETS:
        raise KeyError(name)
    path = selfpairs / "pairs.csv" if name == SELF_PAIRS else FOLDER / f"{name}.csv"
    if not path.is_file():
        return None
    try:
        return read_list(path, most)
    except InvalidRequest as error:
        if "there is no" in error.message:
            return None
        raise
