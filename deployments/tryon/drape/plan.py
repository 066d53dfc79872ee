"""Where a top goes on the body: pairs of points for the torso, a mesh for each sleeve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import ARMPIT_DROP, NECK_HALF_WIDTH, SIDES, Body
from deployments.tryon.drape.flat import Flat
from deployments.tryon.drape.hem import Hem

RIBS = 15
COLUMNS = 9
WRAP = 0.6
"""Sine of the angle at which the cloth's front turns to the side: what lies near the sides is
drawn together as on a cylinder."""
FRONT = (0.75, 1.15)
"""Bounds of the share of a row's cloth that lies flat in front. A print keeps its size there, and
the sides take what is too much or too little."""
WORN_NECK = 0.8
"""A neck opening laid flat is wider than the ring that it makes round a neck."""
NARROWEST = 0.2
"""Units by which a shoulder seam may end inside the shoulder's bone."""
LONG_REACH = 0.25
"""Share of the arms from which long sleeves are taken to the wrists. Sleeves cover the same share
of both arms, however these are held."""
ROWS = np.linspace(0, 1, 8, dtype=np.float32)
DRESS_ROWS = np.array([0, 0.07, 0.14, 0.2, 0.26, 0.32, 0.38, 0.5, 0.65, 0.8, 1], np.float32)
"""Shares of the length from the armpits at which sides are held: closely round a dress's waist."""
WIDEST_NECK = 0.42
WIDEST_STRAP = 0.3
"""How far from the spine a collar and a strap lie at most, for the shoulders' width of 1. A strap
laid flat may stand as far out as the chest is wide; on a shoulder it would slip off there."""
COLLAR_SUNK = 0.8
"""A collar that stands round a neck leans back and looks lower than it does laid flat."""
USUAL_NECK, USUAL_ARMHOLE = 0.23, 0.55
"""Units: half the width of a neck opening, and the height of an armhole."""
VOTES = np.array([0.25, 0.4, 0.35])
"""What chest, neck and armholes have to say about a garment's size."""
LOOSE = 1.1
"""Across the body cloth is never drawn larger than this beyond a snug fit: what is more hangs in
folds."""
NECK_RISE = 0.6
"""How deep a neck opening looks when worn, of what it is laid flat: the throat leans forwards, and
the ring is drawn together round it. All the cloth below rises with it."""
DEEPEST_RISE = 0.6
"""Half widths of a neck opening down to which its front rises so: what lies deeper, as the point of
a V, lies flat on the chest."""
ARMPITS = (0.26, 0.46)
"""Units below the shoulders between which a garment may want its armpits."""
SEAM, DROPPED_SEAM = (0.3, 0.65), (0.25, 0.5, 0.75, 0.9)
"""Where along a shoulder seam its course is held, and where if it goes round the shoulder."""
BONE, ROUND = 0.02, 0.06
"""Units: where on the arm's outer edge the shoulder's bone is, and how far beyond it a seam ends
that goes round it."""
EASE = 0.012
"""How far cloth stands off the skin at the shoulders."""
LOOSEST = 0.24
"""Units by which a sleeve is wider than the arm at most."""
BEHIND = 0.6
"""Half widths of an arm, outwards of its middle, as far as cloth goes behind it."""
UNDER_HAND = 0.1
"""Units by which a painted arm goes on under the hand."""
MITTEN = (
    (0.05, 1.1), (0.12, 1.35), (0.2, 1.45), (0.3, 1.35), (0.38, 1.1), (0.43, 0.7), (0.45, 0.2),
)  # fmt: skip
"""Units past the wrist, and the width there as a share of the wrist's."""
OVERHANG = 1.3
"""How far a sleeve's mesh goes past its own edges, so that the flow is known beyond them."""


@dataclass(frozen=True)
class TorsoPlan:
    """Pairs of points: `worn` (px of the reduced grid) and `flat` (px of the garment's picture)."""

    worn: Floats
    flat: Floats
    outline: Floats
    """A generous outline outside of which the pairs say nothing."""


@dataclass(frozen=True)
class Strip:
    """A mesh of (RIBS+2)×COLUMNS points, from the armhole to the cuff and from the inner edge to
    the outer one; the outermost ribs and columns lie beyond the cloth's edges."""

    side: int
    worn: Floats
    flat: Floats
    inner: Floats
    """The cloth's inner edge when worn (RIBS×2 px of the reduced grid)."""
    outer: Floats
    cuff: Floats
    """The rim, from the inner edge to the outer one."""
    end: float
    """Arc length on the arm at which the sleeve ends."""


@dataclass(frozen=True)
class Fit:
    """How large a garment is on a body."""

    scale: float
    """Pixels of the reduced grid for one of the garment's picture, across the body."""
    tall: float
    """The same along the body."""
    necks: dict[int, Floats]
    neck_lengths: dict[int, float]
    """Where on the body's edge they lie."""
    tips: dict[int, Floats]
    """The outer ends of the shoulder seams, by side."""
    tip_lengths: dict[int, float]
    """Where on the body's edge they lie."""
    armpits: dict[int, Floats]
    armpit_below: float


def fit(body: Body, flat: Flat) -> Fit:
    scale, tall = _scales(body, flat)
    necks, neck_lengths, tips, tip_lengths, armpits = {}, {}, {}, {}, {}
    for side in SIDES:
        widest = WIDEST_STRAP if flat.strapped(side) else WIDEST_NECK
        half = min(WORN_NECK * flat.neck_half * scale, widest * body.unit)
        length = _neck_length(body, side, half)
        neck_lengths[side] = length
        necks[side] = _raised(body, side, np.array([length], np.float32))[0]
        tip_lengths[side] = _tip_length(body, flat, side, length, scale)
        tips[side] = _raised(body, side, np.array([tip_lengths[side]], np.float32))[0]
    below = _armpit_level(body, flat, tall, necks)
    for side in SIDES:
        armpits[side] = body.frame.point(
            side * _armpit_width(body, flat, side, below, scale), below
        )
    return Fit(scale, tall, necks, neck_lengths, tips, tip_lengths, armpits, below)


def _armpit_level(body: Body, flat: Flat, tall: float, necks: dict[int, Floats]) -> float:
    """How far below the shoulders the armpits lie: as the cloth's own length from the neck has it,
    less what the front of a neck opening rises when worn, halfway to where arms begin."""
    worn, laid = ((points[-1] + points[1]) / 2 for points in (necks, flat.necks))
    start = float(np.dot(worn - body.frame.origin, body.frame.down))
    depth = max((float(p[1] - laid[1]) for p in flat.neckline_points), default=0.0)
    own = start + (flat.armpit_depth - _rise(flat, depth)) * tall
    own = float(np.clip(own, ARMPITS[0] * body.unit, ARMPITS[1] * body.unit))
    return 0.5 * (own + ARMPIT_DROP * body.unit)


def _rise(flat: Flat, depth: float) -> float:
    """How much higher the front of a neck opening is seen when worn than laid flat."""
    return (1 - NECK_RISE) * min(depth, DEEPEST_RISE * flat.neck_half)


def _armpit_width(body: Body, flat: Flat, side: int, below: float, scale: float) -> float:
    """How far from the spine a side's armpit lies: as wide as the cloth is, but hardly past the
    inside of an arm that hangs there."""
    half = float(body.half_width(side, np.array([below], np.float32))[0])
    wide = float(np.clip(flat.half_width(side, 0.0) * scale * 0.95, 0.98 * half, 1.18 * half))
    arm = body.arms[side]
    station = np.linspace(0, 0.75 * arm.bend, 24, dtype=np.float32)
    lateral, level = body.frame.coordinates(arm.offset(station, -arm.width(station, outer=False)))
    nearest = int(np.argmin(np.abs(level - below)))
    return float(np.clip(side * lateral[nearest] + 0.02 * body.unit, 0.98 * half, wide))


def _scales(body: Body, flat: Flat) -> tuple[float, float]:
    """Across and along. A chest that goes round the chest; with sleeves also a neck opening as wide
    as a neck and armholes as deep as armholes are, since cloth laid flat is wider than the same
    cloth on a shop's figure, whose sides are turned away already."""
    below = np.array([ARMPIT_DROP * body.unit], np.float32)
    chest = float(np.mean([body.half_width(side, below)[0] for side in SIDES]))
    by_chest = 1.06 * chest / (0.95 * flat.chest_half)
    if not flat.sleeved:
        return by_chest, 0.95 * by_chest
    by_neck = USUAL_NECK * body.unit / flat.neck_half
    by_armholes = USUAL_ARMHOLE * body.unit / max(flat.armhole_depth, 1.0)
    votes = np.clip([1.0, by_neck / by_chest, by_armholes / by_chest], 0.65, 1.4)
    natural = by_chest * float(np.exp(np.log(votes) @ VOTES))
    return min(natural, LOOSE * by_chest), natural


def _neck_length(body: Body, side: int, half: float) -> float:
    """Where on the body's edge a collar lies that is `half` px wide on one side."""
    half = max(half, NECK_HALF_WIDTH * body.unit)
    length = np.linspace(0, 0.7 * body.unit, 80, dtype=np.float32)
    lateral, _ = body.frame.coordinates(body.edge_at(side, length))
    return float(length[int(np.argmin(np.abs(side * (lateral - body.lean) - half)))])


def _tip_length(body: Body, flat: Flat, side: int, neck: float, scale: float) -> float:
    """Where on the body's edge the shoulder seam ends: at the shoulder's bone, a dropped shoulder
    a little below it."""
    bone = _bone(body, side)
    wanted = neck + flat.shoulder_seam[side] * scale
    if not flat.sleeved:
        return float(np.clip(wanted, neck + 0.06 * body.unit, bone))
    return float(np.clip(wanted, bone - NARROWEST * body.unit, bone + 0.1 * body.unit))


def torso_plan(body: Body, flat: Flat, fitted: Fit, hem: Hem) -> TorsoPlan:
    """Neckline, collar, shoulders, armholes, sides, hem and a few columns between them."""
    pairs = [
        *_collar_pairs(body, flat, fitted),
        *_armhole_pairs(body, flat, fitted),
        *_row_pairs(body, flat, fitted, hem),
    ]
    worn = np.array([pair[0] for pair in pairs], np.float32)
    source = np.array([pair[1] for pair in pairs], np.float32)
    return TorsoPlan(worn, source, _torso_outline(body, flat, fitted, hem))


Pair = tuple[Floats, Floats]


def _collar_pairs(body: Body, flat: Flat, fitted: Fit) -> list[Pair]:
    """Points of the neckline and of the collar, moved with the neck and kept in proportion."""
    pairs: list[Pair] = [(fitted.necks[side], flat.necks[side]) for side in SIDES]
    middle_flat = (flat.necks[-1] + flat.necks[1]) / 2
    middle_worn = (fitted.necks[-1] + fitted.necks[1]) / 2
    half = (fitted.necks[1] - fitted.necks[-1]) / 2
    tilt = half / max(flat.neck_half, 1e-3)
    across = half / max(float(np.linalg.norm(half)), 1e-3)
    down = np.array([-across[1], across[0]], np.float32)
    for point in flat.neckline_points:
        dx, dy = point - middle_flat
        drop = (dy - _rise(flat, float(dy))) * fitted.tall
        pairs.append((middle_worn + dx * tilt + drop * body.frame.down, point))
    for point in flat.collar_points:
        dx, dy = point - middle_flat
        lateral = np.clip(abs(dx) * fitted.scale, 0.13 * body.unit, 0.21 * body.unit) * np.sign(dx)
        rise = max(dy * fitted.tall * COLLAR_SUNK, -0.36 * body.unit)
        pairs.append((middle_worn + lateral * across + rise * down, point))
    return pairs


def _armhole_pairs(body: Body, flat: Flat, fitted: Fit) -> list[Pair]:
    pairs: list[Pair] = []
    for side in SIDES:
        strapped = flat.strapped(side)
        for share in (0.67,) if strapped else (0.0, 0.33, 0.67):
            worn = fitted.tips[side] * (1 - share) + fitted.armpits[side] * share
            pairs.append((worn, flat.tips[side] * (1 - share) + flat.armpits[side] * share))
        if not strapped:
            pairs.extend(_seam_pairs(body, flat, fitted, side))
    return pairs


def _seam_pairs(body: Body, flat: Flat, fitted: Fit, side: int) -> list[Pair]:
    """Points along the shoulder seam, laid on the body's edge."""
    worn = zip(_along_seam(body, fitted, side), _seam_shares(body, fitted, side), strict=True)
    return [(point, flat.seam_point(side, share)) for point, share in worn]


def _seam_shares(body: Body, fitted: Fit, side: int) -> tuple[float, ...]:
    round_it = fitted.tip_lengths[side] > _bone(body, side) + ROUND * body.unit
    return DROPPED_SEAM if round_it else SEAM


def _bone(body: Body, side: int) -> float:
    """Where on the body's edge the shoulder's bone is."""
    return float(np.interp(BONE * body.unit, body.stations[side], curves.lengths(body.edges[side])))


def _along_seam(body: Body, fitted: Fit, side: int) -> Floats:
    start, end = fitted.neck_lengths[side], fitted.tip_lengths[side]
    shares = np.array(_seam_shares(body, fitted, side), np.float32)
    return _raised(body, side, start + shares * (end - start))


def _raised(body: Body, side: int, length: Floats) -> Floats:
    """Points of the body's edge moved off the skin by the cloth's thickness."""
    ahead, behind = body.edge_at(side, length + 1), body.edge_at(side, length - 1)
    along = (ahead - behind) / np.maximum(
        np.linalg.norm(ahead - behind, axis=1, keepdims=True), 1e-3
    )
    outward = np.stack([side * along[:, 1], -side * along[:, 0]], axis=-1)
    return np.asarray(body.edge_at(side, length) + EASE * body.unit * outward, np.float32)


def _row_pairs(body: Body, flat: Flat, fitted: Fit, hem: Hem) -> list[Pair]:
    """Rows from the armpits to the hem, each with both sides and columns between."""
    pairs: list[Pair] = []
    columns = np.array([-1.0, -0.66, -0.33, 0.0, 0.33, 0.66, 1.0], np.float32)
    for share in DRESS_ROWS if flat.shape.category == "dress" else ROWS:
        below = fitted.armpit_below + hem.drop(float(share))
        halves = {
            side: worn_half_width(body, flat, fitted, hem, side, float(share)) for side in SIDES
        }
        row_flat = flat.row(float(share))
        wide = (halves[-1] + halves[1]) / max(2 * fitted.tall * flat.half_width(1, share), 1e-3)
        middle = float(np.clip(wide, *FRONT))
        for column in columns:
            place = middle * column + (1 - middle) * column**3
            side = 1 if column >= 0 else -1
            worn = body.frame.point(float(column) * halves[side], below)
            edge = row_flat[side] if column != 0 else row_flat[1]
            centre = (row_flat[-1] + row_flat[1]) / 2
            pairs.append((worn, centre + abs(float(place)) * (edge - centre)))
    return pairs


def worn_half_width(
    body: Body, flat: Flat, fitted: Fit, hem: Hem, side: int, share: float
) -> float:
    """How far from the spine the cloth's side hangs: never inside the body, loose cloth outside."""
    below = np.array([fitted.armpit_below + hem.drop(share)], np.float32)
    skin = float(body.half_width(side, below)[0])
    cloth = flat.half_width(side, share) * fitted.scale * 0.93
    if share < 0.01:
        return float(np.dot(fitted.armpits[side] - body.frame.origin, body.frame.across) * side)
    snug = 1.02 * skin
    if hem.tucked:
        near = float(np.clip((below[0] - hem.tuck) / (0.25 * body.unit) + 1, 0, 1))
        cloth = cloth * (1 - near) + snug * near
    loose, widest = (0.5, 0.08) if flat.shape.category == "dress" else (0.6, 0.03)
    wide = min(snug + loose * max(0.0, cloth - snug), 1.3 * skin + widest * body.unit)
    return float(max(snug, min(wide, _beside(body, side, float(below[0])))))


def _beside(body: Body, side: int, below: float) -> float:
    """How far from the spine an arm hangs at a level: a body's cloth ends behind it, well inside of
    its outline. Infinite where no arm does, or where it goes behind the body itself."""
    arm = body.arms[side]
    lateral, level = body.frame.coordinates(arm.path + BEHIND * arm.outward * arm.outer[:, None])
    here = np.abs(level - below) < 0.03 * body.unit
    return float((side * lateral[here]).max()) if here.any() and not arm.behind else float("inf")


def _torso_outline(body: Body, flat: Flat, fitted: Fit, hem: Hem) -> Floats:
    """Wide of the cloth's edges, except at the armholes, where it goes a little under the sleeve
    and never above it."""
    parts = {}
    for side in SIDES:
        out, up = side * body.unit * body.frame.across, -body.unit * body.frame.down
        rows = [
            body.frame.point(
                side * (worn_half_width(body, flat, fitted, hem, side, s) + 0.05 * body.unit),
                fitted.armpit_below + hem.drop(s),
            )
            for s in (0.05, 0.25, 0.5, 0.75, 1.0)
        ]
        neck, tip, armpit = fitted.necks[side], fitted.tips[side], fitted.armpits[side]
        collar = neck + (flat.collar_height * fitted.tall / body.unit + 0.1) * up
        armhole = [tip + 0.05 * out + 0.05 * up, armpit + 0.05 * out]
        if flat.sleeved:
            middle = 0.6 * tip + 0.4 * armpit
            armhole = [tip + 0.05 * up, tip, middle + 0.04 * out, armpit + 0.04 * out]
        seam = [point + 0.05 * up for point in _along_seam(body, fitted, side)]
        parts[side] = [collar, neck + 0.05 * up, *seam, *armhole, *rows, rows[-1] - 0.12 * up]
    return np.array(parts[-1] + parts[1][::-1], np.float32)


def sleeve_plan(body: Body, flat: Flat, fitted: Fit, side: int) -> Strip | None:
    """The mesh of one sleeve, None where the garment has none there."""
    source = flat.sleeve_edges(side, RIBS)
    if source is None:
        return None
    arm = body.arms[side]
    end, inner_end = _sleeve_end(body, flat, fitted, side)
    outer = _outer_edge(body, fitted, side, end)
    inner = _inner_edge(body, fitted, side, inner_end)
    outer, inner = _with_ease(body, flat, fitted, side, outer, inner)
    columns, wrapped = wrapped_columns(COLUMNS)
    worn = _sagging(ruled(inner, outer, columns), columns, arm.side)
    laid = ruled(source[1], source[0], wrapped)
    edges = worn[:, 1], worn[:, -2]
    return Strip(side, overlong(worn), overlong(laid), *edges, worn[-1, 1:-1], end)


def wrapped_columns(count: int) -> tuple[Floats, Floats]:
    """Places across a tube (-1 to 1, and one beyond on either side), and what of the flat cloth is
    seen at each of them when it goes round."""
    columns = np.linspace(-1, 1, count - 2, dtype=np.float32)
    columns = np.concatenate([[-OVERHANG], columns, [OVERHANG]]).astype(np.float32)
    inside = np.arcsin(np.clip(columns * WRAP, -0.95, 0.95)) / np.arcsin(WRAP)
    return columns, np.where(np.abs(columns) <= 1, inside, columns).astype(np.float32)


def overlong(mesh: Floats) -> Floats:
    """A mesh with one more rib before the first and after the last."""
    before, after = 2 * mesh[:1] - mesh[1:2], 2 * mesh[-1:] - mesh[-2:-1]
    return np.concatenate([before, mesh, after])


def ruled(inner: Floats, outer: Floats, columns: Floats) -> Floats:
    share = ((columns + 1) / 2)[None, :, None]
    return np.asarray(inner[:, None] * (1 - share) + outer[:, None] * share, np.float32)


def _sagging(worn: Floats, columns: Floats, side: int) -> Floats:
    """Ribs bent a little towards the hand, as the rim of a tube is seen."""
    chord = worn[:, -2] - worn[:, 1]
    ahead = np.stack([chord[:, 1], -chord[:, 0]], axis=-1) * -side
    ramp = np.linspace(0, 1, len(worn)) ** 2
    dip = 0.09 * ramp[:, None] * np.clip(1 - columns**2, 0, 1)[None]
    return np.asarray(worn + dip[..., None] * ahead[:, None], np.float32)


def _sleeve_end(body: Body, flat: Flat, fitted: Fit, side: int) -> tuple[float, float]:
    """Arc lengths on the arm at which the sleeve's outer and inner edges end."""
    arm = body.arms[side]
    reaches = [_sleeve_reach(body, flat, fitted, s) / body.arms[s].length for s in SIDES]
    reach = float(np.mean(reaches))
    end = arm.length * (1.03 if flat.sleeve == "long" and reach > LONG_REACH else reach)
    end = float(np.clip(end, 0.12 * body.unit, arm.length * 1.03))
    inner_start = _armpit_station(body, fitted, side)
    natural = inner_start + flat.sleeve_length(side, outer=False) * fitted.tall
    lowest = inner_start + 0.06 * body.unit
    inner_end = float(np.clip(natural, max(lowest, end - 0.05 * body.unit), end + 0.04 * body.unit))
    inner_end = end if end > 0.9 * arm.length else inner_end
    return end, max(inner_end, lowest)


def _sleeve_reach(body: Body, flat: Flat, fitted: Fit, side: int) -> float:
    """Arc length on the arm at which a sleeve ends by its own length, with what of a dropped
    shoulder lies on the arm."""
    length = curves.lengths(body.edges[side])
    seam = fitted.tip_lengths[side] - fitted.neck_lengths[side]
    dropped = max(0.0, flat.shoulder_seam[side] - seam / fitted.scale)
    outer_end = fitted.tip_lengths[side] + (flat.sleeve_length(side) + dropped) * fitted.tall
    return float(np.interp(outer_end, length, body.stations[side]))


def _armpit_station(body: Body, fitted: Fit, side: int) -> float:
    """Where on the upper arm the armpit lies, however the forearm comes back to the body."""
    arm = body.arms[side]
    along = curves.lengths(arm.path)
    upper = arm.path[along <= 0.75 * arm.bend]
    nearest = int(np.argmin(np.linalg.norm(upper - fitted.armpits[side], axis=1)))
    return float(along[nearest])


def _outer_edge(body: Body, fitted: Fit, side: int, end: float) -> Floats:
    arm, length = body.arms[side], curves.lengths(body.edges[side])
    start = fitted.tip_lengths[side]
    finish = float(np.interp(min(end, arm.length), body.stations[side], length))
    run = np.linspace(start, max(finish, start + 2), RIBS, dtype=np.float32)
    edge = _raised(body, side, run)
    if end > arm.length:
        station = np.array([end], np.float32)
        edge[-1] = arm.offset(station, arm.width(station, outer=True))[0]
    return edge


def _inner_edge(body: Body, fitted: Fit, side: int, end: float) -> Floats:
    """From the armpit along the arm's inner side; it leaves the armpit gradually."""
    arm = body.arms[side]
    share = np.linspace(0, 1, RIBS, dtype=np.float32)
    start = _armpit_station(body, fitted, side)
    station = (start + (end - start) * share**1.3).astype(np.float32)
    edge = arm.offset(station, -arm.width(station, outer=False))
    leaving = np.clip(1 - (station - start) / (0.3 * body.unit), 0, 1)[:, None] ** 2
    return np.asarray(edge + leaving * (fitted.armpits[side] - edge[0]), np.float32)


def _with_ease(
    body: Body, flat: Flat, fitted: Fit, side: int, outer: Floats, inner: Floats
) -> tuple[Floats, Floats]:
    """Both edges moved apart to the cloth's own width where that is more than the arm's."""
    width = np.linalg.norm(outer - inner, axis=1)
    cloth = flat.sleeve_width(side, RIBS) * fitted.scale * 0.88
    share = np.linspace(0, 1, RIBS, dtype=np.float32)
    least = 0.022 * body.unit * np.clip(share / 0.25, 0.2, 1)
    ramp = np.clip(share / 0.45, 0, 1) ** 1.5
    extra = least + np.clip(cloth - width - least, 0, LOOSEST * body.unit) * ramp
    across = (outer - inner) / np.maximum(width[:, None], 1e-3)
    return (
        np.asarray(outer + across * (0.2 * extra)[:, None], np.float32),
        np.asarray(inner - across * (0.45 * extra * ramp)[:, None], np.float32),
    )


def bare_arm(body: Body, fitted: Fit, side: int) -> tuple[Floats, Floats]:
    """The outer and the inner edge of a bare arm from the armhole to the wrist, and on to where the
    hand comes out of the old sleeve; a hand that does not is drawn as a mitten."""
    arm = body.arms[side]
    start, wrist = fitted.tip_lengths[side], curves.lengths(body.edges[side])[-1]
    outer = body.edge_at(side, np.linspace(start, wrist, RIBS).astype(np.float32))
    inner = _inner_edge(body, fitted, side, arm.length)
    reach = 0.0 if arm.hand is None else arm.hand / body.unit + UNDER_HAND
    hand = MITTEN if arm.hand is None else ((0.5 * reach, 1.0), (reach, 1.0))
    past, wide = np.array(hand, np.float32).T
    past = arm.length + past * body.unit
    return (
        np.concatenate([outer, arm.offset(past, wide * arm.width(past, outer=True))]),
        np.concatenate([inner, arm.offset(past, -wide * arm.width(past, outer=False))]),
    )
