"""One person as the layout network sees them: what surely stays, the pose, and what comes.

Everything is drawn on a small grid of HEIGHT×WIDTH cells round the upper body, `CELL` of the
body's unit apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import ELBOWS, HIPS, SHOULDERS, SIDES, WRISTS, Body, Frame
from deployments.tryon.drape.flat import Flat
from deployments.tryon.drape.legs import KNEES
from deployments.tryon.drape.scene import ARMS, BOTTOMS, HEAD, LEGS, TOPS, Scene
from deployments.types import GarmentShape, Label, Mask, ParseMap

Bytes = npt.NDArray[np.uint8]

HEIGHT, WIDTH = 128, 96
CELL = 0.033
"""Units of the body from one cell to the next."""
ABOVE = 1.15
"""Units of the grid above the shoulders."""
CLASSES = ("else", "garment", "arm", "neck", "lower", "head")
"""What a cell may show."""
ELSE, GARMENT, ARM, NECK, LOWER, HEAD_CLASS = range(len(CLASSES))
PLANES = (
    "hidden",
    "head",
    "lower",
    "hands",
    "spine",
    "shoulders",
    *(f"{part} {side}" for side in ("right", "left") for part in ("upper arm", "forearm", "thigh")),
)
ATTRIBUTES = (
    "sleeve",
    "cuff",
    "hem",
    "hem width",
    "waist width",
    "chest width",
    "neck depth",
    "neck width",
)
"""All in units, save that the hem's depth counts in the hips' depth."""
HAND = 0.24
"""Units round the wrist that count as hand."""
LIMBS = ("upper arm", "forearm")
REACH = {"arm": 0.2, "torso": 0.5}
"""Units round the bones that are hidden whatever was worn."""
BONE = 0.07
"""Units: how thick a bone is drawn."""


@dataclass(frozen=True)
class Grid:
    """Where the cells lie on the scene's reduced grid."""

    left: float
    top: float
    cell: float

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """2×3, from cells to px of the reduced grid."""
        return np.array([[self.cell, 0, self.left], [0, self.cell, self.top]])

    def sampled(self, values: npt.NDArray[np.uint8]) -> Bytes:
        """The labels at the cells; 0 outside of the picture."""
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(values, self.matrix, (WIDTH, HEIGHT), flags=flags), np.uint8
        )

    def cells(self, points: Floats) -> Floats:
        """Points of the reduced grid in cells."""
        return np.asarray((points - (self.left, self.top)) / self.cell, np.float32)


def find_grid(frame: Frame) -> Grid:
    """The cells round a body."""
    cell = CELL * frame.unit
    x, y = (float(value) for value in frame.origin)
    return Grid(x - cell * (WIDTH - 1) / 2, y - ABOVE * frame.unit, cell)


def classes_of(labels: ParseMap) -> Bytes:
    """The class of each of the 20 labels."""
    table = np.full(256, ELSE, np.uint8)
    for class_, names in (
        (GARMENT, TOPS),
        (ARM, ARMS),
        (NECK, (Label.TORSO_SKIN,)),
        (LOWER, (*BOTTOMS, *LEGS, Label.LEFT_SHOE, Label.RIGHT_SHOE)),
        (HEAD_CLASS, HEAD),
    ):
        table[list(names)] = class_
    return np.asarray(table[labels], np.uint8)


def bones(scene: Scene, grid: Grid) -> list[Bytes]:
    """Spine, shoulders, and of either side upper arm, forearm and thigh: drawn, 0 or 255."""
    spots = {
        name: {side: scene.joint(joints[side]) for side in SIDES}
        for name, joints in (
            ("shoulder", SHOULDERS),
            ("elbow", ELBOWS),
            ("wrist", WRISTS),
            ("hip", HIPS),
            ("knee", KNEES),
        )
    }
    middle = {name: _middle(spots[name]) for name in ("shoulder", "hip")}
    pairs = [
        (middle["shoulder"], middle["hip"]),
        (spots["shoulder"][-1], spots["shoulder"][1]),
    ]
    for side in SIDES:
        for one, other in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee")):
            pairs.append((spots[one][side], spots[other][side]))
    return [_line(grid, pair, BONE) for pair in pairs]


def _middle(pair: dict[int, Floats | None]) -> Floats | None:
    found = [spot for spot in pair.values() if spot is not None]
    return np.asarray(np.mean(found, axis=0), np.float32) if len(found) == 2 else None


def _line(grid: Grid, pair: tuple[Floats | None, Floats | None], thick: float) -> Bytes:
    drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
    if pair[0] is not None and pair[1] is not None:
        ends = grid.cells(np.stack([pair[0], pair[1]]))
        first, last = (tuple(int(v) for v in np.clip(np.round(end), -500, 500)) for end in ends)
        cv2.line(drawn, first, last, (255,), max(1, round(thick / CELL)))
    return drawn


def hands(scene: Scene, grid: Grid, classes: Bytes) -> Bytes:
    """Bare skin of the arms round and beyond the wrists, 0 or 255."""
    near = np.zeros((HEIGHT, WIDTH), np.uint8)
    for side in SIDES:
        elbow, wrist = scene.joint(ELBOWS[side]), scene.joint(WRISTS[side])
        if elbow is None or wrist is None:
            continue
        along = (wrist - elbow) / max(float(np.linalg.norm(wrist - elbow)), 1e-3)
        spot = grid.cells((wrist + along * 0.2 * grid.cell / CELL)[None])[0]
        centre = tuple(int(v) for v in np.clip(np.round(spot), -500, 500))
        cv2.circle(near, centre, round(HAND / CELL), (255,), -1)
    return np.where(classes == ARM, near, 0).astype(np.uint8)


def hidden(scene: Scene, grid: Grid, classes: Bytes, reach: float) -> Bools:
    """What the network is not to see: old garment, arms and chest with `reach` units round them,
    and all that lies near the bones of arms and torso."""
    old = np.isin(classes, (GARMENT, ARM, NECK)).astype(np.uint8)
    size = 2 * max(1, round(reach / CELL)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    found = cv2.dilate(old, kernel) > 0
    drawn = bones(scene, grid)
    near = [(drawn[0], REACH["torso"]), (drawn[1], REACH["arm"])]
    near += [(drawn[k], REACH["arm"]) for k in (2, 3, 5, 6)]
    for bone, wide in near:
        away = cv2.distanceTransform((bone == 0).astype(np.uint8), cv2.DIST_L2, 3)
        found |= (bone > 0).any() & (away < wide / CELL)
    return np.asarray(found, np.bool_)


def planes(scene: Scene, grid: Grid, reach: float) -> Bytes:
    """HEIGHT×WIDTH×len(PLANES), 0 or 255: what the network is told of the person."""
    classes = classes_of(grid.sampled(scene.labels))
    palms = hands(scene, grid, classes)
    gone = hidden(scene, grid, classes, reach) & (palms == 0)
    gone &= classes != HEAD_CLASS
    kept = [255 * ((classes == class_) & ~gone) for class_ in (HEAD_CLASS, LOWER)]
    found = [255 * gone, *kept, palms, *bones(scene, grid)]
    return np.stack(found, axis=-1).astype(np.uint8)


def unrevealing(told: Bytes, arm: float, torso: float, level: int) -> Bytes:
    """The planes with what is hidden drawn round the bones alone, `arm` and `torso` units wide, and
    nothing worn below told above a row: the outline of the old clothes can't be guessed from it."""
    found = told.copy()
    near = np.zeros(told.shape[:2], np.bool_)
    for name, wide in (
        ("spine", torso),
        ("shoulders", arm),
        *((f"{part} {side}", arm) for part in LIMBS for side in ("left", "right")),
    ):
        bone = told[..., PLANES.index(name)]
        if bone.any():
            away = cv2.distanceTransform((bone == 0).astype(np.uint8), cv2.DIST_L2, 3)
            near |= away < wide / CELL
    near &= (told[..., PLANES.index("head")] == 0) & (told[..., PLANES.index("hands")] == 0)
    lower = found[..., PLANES.index("lower")]
    lower[near] = 0
    lower[:level] = 0
    found[..., PLANES.index("hidden")] = 255 * near
    return found


def attributes(body: Body, shape: GarmentShape, mask: Mask, scale: float) -> Floats:
    """One number for each of `ATTRIBUTES`. `scale`: units of the body for a px of the garment."""
    flat = Flat(shape, mask)
    tubes = [tube for tube in (shape.left_tube, shape.right_tube) if tube is not None]
    lengths = [float(np.linalg.norm(np.diff(t.centre, axis=0), axis=1).sum()) for t in tubes]
    cuffs = [float(tube.half_width[-1]) for tube in tubes]
    marks = {name: np.array(point) for name, point in shape.landmarks.items()}
    neck = (marks["neck_left"] + marks["neck_right"]) / 2
    hem = (marks["hem_left"] + marks["hem_right"]) / 2
    half = {
        name: float(np.linalg.norm(marks[f"{name}_left"] - marks[f"{name}_right"])) / 2
        for name in ("hem", "waist", "armpit")
    }
    deep = float(marks["neck_front"][1] - neck[1])
    found = [
        float(np.mean(lengths)) if lengths else 0.0,
        float(np.mean(cuffs)) if cuffs else 0.0,
        float(hem[1] - neck[1]) * body.unit / body.frame.hips,
        half["hem"],
        half["waist"],
        half["armpit"],
        deep,
        flat.neck_half,
    ]
    return np.array(found, np.float32) * np.float32(scale)
