"""What HTTP lets a client ask of a body: which media type, which part, and whether it is new."""

from __future__ import annotations

import re
from collections.abc import Sequence

from serve_app.errors import NotAcceptable, RangeNotSatisfiable

_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)


def choose(accept: str | None, offered: Sequence[str]) -> str:
    """The media type that the client likes best; what comes first in `offered` wins a tie.

    Raises NotAcceptable.
    """
    if not accept or not accept.strip():
        return offered[0]
    likings = [_liking(part) for part in accept.split(",") if part.strip()]
    best = max(offered, key=lambda media_type: _quality(media_type, likings))
    if _quality(best, likings) <= 0:
        raise NotAcceptable("No picture of the media types in Accept can be made.")
    return best


def _liking(part: str) -> tuple[str, float]:
    """A range of media types and its weight; what cannot be read weighs nothing."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        return name, min(max(float(weight), 0.0), 1.0)
    except ValueError:
        return name, 0.0


def _quality(media_type: str, likings: Sequence[tuple[str, float]]) -> float:
    """The weight of the range that names the type most exactly."""
    ranges = ("*/*", f"{media_type.partition('/')[0]}/*", media_type)
    matching = [(ranges.index(name), weight) for name, weight in likings if name in ranges]
    return max(matching, key=lambda one: one[0])[1] if matching else 0.0


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Whether the client has the body already. `tag` is given with its quotes."""
    tags = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    return "*" in tags or tag in tags


def part_of(asked: str | None, if_range: str | None, tag: str, size: int) -> slice | None:
    """The bytes that Range asks for; None: the whole.

    Of several ranges the whole is sent, as it is where If-Range names another body. Raises
    RangeNotSatisfiable.
    """
    found = _RANGE.fullmatch(asked.strip()) if asked else None
    if found is None or (if_range is not None and if_range.strip() != tag):
        return None
    first, last = (int(digits[:18]) if digits else None for digits in found.groups())
    if first is None and last is None:
        return None
    if first is None:
        begin, end = size - min(last or 0, size), size
    else:
        begin, end = first, size if last is None else min(last + 1, size)
    if first is not None and last is not None and last < first:
        return None  # no range at all, so it is passed over
    if begin >= size:
        raise RangeNotSatisfiable("The range begins after the picture's end.", size=size)
    return slice(begin, end)
