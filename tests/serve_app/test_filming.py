"""Jobs whose input is a clip, from the request to the result."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pytest

from deployments.types import Engine, Image, Outcome, Report
from serve_app.clips import ClipLimits
from serve_app.errors import InvalidRequest
from serve_app.filming import film
from tests.serve_app.clips import gif_file, video_file

av = pytest.importorskip("av", reason="pip install 'fitting-room[video]'")
LIMITS = ClipLimits(seconds=5)


async def _flow(
    pictures: Mapping[str, Image], parameters: Mapping[str, Any], report: Report
) -> Outcome:
    await report("anime", 0.0)
    engine = Engine("cel", "1.0", "Apache-2.0", commercial_use=True)
    return Outcome(255 - pictures["image"], engine, {"anime": 2.0})


async def test_all_frames_go_through_the_flow_and_progress_is_told() -> None:
    told: list[float] = []

    async def report(stage: str, progress: float) -> None:
        told.append(progress)

    picture, outcome = await film(video_file(12), _flow, {"style": "cel"}, report, LIMITS)
    assert outcome.timings == {"anime": 24.0}
    assert outcome.warnings == ()
    assert told == sorted(told)
    assert len(told) == 3
    with av.open(io.BytesIO(picture.data)) as container:
        assert "trainedAlgorithmicMedia" in container.metadata["comment"]
        assert sum(1 for _ in container.decode(video=0)) == 12


async def test_lost_sound_is_told() -> None:
    async def report(stage: str, progress: float) -> None: ...

    _, outcome = await film(video_file(4, sound="flac"), _flow, {}, report, LIMITS)
    assert outcome.warnings == ("SoundLeftOut",)


async def test_a_face_alone_is_for_photos() -> None:
    async def report(stage: str, progress: float) -> None: ...

    with pytest.raises(InvalidRequest):
        await film(gif_file(), _flow, {"region": "face"}, report, LIMITS)
