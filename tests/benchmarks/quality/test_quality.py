"""The lists that are committed, the stored numbers, the bars."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality import __main__ as quality
from benchmarks.quality import bars, baseline, sets
from deployments.jury.verdict import MEASURES
from serve_app.commands.evaluation.cases import COLUMNS


@pytest.fixture(autouse=True)
def _from_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sets.FOLDER.parent.parent)


@pytest.mark.parametrize("name", sets.SETS)
def test_every_list_has_sound_rows(name: str) -> None:
    with (sets.FOLDER / f"{name}.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert rows
    assert tuple(rows[0]) == COLUMNS
    paths = [row[kind] for row in rows for kind in ("person", "garment", "truth") if row[kind]]
    assert [path for path in paths if not path.startswith(("serve_app/", "../shared/"))] == []
    tested_on = [path for path in paths if "/ccp/" in path and 905 <= int(Path(path).stem) <= 1004]
    assert tested_on == []


def test_our_own_list_is_always_there() -> None:
    cases = sets.load("gallery", Path("nowhere"))
    assert cases is not None
    assert len(cases.cases) == 30


def test_a_set_without_its_pictures_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sets.load("photos", tmp_path) is None
    assert sets.load(sets.SELF_PAIRS, tmp_path) is None
    with pytest.raises(KeyError):
        sets.load("unknown", tmp_path)


@pytest.mark.parametrize("name", sorted(path.stem for path in baseline.FOLDER.glob("*.json")))
def test_stored_rows_are_cases_of_their_list(name: str) -> None:
    rows = baseline.stored(name)
    assert rows
    assert {measure for row in rows for measure in row["numbers"]} <= set(MEASURES)
    if name != sets.SELF_PAIRS:
        with (sets.FOLDER / f"{name}.csv").open(newline="") as lines:
            listed = {(row["person"], row["garment"]) for row in csv.DictReader(lines)}
        assert {(row["case"]["person"], row["case"]["garment"]) for row in rows} <= listed


def report(leak: float) -> dict[str, Any]:
    rows = [
        {
            "case": {"person": f"{n}.jpg", "garment": "g.jpg", "category": "auto", "group": ""},
            "error": None,
            "numbers": {"leak": leak + 0.001 * n, "lpips": None},
        }
        for n in range(10)
    ]
    return {"form": 1, "engines": ["drape 1.0"], "rows": rows}


def test_stored_numbers_come_back(tmp_path: Path) -> None:
    assert baseline.stored("gallery", tmp_path) is None
    baseline.store("gallery", report(0.123456789), tmp_path)
    rows = baseline.stored("gallery", tmp_path)
    assert rows is not None
    assert rows[0]["numbers"] == {"leak": 0.12346}
    assert len((tmp_path / "gallery.json").read_text().splitlines()) == 12


@pytest.mark.parametrize(("leak", "status"), [(0.1, 0), (0.05, 0), (0.3, 1)])
def test_only_a_clear_loss_ends_with_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, leak: float, status: int
) -> None:
    monkeypatch.setattr(quality, "judged", lambda *_args, **_named: report(leak))
    monkeypatch.setattr(quality, "write_report", lambda *_args: None)
    baseline.store("gallery", report(0.1), tmp_path)
    assert quality.main(["gallery", "--baseline", str(tmp_path)]) == status


def test_bars_are_read_off_the_rows() -> None:
    table = {one["bar"]: one for one in bars.table({"gallery": report(0.0)["rows"]})}
    assert set(table) == {"leak, median", "leak, worst decile"}
    assert table["leak, median"]["value"] == pytest.approx(0.0045)
    assert table["leak, median"]["reached"]
    worse = bars.table({"gallery": report(0.2)["rows"]})
    assert not any(one["reached"] for one in worse)
