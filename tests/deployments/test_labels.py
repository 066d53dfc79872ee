from __future__ import annotations

import numpy as np
import pytest

from deployments import labels
from deployments.types import Label

ALL = np.arange(20, dtype=np.uint8).reshape(4, 5)


def test_lip_has_no_label_for_the_neck() -> None:
    lip = labels.to_lip(ALL)
    assert lip[2, 0] == 0
    assert (lip != ALL).sum() == 1
    assert not lip.flags.writeable
    plus = labels.to_cp_vton_plus(ALL)
    assert plus[2, 0] == 20
    assert (plus != ALL).sum() == 1


def test_from_other_sets() -> None:
    assert labels.from_lip(ALL)[2, 0] == Label.DRESS  # LIP's jumpsuit
    atr = labels.from_set(np.arange(18, dtype=np.uint8)[None], labels.ATR)[0]
    named = {4: Label.UPPER_CLOTHES, 6: Label.PANTS, 9: Label.LEFT_SHOE, 11: Label.FACE,
             13: Label.RIGHT_LEG, 14: Label.LEFT_ARM, 16: Label.BACKGROUND}  # fmt: skip
    assert {number: atr[number] for number in named} == named
    with pytest.raises(ValueError, match="20"):
        labels.from_lip(np.full((2, 2), 20, np.uint8))


def test_the_thirteen_channels_of_hr_viton() -> None:
    channels = labels.hr_viton_channels(ALL)
    assert channels.shape == (13, 4, 5)
    assert (channels.sum(0) == 1).all()
    wanted = [0, 1, 1, 12, 2, 3, 3, 3, 11, 4, 0, 12, 4, 2, 5, 6, 7, 8, 9, 10]
    assert labels.hr_viton_groups(ALL).reshape(-1).tolist() == wanted
    assert (labels.hr_viton_groups(labels.to_lip(ALL)) == labels.hr_viton_groups(ALL)).all()
