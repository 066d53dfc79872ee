"""From the rows of a report to what is said of all of them, and of two reports together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from deployments.jury.statistics import mean_change, summarise
from deployments.jury.verdict import MEASURES
from serve_app.commands.evaluation.cases import Case
from serve_app.errors import InvalidRequest

Row = dict[str, Any]
Report = dict[str, Any]

FORM = 1
"""The form of a report. It rises when an older reader would misread a newer report."""


def make_report(
    rows: list[Row], sets: Mapping[str, float | str], missing: Mapping[str, str], label: str
) -> Report:
    """All that a report says. `sets` are FID and KID, `missing` why a measure has no number."""
    return {
        "form": FORM,
        "label": label,
        "engines": sorted({row["engine"] for row in rows if "engine" in row}),
        "cases": len(rows),
        "refused": dict(Counter(row["error"]["name"] for row in rows if row["error"])),
        "seconds": typical_seconds(rows),
        "summary": summaries(rows),
        "groups": {name: summaries(some) for name, some in grouped(rows).items() if name},
        "sets": dict(sets),
        "missing": dict(missing),
        "rows": rows,
    }


def summaries(rows: Iterable[Row]) -> dict[str, dict[str, float]]:
    """Each measure over the rows that have it."""
    found = {}
    listed = list(rows)
    for name, measure in MEASURES.items():
        values = [row["numbers"][name] for row in listed if row["numbers"].get(name) is not None]
        if values:
            found[name] = asdict(summarise(values, more_is_better=measure.more_is_better))
    return found


def typical_seconds(rows: Iterable[Row]) -> float | None:
    """The median of the stages' sums; stages that ran side by side are added up."""
    sums = [sum(row["milliseconds"].values()) / 1000 for row in rows if "milliseconds" in row]
    return round(median(sums), 3) if sums else None


def grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows by group, in the order in which the groups appear."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["case"]["group"], []).append(row)
    return groups


def worst(rows: Iterable[Row], name: str, most: int = 20) -> list[Row]:
    """The worst rows by a measure, the worst first."""
    having = [row for row in rows if row["numbers"].get(name) is not None]
    sign = 1 if MEASURES[name].more_is_better else -1
    return sorted(having, key=lambda row: sign * float(row["numbers"][name]))[:most]


def by_key(rows: Iterable[Row]) -> dict[str, Row]:
    """The rows by what they judge."""
    return {case_of(row).key: row for row in rows}


def case_of(row: Row) -> Case:
    """The case that a row judges."""
    values = dict(row["case"])
    logo = values.pop("logo", None)
    return Case(**values, logo=tuple(logo) if logo else None)


def changes(before: Iterable[Row], after: Iterable[Row]) -> dict[str, dict[str, float]]:
    """The mean change of each measure over the cases that both have, with its interval."""
    found = {}
    for name in MEASURES:
        old, new = zip_numbers(before, after, name)
        if old:
            change, low, high = mean_change(old, new)
            found[name] = {"count": len(old), "change": change, "low": low, "high": high}
    return found


def zip_numbers(
    before: Iterable[Row], after: Iterable[Row], name: str
) -> tuple[list[float], list[float]]:
    """A measure's numbers in both reports, over the cases where both have one."""
    known = by_key(before)
    pairs = [
        (known[key]["numbers"].get(name), row["numbers"].get(name))
        for key, row in by_key(after).items()
        if key in known
    ]
    whole = [(old, new) for old, new in pairs if old is not None and new is not None]
    return [old for old, _ in whole], [new for _, new in whole]


def losses(before: Iterable[Row], after: Iterable[Row]) -> list[str]:
    """What is clearly worse: the whole interval of the change lies on the bad side, and the change
    is larger than anybody could see. Cases that are refused now and were not before count too."""
    before, after = list(before), list(after)
    told = [
        f"{MEASURES[name].title}: {change['change']:+.4f} "
        f"({change['low']:+.4f} to {change['high']:+.4f}, {change['count']:.0f} cases)"
        for name, change in changes(before, after).items()
        if is_loss(name, change)
    ]
    return [*told, *_newly_refused(before, after)]


def is_loss(name: str, change: Mapping[str, float]) -> bool:
    """Whether a change of a measure is clearly for the worse."""
    measure = MEASURES[name]
    sign = 1 if measure.more_is_better else -1
    best = max(sign * change["low"], sign * change["high"])
    return best < 0 and sign * change["change"] < -measure.loss


def _newly_refused(before: Iterable[Row], after: Iterable[Row]) -> Iterator[str]:
    known = by_key(before)
    for key, row in by_key(after).items():
        if row["error"] and key in known and not known[key]["error"]:
            case = row["case"]
            yield f"{row['error']['name']}: {case['person']} in {case['garment']} worked before"


def load_report(path: Path) -> Report:
    """A report that was written before. Raises InvalidRequest where it is none."""
    try:
        report: Report = json.loads(path.read_text())
        form = report["form"]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidRequest(f"{path} is no report of fitting-room evaluate.") from error
    if form != FORM:
        raise InvalidRequest(
            f"{path} has form {form}, this version reads form {FORM}.", "Measure that version anew."
        )
    return report
