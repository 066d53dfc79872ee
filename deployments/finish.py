"""What an engine drew, put into the photo: by its mask, with a hard edge or a soft one."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.compose import paste
from deployments.framing import Window
from deployments.types import Image, Mask, Outcome, frozen

REACH = 64
"""The soft edge reaches two parts in so many of the window's height beyond the mask."""


def finished(
    photo: Image, drawn: Outcome, window: Window, *, keep_background: bool, feather: bool
) -> Image:
    """The result, of the photo's size; without `keep_background` what the engine drew, of the
    window's size.

    `drawn.image` is of the window's size. Pixels that `drawn.edited` does not name, and those that
    a soft edge does not reach, are byte for byte the photo's.
    """
    if not keep_background and (feather or drawn.edited is None or not is_mixed(drawn.edited)):
        return drawn.image
    shown = mixed(window.cut(photo), drawn.image, drawn.edited, drawn.kept, feather=feather)
    return window.put_back(photo, shown) if keep_background else shown


def mixed(
    photo: Image, drawn: Image, edited: Mask | None, kept: Mask | None = None, *, feather: bool
) -> Image:
    """`drawn` where `edited` says so and `photo` elsewhere (all H×W); no soft edge reaches into
    what is `kept`. What the engine has mixed itself stays so, unless a hard edge is wanted."""
    if edited is None or (feather and is_mixed(edited)):
        return drawn
    alpha = feathered(edited) if feather else np.where(edited > 127, np.uint8(255), np.uint8(0))
    if kept is not None:
        alpha = np.where(kept > 0, np.minimum(alpha, edited), alpha)
    return frozen(paste(photo, drawn, alpha))


def is_mixed(edited: Mask) -> bool:
    """Whether the mask has values between all and nothing."""
    return bool(((edited > 0) & (edited < 255)).any())


def feathered(mask: Mask) -> Mask:
    """The mask (H×W, 0 and 255) with a soft edge outside of it: what it names stays named wholly,
    and the edge falls to nothing within two parts in REACH of the height."""
    reach = max(round(mask.shape[0] / REACH), 1)
    square = (2 * reach + 1, 2 * reach + 1)
    grown = cv2.dilate(mask, np.ones(square, np.uint8))
    return np.asarray(cv2.blur(grown, square, borderType=cv2.BORDER_REPLICATE), np.uint8)
