"""Judge the engine and compare with what it was: `python -m benchmarks.quality [SET …]`.

    python -m benchmarks.quality                       every set whose pictures are here
    python -m benchmarks.quality quick                 one of them
    python -m benchmarks.quality quick --store         its numbers become the baseline

The reports lie in out/quality/SET. Ends with 1 where something is clearly worse than the baseline.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.quality import bars, baseline, sets
from serve_app.commands.evaluate import judged, write_report
from serve_app.commands.evaluation.summary import changes, losses

Row = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status: 1 where there is a clear loss."""
    wanted = _parser().parse_args(arguments)
    rows: dict[str, list[Row]] = {}
    lost: list[str] = []
    for name, report in _reports(wanted):
        before = baseline.stored(name, wanted.baseline)
        rows[name] = report["rows"]
        if wanted.store:
            baseline.store(name, report, wanted.baseline)
        elif before is None:
            print(f"{name}: no baseline to compare with")
        else:
            _tell_changes(name, before, report["rows"])
            lost += [f"{name}: {one}" for one in losses(before, report["rows"])]
    for bar in bars.table(rows):
        mark = "reached" if bar["reached"] else "missed "
        print(f"{mark}  {bar['bar']:<34}{bar['value']:8.4f}  bar {bar['bound']}")
    for one in lost:
        print(f"WORSE  {one}")
    return 1 if lost else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality")
    everything = [name for name in (*sets.SETS, sets.SELF_PAIRS) if name != "quick"]
    parser.add_argument("sets", nargs="*", default=everything, metavar="SET")
    parser.add_argument("--out", type=Path, default=Path("out/quality"))
    parser.add_argument("--baseline", type=Path, default=baseline.FOLDER)
    parser.add_argument("--selfpairs", type=Path, default=Path("out/selfpairs"))
    parser.add_argument("--limit", type=int, help="the first cases of each set only")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--label", default="")
    parser.add_argument("--store", action="store_true")
    return parser


def _reports(wanted: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in wanted.sets:
        cases = sets.load(name, wanted.selfpairs, wanted.limit)
        if cases is None:
            print(f"{name}: its pictures are not on this machine")
            continue
        out = wanted.out / name
        report = judged(cases, out, jobs=wanted.jobs, label=wanted.label)
        write_report(report, out)
        yield name, report


def _tell_changes(name: str, before: list[Row], after: list[Row]) -> None:
    for measure, change in changes(before, after).items():
        if change["low"] > 0 or change["high"] < 0:
            print(
                f"{name}: {measure} {change['change']:+.4f}"
                f" ({change['low']:+.4f} to {change['high']:+.4f}, {change['count']:.0f} cases)"
            )


if __name__ == "__main__":
    sys.exit(main())
