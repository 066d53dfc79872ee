"""Which parts of the photo stay, which are taken away, and what lies under them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import cv2
import numpy as np

from deployments.pieces import Pieces
from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.bare_legs import bare_leg, hidden_legs, leg_light
from deployments.tryon.drape.body import SIDES, Body
from deployments.tryon.drape.box import STEP, Box, around, bounds, magnified
from deployments.tryon.drape.dressing import Dressing
from deployments.tryon.drape.fill import near_mean
from deployments.tryon.drape.legs import measure_legs
from deployments.tryon.drape.limb import Limb
from deployments.tryon.drape.old_rim import shadowed_skin
from deployments.tryon.drape.plan import RIBS, bare_arm
from deployments.tryon.drape.raster import (
    blur,
    draw_mesh,
    draw_outline,
    draw_strip,
    enlarged,
    grown,
    ramp,
)
from deployments.tryon.drape.relabel import walls_in_arms
from deployments.tryon.drape.scene import ARMS, BOTTOMS, HEAD, TOPS, Scene, is_one_of
from deployments.tryon.drape.shoes import draw_shoes
from deployments.tryon.drape.worn_below import (
    above_crotch,
    bare_below,
    hides_the_legs,
    outline_below,
)
from deployments.types import Category, Label

OLD: dict[str, tuple[Label, ...]] = {
    "upper": TOPS,
    "lower": BOTTOMS,
    "dress": (*TOPS, *BOTTOMS),
}
"""What a new garment takes the place of."""
THROAT = 0.13
"""Units: half the width of a neck right under the head."""
UNDER_RIM = 0.03
"""Units by which an arm goes on under a sleeve's rim."""
RIM_DROP = 0.06
"""Units by which the rim of the shortest sleeve lies below the armpit."""
UNEVEN_WAIST = 0.06
"""Units by which trousers or a skirt may rise above the line along which a top is tucked in."""
OLD_SEAM = 0.05
"""Units of trousers or a skirt at the hem of what hid the rest of them, where its rim and its shade
lie on them."""
CORE = 0.72
"""Share of the torso's half-width within which no ground can show."""
THINNEST = 0.12
"""Units: what is thinner is a belt."""
LEAST_OBJECT = 0.004
"""Size of what is held before the body, in square units."""
MIDDLE, CORSET = 0.2, 0.35
"""Units from the torso's middle within which what nobody holds is worn, and the square units of the
largest such thing: a bag may hang there from a shoulder."""
OBJECT_REACH = 0.6
"""Units, across, within which it is followed outwards."""


@dataclass(frozen=True)
class Regions:
    """All at the photo's full size, 0 to 1, unless said otherwise."""

    taken: Floats
    """What is taken away: the old garment with a margin, and bare arm that a sleeve will hide."""
    kept: Floats
    """What stays in front of the new garment: head, hair, bare arms and hands."""
    head: Floats
    front: dict[int, Floats]
    """By side, what of `kept` stays in front of that sleeve as well."""
    torso_skin: Floats
    """The body's outline without limbs."""
    arm_skin: dict[int, Floats]
    """The outlines of bare arms."""
    leg_skin: dict[int, Floats]
    """The outlines of bare legs."""
    arm_places: dict[int, Floats]
    """By side, h×w×3 on the reduced grid: across a bare arm (-1 to 1), along it (px), 1 where it
    is."""
    leg_places: dict[int, Floats]
    """The same of legs that may come to light."""
    leg_light: Floats
    """h×w factors of the light on painted legs."""
    shoes: tuple[Floats, Floats]
    """New shoes where the old garment hid the feet: H×W×3 colours and H×W alpha."""
    lower: Floats
    """What is worn below an old top that hid it; nothing where none did."""

    def within(self, box: Box) -> Regions:
        """What of them lies in a box of the photo; what is on the reduced grid stays whole."""
        whole = {field.name: getattr(self, field.name) for field in fields(self)}
        del whole["arm_places"], whole["leg_places"], whole["leg_light"]
        return replace(self, **{name: _within(values, box) for name, values in whole.items()})


def _within(values: Any, box: Box) -> Any:
    if isinstance(values, dict):
        return {side: picture[box] for side, picture in values.items()}
    return tuple(picture[box] for picture in values) if isinstance(values, tuple) else values[box]


def find_regions(
    scene: Scene, body: Body, legs: dict[int, Limb], dressing: Dressing, category: Category
) -> Regions:
    """What a dressing takes away and leaves. `legs` are those that may come to light."""
    height, width = scene.full_size
    arms, front, arm_places, leg_places = {}, {}, {}, {}
    hidden = np.zeros(scene.size, np.float32)
    for side, end in dressing.sleeve_ends.items():
        if dressing.fitted is None:
            continue
        outer, inner = bare_arm(body, dressing.fitted, side)
        arm_places[side] = _places(scene, body.arms[side].length, outer, inner)
        bare = _below_sleeve(body, side, end, outer, inner)
        arms[side] = draw_strip(scene.to_photo(bare[0]), scene.to_photo(bare[1]), height, width)
        arms[side] *= np.float32(not body.arms[side].behind)
        sleeved = _sleeved_part(body, side, end, inner)
        front[side] = 1 - draw_outline(scene.to_photo(sleeved), height, width)
        if side in dressing.rims:
            inside = draw_outline(sleeved, *scene.size)
            below = _below_rim(scene, body, dressing.rims[side], side)
            hidden = np.maximum(hidden, inside * (1 - below))
            shown = cv2.resize(1 - inside * (1 - below), (width, height))
            arms[side] = arms[side] * np.asarray(shown, np.float32)
    torso = draw_outline(scene.to_photo(_torso_outline(body)), height, width)
    lower = np.zeros((height, width), np.float32)
    if category == "upper" and hides_the_legs(scene, body):
        hidden_under = measure_legs(scene, body)
        lower = outline_below(scene, hidden_under)
        legs = hidden_under if bare_below(scene) else legs
    if lower.any() or legs:
        torso = torso * cv2.resize(above_crotch(scene, body), (width, height))
    leg_skin = {}
    for side, leg in legs.items():
        leg_places[side] = _places(scene, leg.length, *leg.edges())
        leg_skin[side] = bare_leg(scene, body.unit, leg, dressing)
    hidden_skin = (hidden > 0.5) & scene.marked(*ARMS) | hidden_legs(scene, body, dressing)
    old = scene.marked(*OLD[category]) | hidden_skin
    if lower.any():
        old |= grown(old, OLD_SEAM * body.unit) & scene.marked(*BOTTOMS)
    # What is called an arm and shows the wall, as between a wrist and the hips, is painted no skin.
    seen = scene.marked(*ARMS) & ~hidden_skin & ~walls_in_arms(scene)
    seen_arms = _soft(scene, seen, 1.0)
    arms = {side: np.maximum(arm, seen_arms) for side, arm in arms.items()}
    if dressing.opened:
        old &= ~_worn_under(scene, body)
    held = _objects(scene, body, legs)
    kept, head = _kept(scene, body, old, held, _worn_before(scene, body, category, dressing))
    taken = _taken(scene, body, old, category)
    if category != "lower":
        shadow = cv2.resize(shadowed_skin(scene, body), (width, height))
        taken, kept = np.maximum(taken, shadow), np.minimum(kept, np.maximum(1 - shadow, head))
    front = {side: np.maximum(head, kept * free) for side, free in front.items()}
    light, shoes = leg_light(scene, body, legs), draw_shoes(scene, body, legs)
    taken = taken * (1 - kept)
    places = (arm_places, leg_places)
    return Regions(taken, kept, head, front, torso, arms, leg_skin, *places, light, shoes, lower)


def _worn_under(scene: Scene, body: Body) -> Bools:
    """The top that stays to be seen between the fronts of an open jacket, as far as the arms."""
    torso = draw_outline(_torso_outline(body), *scene.size) > 0.5
    return np.asarray(torso & scene.marked(Label.UPPER_CLOTHES, Label.DRESS), np.bool_)


def _worn_before(scene: Scene, body: Body, category: Category, dressing: Dressing) -> Bools:
    """Clothes that stay in front of the new garment."""
    shoes = (Label.LEFT_SHOE, Label.RIGHT_SHOE)
    if category == "lower":
        return scene.marked(*TOPS, *shoes)
    if dressing.hem is None or not dressing.tucked:
        return scene.marked(*shoes)
    lateral, below = body.frame.grid(scene.size)
    waist = dressing.hem.tuck + dressing.hem.tuck_slope * lateral - UNEVEN_WAIST * body.unit
    return scene.marked(*BOTTOMS) & (below > waist)


def _below_sleeve(
    body: Body, side: int, sleeve_end: float, outer: Floats, inner: Floats
) -> tuple[Floats, Floats]:
    """The edges of an arm from a little inside the sleeve's cuff to its end: `outer` and `inner`
    are those of the whole arm, as of `bare_arm`."""
    if sleeve_end <= 0:
        return outer, inner
    arm = body.arms[side]
    start = min(max(0.0, sleeve_end - 0.04 * body.unit), 0.97 * arm.length)
    station = np.linspace(start, arm.length, 20, dtype=np.float32)
    hand = slice(RIBS, None)
    over = np.concatenate([arm.offset(station, arm.width(station, outer=True)), outer[hand]])
    under = arm.offset(station, -arm.width(station, outer=False))
    if _armpit_station(body, side, inner[:RIBS]) > start:
        length = float(curves.lengths(inner[:RIBS])[-1])
        beyond = np.linspace(min(RIM_DROP * body.unit, length), length, 20, dtype=np.float32)
        under = curves.at(inner[:RIBS], beyond)
    return over, np.concatenate([under, inner[hand]])


def _below_rim(scene: Scene, body: Body, rim: Floats, side: int) -> Floats:
    """h×w: 1 on the hand's side of a sleeve's rim, and a little above it."""
    inside, outside = rim
    across = (outside - inside) / max(float(np.linalg.norm(outside - inside)), 1e-3)
    ahead = np.array([across[1], -across[0]], np.float32) * -side
    past = ramp(scene.size, outside, ahead)
    return np.asarray(np.clip(past + UNDER_RIM * body.unit + 0.5, 0, 1), np.float32)


def _sleeved_part(body: Body, side: int, sleeve_end: float, inner: Floats) -> Floats:
    """A wide outline of the arm as far as a little past the sleeve's cuff, which lies lower at the
    armpit than outside where the sleeve is short."""
    arm = body.arms[side]
    lowest = max(sleeve_end, _armpit_station(body, side, inner)) if sleeve_end > 0 else 0.0
    return arm.outline(1.6, -0.25, min(1.0, (lowest + 0.15 * body.unit) / arm.length))


def _armpit_station(body: Body, side: int, inner: Floats) -> float:
    """Arc length on the arm beside the first point of its inner edge."""
    path = body.arms[side].path
    nearest = int(np.argmin(np.linalg.norm(path - inner[0], axis=1)))
    return nearest / max(1, len(path) - 1) * body.arms[side].length


def _places(scene: Scene, length: float, outer: Floats, inner: Floats) -> Floats:
    columns = np.linspace(-1.3, 1.3, 7, dtype=np.float32)
    share = ((columns + 1) / 2)[None, :, None]
    mesh = inner[:, None] * (1 - share) + outer[:, None] * share
    along = np.linspace(0, length, len(outer), dtype=np.float32)
    values = np.stack(
        [
            np.broadcast_to(columns, mesh.shape[:2]),
            np.broadcast_to(along[:, None], mesh.shape[:2]),
            np.ones(mesh.shape[:2]),
        ],
        axis=-1,
    ).astype(np.float32)
    return draw_mesh(mesh.astype(np.float32), values, *scene.size)[0]


def _soft(scene: Scene, mask: Bools, sigma: float, threshold: float = 0.5) -> Floats:
    """A mask of the reduced grid at full size, its stairs smoothed, its edge about 2 px soft."""
    smooth = blur(mask.astype(np.float32), sigma)
    soft, there = np.zeros(scene.full_size, np.float32), bounds(smooth)
    if there is not None:
        large = magnified(there, scene.magnification)
        box = around([large], STEP + 2 * scene.magnification, scene.full_size)
        steep = 2.5 * sigma * scene.magnification / 2
        full = (enlarged(smooth, scene.full_size, box) - threshold) * steep + 0.5
        soft[box] = np.clip(full, 0, 1)
    return soft


def _full_labels(scene: Scene, *labels: int) -> Floats:
    marked = is_one_of(scene.parse, labels).view(np.uint8)
    soft, sigma = np.zeros(scene.full_size, np.float32), 0.7 * scene.magnification
    box = around([bounds(marked)], 5 * sigma, scene.full_size)
    soft[box] = cv2.GaussianBlur(marked[box].astype(np.float32), (0, 0), sigma)
    return soft


def _kept(
    scene: Scene, body: Body, old: Bools, held: Bools, clothes: Bools
) -> tuple[Floats, Floats]:
    """What stays in front, and the head alone: both drawn back a little from the old garment, whose
    colour the photo mixes into their edges."""
    away = 1 - _soft(scene, _widened(old), 1.0)
    head = _full_labels(scene, *HEAD) * away
    hands = scene.marked(*ARMS, Label.GLOVE) | held
    arms = _soft(scene, hands & ~_widened(old), 1.0)
    kept = np.maximum(head, arms)
    if clothes.any():
        size = 2 * int(0.02 * body.unit) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        clean = cv2.morphologyEx(clothes.astype(np.uint8), cv2.MORPH_OPEN, kernel)
        clean = cv2.morphologyEx(clean, cv2.MORPH_CLOSE, kernel)
        kept = np.maximum(kept, _soft(scene, clean > 0, 1.5))
    return kept.astype(np.float32), head


def _objects(scene: Scene, body: Body, legs: dict[int, Limb]) -> Bools:
    """What is held before the body: a bag or a book is nobody's clothes, yet it lies where the
    chest, the belly or a thigh must be. It is followed outwards from there as far as it looks the
    same. What no hand holds in the middle of the torso is worn: a belt, a vest under a neckline."""
    outline = np.concatenate(
        [
            body.frame.points(side * CORE * body.half_width(side, levels), levels)
            for side, levels in ((-1, body.levels), (1, body.levels[::-1]))
        ]
    )
    core = draw_outline(outline, *scene.size) > 0.5
    for leg in legs.values():
        knee = leg.bend / max(leg.length, 1e-3)
        core |= draw_outline(leg.outline(CORE, 0.0, knee), *scene.size) > 0.5
    ground = scene.marked(Label.BACKGROUND)
    thick = 2 * max(1, round(THINNEST * body.unit / 2)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick))
    seeds = cv2.morphologyEx((ground & core).astype(np.uint8), cv2.MORPH_OPEN, kernel)
    if seeds.sum() < LEAST_OBJECT * body.unit**2:
        return np.zeros(scene.size, np.bool_)
    reach = 2 * round(OBJECT_REACH * body.unit) + 1
    near = cv2.dilate(seeds, np.ones((reach, reach), np.uint8)) > 0
    away = cv2.distanceTransform((seeds == 0).astype(np.uint8), cv2.DIST_L2, 3)
    colour = near_mean(scene.small, seeds.astype(np.float32), 0.1 * body.unit, scene.small, 1e-4)
    off = np.abs(scene.small - colour).max(axis=2)
    street = (ground & ~near).astype(np.float32)
    behind = near_mean(scene.small, street, 0.25 * body.unit, scene.small, 1e-4)
    like = (off < 36 - 20 * away / reach) & (off < np.abs(scene.small - behind).max(axis=2))
    held = ((ground & near & like) | (seeds > 0)).astype(np.uint8)
    held = cv2.morphologyEx(held, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    pieces = Pieces.of(np.asarray(held, np.uint8))
    arms = cv2.dilate(scene.marked(*ARMS, Label.GLOVE).view(np.uint8), np.ones((5, 5), np.uint8))
    loose = pieces.counted(arms > 0) < pieces.areas**0.5
    worn = loose & (pieces.areas < CORSET * body.unit**2) & _in_the_middle(pieces, body)
    return pieces.chosen((pieces.counted(seeds > 0) > 0) & ~worn) & ground


def _in_the_middle(pieces: Pieces, body: Body) -> Bools:
    """N: which pieces have their middle on the torso's own, above the hips."""
    aside, below = body.frame.coordinates(pieces.middles.astype(np.float32))
    return np.asarray((np.abs(aside) < MIDDLE * body.unit) & (below < body.frame.hips), np.bool_)


def _widened(mask: Bools) -> Bools:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def _taken(scene: Scene, body: Body, old: Bools, category: Category) -> Floats:
    """The old garment and hidden skin, widened by what the photo mixes at their edges."""
    size = 2 * max(2, round(0.03 * body.unit)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    wide = cv2.dilate(old.astype(np.uint8), kernel) > 0
    others = [label for kind in OLD.values() for label in kind if label not in OLD[category]]
    skin = cv2.dilate(old.astype(np.uint8), kernel, iterations=2) > 0
    wide |= skin & scene.marked(Label.TORSO_SKIN)
    protected = scene.marked(*others, Label.LEFT_SHOE, Label.RIGHT_SHOE) & ~old
    return _soft(scene, wide & ~protected, 1.0)


def _torso_outline(body: Body) -> Floats:
    """Neck, shoulders as far as the arms' roots, sides down to below the hips."""
    frame, parts = body.frame, {}
    for side in SIDES:
        aside = side * THROAT * body.unit + 1.5 * body.lean
        neck = frame.point(aside, -0.6 * body.unit)
        shoulder = body.edges[side][body.stations[side] < 0.25 * body.unit]
        below = body.levels[body.levels > ARMPIT_LEVEL * body.unit]
        sides = frame.points(side * 0.92 * body.half_width(side, below), below)
        parts[side] = np.concatenate([[neck], shoulder, sides])
    return np.concatenate([parts[-1], parts[1][::-1]]).astype(np.float32)


ARMPIT_LEVEL = 0.33
