"""What a job may choose of its preparations, through the flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

import graph
from deployments.in_process import InProcess
from deployments.types import Image, Outcome, ParseMap, Pose, PoseUncertain, PoseUnreadable
from serve_app.catalogue import Entry
from serve_app.errors import EngineUnavailable
from serve_app.parsers import PARSERS
from tests import fakes
from tests.fakes import picture
from weights.store import Store

FOREIGN = Entry(name="mine", licence="CC BY-NC 4.0", commercial_use=False, available=True)
ABSENT = Entry(name="absent", licence="MIT", commercial_use=True, available=False, hint="fetch it")


class NamedParsing(fakes.FakeParsing):
    """Remembers who was asked for."""

    asked: ClassVar[list[Any]] = []

    def __call__(self, image: Image, pose: Pose, *parser: Any) -> ParseMap:
        self.asked[:] = parser
        return super().__call__(image, pose)


async def dress(root: Path, **parameters: Any) -> Outcome:
    paths = {name: model.path for name, model in fakes.MODELS.items()}
    paths["parsing"] = "tests.test_preparations:NamedParsing"
    models = InProcess(paths, Store(root))
    flow = graph.TryOn(models, parsers=(*PARSERS, FOREIGN, ABSENT))

    async def report(stage: str, progress: float) -> None:
        pass

    pictures = {"person": picture(20), "garment": picture(30)}
    return await flow(pictures, {"engine": "drape", **parameters}, report)


async def test_a_job_names_its_parser(tmp_path: Path) -> None:
    outcome = await dress(tmp_path)
    assert NamedParsing.asked == []
    assert outcome.engine.prepared_by == {"parsing": "parser"}
    assert outcome.engine.commercial_use
    outcome = await dress(tmp_path, parser="mine")
    assert NamedParsing.asked == ["mine"]
    assert outcome.engine.prepared_by == {"parsing": "mine"}
    assert not outcome.engine.commercial_use
    with pytest.raises(EngineUnavailable):
        await dress(tmp_path, parser="absent")


def said(x: float, y: float, score: float = 0.9) -> dict[str, Any]:
    return {"people": [{"pose_keypoints_2d": [x, y, score] * 25}]}


async def test_nobody_looks_for_a_pose_that_is_known(tmp_path: Path) -> None:
    fakes.FakePose.calls = 0
    outcome = await dress(tmp_path, pose=said(20, 25))
    assert fakes.FakePose.calls == 0
    assert "pose" not in outcome.timings
    await dress(tmp_path, pose=said(40, 50), pose_width=60)  # taken from twice the size
    assert fakes.FakePose.calls == 0
    with pytest.raises(PoseUnreadable, match="outside"):
        await dress(tmp_path, pose=said(40, 50))
    with pytest.raises(PoseUncertain):
        await dress(tmp_path, pose=said(20, 25, score=0.01))
