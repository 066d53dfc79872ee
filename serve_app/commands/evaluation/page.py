"""`report.html`: a page that needs nothing but the pictures beside it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from deployments.jury.verdict import MEASURES
from serve_app.commands.evaluation.summary import (
    Report,
    Row,
    by_key,
    case_of,
    changes,
    grouped,
    is_loss,
    worst,
)

BEFORE = "before"
"""Folder of the other version's pictures."""
WORST = 20


def write_page(report: Report, folder: Path, against: Report | None, source: Path | None) -> None:
    """Write the page. `source` is the folder of the report `against`, whose result pictures are
    copied, where they are still there."""
    before = {} if against is None or source is None else _adopt(against, source, folder)
    environment = Environment(
        loader=PackageLoader("serve_app.commands.evaluation", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    page = environment.get_template("report.html").render(
        report=report,
        against=against,
        before=before,
        changes=_changes(report, against),
        measures=MEASURES,
        worst={name: worst(report["rows"], name, WORST) for name in report["summary"]},
        groups={name: rows for name, rows in grouped(report["rows"]).items() if name},
        refused=[row for row in report["rows"] if row["error"]],
        key=lambda row: case_of(row).key,
    )
    (folder / "report.html").write_text(page)


def number(value: float | None, name: str) -> str:
    """A measure's number as it is printed."""
    return "–" if value is None else f"{value:.{MEASURES[name].digits}f}"


def _changes(report: Report, against: Report | None) -> Mapping[str, Any]:
    if against is None:
        return {}
    found = changes(against["rows"], report["rows"])
    return {name: {**change, "loss": is_loss(name, change)} for name, change in found.items()}


def _adopt(against: Report, source: Path, folder: Path) -> dict[str, Row]:
    """The other version's rows by case, their pictures copied beside the page."""
    (folder / BEFORE).mkdir(exist_ok=True)
    adopted = {}
    for key, row in by_key(against["rows"]).items():
        picture = row.get("pictures", {}).get("result", "")
        copied = ""
        if picture and (source / picture).is_file():
            copied = f"{BEFORE}/{Path(picture).name}"
            shutil.copyfile(source / picture, folder / copied)
        adopted[key] = {**row, "picture": copied}
    return adopted
