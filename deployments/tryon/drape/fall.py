"""How cloth falls from the waist: the line down the middle of the body and what it hangs over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import SIDES, Body
from deployments.tryon.drape.limb import Limb

POINTS = 160


@dataclass(frozen=True)
class FallLine:
    """From between the shoulders over the hips to between the ankles.

    A level is the length along it in px of the reduced grid: above the hips that is the distance
    below the shoulders.
    """

    centre: Floats
    """N×2."""
    across: Floats
    """N×2: unit vectors towards the picture's right."""
    levels: Floats
    """N."""
    reach: dict[int, Floats]
    """By side, how far from the line the body and the legs reach (N)."""

    @property
    def length(self) -> float:
        return float(self.levels[-1])

    def half_width(self, side: int, level: Floats) -> Floats:
        return np.interp(level, self.levels, self.reach[side]).astype(np.float32)

    def points(self, lateral: Floats, level: Floats) -> Floats:
        """Points (…×2) at distances to the right of the line, at levels; below its end it goes on
        straight."""
        held = np.clip(level, self.levels[0], self.levels[-1])
        centre, across = _at(self.centre, self.levels, held), _at(self.across, self.levels, held)
        ahead = np.stack([-across[..., 1], across[..., 0]], axis=-1)
        beyond = (level - held)[..., None]
        return np.asarray(centre + lateral[..., None] * across + beyond * ahead, np.float32)


def _at(values: Floats, levels: Floats, level: Floats) -> Floats:
    found = [np.interp(level, levels, values[:, k]) for k in (0, 1)]
    return np.asarray(np.stack(found, axis=-1), np.float32)


def fall_line(body: Body, legs: dict[int, Limb]) -> FallLine:
    """The line for a body and its two legs."""
    frame = body.frame
    spine = frame.points(
        np.zeros(4, np.float32), np.linspace(0, 0.92, 4, dtype=np.float32) * frame.hips
    )
    stations = (0.18, 0.5, 1.0)
    below = [
        np.mean([leg.path[round(share * (len(leg.path) - 1))] for leg in legs.values()], axis=0)
        for share in stations
    ]
    rough = np.concatenate([spine, np.array(below, np.float32)])
    centre = curves.resample(curves.rounded(rough, 4), POINTS)
    along = curves.blurred(curves.tangents(centre), 6.0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    across = np.stack([along[:, 1], -along[:, 0]], axis=-1).astype(np.float32)
    levels = curves.lengths(centre)
    line = FallLine(centre, across, levels, {})
    reach = {side: _reach(line, body, legs, side) for side in SIDES}
    return FallLine(centre, across, levels, reach)


def _reach(line: FallLine, body: Body, legs: dict[int, Limb], side: int) -> Floats:
    """How far the body, below the hips the outermost leg, reaches on one side at each level."""
    hips = body.frame.hips
    torso = body.half_width(side, np.minimum(line.levels, 1.05 * hips))
    legwise = np.zeros_like(line.levels)
    for leg in legs.values():
        for edge in leg.edges():
            legwise = np.maximum(legwise, _edge_reach(line, edge, side))
    below = np.clip((line.levels - hips) / (0.45 * body.unit), 0, 1)
    reach = np.maximum(torso * (1 - below), np.where(below > 0, legwise, 0))
    return curves.blurred(reach.astype(np.float32), 2.0)


def _edge_reach(line: FallLine, edge: Floats, side: int) -> Floats:
    away = edge[:, None] - line.centre[None]
    nearest = np.linalg.norm(away, axis=-1).argmin(axis=1)
    lateral = side * ((edge - line.centre[nearest]) * line.across[nearest]).sum(axis=1)
    order = np.argsort(nearest, kind="stable")
    levels, found = line.levels[nearest][order], np.maximum(lateral, 0)[order]
    return np.asarray(np.interp(line.levels, levels, found, left=0.0), np.float32)
