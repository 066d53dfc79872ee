"""What flows between the models: pictures, masks, key points, label maps, and the named error.

Arrays that arrive in a model are read-only, whether a cluster or a plain call brought them; a model
that wants to write makes a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]
"""uint8, H×W×3, RGB, read-only."""

Mask: TypeAlias = NDArray[np.uint8]
"""uint8, H×W, alpha from 0 to 255."""

Pose: TypeAlias = NDArray[np.float32]
"""float32, 25×3: x in px, y in px, score from 0 to 1, in BODY_25 order; 0, 0, 0 where not seen."""

ParseMap: TypeAlias = NDArray[np.uint8]
"""uint8, H×W, the 20 CIHP labels (`Label`)."""

BodyParts: TypeAlias = NDArray[np.uint8]
"""uint8, H×W, the 24 DensePose parts, 0 for the background."""

Points: TypeAlias = NDArray[np.float32]
"""float32, N×2: x and y in px."""

Category: TypeAlias = Literal["upper", "lower", "dress"]
GarmentKind: TypeAlias = Literal["top", "trousers", "shorts", "skirt", "dress"]
Sleeve: TypeAlias = Literal["none", "short", "long"]


class Label(IntEnum):
    """The 20 labels of CIHP. Left and right are the person's own."""

    BACKGROUND = 0
    HAT = 1
    HAIR = 2
    GLOVE = 3
    EYEWEAR = 4
    UPPER_CLOTHES = 5
    DRESS = 6
    COAT = 7
    SOCKS = 8
    PANTS = 9
    TORSO_SKIN = 10
    SCARF = 11
    SKIRT = 12
    FACE = 13
    LEFT_ARM = 14
    RIGHT_ARM = 15
    LEFT_LEG = 16
    RIGHT_LEG = 17
    LEFT_SHOE = 18
    RIGHT_SHOE = 19


class Joint(IntEnum):
    """The key points of OpenPose's BODY_25. Left and right are the person's own."""

    NOSE = 0
    NECK = 1
    RIGHT_SHOULDER = 2
    RIGHT_ELBOW = 3
    RIGHT_WRIST = 4
    LEFT_SHOULDER = 5
    LEFT_ELBOW = 6
    LEFT_WRIST = 7
    MID_HIP = 8
    RIGHT_HIP = 9
    RIGHT_KNEE = 10
    RIGHT_ANKLE = 11
    LEFT_HIP = 12
    LEFT_KNEE = 13
    LEFT_ANKLE = 14
    RIGHT_EYE = 15
    LEFT_EYE = 16
    RIGHT_EAR = 17
    LEFT_EAR = 18
    LEFT_BIG_TOE = 19
    LEFT_SMALL_TOE = 20
    LEFT_HEEL = 21
    RIGHT_BIG_TOE = 22
    RIGHT_SMALL_TOE = 23
    RIGHT_HEEL = 24


class ModelError(Exception):
    """A fault that the sender of a picture can mend. The class name is its public name.

    `hint` says what to do about it. Errors cross process borders, so they are rebuilt from
    `args` alone.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)

    @property
    def message(self) -> str:
        return str(self.args[0])

    @property
    def hint(self) -> str:
        return str(self.args[1])

    def __str__(self) -> str:
        return self.message


class PersonNotFound(ModelError):
    """No person could be made out in the picture."""


class GarmentNotFound(ModelError):
    """No garment could be made out in the picture."""


class GarmentWorn(ModelError):
    """The garment's picture shows somebody who wears it."""


class PoseUncertain(ModelError):
    """A person is there, but shoulders and hips could not be located."""


class PoseUnreadable(ModelError):
    """Key points were handed over, and they are none of a person in the picture."""


class LegsNotInPicture(ModelError):
    """A lower garment or a dress was asked for, and the photo ends above the knees."""


class ArmOverTorso(ModelError):
    """A wrist lies in front of the torso, and results without that were asked for alone."""


class CategoryUnsupported(ModelError):
    """The engine dresses nobody in garments of this category."""


def frozen(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same array, read-only and contiguous, as it would arrive from another process."""
    array = np.ascontiguousarray(array)
    array.setflags(write=False)
    return array


@dataclass(frozen=True)
class CutOut:
    """A mask and the method that made it, since a lesser method must be named as such."""

    mask: Mask
    method: str


@dataclass(frozen=True)
class Tube:
    """A sleeve or a trouser leg of a garment laid flat.

    `centre` (N×2 px) runs from the armhole (or the crotch's height) to the cuff; `half_width`
    (N, px) is half of the cloth's width across it at each of those points. `cuff` (2×2 px) is the
    sleeve's outer and inner corner there, which need not face each other squarely; may lack.
    """

    centre: Points
    half_width: NDArray[np.float32]
    cuff: Points | None = None


@dataclass(frozen=True)
class GarmentShape:
    """What a flat-lay picture says of a garment. Left and right are the wearer's own: the wearer's
    left is at the right side of the picture.

    `landmarks` in px of the garment's picture. Tops and dresses: neck_left, neck_right (where the
    collar meets the shoulder line), neck_front (the lowest point of the front neckline),
    shoulder_left, shoulder_right (the outer end of the shoulder seam), armpit_left, armpit_right,
    waist_left, waist_right, hem_left, hem_right. Trousers, shorts, skirts: waist_left, waist_right,
    hip_left, hip_right, hem_left, hem_right (outer ends) and, with legs, crotch, hem_left_inner,
    hem_right_inner.
    """

    category: Category
    kind: GarmentKind
    sleeve: Sleeve
    landmarks: Mapping[str, tuple[float, float]]
    left_tube: Tube | None
    """The wearer's left sleeve or trouser leg, None where there is none."""
    right_tube: Tube | None
    neckline: Points | None
    """The front edge of the neck opening from neck_right to neck_left; what is enclosed above it is
    the inside of the back and is not seen when worn."""
    is_open: bool
    """A jacket or shirt laid with its front open."""
    confidence: float
    """From 0 to 1."""
    is_outer: bool = False
    """A coat or a jacket: it hangs over trousers and skirts and is never tucked in."""


@dataclass(frozen=True)
class Engine:
    """What answered."""

    name: str
    version: str
    licence: str
    commercial_use: bool
    prepared_by: Mapping[str, str] = field(default_factory=dict, compare=False)
    """The model of each stage of the preparation that could have been another."""


@dataclass(frozen=True)
class Outcome:
    """A finished picture and what is to be told about it."""

    image: Image
    engine: Engine
    timings: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds by stage."""
    confidence: float | None = None
    warnings: tuple[str, ...] = ()
    intermediates: Mapping[str, Image] = field(default_factory=dict)
    """Every picture on the way, by name, where they were asked for."""
    edited: Mask | None = None
    """Where the picture is the generator's (255) and where the photo's (0). Values between: the
    generator has mixed both there already. Of 0 and 255 alone: nothing is mixed, and outside of it
    the picture is not yet the photo's. None where the generator tells nothing: it is finished."""
    kept: Mask | None = None
    """Above 0 where the photo stays though a soft edge would reach there: a face, hair."""
    category: str | None = None
    """What the garment was taken for: upper, lower or dress."""


class Report(Protocol):
    """Told whenever a stage begins: its name, and the share of the whole that is done (0 to 1)."""

    async def __call__(self, stage: str, progress: float) -> None: ...


class Flow(Protocol):
    """One of the two jobs: pictures and parameters in, an outcome out."""

    async def __call__(
        self, pictures: Mapping[str, Image], parameters: Mapping[str, Any], report: Report
    ) -> Outcome: ...
