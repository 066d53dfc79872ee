"""What the layout network is trained on: people, what they wear, and where it is seen on them.

    python -m training.parser.prepare --ccp=CCP --out=CACHE
    python -m training.layout.prepare --cache=CACHE --out=SAMPLES
    python -m training.layout.prepare --cache=CACHE --out=SAMPLES --split=validation --geometry=True

Each writes SAMPLES/SPLIT-PART.npz: `planes` (what is told of the person, disguised as in
`training/drape/prepare.py`), `attributes` (of the worn top, as a garment laid flat would have
them), `truth` (the class of each cell) and, with `geometry`, the classes that the engine's own plan
gives the same person and garment, and `region`, the cells that are judged.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import cv2
import numpy as np

from deployments.tryon.drape.body import measure
from deployments.tryon.drape.dressing import dress_upper
from deployments.tryon.drape.layers import paint_under
from deployments.tryon.drape.raster import resize
from deployments.tryon.drape.regions import find_regions
from deployments.tryon.drape.scene import Scene, make_scene
from deployments.types import ModelError
from training.drape.people import Wearer, find_poses, wearers
from training.drape.prepare import disguised
from training.drape.selfpairs import category_of
from training.drape.template import Template, draw_upper
from training.layout import sample
from training.layout.sample import ARM, GARMENT, LOWER, NECK, Bytes
from training.parser.configuration import override

cache = "cache"  # of training/parser/prepare.py
split = "train"  # train, tagged or validation
poses = ""  # file that keeps the poses; "" puts it beside the samples
out = "samples"
copies = 3  # of each person, disguised anew
geometry = False  # add what the engine plans
parts, part = 1, 0  # processes that share the work, and which of them this is
most = 100_000  # photos
narrowest, widest = 0.04, 0.35  # units by which what is hidden is wider than the old clothes
usual = 0.25  # the same where the network is measured: the old outline is not to be guessed from it
seed = 1
override(globals())

LEAST_WORN = 0.012
"""Share of the photo that a top must take."""


def planned(scene: Scene, template: Template) -> Bytes:
    """The class that the engine's plan gives every px of the reduced grid."""
    body = measure(scene)
    picture = np.repeat(template.mask[..., None], 3, axis=2)
    dressing = dress_upper(scene, body, template.shape, picture, template.mask)
    regions = find_regions(scene, body, {}, dressing, "upper")
    under = paint_under(scene, body, regions, dressing, seed=0)
    size = scene.size
    clothed = np.zeros(scene.full_size, np.float32)
    clothed[under.box] = under.clothed

    def small(values: np.ndarray) -> np.ndarray:
        return np.asarray(resize(values.astype(np.float32), *size) > 0.5)

    found = sample.classes_of(scene.labels)
    taken, kept = small(regions.taken), small(regions.kept)
    found[taken] = sample.ELSE
    found[taken & small(regions.torso_skin)] = NECK
    found[taken & small(clothed)] = LOWER
    if dressing.torso is not None:
        found[small(dressing.torso.alpha) & ~kept] = GARMENT
    head = small(regions.head)
    for bare in regions.arm_skin.values():
        found[small(bare) & taken & ~head] = ARM
    for sleeve in dressing.sleeves:
        found[small(sleeve.cloth.alpha) & ~small(regions.front[sleeve.side])] = GARMENT
    return found


def samples_of(wearer: Wearer) -> list[dict[str, np.ndarray]]:
    """All samples of one photo: none where no top is seen or the engine refuses."""
    if category_of(wearer) != "upper":
        return []
    rng = np.random.default_rng([seed, zlib.crc32(wearer.name.encode())])
    try:
        honest = make_scene(wearer.photo, wearer.pose, wearer.parse)
        body = measure(honest)
    except ModelError:
        return []
    classes = sample.classes_of(honest.labels)
    if (classes == GARMENT).mean() < LEAST_WORN:
        return []
    grid = sample.find_grid(body.frame)
    template = draw_upper(honest, body, "upper")
    scale = 1 / (honest.magnification * body.unit)
    told = sample.attributes(body, template.shape, template.mask, scale)
    truth = grid.sampled(classes)
    known = grid.sampled(np.ones(honest.size, np.uint8))
    found = []
    for _ in range(copies):
        parse = disguised(wearer, "upper", rng)
        scene = make_scene(wearer.photo, wearer.pose, parse)
        reach = usual if geometry else float(rng.uniform(narrowest, widest))
        row = {
            "planes": sample.planes(scene, grid, reach),
            "attributes": told,
            "truth": truth,
            "known": known,
        }
        if geometry:
            row["plan"] = grid.sampled(planned(scene, template))
            row["region"] = sample.planes(scene, grid, narrowest)[..., 0]
        found.append(row)
    return found


def main() -> None:
    """Write the samples of this process's share of the photos."""
    folder, file = Path(out), Path(cache) / f"{split}.npz"
    folder.mkdir(parents=True, exist_ok=True)
    known = find_poses(file, Path(poses) if poses else folder / f"poses-{split}.npz")
    mine = {name: known[name] for name in sorted(known)[part::parts][:most]}
    rows: list[dict[str, np.ndarray]] = []
    for number, wearer in enumerate(wearers(file, mine)):
        rows.extend(samples_of(wearer))
        if number % 20 == 0:
            print(f"{number} of {len(mine)} photos, {len(rows)} samples", flush=True)
    arrays = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    np.savez_compressed(folder / f"{split}-{part}.npz", allow_pickle=False, **arrays)


if __name__ == "__main__":
    cv2.setNumThreads(1)
    main()
