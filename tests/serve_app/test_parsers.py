from __future__ import annotations

from pathlib import Path

import pytest

from deployments.types import Engine
from serve_app.errors import EngineUnavailable, EngineUnknown
from serve_app.parsers import PARSERS, argument, asked_for, parsers, prepared
from weights.manifest import load_manifest, parse_manifest
from weights.store import Store

OWN = """
[[model]]
name = "mine"
title = "A parser of one's own"
stage = "parsing"
licence = "CC BY-NC 4.0"
commercial_use = false
memory = 10
home = "https://example.com"
files = [{ name = "mine.onnx" }]
parser = { size = [4, 3], labels = "lip" }
"""


def store(root: Path, licences: str = "commercial") -> Store:
    known = {**load_manifest(), **parse_manifest(OWN)}
    return Store(root, licences="any" if licences == "any" else "commercial", manifest=known)


def test_what_stands_in_the_way_of_each_is_told(tmp_path: Path) -> None:
    found = {entry.name: entry for entry in parsers(store(tmp_path))}
    assert list(found) == ["parser", "graphonomy", "mine"]
    assert found["parser"].available
    assert (found["mine"].available, found["mine"].refusal) == (False, "LicenceNotAllowed")
    found = {entry.name: entry for entry in parsers(store(tmp_path, "any"))}
    assert (found["mine"].refusal, found["mine"].hint) == (
        "WeightsMissing",
        "fitting-room weights fetch mine",
    )
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "mine.onnx").touch()
    entries = parsers(store(tmp_path, "any"))
    assert asked_for(entries, "mine").available
    assert argument(asked_for(entries, "mine")) == ("mine",)
    assert argument(asked_for(entries, "auto")) == ()


def test_auto_is_the_operators_choice_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITTING_ROOM_PARSER", "mine")
    with pytest.raises(EngineUnavailable):
        asked_for(parsers(store(tmp_path)), "auto")
    assert asked_for(parsers(store(tmp_path)), "parser") == PARSERS[0]
    monkeypatch.setenv("FITTING_ROOM_PARSER", "blazepose")
    with pytest.raises(ValueError, match="blazepose"):
        parsers(store(tmp_path))
    with pytest.raises(EngineUnknown):
        asked_for(PARSERS, "mine")


def test_a_result_is_bound_by_what_prepared_it(tmp_path: Path) -> None:
    engine = Engine("drape", "1", "Apache-2.0", commercial_use=True)
    plain = prepared(engine, PARSERS[0])
    assert (plain.prepared_by, plain.commercial_use) == ({"parsing": "parser"}, True)
    mine = next(one for one in parsers(store(tmp_path)) if one.name == "mine")
    assert prepared(engine, mine).prepared_by == {"parsing": "mine"}
    assert not prepared(engine, mine).commercial_use
