"""Short videos and animated GIFs, redrawn frame by frame into an MP4 with its sound.

One frame at a time is in memory; only the file itself, which has a limit, is there as a whole.
Needs PyAV (`pip install 'fitting-room[video]'`), which brings FFmpeg's libraries along.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from deployments.types import Image, frozen
from serve_app.blobs import Picture
from serve_app.errors import ClipTooLong, ImageTooLarge, ImageUnreadable, UnsupportedFormat
from serve_app.settings import Settings

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.video.frame import VideoFrame

CLIP_TYPE = "video/mp4"
_SMALLEST_SIDE = 16
_COPIED_SOUND = ("aac", "mp3", "opus", "ac3", "alac")
"""What an MP4 can hold as it is; any other sound is left out, and that is told."""


@dataclass(frozen=True)
class ClipLimits:
    """What is refused: longer clips, and files with more pixels a frame. Larger frames shrink to
    `max_side` px, and of more frames a second every so many is left out."""

    seconds: float
    max_pixels: int = 40_000_000
    max_side: int = 960
    max_rate: float = 25.0

    @classmethod
    def of(cls, settings: Settings) -> ClipLimits:
        return cls(settings.clip_seconds, settings.max_pixels, settings.clip_side)


def is_clip(data: bytes) -> bool:
    """Whether the first bytes are those of a video, or of a GIF that moves."""
    if data[:4] == b"GIF8":
        return _moves(data)
    box, brand = data[4:8], data[8:12]
    is_heif = brand[:3] in (b"hei", b"hev", b"mif", b"msf", b"avi")
    return (box == b"ftyp" and not is_heif) or data[:4] == b"\x1aE\xdf\xa3"


def _moves(gif: bytes) -> bool:
    """A GIF that cannot be read is a clip: whoever opens it will say what is wrong."""
    try:
        with Pillow.open(io.BytesIO(gif)) as picture:
            return bool(getattr(picture, "is_animated", False))
    except (OSError, ValueError, Pillow.DecompressionBombError):
        return True


def accept_clip(data: bytes, limits: ClipLimits) -> Picture:
    """A clip as it came → how it is kept until a runner takes it.

    Raises ImageUnreadable, ImageTooLarge, ClipTooLong, UnsupportedFormat.
    """
    with _opened(data) as source:
        width, height = _checked(source, limits)
        kind = "image/gif" if data[:4] == b"GIF8" else CLIP_TYPE
        return Picture(data, kind, width, height)


def redraw(data: bytes, draw: Callable[[Image], Image], limits: ClipLimits) -> Picture:
    """The clip with each frame as `draw` makes it. Raises as `accept_clip` does, and what `draw`
    raises."""
    with Film(data, limits) as film:
        while (frame := film.next()) is not None:
            film.add(draw(frame))
        return film.finish()


class Film:
    """A clip on its way: take the `next` frame, `add` what was made of it, and `finish`.

    Use it as a context manager: both files are let go of at its end.
    """

    def __init__(self, data: bytes, limits: ClipLimits) -> None:
        """Raises as `accept_clip` does."""
        self._open = ExitStack()
        self._source = self._open.enter_context(_opened(data))
        self._limits = limits
        self._size = _checked(self._source, limits)
        self._target = io.BytesIO()
        self._film: OutputContainer = _library().open(self._target, "w", format="mp4")
        self._stream: Any = None
        self._sound: Any = self._sound_of()
        self._early: list[Any] = []
        self._frames = self._decoded()
        self._time: tuple[int, Fraction] = (0, Fraction(1, 25))
        self.sound_kept = self._sound is not None or not self._source.streams.audio

    def __enter__(self) -> Film:
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()

    @property
    def progress(self) -> float:
        """The share that is done, from 0 to 1."""
        length = _seconds(self._source) or self._limits.seconds
        at, base = self._time
        return min(1.0, float(at * base) / max(length, 1e-6))

    def describe(self, note: str) -> None:
        """What the new file's metadata say of it. Before the first frame is added."""
        self._film.metadata["comment"] = note

    def next(self) -> Image | None:
        """The next frame (H×W×3), upright, at the working size; None after the last."""
        frame = next(self._frames, None)
        if frame is None:
            return None
        self._time = (frame.pts or 0, frame.time_base or Fraction(1, 25))
        if float(self._time[0] * self._time[1]) > self._limits.seconds + 0.1:
            raise _too_long(self._limits)
        return self._upright(frame)

    def add(self, image: Image) -> None:
        """Put `image` where the frame was that came last. All have one size."""
        if self._stream is None:
            self._stream = self._begin(image)
            self._film.mux(self._early)
        frame = _library().VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        frame.pts, frame.time_base = self._time
        self._film.mux(self._stream.encode(frame))

    def finish(self) -> Picture:
        """The file. Raises ImageUnreadable where there was no frame."""
        if self._stream is None:
            raise ImageUnreadable("The clip has no frame.")
        self._film.mux(self._stream.encode())
        self._film.close()
        width, height = self._stream.width, self._stream.height
        return Picture(self._target.getvalue(), CLIP_TYPE, width, height)

    def _begin(self, image: Image) -> Any:
        stream: Any = self._film.add_stream("libx264", rate=25)
        stream.height, stream.width = image.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = self._time[1]
        stream.options = {"crf": "20", "preset": "veryfast"}
        return stream

    def _sound_of(self) -> Any:
        streams = self._source.streams.audio
        if not streams or streams[0].codec_context.name not in _COPIED_SOUND:
            return None
        return self._film.add_stream_from_template(streams[0])

    def _decoded(self) -> Iterator[VideoFrame]:
        """The frames that are kept; the sound between them goes to the new file as it is."""
        error: Any = _library().FFmpegError
        shortest, last = 0.98 / self._limits.max_rate, -1.0
        try:
            packets: Iterator[Any] = self._source.demux()
            for packet in packets:
                if packet.stream.type == "audio":
                    self._pass_on(packet)
                elif packet.stream is self._source.streams.video[0]:
                    for frame in packet.decode():
                        at = float(frame.time or 0.0)
                        if last < 0 or at - last >= shortest:
                            last = at
                            yield frame
        except error as fault:
            raise ImageUnreadable("The clip cannot be read to its end.") from fault

    def _pass_on(self, packet: Any) -> None:
        if self._sound is None or packet.dts is None:
            return
        if packet.stream is self._source.streams.audio[0]:
            packet.stream = self._sound
            # The file's head names all streams, so nothing is written before the first frame.
            if self._stream is None:
                self._early.append(packet)
            else:
                self._film.mux(packet)

    def _upright(self, frame: VideoFrame) -> Image:
        """Turned as the phone was held. Sides are even: the codec halves its colours."""
        turns = round((getattr(frame, "rotation", 0) or 0) / 90) % 4
        width, height = _fitted(self._size, self._limits.max_side)
        shrunk = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
        return frozen(np.rot90(np.asarray(shrunk, np.uint8), turns))


def _library() -> Any:
    try:
        import av
    except ImportError as error:
        raise UnsupportedFormat(
            "Clips are not taken here.", "pip install 'fitting-room[video]', or send a photo."
        ) from error
    return av


@contextmanager
def _opened(data: bytes) -> Iterator[InputContainer]:
    av = _library()
    try:
        container = av.open(io.BytesIO(data))
    except (av.FFmpegError, ValueError) as error:
        raise ImageUnreadable("The clip cannot be read.") from error
    with container:
        yield container


def _checked(source: InputContainer, limits: ClipLimits) -> tuple[int, int]:
    """Width and height in px, of a clip that may come in."""
    if not source.streams.video:
        raise ImageUnreadable("There is no picture in the clip.")
    context = source.streams.video[0].codec_context
    width, height = context.width, context.height
    if min(width, height) < _SMALLEST_SIDE:
        raise ImageUnreadable("There is no picture in the clip.")
    if width * height > limits.max_pixels:
        raise ImageTooLarge(f"The clip's frames are {width}×{height}.")
    if (_seconds(source) or 0.0) > limits.seconds + 0.1:
        raise _too_long(limits)
    return width, height


def _seconds(source: InputContainer) -> float | None:
    """What the file says of its length; a file may say nothing, and may lie."""
    return source.duration / 1_000_000 if source.duration else None


def _too_long(limits: ClipLimits) -> ClipTooLong:
    return ClipTooLong(f"The clip is longer than {limits.seconds:g} s.", "Cut it shorter.")


def _fitted(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    scale = min(1.0, max_side / max(size))
    width, height = (max(2, round(side * scale / 2) * 2) for side in size)
    return width, height
