"""Models small enough to test what is round them: flows, deployments, runners."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from deployments.batch import Answer, Call
from deployments.densepose.parts import Part, Parts
from deployments.stages import Found
from deployments.types import (
    CutOut,
    Engine,
    GarmentNotFound,
    GarmentShape,
    Image,
    Mask,
    Outcome,
    ParseMap,
    PersonNotFound,
    Pose,
    frozen,
)
from graph import Model
from weights.store import Store

ENGINE = Engine("fake", "1", "Apache-2.0", commercial_use=True)


def picture(value: int, size: tuple[int, int] = (40, 30)) -> Image:
    """One colour, read-only."""
    return frozen(np.full((*size, 3), value, np.uint8))


class Fake:
    """Counts its calls, and refuses arrays that could be written to."""

    calls = 0

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self.device = device

    def count(self, *arrays: Any) -> None:
        type(self).calls += 1
        assert not any(array.flags.writeable for array in arrays)


class FakePose(Fake):
    """Black pictures and those of value 55 show nobody; bright ones a crowd."""

    def __call__(self, image: Image) -> Found:
        self.count(image)
        if not image.any() or image[0, 0, 0] == 55:
            raise PersonNotFound("nobody is there", "send another photo")
        pose: Pose = np.full((25, 3), float(image[0, 0, 0]), np.float32)
        return Found(pose, ("a crowd",) if image[0, 0, 0] > 200 else ())


class FakeParsing(Fake):
    def __call__(self, image: Image, pose: Pose) -> ParseMap:
        self.count(image)
        return np.full(image.shape[:2], 5, np.uint8)


class FakeDensePose(Fake):
    def __call__(self, person: Image, pose: Pose, parse: ParseMap) -> Parts:
        self.count(person, pose, parse)
        return Parts(frozen(np.full(person.shape[:2], Part.TORSO_FRONT, np.uint8)), "network")


class FakeMask(Fake):
    """For a person with the pose, for a garment without: none in pictures of value 55 and 66."""

    def __call__(self, image: Image, pose: Pose | None = None) -> CutOut:
        self.count(image)
        if image[0, 0, 0] in (55, 66):
            raise GarmentNotFound("no garment is there", "send another photo")
        method = "border-flood" if image[0, 0, 0] == 99 else "isnet"
        return CutOut(np.full(image.shape[:2], 255, np.uint8), method)


class FakeShape(Fake):
    """Not sure of pictures of value 0 and 77."""

    def __call__(self, image: Image, mask: Mask, category: str = "auto") -> GarmentShape:
        self.count(image)
        found: Any = "upper" if category == "auto" else category
        sure = 0.2 if image[0, 0, 0] in (0, 77) else 0.9
        return GarmentShape(found, "top", "none", {}, None, None, None, False, sure)


class FakeGenerator(Fake):
    """The garment's colour where the person was, plus the seed."""

    def __call__(
        self,
        person: Image,
        pose: Pose,
        parse: ParseMap,
        garment: Image,
        garment_mask: Mask,
        shape: GarmentShape,
        *,
        seed: int = 0,
        debug: bool = False,
        tuck: str = "auto",
    ) -> Outcome:
        self.count(person, garment)
        self.tuck = tuck
        assert (parse == 5).all()
        assert pose[0, 0] == person[0, 0, 0]
        image = np.full_like(person, garment[0, 0, 0] + seed)
        seen = {"warped": image} if debug else {}
        return Outcome(image, ENGINE, {}, shape.confidence, (shape.category,), seen)


class FakeBatch:
    """A picture's value; black ones show nobody. Notes how many each pass had."""

    passes: ClassVar[list[int]] = []

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self.device = device

    def __call__(self, image: Image) -> Answer:
        (answer,) = self.together([Call((image,), {})])
        return answer

    def together(self, calls: Sequence[Call]) -> list[Answer]:
        self.passes.append(len(calls))
        values = [int(call.arguments[0][0, 0, 0]) for call in calls]
        return [value or PersonNotFound("nobody", "another photo") for value in values]


class FakeAnime(Fake):
    def __call__(self, image: Image, style: str = "cel") -> Outcome:
        self.count(image)
        if style == "slow":
            time.sleep(0.3)
        return Outcome(255 - image, ENGINE)


MODELS = {
    "pose": Model("tests.fakes:FakePose"),
    "parsing": Model("tests.fakes:FakeParsing"),
    "densepose": Model("tests.fakes:FakeDensePose"),
    "person_mask": Model("tests.fakes:FakeMask"),
    "garment_mask": Model("tests.fakes:FakeMask"),
    "garment_shape": Model("tests.fakes:FakeShape"),
    "drape": Model("tests.fakes:FakeGenerator", remembers=False),
    "anime": Model("tests.fakes:FakeAnime", remembers=False),
}
