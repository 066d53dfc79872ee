"""What was measured before: numbers only, case by case, a file a set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "baseline"
DIGITS = 5

Row = dict[str, Any]


def stored(name: str, folder: Path = FOLDER) -> list[Row] | None:
    """The rows of a set as they were, None where none were stored."""
    path = folder / f"{name}.json"
    if not path.is_file():
        return None
    rows: list[Row] = json.loads(path.read_text())["rows"]
    return rows


def store(name: str, report: dict[str, Any], folder: Path = FOLDER) -> None:
    """Keep a report's numbers, one row a line, so that a change is read in a diff."""
    folder.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(_numbers_only(row)) for row in report["rows"])
    head = json.dumps({"form": report["form"], "engines": report["engines"]})[:-1]
    (folder / f"{name}.json").write_text(f'{head}, "rows": [\n{lines}\n]}}\n')


def _numbers_only(row: Row) -> Row:
    numbers = {
        name: round(value, DIGITS) for name, value in row["numbers"].items() if value is not None
    }
    error = row["error"] and {name: row["error"].get(name) for name in ("name", "crash")}
    case = {name: value for name, value in row["case"].items() if value}
    return {"case": case, "error": error, "numbers": numbers}
