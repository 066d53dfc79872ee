"""A job whose input is a clip: each frame goes through the flow as if it were a photo."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from deployments.types import Flow, Image, Outcome, Report
from serve_app.blobs import Picture
from serve_app.clips import ClipLimits, Film
from serve_app.errors import ImageUnreadable, InvalidRequest
from serve_app.provenance import Mark, stamped

_TOLD_EVERY = 5
"""Frames between two words on the progress."""


async def film(
    data: bytes,
    flow: Flow,
    parameters: Mapping[str, Any],
    report: Report,
    limits: ClipLimits,
    *,
    visible: bool = False,
) -> tuple[Picture, Outcome]:
    """The clip redrawn, and the outcome of its last frame with the time that all took.

    With `visible`, each frame says that AI made it. Raises what the flow and `Film` raise, and
    InvalidRequest for what cannot be done with a clip.
    """
    if parameters.get("region") == "face" or parameters.get("eyes"):
        raise InvalidRequest("A clip is drawn as a whole.", "Leave out region and eyes.")
    finish: Callable[[Image], Image] = stamped if visible else _as_it_is
    with Film(data, limits) as reel:
        last, timings, done = None, dict[str, float](), 0
        while (frame := await asyncio.to_thread(reel.next)) is not None:
            if done % _TOLD_EVERY == 0:
                await report("anime", reel.progress)
            last = await flow({"image": frame}, parameters, _silent)
            if done == 0:
                reel.describe(Mark.of("anime", last.engine).comment)
            await asyncio.to_thread(reel.add, finish(last.image))
            for stage, spent in last.timings.items():
                timings[stage] = timings.get(stage, 0.0) + spent
            done += 1
        if last is None:
            raise ImageUnreadable("The clip has no frame.")
        picture = await asyncio.to_thread(reel.finish)
    warnings = last.warnings if reel.sound_kept else (*last.warnings, "SoundLeftOut")
    return picture, replace(last, timings=timings, warnings=warnings)


async def _silent(stage: str, progress: float) -> None:
    """The clip's own progress is told instead."""


def _as_it_is(image: Image) -> Image:
    return image
