"""`fitting-room evaluate`: lists, reports, two versions side by side."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from typer.testing import CliRunner

from deployments.types import Image, PersonNotFound
from graph import Studio
from serve_app.cli import app
from serve_app.commands.evaluation.cases import Case, cross_folders, read_list
from serve_app.commands.evaluation.page import write_page
from serve_app.commands.evaluation.summary import (
    changes,
    load_report,
    losses,
    make_report,
    worst,
)
from serve_app.errors import InvalidRequest


@pytest.fixture
def desk(tmp_path: Path, person_file: Path, garment_file: Path) -> Path:
    """A person, a garment, and an empty picture of nobody."""
    shutil.copy(person_file, tmp_path / "p.jpg")
    shutil.copy(garment_file, tmp_path / "g.jpg")
    return tmp_path


def write(desk: Path, text: str) -> Path:
    path = desk / "list.csv"
    path.write_text(text)
    return path


def test_a_list_is_read(desk: Path) -> None:
    text = "person,garment,truth,logo,group\np.jpg,g.jpg,p.jpg,1 2 3 4,hard one\np.jpg,g.jpg,,,\n"
    found = read_list(write(desk, text))
    assert found.cases == (
        Case("p.jpg", "g.jpg", "p.jpg", "auto", (1, 2, 3, 4), "hard one"),
        Case("p.jpg", "g.jpg"),
    )
    assert len(read_list(desk / "list.csv", most=1).cases) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("person\np.jpg\n", "no column garment"),
        ("person,garment,colour\np.jpg,g.jpg,red\n", "unknown 'colour'"),
        ("person,garment\np.jpg,lost.jpg\n", "line 2: there is no garment 'lost.jpg'"),
        ("person,garment\n,g.jpg\n", "line 2: there is no person"),
        ("person,garment,category\np.jpg,g.jpg,hat\n", "'hat' is no category"),
        ("person,garment,logo\np.jpg,g.jpg,1 2 3\n", "'1 2 3' is no box"),
        ("person,garment\n", "names no case"),
    ],
)
def test_a_wrong_list_is_named(desk: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(told)) as caught:
        read_list(write(desk, text))
    assert caught.value.hint


def test_two_folders_are_crossed(desk: Path) -> None:
    for folder, names in (("people", ["a", "b"]), ("garments", ["c", "d", "e"])):
        (desk / folder).mkdir()
        for name in names:
            shutil.copy(desk / "p.jpg", desk / folder / f"{name}.jpg")
    found = cross_folders(desk / "people", desk / "garments")
    pairs = [(Path(case.person).stem, Path(case.garment).stem) for case in found.cases]
    assert pairs == [(p, g) for p in "ab" for g in "cde"]


def row(number: int, leak: float | None, *, error: str = "", group: str = "") -> dict[str, Any]:
    case = Case(f"p{number}.jpg", "g.jpg", group=group)
    named = {"name": error, "message": "it <b>failed</b>", "crash": False} if error else None
    pictures = {"photo": "pictures/a.jpg", "garment": "pictures/b.jpg"}
    made: dict[str, Any] = {"number": number, "case": case.as_json(), "error": named}
    if not error:
        pictures["result"] = "pictures/c.jpg"
        made |= {"engine": "drape 1.0", "confidence": 0.9, "warnings": [], "milliseconds": {"a": 1}}
    numbers = {} if error else {"leak": leak, "garment_area": 0.9}
    return {**made, "numbers": numbers, "pictures": pictures}


def test_a_report_counts_and_sums_up() -> None:
    rows = [row(0, 0.1, group="scarf"), row(1, 0.3), row(2, None), row(3, 0, error="PoseUncertain")]
    report = make_report(rows, {}, {}, "now")
    assert report["refused"] == {"PoseUncertain": 1}
    assert report["summary"]["leak"]["count"] == 2
    assert report["summary"]["leak"]["mean"] == pytest.approx(0.2)
    assert list(report["groups"]) == ["scarf"]
    assert [one["number"] for one in worst(rows, "leak")] == [1, 0]
    assert "ssim_whole" not in report["summary"]


def test_a_clear_loss_is_told_and_noise_is_not() -> None:
    before = [row(number, 0.1 + 0.01 * (number % 3)) for number in range(20)]
    noisy = [row(number, 0.1 + 0.01 * ((number + 1) % 3)) for number in range(20)]
    worse = [row(number, 0.2 + 0.01 * (number % 3)) for number in range(20)]
    assert losses(before, noisy) == []
    assert len(losses(before, worse)) == 1
    assert losses(worse, before) == []
    assert changes(before, worse)["leak"]["change"] == pytest.approx(0.1)


def test_a_case_that_is_refused_now_is_a_loss() -> None:
    told = losses([row(0, 0.1)], [row(0, 0, error="PoseUncertain")])
    assert told == ["PoseUncertain: p0.jpg in g.jpg worked before"]


def test_a_foreign_file_is_no_report(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    for text in ("{}", "[]", "no json"):
        other.write_text(text)
        with pytest.raises(InvalidRequest, match="no report"):
            load_report(other)
    other.write_text('{"form": 99}')
    with pytest.raises(InvalidRequest, match="form 99"):
        load_report(other)


def test_the_page_escapes_and_needs_no_other_host(tmp_path: Path) -> None:
    evil = '"><script>alert(1)</script>'
    rows = [row(0, 0.1, group=evil), row(1, 0, error="PoseUncertain")]
    rows[0]["case"]["person"] = evil
    report = make_report(rows, {"fid": "not available"}, {"lpips": "not available"}, evil)
    old = make_report([row(0, 0.2, group=evil)], {}, {}, "before")
    old["rows"][0]["case"]["person"] = evil
    source = tmp_path / "old" / "pictures"
    source.mkdir(parents=True)
    (source / "c.jpg").write_bytes(b"picture")
    write_page(report, tmp_path, old, source.parent)
    page = (tmp_path / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;b&gt;failed" in page
    assert "PoseUncertain" in page
    assert 'src="before/c.jpg"' in page
    assert (tmp_path / "before" / "c.jpg").read_bytes() == b"picture"
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert sources
    assert not [one for one in sources if ":" in one or one.startswith("/")]


def test_evaluate_writes_a_report(desk: Path, store: object) -> None:
    text = (
        "person,garment,truth,category,logo,group\n"
        "p.jpg,g.jpg,p.jpg,upper,235 290 525 560,ours\n"
        "g.jpg,g.jpg,,,,nobody\n"
    )
    out = desk / "out"
    answer = CliRunner().invoke(app, ["evaluate", str(write(desk, text)), "-o", str(out)])
    assert answer.exit_code == 0, answer.output
    report = json.loads((out / "report.json").read_text())
    dressed, refused = report["rows"]
    assert refused["error"]["name"] == "PoseUncertain"
    numbers = dressed["numbers"]
    assert numbers["outside_identical"] == 1
    assert numbers["face_identical"] == 1
    assert numbers["logo_read"] == 1
    assert numbers["garment_colour"] < 5
    assert numbers["garment_area"] > 0.8
    assert 0.02 < numbers["features_garment"] < 2
    assert 0.3 < numbers["ssim_whole"] < 0.999
    pictures = {
        (out / one).is_file() for made in report["rows"] for one in made["pictures"].values()
    }
    assert pictures == {True}
    assert "PoseUncertain" in (out / "report.html").read_text()


def test_a_fault_of_the_engine_costs_no_other_case(
    desk: Path, store: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_studio: Studio, person: Image, *_garment: Image, **_parameters: Any) -> None:
        if person.shape[0] > 100:
            raise ZeroDivisionError("a fault")
        raise PersonNotFound("nobody is there", "send another photo")

    monkeypatch.setattr(Studio, "tryon", broken)
    PIL.Image.new("RGB", (75, 100)).save(desk / "small.jpg")
    listed = write(desk, "person,garment\np.jpg,g.jpg\nsmall.jpg,g.jpg\n")
    answer = CliRunner().invoke(app, ["evaluate", str(listed), "-o", str(desk / "out")])
    assert answer.exit_code == 1
    report = json.loads((desk / "out" / "report.json").read_text())
    assert [one["error"]["crash"] for one in report["rows"]] == [True, False]
    assert report["refused"] == {"ZeroDivisionError": 1, "PersonNotFound": 1}
    assert "crash: ZeroDivisionError" in (desk / "out" / "report.html").read_text()


def test_several_processes_share_the_cases(desk: Path, store: object) -> None:
    """Both are refused before much is loaded."""
    shutil.copy(desk / "g.jpg", desk / "h.jpg")
    listed = write(desk, "person,garment\nh.jpg,g.jpg\ng.jpg,h.jpg\n")
    command = ["evaluate", str(listed), "-o", str(desk / "out"), "--jobs", "2"]
    answer = subprocess.run(
        [sys.executable, "-m", "serve_app", *command], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    report = json.loads((desk / "out" / "report.json").read_text())
    assert [one["case"]["person"] for one in report["rows"]] == ["h.jpg", "g.jpg"]
    assert report["refused"] == {"PoseUncertain": 2}
    assert report["summary"] == {}


def test_a_folder_alone_is_refused(desk: Path) -> None:
    answer = CliRunner().invoke(app, ["evaluate", str(desk), "-o", str(desk / "out")])
    assert isinstance(answer.exception, InvalidRequest)
