"""`drape`: a garment warped onto a person by geometry, the old garment taken away under it.

One smooth flow for the torso (a thin-plate spline) and a mesh along
each arm say for every pixel of the photo where it lies in the garment's picture; the garment is
sampled through them once, at full size. A small network then refines what was painted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.advice import confidence, told, warnings_for
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import find_frame, measure
from deployments.tryon.drape.doubts import garment_doubts, person_doubts
from deployments.tryon.drape.dressing import Dressing, dress_lower, dress_upper
from deployments.tryon.drape.hem import Tuck
from deployments.tryon.drape.layers import Composed, compose, paint_under
from deployments.tryon.drape.legs import measure_legs, require_legs
from deployments.tryon.drape.raster import enlarged
from deployments.tryon.drape.refine import load_refiner
from deployments.tryon.drape.regions import OLD, Regions, find_regions
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import make_scene
from deployments.tryon.drape.shading import carried_shading
from deployments.tryon.drape.warp import Cloth
from deployments.types import (
    Engine,
    GarmentShape,
    Image,
    Mask,
    Outcome,
    ParseMap,
    Pose,
    frozen,
)
from weights.store import Store

ENGINE = Engine("drape", "1.1", "Apache-2.0", commercial_use=True)
UNREFINED = replace(ENGINE, version="1.1-unrefined")
"""What answers where the refiner's file is missing: geometry alone."""


class Drape:
    """Dresses a person in a garment. Without the refiner's file the geometry answers alone, as the
    engine's version and the warning `Unrefined` tell."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self.store = store
        self.device = device
        self._refiner = load_refiner(store, device)
        self.engine = UNREFINED if self._refiner is None else ENGINE

    def __call__(
        self,
        person: Image,
        pose: Pose,
        parse: ParseMap,
        garment: Image,
        garment_mask: Mask,
        shape: GarmentShape,
        *,
        seed: int = 0,
        debug: bool = False,
        tuck: Tuck = "auto",
    ) -> Outcome:
        """The person in the garment: a picture of the photo's size.

        Pixels outside the edited region are those of the photo, and the same input with the same
        `seed` gives the same bytes. `debug` adds the pictures on the way. `tuck` says whether a
        top is worn inside what is below it. Raises `PoseUncertain` where the shoulders are not
        known, `LegsNotInPicture` where a lower garment or a dress is asked for and the photo ends
        above the knees. Warnings are keys of `advice.ADVICE`.
        """
        laps: dict[str, float] = {}
        with _timed(laps, "measure"):
            scene = make_scene(person, pose, parse)
            if shape.category != "upper":
                require_legs(scene)
            scene = corrected(scene, find_frame(scene), shape.category)
            body = measure(scene)
            legs = {} if shape.category == "upper" else measure_legs(scene, body)
        with _timed(laps, "warp"):
            if shape.category == "lower":
                dressing = dress_lower(scene, body, legs, shape, garment, garment_mask)
            else:
                dressing = dress_upper(scene, body, shape, garment, garment_mask, legs, tuck)
        with _timed(laps, "regions"):
            regions = find_regions(scene, body, legs, dressing, shape.category)
        with _timed(laps, "erase"):
            under = paint_under(scene, body, regions, dressing, seed)
        with _timed(laps, "compose"):
            light = carried_shading(scene, body, OLD[shape.category])
            composed = compose(scene, body, regions, dressing, under, light)
        with _timed(laps, "refine"):
            if self._refiner is not None:
                composed = self._refiner(scene, body, regions, composed)
            image = pasted(person, composed)
        size = garment_mask.shape
        pictures = intermediates(dressing, regions, composed, size) if debug else {}
        with _timed(laps, "judge"):
            doubts = garment_doubts(shape, garment, garment_mask)
            doubts += person_doubts(scene, body, shape, dressing, regions, composed)
            posed = warnings_for(scene, body, shape)
            sure = confidence(doubts, posed)
            warnings = told(doubts, posed, sure)
        warnings = warnings if self._refiner is not None else (*warnings, "Unrefined")
        share = edited_share(composed)
        return Outcome(image, self.engine, laps, sure, warnings, pictures, edited=share)


@contextmanager
def _timed(laps: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    laps[stage] = (time.perf_counter() - start) * 1000


def pasted(photo: Image, composed: Composed) -> Image:
    """The photo with its edited region replaced; every other pixel is the photo's own."""
    image, new = photo.copy(), composed.picture[composed.box] + np.float32(0.5)
    drawn = np.clip(new, 0, 255, out=new).astype(np.uint8)
    cv2.copyTo(drawn, edited_region(composed)[composed.box], image[composed.box])
    return frozen(image)


def edited_region(composed: Composed) -> Mask:
    """1 where a pixel may differ from the photo's, 0 elsewhere."""
    region = np.zeros(composed.edited.shape, np.uint8)
    edited = (composed.edited[composed.box] > 0.004).view(np.uint8)
    region[composed.box] = cv2.dilate(edited, np.ones((3, 3), np.uint8))
    return region


def edited_share(composed: Composed) -> Mask:
    """How much of each pixel is drawn, 0 to 255: edges are mixed with the photo already. Every
    pixel that may differ from the photo's has 1 at least."""
    share, box = edited_region(composed), composed.box
    drawn = np.clip(composed.edited[box] * 255 + 0.5, 0, 255).astype(np.uint8)
    share[box] *= np.maximum(drawn, 1)
    return frozen(share)


def intermediates(
    dressing: Dressing, regions: Regions, composed: Composed, garment_size: tuple[int, ...]
) -> dict[str, Image]:
    """The pictures on the way, by name.

    `cloth` and `skin`: where the new garment is seen, and where painted skin is. `places`: where in
    the garment's picture a pixel lies, red across and green down, 255 at the right and lower edge.
    """
    light = enlarged(composed.light, composed.edited.shape)
    erased = composed.picture.copy()
    erased[composed.box] = composed.erased
    warped = np.zeros_like(composed.picture)
    alpha = np.zeros_like(composed.edited)
    places = np.zeros_like(composed.picture)
    for cloth in dressing.cloths:
        places[cloth.alpha > 0.5, :2] = _places(cloth, garment_size)[cloth.alpha > 0.5]
        warped += (cloth.colour - warped) * cloth.alpha[..., None]
        alpha = np.maximum(alpha, cloth.alpha)
    return {
        "agnostic": _picture(erased),
        "taken": _grey(regions.taken * 255),
        "kept": _grey(regions.kept * 255),
        "warped": _picture(warped),
        "alpha": _grey(alpha * 255),
        "light": _grey(light * 160),
        "cloth": _grey(composed.shares[..., 0] * 255),
        "skin": _grey(composed.shares[..., 1] * 255),
        "places": _picture(places),
        "region": _grey(edited_region(composed) * 255.0),
        "flow": _flow_picture(dressing.cloths[0].flow, composed.edited.shape[:2]),
    }


def _places(cloth: Cloth, garment_size: tuple[int, ...]) -> Floats:
    height, width = cloth.alpha.shape
    flow = cv2.resize(cloth.flow, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(flow * (255 / np.array(garment_size[1::-1], np.float32)), np.float32)


def _picture(values: Floats) -> Image:
    return np.asarray(np.clip(values + 0.5, 0, 255), np.uint8)


def _grey(values: Floats | NDArray[np.float64]) -> Image:
    return np.repeat(np.clip(values, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def _flow_picture(flow: Floats, size: tuple[int, int]) -> Image:
    """A checkerboard of the garment's picture, seen through the flow."""
    squares = np.asarray(np.floor(flow / 32).sum(axis=2) % 2, np.float32)
    board = cv2.resize(squares, size[::-1], interpolation=cv2.INTER_NEAREST)
    return _grey(96 + 96 * np.asarray(board, np.float32))
