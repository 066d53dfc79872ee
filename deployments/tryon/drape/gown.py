"""The lower part of a dress: from its waist on it hangs as a skirt does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import SIDES, Body
from deployments.tryon.drape.fall import FallLine, fall_line
from deployments.tryon.drape.flat import Flat
from deployments.tryon.drape.hem import Hem, shortest_dress
from deployments.tryon.drape.laid import Laid, lay
from deployments.tryon.drape.limb import Limb
from deployments.tryon.drape.plan import Fit, worn_half_width
from deployments.tryon.drape.raster import draw_outline
from deployments.tryon.drape.scene import Scene
from deployments.tryon.drape.skirt import RIBS, Hanging, hung, skirt_cloth
from deployments.tryon.drape.warp import Cloth
from deployments.types import Image, Mask

CHEST_LAID = 1.22
"""How wide a dress that fits lies flat below the arms, in units of the body."""
USUAL, TRUST = 2.2, 0.85
"""The usual length of a dress from the armpits in units of the body: as far as the knees. Cloth
that says otherwise is believed to this power: a loose cut looks shorter laid flat, a tight one
longer."""
JOIN = 0.05
"""Share of the waist's width over which the bodice fades into the skirt."""


def dress_hem(body: Body, legs: dict[int, Limb], flat: Flat, fitted: Fit) -> Hem:
    """Where a dress ends: its length follows the cloth, from the thighs to the ankles."""
    laid = flat.length * CHEST_LAID / (2 * flat.chest_half)
    natural = max(USUAL * (laid / USUAL) ** TRUST * body.unit, flat.length * fitted.tall)
    least = shortest_dress(body, fitted.armpit_below)
    most = 0.985 * fall_line(body, legs).length - fitted.armpit_below
    return Hem(natural, float(np.clip(natural, min(least, most), most)), tucked=False)


def skirt_share(body: Body, flat: Flat, fitted: Fit, hem: Hem) -> float:
    """The share of the cloth below the arms at which the skirt of a dress begins: its waist, where
    that lies between the ribs and the hips."""
    shares = np.linspace(0, 1, 201, dtype=np.float32)
    levels = np.array([fitted.armpit_below + hem.drop(float(share)) for share in shares])
    marks = [flat.row(float(share)) for share in shares[::8]]
    widths = np.array([float(row[1][0] - row[-1][0]) for row in marks])
    widths = np.interp(shares, shares[::8], widths)
    hips = body.frame.hips
    allowed = (levels >= 0.62 * hips) & (levels <= 0.88 * hips)
    if not allowed.any():
        return float(shares[int(np.argmin(np.abs(levels - 0.75 * hips)))])
    return float(shares[int(np.argmin(np.where(allowed, widths, np.inf)))])


def hang_dress(
    body: Body, line: FallLine, flat: Flat, fitted: Fit, hem: Hem, share: float, mask: Mask
) -> tuple[Hanging, Laid]:
    """How the skirt of a dress hangs, and how it lies flat."""
    top, foot = flat.row(share), flat.row(1.0)
    laid = lay(mask, np.stack([top[-1], top[1], foot[1], foot[-1]]), straight_top=True)
    waist = fitted.armpit_below + hem.drop(share)
    start = {side: worn_half_width(body, flat, fitted, hem, side, share) for side in SIDES}
    levels = np.linspace(waist, fitted.armpit_below + hem.drop(1.0), RIBS, dtype=np.float32)
    across = (start[-1] + start[1]) / float(laid.widths[0])
    return hung(body, line, laid, levels, across, start), laid


def skirt_of_dress(
    scene: Scene, line: FallLine, hanging: Hanging, laid: Laid, colours: Image, torso: Cloth
) -> tuple[Cloth, Cloth, Floats]:
    """The bodice, fading out below the level at which the skirt begins, the skirt under it, and
    h×w×2 places across and along the skirt."""
    skirt, places = skirt_cloth(scene, line, hanging, laid, colours)
    return replace(torso, alpha=torso.alpha * _bodice(scene, line, hanging)), skirt, places


def _bodice(scene: Scene, line: FallLine, hanging: Hanging) -> Floats:
    """1 above the skirt, 0 below its beginning, at full size."""
    wide = 4 * (hanging.halves[-1][0] + hanging.halves[1][0])
    lateral = np.array([-wide, wide, wide, -wide], np.float32)
    fade = JOIN * (hanging.halves[-1][0] + hanging.halves[1][0])
    waist = float(hanging.levels[0]) + fade
    corners = line.points(lateral, np.array([waist, waist, -9 * wide, -9 * wide], np.float32))
    size = scene.full_size
    return draw_outline(scene.to_photo(corners), *size, soft=0.5 * fade * scene.magnification)
