"""Try-on and anime avatars in one call, without a server and without Ray.

>>> from fitting_room import Anime, TryOn
>>> TryOn()("person.jpg", "garment.jpg").image.save("tryon.png")    # doctest: +SKIP
>>> Anime(style="cel")("portrait.jpg").image.save("anime.png")      # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import PIL.Image
from numpy.typing import NDArray

if TYPE_CHECKING:
    from deployments.types import Engine, Image, Outcome
    from graph import Studio

__all__ = ["Anime", "Picture", "Result", "TryOn"]

Picture: TypeAlias = "Path | str | bytes | PIL.Image.Image | NDArray[np.uint8]"
"""A file's path, a file's bytes, a PIL image, or an RGB array H×W×3 of uint8."""


@dataclass(frozen=True)
class Result:
    """A picture and what is to be told about it.

    `image` is of the kind that came in: an array for an array, PNG bytes for bytes, and a PIL image
    for a PIL image or a path. Its size is the upright person photo's.
    """

    image: Any
    engine: Engine
    confidence: float | None
    warnings: tuple[str, ...]
    timings: Mapping[str, float]
    """Milliseconds by stage."""


class TryOn:
    """Dresses people. Models are loaded at the first call and kept, and so is what they found out
    about the last pictures: one person in many garments costs one look at the person.
    """

    def __init__(self, engine: str = "auto", device: str = "cpu") -> None:
        self._engine = engine
        self._studio = _studio(device)

    def __call__(
        self,
        person: Picture,
        garment: Picture,
        *,
        category: Literal["auto", "upper", "lower", "dress"] = "auto",
        background: str = "keep",
        tuck: Literal["auto", "in", "out"] = "auto",
        seed: int = 0,
    ) -> Result:
        """The person of one picture in the garment of the other.

        `background` is keep, remove, or a colour such as "#e6e6e6"; `tuck` whether a top is worn
        inside what is below it, auto as in the photo. Raises the named errors of
        `deployments.types` and `serve_app.errors`, each with a `hint`.
        """
        outcome = self._studio.tryon(
            _read(person),
            _read(garment),
            category=category,
            engine=self._engine,
            background=background,
            tuck=tuck,
            seed=seed,
        )
        return _result(outcome, person)


class Anime:
    """Draws photos in one style."""

    def __init__(self, style: str = "cel", device: str = "cpu") -> None:
        self._style = style
        self._studio = _studio(device)

    def __call__(self, photo: Picture) -> Result:
        """The photo as a drawing of the same size."""
        return _result(self._studio.anime(_read(photo), style=self._style), photo)


def _studio(device: str) -> Studio:
    from graph import Studio
    from weights.store import Store

    return Studio(Store.from_environment(), device)


def _read(picture: Picture) -> Image:
    from serve_app.intake import decode

    return decode(_bytes(picture))


def _bytes(picture: Picture) -> bytes:
    if isinstance(picture, bytes):
        return picture
    if isinstance(picture, (str, Path)):
        return Path(picture).read_bytes()
    if isinstance(picture, np.ndarray):
        picture = PIL.Image.fromarray(picture)
    return _png(picture)


def _png(picture: PIL.Image.Image) -> bytes:
    data = BytesIO()
    picture.save(data, "PNG", compress_level=1)
    return data.getvalue()


def _result(outcome: Outcome, like: Picture) -> Result:
    return Result(
        image=_as(outcome.image, like),
        engine=outcome.engine,
        confidence=outcome.confidence,
        warnings=outcome.warnings,
        timings=outcome.timings,
    )


def _as(image: Image, like: Picture) -> Any:
    if isinstance(like, np.ndarray):
        return image
    picture = PIL.Image.fromarray(image)
    return _png(picture) if isinstance(like, bytes) else picture
