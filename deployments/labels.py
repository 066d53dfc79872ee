"""Between the label sets of the field: CIHP's, which flow here, LIP's, ATR's, and the groups that
generators were trained with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from deployments.types import Label, ParseMap

LIP_JUMPSUIT = 10
"""The one number that LIP and CIHP use for two things: CIHP's 10 is the skin of neck and chest."""

CP_VTON_PLUS_SKIN = 20
"""CP-VTON+ adds a label for what LIP leaves without one: the skin of the neck."""

ATR: tuple[Label, ...] = (
    Label.BACKGROUND, Label.HAT, Label.HAIR, Label.EYEWEAR, Label.UPPER_CLOTHES, Label.SKIRT,
    Label.PANTS, Label.DRESS, Label.SCARF, Label.LEFT_SHOE, Label.RIGHT_SHOE, Label.FACE,
    Label.LEFT_LEG, Label.RIGHT_LEG, Label.LEFT_ARM, Label.RIGHT_ARM, Label.BACKGROUND, Label.SCARF,
)  # fmt: skip
"""ATR's 18 labels. Its belt (8) is what lies on the body, as here a scarf does; its bag (16) is no
part of the person."""

CIHP: tuple[Label, ...] = tuple(Label)
LIP: tuple[Label, ...] = tuple(
    Label.DRESS if number == LIP_JUMPSUIT else Label(number) for number in range(len(Label))
)
"""LIP's 20 labels. A jumpsuit is one piece for both halves of the body, as a dress is."""

SETS: Mapping[str, tuple[Label, ...]] = {"cihp": CIHP, "lip": LIP, "atr": ATR}
"""What each number of a label set is in ours."""

HR_VITON_GROUPS: tuple[tuple[int, ...], ...] = (
    (0, 10),  # background
    (1, 2),  # hair
    (4, 13),  # face
    (5, 6, 7),  # upper
    (9, 12),  # bottom
    (14,),  # left arm
    (15,),  # right arm
    (16,),  # left leg
    (17,),  # right leg
    (18,),  # left shoe
    (19,),  # right shoe
    (8,),  # socks
    (3, 11),  # noise
)
"""HR-VITON's and VITON-HD's 13 channels, each with its labels."""


def to_lip(parse: ParseMap) -> NDArray[np.uint8]:
    """LIP's labels, uint8 H×W, of ours. LIP has none for the skin of neck and chest: background."""
    table = np.arange(256, dtype=np.uint8)
    table[Label.TORSO_SKIN] = Label.BACKGROUND
    return _sealed(table[parse])


def from_lip(labels: NDArray[np.uint8]) -> ParseMap:
    """Ours of LIP's 20 labels. Raises ValueError where a pixel is none of them."""
    return from_set(labels, LIP)


def to_cp_vton_plus(parse: ParseMap) -> NDArray[np.uint8]:
    """CP-VTON+'s labels, uint8 H×W: LIP's, and 20 for the skin of neck and chest."""
    table = np.arange(256, dtype=np.uint8)
    table[Label.TORSO_SKIN] = CP_VTON_PLUS_SKIN
    return _sealed(table[parse])


def from_set(labels: NDArray[np.uint8], table: Sequence[int]) -> ParseMap:
    """Ours of another set's: `table` says of each of its numbers which of ours it is.

    Raises ValueError where a pixel is beyond the table.
    """
    highest = int(labels.max(initial=0))
    if highest >= len(table):
        raise ValueError(f"label {highest} is none of the {len(table)}")
    return _sealed(np.array(table, np.uint8)[labels])


def hr_viton_groups(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Which of HR-VITON's 13 channels each pixel belongs to, uint8 H×W from 0 to 12. Takes LIP's
    labels and ours alike: both call the neck background there."""
    table = np.zeros(256, np.uint8)
    for channel, members in enumerate(HR_VITON_GROUPS):
        table[list(members)] = channel
    return _sealed(table[labels])


def hr_viton_channels(labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """HR-VITON's one-hot map, float32 13×H×W."""
    groups = hr_viton_groups(labels)
    channels = np.arange(len(HR_VITON_GROUPS), dtype=np.uint8)[:, None, None]
    one_hot: NDArray[np.float32] = (groups == channels).astype(np.float32)
    one_hot.setflags(write=False)
    return one_hot


def _sealed(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    labels.setflags(write=False)
    return labels
