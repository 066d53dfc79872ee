"""What the refiner is trained on: the engine's own pictures of self-pairs, and their truth.

    python -m training.parser.prepare --ccp=CCP --out=CACHE
    python -m training.drape.prepare --cache=CACHE --out=SAMPLES
    python -m training.drape.prepare --cache=CACHE --out=SAMPLES --split=validation --copies=1

Several processes may share the work (`--parts=2 --part=0` and `--part=1`). Each writes
SAMPLES/SPLIT-PART.npy, uint8 N×256×192×15: the planes of `deployments/tryon/drape/refine.py`, the
truth's RGB, how far each pixel of it can teach, and where the photo shows skin.

So that the network can't learn to hand back what it sees: the garment's light is flattened before
it is put on again, the garment is resized and its landmarks are moved, and the person is disguised:
bare arms, chest and legs are labelled as clothes, wider than they are, so that the engine takes
them away and paints them anew.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import Body, measure
from deployments.tryon.drape.dressing import dress_lower, dress_upper
from deployments.tryon.drape.layers import Composed, compose, paint_under
from deployments.tryon.drape.legs import measure_legs
from deployments.tryon.drape.raster import blur
from deployments.tryon.drape.refine import HEIGHT, PLANES, WIDTH, cropped, find_window, planes
from deployments.tryon.drape.regions import Regions, find_regions
from deployments.tryon.drape.scene import ARMS, BOTTOMS, LEGS, Scene, make_scene
from deployments.types import (
    Category,
    GarmentShape,
    Image,
    Joint,
    Label,
    Mask,
    ModelError,
    ParseMap,
    Tube,
    frozen,
)
from training.drape.people import Wearer, find_poses, wearers
from training.drape.selfpairs import SelfPair, category_of, lay_flat
from training.drape.template import worn_labels
from training.parser.configuration import override

cache = "cache"  # of training/parser/prepare.py
split = "train"  # train, tagged or validation
out = "samples"
copies = 1  # of each worn garment, jittered anew
parts, part = 1, 0  # processes that share the work, and which of them this is
most = 100_000  # photos
seed = 1
override(globals())

Rng = np.random.Generator
CHANNELS = len(PLANES) + 5
BARE = (*ARMS, *LEGS, Label.TORSO_SKIN, Label.FACE)
LEAST_SEEN = 0.45
"""Share of a laid-out garment that must have been seen to teach."""


@dataclass(frozen=True)
class Worn:
    """A self-pair put on again by the engine."""

    scene: Scene
    body: Body
    regions: Regions
    composed: Composed


def flattened(picture: Image, mask: Mask, sigma: float) -> Image:
    """A garment without its folds: the lightness over its own local mean."""
    inside = (mask > 127).astype(np.float32)
    grey = picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    local = blur(grey * inside, sigma) / np.maximum(blur(inside, sigma), 1e-3)
    usual = float(np.median(grey[inside > 0])) if inside.any() else 128.0
    gain = np.clip((usual + 12) / (local + 12), 0.4, 2.5) * inside + (1 - inside)
    return frozen(np.clip(picture * gain[..., None] + 0.5, 0, 255).astype(np.uint8))


def resized(pair: SelfPair, rng: Rng) -> tuple[Image, Mask, GarmentShape]:
    """The laid-out garment up to 15 % wider or longer, its landmarks a little off."""
    factors = np.exp(rng.uniform(-0.14, 0.14, 2))
    mask = pair.template.mask
    size = tuple(int(v) for v in np.round(np.array(mask.shape[::-1]) * factors))
    picture = cv2.resize(pair.garment, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    scaled = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    shape = pair.template.shape
    slip = 0.012 * pair.unit
    marks = {}
    for name, point in shape.landmarks.items():
        x, y = np.array(point) * factors + rng.normal(0, slip, 2)
        marks[name] = (float(x), float(y))
    reach = float(rng.uniform(0.88, 1.08))
    tubes = [_shifted(tube, factors, reach) for tube in (shape.left_tube, shape.right_tube)]
    line = shape.neckline
    moved = replace(
        shape,
        landmarks=marks,
        left_tube=tubes[0],
        right_tube=tubes[1],
        neckline=None if line is None else (line * factors).astype(np.float32),
    )
    return picture, scaled, moved


def _shifted(tube: Tube | None, factors: npt.NDArray[np.float64], reach: float) -> Tube | None:
    if tube is None:
        return None
    centre = tube.centre[:1] + (tube.centre - tube.centre[:1]) * reach
    half = tube.half_width * np.float32(np.sqrt(factors.prod()))
    return Tube((centre * factors).astype(np.float32), half.astype(np.float32))


def disguised(wearer: Wearer, category: Category, rng: Rng) -> ParseMap:
    """The parse map of somebody in longer sleeves, a higher neckline and longer trousers, cut
    wider."""
    parse = wearer.parse.copy()
    unit = _shoulders(wearer)
    if category != "lower":
        if rng.random() < 0.85:
            parse[np.isin(parse, ARMS) & ~_hands(wearer, unit)] = Label.UPPER_CLOTHES
        if rng.random() < 0.6:
            chin = _chin(wearer, unit)
            chest = parse == Label.TORSO_SKIN
            chest[: max(0, int(chin + rng.uniform(0.05, 0.25) * unit))] = False
            parse[chest] = Label.UPPER_CLOTHES
    if category != "upper" and rng.random() < 0.85:
        parse[np.isin(parse, LEGS)] = Label.PANTS
    label = Label.PANTS if category == "lower" else Label.UPPER_CLOTHES
    over = BOTTOMS if category == "lower" else worn_labels("upper")
    size = 2 * int(rng.uniform(0, 0.07) * unit) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    wide = cv2.dilate(np.isin(parse, over).astype(np.uint8), kernel) > 0
    parse[wide & (parse == Label.BACKGROUND)] = label
    return parse


def _shoulders(wearer: Wearer) -> float:
    one, other = wearer.pose[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER], :2]
    hips = wearer.pose[[Joint.LEFT_HIP, Joint.RIGHT_HIP], :2].mean(axis=0)
    torso = float(np.linalg.norm((one + other) / 2 - hips))
    return max(float(np.linalg.norm(one - other)), 0.62 * torso)


def _hands(wearer: Wearer, unit: float) -> npt.NDArray[np.bool_]:
    """Discs round the wrists and beyond: hands stay as they are."""
    y, x = np.mgrid[: wearer.parse.shape[0], : wearer.parse.shape[1]]
    hands = np.zeros(wearer.parse.shape, np.bool_)
    for elbow, wrist in (
        (Joint.LEFT_ELBOW, Joint.LEFT_WRIST),
        (Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST),
    ):
        start, end = wearer.pose[elbow, :2], wearer.pose[wrist, :2]
        if wearer.pose[wrist, 2] < 0.05:
            continue
        along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-3)
        middle = end + 0.2 * unit * along
        hands |= np.hypot(x - middle[0], y - middle[1]) < 0.24 * unit
    return hands


def _chin(wearer: Wearer, unit: float) -> float:
    nose = wearer.pose[Joint.NOSE]
    return float(nose[1] + 0.3 * unit) if nose[2] > 0.05 else 0.0


def put_on(pair: SelfPair, rng: Rng) -> Worn | None:
    """The engine's picture of the flattened, jittered garment on the disguised wearer."""
    wearer, category = pair.wearer, pair.category
    picture, mask, shape = resized(pair, rng)
    picture = flattened(picture, mask, float(rng.uniform(0.05, 0.1)) * pair.unit)
    try:
        scene = make_scene(wearer.photo, wearer.pose, disguised(wearer, category, rng))
    except ModelError:
        return None
    body = measure(scene)
    legs = {} if category == "upper" else measure_legs(scene, body)
    if category == "lower":
        dressing = dress_lower(scene, body, legs, shape, picture, frozen(mask))
    else:
        dressing = dress_upper(scene, body, shape, picture, frozen(mask))
    regions = find_regions(scene, body, legs, dressing, category)
    under = paint_under(scene, body, regions, dressing, seed=0)
    light = np.ones(scene.size, np.float32)
    return Worn(scene, body, regions, compose(scene, body, regions, dressing, under, light))


def lesson(pair: SelfPair, worn: Worn) -> npt.NDArray[np.uint8] | None:
    """One sample, HEIGHT×WIDTH×CHANNELS; None where nothing of it teaches."""
    window = find_window(worn.scene, worn.body, worn.composed)
    if window is None:
        return None
    shown = planes(worn.scene, worn.body, worn.regions, worn.composed, window)
    truth = cropped(pair.wearer.photo.astype(np.float32), window, 127.0)
    teaches = 255 * cropped(_teaches(pair, worn), window)
    if (teaches > 24).mean() < 0.02:
        return None
    bare = 255 * cropped(np.isin(pair.wearer.parse, BARE).astype(np.float32), window)
    rest = np.clip(np.dstack([truth, teaches, bare]) + 0.5, 0, 255).astype(np.uint8)
    return np.dstack([shown, rest])


def _teaches(pair: SelfPair, worn: Worn) -> Floats:
    """H×W from 0 to 1: where the engine and the photo show the same kind of thing. Prints never lie
    where they lay, so what is not plain teaches less of its light."""
    parse = pair.wearer.parse
    cloth, skin = worn.composed.shares[..., 0], worn.composed.shares[..., 1]
    plain = np.float32(plainness(pair.garment, pair.template.mask))
    bare = np.isin(parse, BARE)
    on_cloth = np.isin(parse, worn_labels(pair.category)) & (cloth > 0.6)
    return np.asarray(np.where(on_cloth, plain, 0) + ((skin > 0.6) & bare), np.float32)


def plainness(picture: Image, mask: Mask) -> float:
    """1 for a garment of one colour, down to 0.2 for a motley one."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[mask > 127].astype(np.float32)
    spread = float(np.linalg.norm(lab[:, 1:].std(axis=0)))
    flat = cv2.GaussianBlur(picture, (0, 0), 2.0).astype(np.float32)
    detail = float(np.abs(picture - flat)[mask > 127].mean())
    return float(np.clip(1.5 - spread / 22 - detail / 14, 0.2, 1.0))


def lessons(wearer: Wearer) -> Iterator[npt.NDArray[np.uint8]]:
    """All samples of one photo."""
    rng = np.random.default_rng([seed, zlib.crc32(wearer.name.encode())])
    wanted: list[Category] = [category_of(wearer)]
    counts = np.bincount(wearer.parse.ravel(), minlength=20)
    bare = counts[Label.LEFT_LEG] + counts[Label.RIGHT_LEG]
    if wanted[0] == "upper" and (bare > 0.006 * wearer.parse.size or rng.random() < 0.3):
        wanted.append("lower")
    for category in wanted:
        pair = lay_flat(wearer, category, LEAST_SEEN)
        for _ in range(copies if pair is not None else 0):
            worn = put_on(pair, rng) if pair is not None else None
            sample = lesson(pair, worn) if pair is not None and worn is not None else None
            if sample is not None:
                yield sample


def main() -> None:
    """Write the samples of this process's share of the photos."""
    folder, file = Path(out), Path(cache) / f"{split}.npz"
    folder.mkdir(parents=True, exist_ok=True)
    poses = find_poses(file, folder / f"poses-{split}.npz")
    names = sorted(poses)[part::parts][:most]
    mine = {name: poses[name] for name in names}
    samples: list[npt.NDArray[np.uint8]] = []
    for number, wearer in enumerate(wearers(file, mine)):
        samples.extend(lessons(wearer))
        if number % 20 == 0:
            print(f"{number} of {len(mine)} photos, {len(samples)} samples", flush=True)
    np.save(folder / f"{split}-{part}.npy", np.stack(samples).reshape(-1, HEIGHT, WIDTH, CHANNELS))


if __name__ == "__main__":
    cv2.setNumThreads(1)
    main()
