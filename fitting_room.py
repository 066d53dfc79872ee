"""Try-on and anime avatars in one call, without a server and without Ray.

>>> from fitting_room import Anime, TryOn
>>> TryOn()("person.jpg", "garment.jpg").image.save("tryon.png")    # doctest: +SKIP
>>> for one in TryOn().each("person.jpg", ["tee.jpg", "polo.jpg"]):    # doctest: +SKIP
...     print(one.confidence, one.warnings)
>>> Anime(style="cel")("portrait.jpg").image.save("anime.png")      # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    for a PIL image or a path. Its size is the upright person photo's, unless the background was not
    to be kept.
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

    `engine` is auto or one of /v1/engines; `device` cpu, or cuda:N.
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
        crop: bool | None = None,
        brighten: bool = False,
        keep_background: bool = True,
        feather: bool = True,
        check_occlusion: bool | None = None,
        strict: bool = False,
        parser: str = "auto",
        pose: Mapping[str, Any] | None = None,
    ) -> Result:
        """The person of one picture in the garment of the other.

        `category`, `background` (keep, remove, or a colour such as "#e6e6e6"), `tuck` (a top: in,
        out, or as in the photo) and `seed` say how the person is dressed; `parser` names what finds
        the person's parts, and `pose` is OpenPose's JSON of the photo at its working size (at most
        1536 px), if it is known. The flags, for every engine:

        - `crop`: the engine sees the person alone, in a 3:4 window that key points and labels move
          into. None: as the engine needs it.
        - `brighten`: the person's photo is taken 1.3 times as bright from the start.
        - `keep_background`: what was drawn is put back into the photo by its mask; without it comes
          what the engine drew, of the window's size.
        - `feather`: a soft edge there instead of a hard one.
        - `check_occlusion`: a wrist inside the quadrilateral of shoulders and hips gives confidence
          0 and the warning ArmOverTorso, with `strict` the error of that name. None: for engines
          that cannot draw an arm in front of a garment; `drape` can.

        Raises the named errors of `deployments.types`, `weights.errors` and `serve_app.errors`,
        each with a `hint`; PoseUncertain where the confidence in the pose is below 0.1.
        """
        wishes = {
            "engine": self._engine,
            "category": category,
            "background": background,
            "tuck": tuck,
            "seed": seed,
            "crop": crop,
            "brighten": brighten,
            "keep_background": keep_background,
            "feather": feather,
            "check_occlusion": check_occlusion,
            "strict": strict,
            "parser": parser,
            "pose": pose,
        }
        return self._dressed(_read(person), person, garment, wishes)

    def each(self, person: Picture, garments: Iterable[Picture], **wishes: Any) -> Iterator[Result]:
        """The person in one garment after the other, each as it is asked for: the person's picture
        is read once and looked at once. `wishes` are those of a single call."""
        photo = _read(person)
        for garment in garments:
            yield self._dressed(photo, person, garment, {"engine": self._engine, **wishes})

    def _dressed(
        self, photo: Image, like: Picture, garment: Picture, wishes: Mapping[str, Any]
    ) -> Result:
        return _result(self._studio.tryon(photo, _read(garment), **wishes), like)


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
    """Raises what `serve_app.intake.decode` and `conform` raise, and FileNotFoundError."""
    from serve_app.intake import conform, decode

    if isinstance(picture, np.ndarray):
        return conform(picture)
    return decode(_bytes(picture))


def _bytes(picture: Path | str | bytes | PIL.Image.Image) -> bytes:
    if isinstance(picture, bytes):
        return picture
    if isinstance(picture, (str, Path)):
        return Path(picture).read_bytes()
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
