"""A JPEG file bare of all but its picture, without decoding it (ITU-T T.81, annex B).

What shows the picture stays: tables, frame, scans, the colour profile, how Adobe stored colours,
which way is up. What tells of its maker goes: EXIF with its places and serial numbers, thumbnails,
comments, and whatever follows the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from PIL import Image as Pillow

from serve_app.errors import ImageUnreadable

_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
"""In a scan an FF of the data is followed by 00, and restarts are D0 to D7."""
_SCAN, _END, _JFIF, _EXIF, _COMMENT = 0xDA, 0xD9, 0xE0, 0xE1, 0xFE
_APPLICATIONS = range(0xE0, 0xF0)
_KEPT = {0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_MOST_SCANS = 64
_MOST_SEGMENTS = 4096
_ORIENTATION = 0x0112


def bare(data: bytes, orientation: int = 1) -> bytes:
    """The same picture in a file without metadata; `orientation` as EXIF counts it, 1 to 8.

    Raises ImageUnreadable where the file ends before the picture does, or goes over it in far too
    many passes.
    """
    exif = b"" if orientation == 1 else _segment(_EXIF, _exif(orientation))
    return b"".join([b"\xff\xd8", exif, *_pieces(data), b"\xff\xd9"])


def _pieces(data: bytes) -> Iterator[bytes]:
    """The segments and scans that stay, in their order."""
    scans = 0
    for number, (marker, body) in enumerate(_segments(data)):
        scans += marker == _SCAN
        if scans > _MOST_SCANS or number > _MOST_SEGMENTS:
            raise ImageUnreadable("The picture is drawn in far too many passes.")
        yield from _kept(marker, body)
    if not scans:
        raise _cut_off()


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each marker up to the picture's end, with its length, its body and the scan behind it."""
    marker, begin = _next(data, 2)
    while marker != _END:
        end = begin + int.from_bytes(data[begin : begin + 2], "big")
        if end < begin + 2 or end > len(data):
            raise _cut_off()
        following, after = _next(data, end)
        if marker == _SCAN:
            end = after - 2
        yield marker, data[begin:end]
        marker, begin = following, after


def _next(data: bytes, place: int) -> tuple[int, int]:
    """The marker at or after `place`, and where what follows it begins."""
    found = _MARKER.search(data, place)
    if found is None:
        raise _cut_off()
    return found.group(1)[0], found.end()


def _kept(marker: int, body: bytes) -> Iterator[bytes]:
    """The segment, if it belongs to the picture. Of JFIF's all but its thumbnail."""
    if marker == _JFIF and body[2:7] == b"JFIF\0":
        yield _segment(_JFIF, body[2:14] + b"\0\0")
    elif marker in _KEPT and not body.startswith(_KEPT[marker], 2):
        return
    elif marker in _KEPT or (marker not in _APPLICATIONS and marker != _COMMENT):
        yield bytes((0xFF, marker))
        yield body


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def _exif(orientation: int) -> bytes:
    exif = Pillow.Exif()
    exif[_ORIENTATION] = orientation
    return exif.tobytes()


def _cut_off() -> ImageUnreadable:
    return ImageUnreadable("The picture is damaged or cut off.")
