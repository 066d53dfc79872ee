"""Clips: what comes in, what is refused, and what becomes of each frame."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from deployments.types import Image
from serve_app.clips import ClipLimits, Film, accept_clip, is_clip, redraw
from serve_app.errors import ClipTooLong, ImageTooLarge, ImageUnreadable
from serve_app.intake import encode
from tests.serve_app.clips import frames, gif_file, video_file

av = pytest.importorskip("av", reason="pip install 'fitting-room[video]'")
LIMITS = ClipLimits(seconds=5)


def _decoded(data: bytes) -> tuple[list[Image], list[float], Any]:
    with av.open(io.BytesIO(data)) as container:
        found = list(container.decode(video=0))
        sound = [one.codec_context.name for one in container.streams.audio]
        times = [float(one.time) for one in found]
        return [one.to_ndarray(format="rgb24") for one in found], times, sound


def _run_through(film: Film) -> None:
    while (frame := film.next()) is not None:
        film.add(frame)


def _inverted(image: Image) -> Image:
    return 255 - image


@pytest.mark.parametrize("data", [gif_file(), video_file(3)])
def test_clips_are_told_from_photos(data: bytes) -> None:
    assert is_clip(data)
    assert accept_clip(data, LIMITS).width == 120


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_photos_are_no_clips(kind: str) -> None:
    assert not is_clip(encode(frames(1)[0], kind))
    assert not is_clip(gif_file(1)), "a GIF that stands still"
    assert not is_clip(b"\0\0\0\x18ftypheic" + bytes(100))
    assert not is_clip(b"")


def test_every_frame_is_redrawn_at_its_own_time() -> None:
    data = video_file(12)
    before, times, _ = _decoded(data)
    picture = redraw(data, _inverted, LIMITS)
    after, new_times, sound = _decoded(picture.data)
    assert len(after) == len(before) == 12
    assert new_times == pytest.approx(times, abs=0.002)
    for old, new in zip(before, after, strict=True):
        assert np.abs(_inverted(old).astype(int) - new).mean() < 6
    assert sound == ["aac"]
    assert (picture.width, picture.height, picture.media_type) == (120, 90, "video/mp4")


def test_the_sound_is_the_same_to_the_byte() -> None:
    def packets(data: bytes) -> list[bytes]:
        with av.open(io.BytesIO(data)) as container:
            return [bytes(one) for one in container.demux(audio=0) if one.size]

    data = video_file(12)
    assert packets(redraw(data, _inverted, LIMITS).data) == packets(data)


def test_a_gif_becomes_a_video_of_the_same_length() -> None:
    picture = redraw(gif_file(6, 100), _inverted, LIMITS)
    after, times, sound = _decoded(picture.data)
    assert len(after) == 6
    assert times == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5], abs=0.011)
    assert sound == []


def test_metadata_of_the_source_are_gone_and_ours_are_there() -> None:
    with Film(video_file(3), LIMITS) as film:
        film.describe("AI-generated picture")
        while (frame := film.next()) is not None:
            film.add(frame)
        data = film.finish().data
    assert b"31.2304" not in data
    with av.open(io.BytesIO(data)) as container:
        assert container.metadata["comment"] == "AI-generated picture"


def test_only_one_frame_is_there_at_a_time() -> None:
    with Film(video_file(24), LIMITS) as film:
        progress = []
        while (frame := film.next()) is not None:
            progress.append(film.progress)
            film.add(frame)
    assert progress == sorted(progress)
    assert 0 <= progress[0] < 0.1
    assert progress[-1] > 0.9


def test_large_frames_shrink_and_sides_are_even() -> None:
    picture = redraw(video_file(2), lambda image: image, ClipLimits(5, max_side=65))
    assert (picture.width, picture.height) == (64, 48)


def test_more_frames_a_second_than_wanted_are_left_out() -> None:
    picture = redraw(video_file(24), lambda image: image, ClipLimits(5, max_rate=12))
    assert len(_decoded(picture.data)[0]) == 12


@pytest.mark.parametrize(
    ("data", "limits", "error"),
    [
        (video_file(48), ClipLimits(1), ClipTooLong),
        (gif_file(20, 100), ClipLimits(1), ClipTooLong),
        (video_file(2), ClipLimits(5, max_pixels=1000), ImageTooLarge),
        (b"\0\0\0\x18ftypisom" + bytes(400), LIMITS, ImageUnreadable),
        (video_file(24)[:900], LIMITS, ImageUnreadable),
        (b"GIF89a", LIMITS, ImageUnreadable),
    ],
)
def test_what_is_refused_has_a_name(
    data: bytes, limits: ClipLimits, error: type[Exception]
) -> None:
    with pytest.raises(error):
        accept_clip(data, limits)


def test_a_file_that_lies_about_its_length_is_stopped() -> None:
    with Film(video_file(24), ClipLimits(5)) as film:
        film._limits = ClipLimits(0.4)
        with pytest.raises(ClipTooLong):
            _run_through(film)


def test_sound_that_an_mp4_cannot_hold_is_left_out() -> None:
    with Film(video_file(6, sound="flac"), LIMITS) as film:
        assert not film.sound_kept
        while (frame := film.next()) is not None:
            film.add(frame)
        assert _decoded(film.finish().data)[2] == []
