"""A pose that comes with a request: OpenPose's JSON, as an object or as a text."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
)

NUMBERS = (75, 54)
"""Of BODY_25 and of COCO-18, three for each joint."""


class KeyPoints(BaseModel):
    """One person of OpenPose's JSON: x and y in px, and a score, for each joint."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    pose_keypoints_2d: list[Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]] = Field(
        validation_alias=AliasChoices("pose_keypoints_2d", "pose_keypoints"),
    )

    @field_validator("pose_keypoints_2d")
    @classmethod
    def _complete(cls, numbers: list[float]) -> list[float]:
        if len(numbers) not in NUMBERS:
            raise ValueError(f"{len(numbers)} numbers, but BODY_25 has 75 and COCO-18 has 54")
        return numbers


class OpenPose(BaseModel):
    """OpenPose's JSON; faces and hands are left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    people: list[KeyPoints] = Field(min_length=1, max_length=20)


def _read(said: Any) -> Any:
    if not isinstance(said, str | bytes):
        return said
    try:
        return json.loads(said)
    except (ValueError, RecursionError) as error:
        raise ValueError("not JSON") from error


SentPose: TypeAlias = Annotated[
    OpenPose,
    BeforeValidator(_read),
    WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "string"}]}),
]
"""A field of a form is a text; in JSON it may be an object."""
