"""`fitting-room evaluate`: numbers and a report over a list of try-ons."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from serve_app.commands.evaluation.cases import CaseList

_NEEDED = ("skimage", "jinja2")


def evaluate(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="LIST",
            exists=True,
            help="A CSV file: person,garment[,truth][,category][,logo][,group]; or a folder of "
            "people, with a folder of garments after it.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the report.")],
    garments: Annotated[
        Path | None, typer.Argument(exists=True, file_okay=False, help="A folder of garments.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="report.json of another version."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes at a time.")] = 1,
    limit: Annotated[int | None, typer.Option(min=1, help="The first cases only.")] = None,
    label: Annotated[str, typer.Option(help="What this version is called in the report.")] = "",
    seed: Annotated[int, typer.Option(help="Same seed, same pictures.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, or cuda:N.")] = "cpu",
) -> None:
    """Judge every try-on of LIST: report.json and report.html with its pictures in OUT.

    Ends with 1 where a try-on broke off without a named error.
    """
    _check_installed()
    from serve_app.commands.evaluation.summary import load_report

    other = None if against is None else load_report(against)
    cases = _cases(source, garments, limit)
    report = judged(cases, out, jobs=jobs, seed=seed, device=device, label=label)
    write_report(report, out, other, None if against is None else against.parent)
    _tell(report, out)
    if any(row["error"] and row["error"]["crash"] for row in report["rows"]):
        raise typer.Exit(code=1)


def judged(
    cases: CaseList,
    out: Path,
    *,
    jobs: int = 1,
    seed: int = 0,
    device: str = "cpu",
    label: str = "",
) -> dict[str, Any]:
    """The report of all cases; their pictures are written to `out`."""
    from deployments.jury.perceptual import lpips_missing
    from serve_app.commands.evaluation.measuring import Plan, measure
    from serve_app.commands.evaluation.summary import make_report

    total, done = len(cases.cases), 0

    def told(row: dict[str, Any]) -> None:
        nonlocal done
        done += 1
        said = row["error"]["name"] if row["error"] else f"confidence {row['confidence']:.2f}"
        case = row["case"]
        typer.echo(f"{done}/{total}  {case['person']}  {case['garment']}  {said}", err=True)

    rows = measure(cases, Plan(device, seed, jobs, out / "pictures"), told)
    missing = {"lpips": why} if (why := lpips_missing()) else {}
    return make_report(rows, _sets(rows, out), missing, label)


def _check_installed() -> None:
    from serve_app.errors import EngineUnavailable

    if lacking := [name for name in _NEEDED if find_spec(name) is None]:
        raise EngineUnavailable(
            f"{' and '.join(lacking)} are not installed.", "pip install 'fitting-room[evaluate]'"
        )


def _cases(source: Path, garments: Path | None, limit: int | None) -> CaseList:
    from serve_app.commands.evaluation.cases import cross_folders, read_list
    from serve_app.errors import InvalidRequest

    if source.is_dir() != (garments is not None):
        raise InvalidRequest(
            "A folder of people needs a folder of garments, and a CSV file stands alone.",
            "fitting-room evaluate LIST.csv -o OUT, or: evaluate PEOPLE GARMENTS -o OUT",
        )
    if garments is not None:
        return cross_folders(source, garments, limit)
    return read_list(source, limit)


def _sets(rows: list[dict[str, Any]], out: Path) -> dict[str, float | str]:
    """FID and KID of the results against the truths, from the report's pictures."""
    from deployments.jury.perceptual import set_distances, sets_missing
    from serve_app.intake import decode

    pairs = [row["pictures"] for row in rows if "truth" in row["pictures"]]
    if why := sets_missing():
        return {"fid": why, "kid": why}
    pictures = [
        [decode((out / pair[kind]).read_bytes()) for pair in pairs] for kind in ("result", "truth")
    ]
    return set_distances(pictures[0], pictures[1])


def write_report(
    report: dict[str, Any],
    out: Path,
    against: dict[str, Any] | None = None,
    source: Path | None = None,
) -> None:
    """report.json and report.html. `source` is the folder of the report `against`."""
    import json

    from serve_app.commands.evaluation.page import write_page

    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    write_page(report, out, against, source)


def _tell(report: dict[str, Any], out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    from deployments.jury.verdict import MEASURES
    from serve_app.commands.evaluation.page import number

    table = Table("measure", "cases", "median", "mean", "95 % of the mean", "worst decile")
    for name, one in report["summary"].items():
        values = {key: number(value, name) for key, value in one.items() if key != "count"}
        table.add_row(
            MEASURES[name].title,
            str(one["count"]),
            values["median"],
            values["mean"],
            f"{values['mean_low']}–{values['mean_high']}",
            values["worst_decile"],
        )
    Console(width=140).print(table)
    for name, count in report["refused"].items():
        typer.echo(f"refused: {count} × {name}")
    typer.echo(f"{out / 'report.html'}")
