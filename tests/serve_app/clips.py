"""Videos and animations made for the tests."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import PIL.Image
import pytest

from deployments.types import Engine, Image, Outcome, Report

FRAME_SAMPLES = 2000


def frames(count: int, width: int = 120, height: int = 90) -> list[Image]:
    """A bright bar that moves to the right over a coloured ground."""
    made = []
    for index in range(count):
        frame = np.full((height, width, 3), (40, 90, 160), np.uint8)
        frame[:, index * 5 % width : index * 5 % width + 12] = 250
        made.append(frame)
    return made


def gif_file(count: int = 6, milliseconds: int = 100) -> bytes:
    """An animated GIF."""
    pictures = [PIL.Image.fromarray(frame) for frame in frames(count)]
    file = io.BytesIO()
    pictures[0].save(
        file, "GIF", save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0
    )
    return file.getvalue()


def video_file(count: int = 12, *, sound: str = "aac") -> bytes:
    """An MP4 of `count` frames at 24 a second, with a tone where `sound` names a codec."""
    av = pytest.importorskip("av", reason="pip install 'fitting-room[video]'")
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 120, 90, "yuv420p"
        container.metadata["location"] = "+31.2304+121.4737/"
        audio = container.add_stream(sound, rate=48000, layout="mono") if sound else None
        for index, frame in enumerate(frames(count)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            if audio:
                container.mux(audio.encode(_tone(av, index)))
        container.mux(stream.encode())
        if audio:
            container.mux(audio.encode())
    return file.getvalue()


def _tone(av: Any, index: int) -> Any:
    wave = np.sin(np.arange(FRAME_SAMPLES) * 0.05) * 8000
    frame = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts = 48000, index * FRAME_SAMPLES
    return frame


async def inverse(
    pictures: Mapping[str, Image], parameters: Mapping[str, Any], report: Report
) -> Outcome:
    """Stands for the flow of a style: the negative of each frame."""
    engine = Engine("cel", "1", "Apache-2.0", commercial_use=True)
    return Outcome(255 - pictures["image"], engine)
