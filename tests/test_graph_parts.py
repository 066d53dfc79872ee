"""The way of engine hr-viton through the graph: who may have it, and what it is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graph
from deployments.densepose.parts import Part, Parts
from deployments.types import GarmentShape, Image, Mask, Outcome, ParseMap, Pose, frozen
from serve_app.catalogue import Catalogue
from serve_app.errors import EngineUnavailable, body_of, status_of
from tests import fakes
from tests.fakes import picture
from weights.store import Store

NAME = "hr-viton"


class FakePainter(fakes.Fake):
    """White where it is told to draw, the left half; and what it was told."""

    told: dict[str, Any]

    def __call__(
        self,
        person: Image,
        pose: Pose,
        parse: ParseMap,
        garment: Image,
        garment_mask: Mask,
        shape: GarmentShape,
        parts: Parts,
        **options: Any,
    ) -> Outcome:
        assert parts.parts.shape == person.shape[:2] == parse.shape
        assert (parts.parts == Part.TORSO_FRONT).all()
        type(self).told = {**options, "method": parts.method}
        edited = np.zeros(person.shape[:2], np.uint8)
        edited[:, : person.shape[1] // 2] = 255
        drawn = frozen(np.full_like(person, 255))
        return Outcome(drawn, fakes.ENGINE, edited=edited, intermediates={"panel": drawn})


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """One that has files of the right names, and a machine that has torch."""
    monkeypatch.setattr("deployments.torch_network.torch_present", lambda: True)
    folder = tmp_path / NAME
    folder.mkdir()
    for file in ("mtviton.pth", "gen.pth"):
        (folder / file).write_bytes(b"weights")
    return Store(tmp_path, licences="any")


def entry(store: Store) -> Any:
    return next(one for one in graph.engines(store) if one.name == NAME)


def refusal(store: Store) -> EngineUnavailable:
    with pytest.raises(EngineUnavailable) as caught:
        Catalogue(engines=graph.engines(store)).engine(NAME)
    return caught.value


def test_whoever_may_not_have_it_is_told_the_setting(store: Store) -> None:
    told = body_of(refusal(replace(store, licences="commercial")))
    assert told["name"] == "LicenceNotAllowed"
    assert "FITTING_ROOM_LICENCES=any" in told["hint"]
    assert status_of(told["name"]) == 403
    offered = entry(replace(store, licences="commercial"))
    assert (offered.available, offered.commercial_use, offered.licence) == (
        False, False, "CC BY-NC 4.0",
    )  # fmt: skip


def test_whoever_lacks_the_files_is_told_the_command(store: Store) -> None:
    told = body_of(refusal(replace(store, root=store.root / "empty")))
    assert told["name"] == "WeightsMissing"
    assert told["hint"] == "fitting-room weights fetch hr-viton"
    assert status_of(told["name"]) == 503


def test_without_torch(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployments.torch_network.torch_present", lambda: False)
    told = body_of(refusal(store))
    assert told["name"] == "EngineUnavailable"
    assert "fitting-room[torch]" in told["hint"]


def test_auto_is_never_what_the_policy_forbids(store: Store) -> None:
    for licences in ("commercial", "any"):
        offered = graph.engines(replace(store, licences=licences))
        assert graph.choose(offered, "auto") == "drape"


def test_it_is_shown_the_parts_and_told_its_own_options(store: Store) -> None:
    models = {**fakes.MODELS, NAME: replace(graph.MODELS[NAME], path=f"{__name__}:FakePainter")}
    studio = graph.Studio(store, models=models)
    person = picture(20)
    outcome = studio.tryon(
        person, picture(30), engine=NAME, fast=True, seed=4, tuck="in", feather=False, debug=True
    )
    told = {"seed": 4, "debug": True, "fast": True, "method": "network"}
    assert FakePainter.told == told
    assert "densepose" in outcome.timings
    assert outcome.image.shape == person.shape
    changed = (outcome.image != person).any(axis=2)
    assert 0 < changed.mean() < 1
    assert (outcome.image[changed] == 255).all()
    assert (outcome.intermediates["panel"] == 255).all()


def test_the_manifest_has_both_files_and_their_licence() -> None:
    spec = Store(Path("/nowhere")).spec(NAME)
    assert (spec.licence, spec.commercial_use) == ("CC BY-NC 4.0", False)
    ids = {file.name: getattr(file.sources[0], "id", "") for file in spec.files}
    assert ids == {
        "mtviton.pth": "1XJTCdRBOPVgVTmqzhVGFAgMm2NLkw5uQ",
        "gen.pth": "1T5_YDUhYSSKPC_nZMk2NeC-XXUFoYeNy",
    }
