"""The list of what is to be judged."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from serve_app.errors import InvalidRequest

COLUMNS = ("person", "garment", "truth", "category", "logo", "group")
PICTURES = (".jpg", ".jpeg", ".png", ".webp")
CATEGORIES = ("auto", "upper", "lower", "dress")

Logo = tuple[int, int, int, int]


@dataclass(frozen=True)
class Case:
    """One try-on to be judged. Paths are as the list has them: see `located`."""

    person: str
    garment: str
    truth: str = ""
    """A photo of the person in that garment, in the same pose; empty where there is none."""
    category: str = "auto"
    logo: Logo | None = None
    """x0, y0, x1, y1 in px of the garment's picture."""
    group: str = ""

    @property
    def key(self) -> str:
        """The same for the same case in another report."""
        return "|".join((self.person, self.garment, self.category, self.group))

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class CaseList:
    """Cases, and the folder that their paths start from."""

    folder: Path
    cases: tuple[Case, ...]


def located(folder: Path, name: str) -> Path:
    """A case's file: beside the list, or else from where the command runs."""
    beside = folder / name
    return beside if beside.is_file() else Path(name)


def read_list(path: Path, most: int | None = None) -> CaseList:
    """The cases of a CSV file, the first `most` of them.

    Raises InvalidRequest for a missing or unknown column, a file that is not there, a category or
    a logo that cannot be read, an empty list.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            _check_columns(path, reader.fieldnames or ())
            cases = [_case(path, number, row) for number, row in enumerate(reader, 2)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidRequest(f"{path} is no CSV file: {error}", _COLUMNS_HINT) from error
    return _filled(CaseList(path.parent, tuple(cases[:most])), path)


def cross_folders(people: Path, garments: Path, most: int | None = None) -> CaseList:
    """Every person of one folder in every garment of another. Raises InvalidRequest where one of
    them has no picture."""
    cases = [
        Case(str(person.resolve()), str(garment.resolve()))
        for person in _pictures(people)
        for garment in _pictures(garments)
    ]
    return _filled(CaseList(people, tuple(cases[:most])), people)


_COLUMNS_HINT = f"The first line names the columns: {','.join(COLUMNS)}; the last four may lack."


def _check_columns(path: Path, names: Iterator[str] | Any) -> None:
    lacking = [name for name in COLUMNS[:2] if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    if lacking or unknown:
        wrong = [f"no column {name}" for name in lacking] + [
            f"unknown {name!r}" for name in unknown
        ]
        raise InvalidRequest(f"{path}: {', '.join(wrong)}.", _COLUMNS_HINT)


def _case(path: Path, number: int, row: Mapping[str, str | None]) -> Case:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    for name in ("person", "garment", "truth"):
        wanted = name != "truth" or cells[name]
        if wanted and not (cells[name] and located(path.parent, cells[name]).is_file()):
            raise InvalidRequest(
                f"{path}, line {number}: there is no {name} {cells[name]!r}.",
                "Paths start from the list's folder, or from where the command runs.",
            )
    category = cells["category"] or "auto"
    if category not in CATEGORIES:
        raise InvalidRequest(
            f"{path}, line {number}: {category!r} is no category.", " ".join(CATEGORIES)
        )
    logo = _logo(path, number, cells["logo"])
    return Case(cells["person"], cells["garment"], cells["truth"], category, logo, cells["group"])


def _logo(path: Path, number: int, text: str) -> Logo | None:
    if not text:
        return None
    try:
        x0, y0, x1, y1 = (int(part) for part in text.split())
    except ValueError as error:
        raise InvalidRequest(
            f"{path}, line {number}: {text!r} is no box.", "Four whole numbers: x0 y0 x1 y1."
        ) from error
    return x0, y0, x1, y1


def _pictures(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.suffix.lower() in PICTURES)


def _filled(found: CaseList, path: Path) -> CaseList:
    if not found.cases:
        raise InvalidRequest(f"{path} names no case.", _COLUMNS_HINT)
    return found
