"""Cuts the garments that the people wear out of MakeHuman's helper mesh around the body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.figures import patches
from training.figures.body import BaseMesh, Points, Rig
from training.figures.people import Clothes

Faces = NDArray[np.int64]
POSED, REST, ARM, ALONG_ARM, ALONG_LEG, LEG = slice(0, 3), slice(3, 6), 6, 7, 8, 9


@dataclass(frozen=True)
class Piece:
    """One garment: vertices as worn, as they lay on the body at rest, and triangles."""

    vertices: Points
    rest: Points
    triangles: Faces


@dataclass(frozen=True)
class Suit:
    """The whole helper mesh, subdivided: columns as the constants above name them."""

    quads: Faces
    columns: Points
    joints: dict[str, Points]


def _limb_weight(rig: Rig, ids: NDArray[np.int64], words: tuple[str, ...]) -> Points:
    columns = [i for i, name in enumerate(rig.names) if name.startswith(words)]
    return np.asarray(rig.weights[ids][:, columns].sum(axis=1), dtype=np.float64)


def _along(points: Points, start: Points, end: Points) -> Points:
    axis = end - start
    return np.asarray((points - start) @ axis / (axis @ axis))


def make_suit(
    base: BaseMesh, rig: Rig, rest: Points, posed: Points, joints: dict[str, Points]
) -> Suit:
    """`rest`, `posed`: all 19158 vertices; `joints`: bone heads at rest."""
    quads = base.quads["helper-tights"]
    ids = np.unique(quads)
    at = rest[ids]
    side = np.where(at[:, :1] > 0, 1, 0)[:, 0]
    arms = [_along(at, joints[f"upperarm01.{s}"], joints[f"wrist.{s}"]) for s in "RL"]
    legs = [_along(at, joints[f"upperleg01.{s}"], joints[f"foot.{s}"]) for s in "RL"]
    columns = np.column_stack(
        [
            posed[ids],
            at,
            _limb_weight(rig, ids, ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")),
            np.where(side == 1, arms[1], arms[0]),
            np.where(side == 1, legs[1], legs[0]),
            _limb_weight(rig, ids, ("foot", "toe")),
        ]
    )
    quads = np.searchsorted(ids, quads)
    for _ in range(2):
        quads, columns = patches.subdivide(quads, columns)
        columns[:, POSED] = patches.smooth(columns[:, POSED], quads, 2)
        columns[:, REST] = patches.smooth(columns[:, REST], quads, 2)
    return Suit(quads, columns, joints)


def _neckline(clothes: Clothes, rest: Points, joints: dict[str, Points]) -> Points:
    """Positive below the neck opening."""
    neck = joints["neck01"]
    x, y, z = (rest - neck).T
    front = np.clip(-y / 0.10, -1, 1)
    width = np.abs(x)
    if clothes.neck == "crew":
        line = 0.010 - 0.046 * front + 0.9 * np.maximum(width - 0.06, 0)
    elif clothes.neck == "vee":
        line = 0.030 - 0.10 * np.maximum(front, 0) + 0.95 * width * (front > 0) - 0.02
    else:
        line = 0.012 - 0.085 * front + 7.0 * width**2
    return np.asarray(line - clothes.neck_depth * np.maximum(front, 0) - z)


def _keep(*fields: Points) -> Points:
    return np.asarray(np.min(np.stack(fields), axis=0))


def _armhole(clothes: Clothes, columns: Points, joints: dict[str, Points]) -> Points:
    """Positive on the body's side of the sleeve's end (or of a tank top's arm opening)."""
    if clothes.neck == "tank":
        edge = joints["upperarm01.L"][0] - 0.028
        armpit = joints["upperarm01.L"][2] - 0.150
        bare = np.minimum(np.abs(columns[:, 3]) - edge, columns[:, 5] - armpit)
        return np.asarray(-np.maximum(bare, (columns[:, ARM] - 0.35) * 0.1))
    return np.asarray(
        np.maximum(clothes.sleeve - columns[:, ALONG_ARM], (0.5 - columns[:, ARM]) * 0.3)
    )


def cut_top(suit: Suit, clothes: Clothes) -> Piece:
    columns, joints = suit.columns, suit.joints
    crotch = joints["upperleg01.L"][2] - 0.06
    hem = np.maximum(columns[:, 5] - (crotch + clothes.hem), columns[:, ARM] - 0.5)
    field = _keep(
        hem, _armhole(clothes, columns, joints), _neckline(clothes, columns[:, REST], joints)
    )
    return _cut(suit, field)


def cut_trousers(suit: Suit, clothes: Clothes) -> Piece:
    columns, joints = suit.columns, suit.joints
    waist = joints["spine05"][2] + 0.055
    field = _keep(
        waist - columns[:, 5],
        clothes.leg - columns[:, ALONG_LEG],
        0.5 - columns[:, ARM],
    )
    return _cut(suit, field)


def cut_shoes(suit: Suit) -> Piece:
    columns = suit.columns
    return _cut(suit, np.minimum(columns[:, ALONG_LEG] - 0.965, 0.5 - columns[:, ARM]))


def _cut(suit: Suit, field: Points) -> Piece:
    triangles, columns = patches.clip(patches.triangulate(suit.quads), suit.columns, field)
    worn = patches.smooth(columns[:, POSED], triangles, 3)
    return Piece(worn, columns[:, REST], triangles)


def ease(piece: Piece, metres: float | Points, rounds: int) -> Piece:
    """Move out along the normals, then smooth hollows over."""
    outward = patches.normals(piece.vertices, piece.triangles)
    moved = piece.vertices + outward * np.reshape(metres, (-1, 1))
    return Piece(patches.smooth(moved, piece.triangles, rounds), piece.rest, piece.triangles)
