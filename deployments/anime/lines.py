"""Line art: smooth, tapered lines along the borders of a picture.

Flow-guided difference of Gaussians (Kang, Lee, Chui: Coherent Line Drawing, NPAR 2007) with the
soft threshold of XDoG (Winnemöller, Kyprianidis, Olsen: XDoG, Computers & Graphics 2012). The flow
comes from the smoothed structure tensor (Kyprianidis, Döllner: Image Abstraction by Structure
Adaptive Filtering, TPCG 2008).
"""

from __future__ import annotations

import numpy as np

from deployments.anime.plane import Plane, blurred, grid, sampled, slopes
from deployments.pieces import Pieces

_FAINT = 0.08
"""The share of full ink below which a mark ends."""


def edge_flow(tone: Plane, spread: float = 3.0) -> tuple[Plane, Plane]:
    """Unit vectors (x and y, H×W each) along the borders of `tone` (H×W), `spread` px smooth."""
    right, down = slopes(tone)
    xx, xy, yy = (blurred(part, spread) for part in (right * right, right * down, down * down))
    angle = np.arctan2(2 * xy, xx - yy) / 2
    return -np.sin(angle), np.cos(angle)


def line_strength(tone: Plane, contrast: Plane, width: float) -> Plane:
    """How much darker `tone` (H×W, L) is than around it, smooth along lines `width` px wide.

    `contrast` (H×W, steps of L) is what is usual around each pixel: a faint border on a white
    shirt counts as much as a strong one in the street.
    """
    inner, outer = blurred(tone, width / 2), blurred(tone, width * 0.8)
    darker = (outer - inner) / (np.float32(0.14) + np.minimum(contrast, 14) * np.float32(0.05))
    flow = edge_flow(blurred(tone, 1.2))
    return smooth_along(smooth_along(darker, flow, 5), flow, 4)


def smooth_along(plane: Plane, flow: tuple[Plane, Plane], reach: int) -> Plane:
    """`plane` averaged along `flow`, `reach` px to both sides, with Gaussian weights."""
    columns, rows = grid(*plane.shape)
    total, weights = plane.copy(), 1.0
    for step in range(1, reach + 1):
        weight = float(np.exp(-0.5 * (step / (0.6 * reach)) ** 2))
        right, down = flow[0] * np.float32(step), flow[1] * np.float32(step)
        ahead = sampled(plane, columns + right, rows + down)
        behind = sampled(plane, columns - right, rows - down)
        total += (ahead + behind) * np.float32(weight)
        weights += 2 * weight
    return total / np.float32(weights)


def long_marks(ink: Plane, shortest: float, palest: float) -> Plane:
    """1 where the mark that a pixel of `ink` (H×W, 0 to 1) belongs to is worth keeping, else 0.

    Marks that span less than `shortest` px, or are nowhere darker than `palest`, are specks.
    """
    marks = Pieces.of(np.asarray(ink > _FAINT))
    spans = np.hypot(marks.boxes[:, 2], marks.boxes[:, 3])
    dark = marks.counted(np.asarray(ink > palest)) > 3
    return marks.chosen((spans >= shortest) & dark).astype(np.float32)
