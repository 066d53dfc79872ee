"""Cuts a garment out of its picture.

On a plain ground the ground itself is followed from the border inwards, which is fast and exact;
where that is not clear, our own network decides (`deployments/garment_net.py`), and where the
network is in two minds, ISNet if it is here. All are cleaned the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.colour_shares import Palette, bins_of, to_lab
from deployments.garment_net import GarmentNet, GarmentReading
from deployments.grabcut import grabcut
from deployments.ground import Ground, fit_ground
from deployments.guided_filter import follow_edges
from deployments.hanger import without_hanger
from deployments.matting import Matting
from deployments.pieces import Pieces
from deployments.straps import with_straps
from deployments.types import CutOut, GarmentNotFound, Image, Mask
from weights.errors import WeightsError
from weights.store import Store

WORKING_SIDE = 1024
"""Px of the longer side at which outlines are found; larger pictures get the mask enlarged."""
FLOOD_TOLERANCE, STRICT_TOLERANCE = 4.5, 2.0
"""Lab units up to which a pixel may be ground, and up to which it is the very ground."""
CLEAR_EDGE = 10.0
"""Lab units by which cloth must stand out all round for the ground alone to decide."""
SMALLEST, LARGEST = 0.012, 0.97
"""Share of the picture that a garment may take."""
SURELY_NOTHING = 0.9
"""Chance of being no garment from which a picture is refused. What is cut out by a clear ground is
not: `GarmentShape.confidence` tells of it."""
EDGE_RADIUS = 6
"""Px, at the working size, by which the network's outline may move onto an edge."""
EDGE_SOFTNESS = 0.02
SURELY_CLOTH, SURELY_GROUND, SURE_MARGIN = 2.0, -4.0, 27
"""Logits of being cloth beyond which, and px (at 1024 px) from whose outline, colour has no say."""
ALIKE, ALIKE_MARGIN = 0.3, 9
"""Share of their colours that cloth and ground have in common from which colour says less, and px
(at 1024 px) then: it fills what the network sees between a printed sleeve and its body."""
HOLE = 2.0
"""Logit of being cloth below which a hole may be a gap: of narrow ones the network is never sure,
and of prints in the ground's colour it is."""
GRABCUT_SIDE = 352
WAVERING = 0.1
"""Share of the shape about which the network is in two minds, from which ISNet is asked."""
MISSED = 0.3
"""Share of what the network is sure of, without which ISNet's answer is not taken."""
WEDGE = (0.003, 0.06)
"""Shares of the shape between which a wedge of ground lies that was taken for cloth."""
FAINTEST_MATTE = 60
"""A matte that never reaches this has seen nothing."""
DOUBTFUL = 0.04
"""Share of neither-nor in a matte from which colours are asked as well."""
JOINING = (19, 27, 37, 49)
"""Px, at 1024 px, of the closings that join stripes."""
HINT = "Send a photo of one garment, laid flat or on a hanger, all of it in the picture."


@dataclass(frozen=True)
class _Cut:
    solid: NDArray[np.uint8]
    """H×W, 0 or 1."""
    matte: Mask
    method: str


class GarmentMask:
    """A garment's picture in, its mask out."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self.network = GarmentNet(store, device)
        self.matting: Matting | None
        try:
            self.matting = Matting(store, device)
        except WeightsError:  # it is a second opinion: nothing is missed without it
            self.matting = None

    def __call__(self, image: Image) -> CutOut:
        """The mask (H×W, soft at the outline) of the garment in `image` (H×W×3).

        The method is "ground" (a plain ground, seen clearly), "network" or "isnet".
        Raises `GarmentNotFound`.
        """
        small = self.preprocess(image)
        return self.postprocess(self.infer(small), image)

    def preprocess(self, image: Image) -> Image:
        """The picture at no more than the working size."""
        scale = WORKING_SIDE / max(image.shape[:2])
        if scale >= 1:
            return image
        return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(
            np.uint8
        )

    def infer(self, image: Image) -> _Cut:
        """Finds the garment at working size."""
        ground = fit_ground(image)
        clear = _on_clear_ground(ground)
        if clear is not None:
            return clear
        cut = self._seen(image, ground)
        return replace(cut, solid=without_hanger(cut.solid, image))

    def _seen(self, image: Image, ground: Ground) -> _Cut:
        """What the network, or ISNet where that is in two minds, makes out."""
        reading = self.network(image)
        if reading.category["nothing"] > SURELY_NOTHING:
            raise GarmentNotFound("What the picture shows does not look like a garment.", HINT)
        if self.matting is not None and _wavers(reading):
            second = _second_opinion(image, self.matting(image), ground, reading)
            if second is not None:
                return second
        matte = _matte_from(reading, image)
        if ground.is_plain:  # cloth of the ground's colour: what colour takes away may be cloth
            matte = np.maximum(matte, _unsettled(reading, image))
        solid = _from_network(reading, matte)
        if ground.is_plain:
            solid = with_straps(_without_wedges(solid, ground), ground)
        return _Cut(solid, matte, "network")

    def postprocess(self, cut: _Cut, image: Image) -> CutOut:
        """Leaves out what is no garment, and gives the outline its soft edge at full size."""
        alpha = _cleaned(cut)
        size = (image.shape[1], image.shape[0])
        if alpha.shape != image.shape[:2]:
            alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8)
        return CutOut(alpha, cut.method)


def cut_without_network(image: Image, matting: Matting) -> CutOut:
    """By the ground where it is clear, by ISNet elsewhere: what `training/garment` learns from.

    `image` (H×W×3) has at most `WORKING_SIDE` px. Raises `GarmentNotFound`.
    """
    ground = fit_ground(image)
    cut = _on_clear_ground(ground) or _by_matte(image, matting(image), ground)
    return CutOut(_cleaned(cut), cut.method)


def _cleaned(cut: _Cut) -> Mask:
    solid = _without_hook(_main_parts(cut.solid))
    _refuse_what_is_no_garment(solid)
    return _softened(solid, cut.matte)


def _on_clear_ground(ground: Ground) -> _Cut | None:
    flooded = _flooded(ground) if ground.is_plain else None
    clear = None if flooded is None else _clear(flooded, ground)
    return None if clear is None else _Cut(clear, _matte_of(clear, ground), "ground")


def _by_matte(image: Image, matte: Mask, ground: Ground) -> _Cut:
    return _Cut(_from_matte(image, matte, ground), matte, "isnet")


def _second_opinion(
    image: Image, matte: Mask, ground: Ground, reading: GarmentReading
) -> _Cut | None:
    """ISNet's answer; None where it leaves out much of what the network is sure of: then it took
    a part, such as a pale pair of sleeves, or something else for the thing."""
    try:
        cut = _by_matte(image, matte, ground)
    except GarmentNotFound:
        return None
    sure = reading.cloth > SURELY_CLOTH
    missed = np.count_nonzero(sure & (cut.solid == 0))
    return None if missed > MISSED * np.count_nonzero(sure) else cut


def _flooded(ground: Ground) -> NDArray[np.uint8]:
    """What the ground, followed from the border and into enclosed gaps, does not reach."""
    soft = np.asarray(cv2.GaussianBlur(ground.distance, (0, 0), 0.8), np.float32)
    blurred = replace(ground, distance=soft)
    tolerance = _tolerance(ground)
    cloth = 1 - blurred.reached(tolerance)
    rough = _opened(cloth, 3)
    solid = _with_notches(_filled(_closed(rough, 5)), rough, ground)
    return _with_gaps(solid, _gaps(blurred.distance, solid, tolerance))


def _tolerance(ground: Ground) -> float:
    """Up to which distance from the ground's colour a pixel may be ground."""
    return max(FLOOD_TOLERANCE, 2.5 * ground.spread)


def _strict(ground: Ground) -> float:
    """Up to which it is nothing else."""
    return max(STRICT_TOLERANCE, 1.5 * ground.spread)


def _with_notches(
    solid: NDArray[np.uint8], rough: NDArray[np.uint8], ground: Ground
) -> NDArray[np.uint8]:
    """The shape with the tips of its notches, which a closing fills, open again: a crotch or an
    armpit lies where the very ground ends, not some px farther on."""
    filled = np.asarray(solid & (1 - rough) & (ground.distance <= _strict(ground)), np.uint8)
    outside = cv2.dilate(1 - solid, np.ones((3, 3), np.uint8)) > 0
    pieces = Pieces.of(filled)
    return np.where(pieces.chosen(pieces.counted(outside) > 0), 0, solid).astype(np.uint8)


def _clear(flooded: NDArray[np.uint8], ground: Ground) -> NDArray[np.uint8] | None:
    """The flooded shape, or the same without its shadow, if its outline is beyond doubt."""
    if _is_clear(flooded, ground):
        return flooded
    lit = ground.in_full_light()
    shape = _flooded(lit)
    # A shadow is a narrow fringe. What is wide might be a pale sleeve.
    fringe = _opened(np.asarray(flooded & (1 - shape), np.uint8), _scaled(flooded, 27))
    lost = fringe.any() or _in_pieces(shape)  # pale stripes are narrow, too, but part the shape
    return None if lost or not _is_clear(shape, lit) else shape


def _is_clear(solid: NDArray[np.uint8], ground: Ground) -> bool:
    """Whether the cloth stands out from the ground nearly all the way round."""
    if not SMALLEST < float(solid.mean()) < 0.9:
        return False
    rim = cv2.erode(solid, _disc(5)) - cv2.erode(solid, _disc(13))
    if not rim.any():
        return False
    contrast = ground.distance[rim > 0]
    pale = float((contrast < CLEAR_EDGE).mean())
    ragged = float(np.abs(_closed(solid, 21).astype(int) - _opened(solid, 9)).sum() / solid.sum())
    return pale < 0.02 and ragged < 0.05


def _wavers(reading: GarmentReading) -> bool:
    """Whether the network is in two minds over more than an outline's worth."""
    cloth = reading.cloth
    if not (cloth > 0).any():
        return True
    unsure = np.asarray((cloth > SURELY_GROUND / 2) & (cloth < SURELY_CLOTH), np.uint8)
    broad = _opened(unsure, _scaled(unsure, 15))
    return bool(broad.sum() > WAVERING * int((cloth > 0).sum()))


def _matte_from(reading: GarmentReading, image: Image) -> Mask:
    """The network's answer, its outline settled by colour and moved onto the picture's edges."""
    scale = GRABCUT_SIDE / max(image.shape[:2])
    size = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    cloth = np.asarray(cv2.resize(reading.cloth, size, interpolation=cv2.INTER_AREA), np.float32)
    settled = cv2.resize(
        _settled(np.asarray(small, np.uint8), cloth) * 255,
        image.shape[1::-1],
        interpolation=cv2.INTER_LINEAR,
    )
    return follow_edges(settled.astype(np.uint8), image, EDGE_RADIUS, EDGE_SOFTNESS)


def _unsettled(reading: GarmentReading, image: Image) -> Mask:
    """The network's answer moved onto the picture's edges, colour left out."""
    chance = 1.0 / (1.0 + np.exp(-np.clip(reading.cloth, -20, 20)))
    return follow_edges((255 * chance).astype(np.uint8), image, EDGE_RADIUS, EDGE_SOFTNESS)


def _settled(image: Image, cloth: NDArray[np.float32]) -> NDArray[np.uint8]:
    """GrabCut from what the network is sure of: 0 or 1.

    It takes in the rest of a sleeve and lets go of a board that has another colour than the cloth.
    """
    labels = np.where(cloth > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    alike = _shared_colours(image, cloth) > ALIKE
    margin = _disc(_scaled(labels, ALIKE_MARGIN if alike else SURE_MARGIN))
    labels[cv2.erode(np.asarray(cloth > SURELY_CLOTH, np.uint8), margin) > 0] = cv2.GC_FGD
    labels[cv2.dilate(np.asarray(cloth > SURELY_GROUND, np.uint8), margin) == 0] = cv2.GC_BGD
    return grabcut(image, labels)


def _shared_colours(image: Image, cloth: NDArray[np.float32]) -> float:
    """How much of their colours sure cloth and sure ground have in common, from 0 to 1."""
    bins = bins_of(to_lab(image.astype(np.float32)))
    sure, ground = cloth > SURELY_CLOTH, cloth < SURELY_GROUND
    return Palette.of(bins, sure).shared(Palette.of(bins, ground))


def _from_network(reading: GarmentReading, matte: Mask) -> NDArray[np.uint8]:
    """The matte as one solid shape: small holes are patterns, long upright ones are gaps."""
    rough = np.asarray(matte > 127, np.uint8)
    if not rough.any():
        raise GarmentNotFound("No garment stands out in the picture.", HINT)
    solid = _filled(_closed(rough, 9))
    hole = np.asarray(cv2.subtract(solid, rough), np.uint8)
    ground = np.asarray(reading.cloth < HOLE, np.uint8)
    return _with_gaps(solid, _opened(hole & ground, 7))


def _from_matte(image: Image, matte: Mask, ground: Ground) -> NDArray[np.uint8]:
    """ISNet's matte as one solid shape: pale stripes leave holes in it, gaps are real ones."""
    if int(matte.max()) < FAINTEST_MATTE:
        raise GarmentNotFound("No garment stands out in the picture.", HINT)
    rough = np.asarray(matte > 127, np.uint8)
    solid = _filled(_closed(rough, 11))
    unsure = np.asarray((matte > 20) & (matte < 225) & (solid == 0), np.uint8)
    if _opened(unsure, _scaled(rough, 9)).sum() > DOUBTFUL * (solid.sum() + unsure.sum()):
        rough = _grown(image, _seeds_from_matte(matte))
        solid = _filled(_closed(rough, 11))
    if _in_pieces(solid):
        solid = _joined(rough, ground)
    hole = np.asarray(cv2.subtract(solid, _closed(rough, 3)), np.uint8)
    if ground.is_plain:
        seen = _gaps(ground.distance, solid, _tolerance(ground))
        return _with_gaps(solid, seen & hole)
    return _with_gaps(solid, _opened(hole, 9) & np.asarray(matte < 40, np.uint8))


def _joined(rough: NDArray[np.uint8], ground: Ground) -> NDArray[np.uint8]:
    """The stripes of a garment whose pale ones were not seen, joined by the smallest closing that
    does it. Where ground reaches in broadly, as between sleeve and body, it stays ground."""
    for size in JOINING:
        solid = _filled(_closed(rough, size))
        if not _in_pieces(solid):
            break
    if not ground.is_plain:
        return solid
    reached = ground.reached(_tolerance(ground))
    return _with_gaps(solid, _opened(solid & reached, _scaled(solid, 17)))


def _in_pieces(solid: NDArray[np.uint8]) -> bool:
    """Whether no piece makes up most of it."""
    areas = Pieces.of(solid).areas
    return bool(len(areas) > 2 and areas.max() < 0.85 * areas.sum())


def _gaps(
    distance: NDArray[np.float32], solid: NDArray[np.uint8], tolerance: float
) -> NDArray[np.uint8]:
    """Ground seen through enclosed gaps, as between a sleeve and the body."""
    inner = ((distance <= tolerance) & (solid > 0)).astype(np.uint8)
    # Ringing of JPEG files gives a saw's edge of ground colour: only what is wide counts.
    return _opened(inner, max(_scaled(solid, 9), 5))


def _with_gaps(solid: NDArray[np.uint8], gaps: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The shape without the gaps that look like one: long, upright and not tiny.

    A print in the colour of the ground is compact or lies across.
    """
    pieces = Pieces.of(gaps)
    width, height = pieces.boxes[:, 2], pieces.boxes[:, 3]
    real = pieces.areas > 0.002 * cv2.countNonZero(solid)
    real &= (height > 1.8 * pieces.areas / height) & (height > 1.2 * width)
    return np.where(pieces.chosen(real), 0, solid).astype(np.uint8) if real.any() else solid


def _without_wedges(solid: NDArray[np.uint8], ground: Ground) -> NDArray[np.uint8]:
    """The shape without upright wedges of the very ground that reach in from outside, as between a
    hanging sleeve and the body. Pale stripes lie across, and a pale garment is far larger."""
    strict = np.asarray(solid & ground.reached(_strict(ground)), np.uint8)
    wide = cv2.boundingRect(solid)[2]
    pieces = Pieces.of(_opened(strict, int(0.012 * wide) | 1))
    share = pieces.areas / max(cv2.countNonZero(solid), 1)
    beside = cv2.dilate(1 - solid, np.ones((5, 5), np.uint8)) > 0
    upright = pieces.boxes[:, 3] > 1.5 * pieces.boxes[:, 2]
    found = upright & (share > WEDGE[0]) & (share < WEDGE[1]) & (pieces.counted(beside) > 0)
    return np.where(pieces.chosen(found), 0, solid).astype(np.uint8)


def _seeds_from_matte(matte: Mask) -> NDArray[np.uint8]:
    """GrabCut's labels from a matte that is in two minds, as about sleeves by a bright print."""
    sure = max(int(0.9 * int(matte.max())), 60)
    labels = np.where(matte > 0.35 * sure, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    core = cv2.erode((matte > sure).astype(np.uint8), _disc(_scaled(matte, 9)))
    labels[core > 0] = cv2.GC_FGD
    labels[cv2.dilate(matte, _disc(_scaled(matte, 31))) < 10] = cv2.GC_BGD
    return labels


def _grown(image: Image, seeds: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """GrabCut at a small size, from H×W labels."""
    scale = GRABCUT_SIDE / max(image.shape[:2])
    size = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    labels = np.asarray(cv2.resize(seeds, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    cut = grabcut(np.asarray(small, np.uint8), labels)
    found = cv2.resize(cut * 255, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return _filled(_closed(np.asarray(found > 127, np.uint8), 11))


def _main_parts(solid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest piece, and others of at least a quarter of its size beside it."""
    pieces = Pieces.of(solid)
    if not len(pieces):
        raise GarmentNotFound("No garment stands out in the picture.", HINT)
    return pieces.chosen(pieces.areas >= 0.25 * pieces.areas.max()).astype(np.uint8)


def _without_hook(solid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Takes away a hanger's hook: a narrow piece that stands alone on top of the garment.

    It is what lies above the last row near the top in which the garment is one very narrow run.
    Straps are narrow as well, but they come in pairs.
    """
    x, y, width, height = cv2.boundingRect(solid)
    upper = solid[y : y + int(0.3 * height), x : x + width]
    steps = np.diff(upper, axis=1, prepend=0, append=0)
    single = (steps == 1).sum(axis=1) == 1
    narrow = np.flatnonzero(single & (upper.sum(axis=1) < 0.06 * width))
    if not len(narrow):
        return solid
    end = int(narrow[-1]) + 1
    above = int(upper[:end].sum())
    if above > 0.02 * float(solid.sum()) or upper[:end].any(axis=0).sum() > 0.3 * width:
        return solid
    rest = solid.copy()
    rest[y : y + end] = 0
    return rest


def _refuse_what_is_no_garment(solid: NDArray[np.uint8]) -> None:
    share = float(solid.mean())
    if not SMALLEST < share < LARGEST:
        raise GarmentNotFound("No garment stands out in the picture.", HINT)
    edges = (solid[0], solid[-1], solid[:, 0], solid[:, -1])
    if sum(float(edge.mean()) for edge in edges) > 2.6:
        raise GarmentNotFound("What is in the picture fills it from edge to edge.", HINT)
    pieces = _opened(solid, max(_scaled(solid, 15), 3))
    if pieces.sum() < 0.3 * solid.sum():
        raise GarmentNotFound("What stands out in the picture is too thin for a garment.", HINT)


def _matte_of(solid: NDArray[np.uint8], ground: Ground) -> Mask:
    """Coverage at the outline from how far a pixel's colour has left the ground."""
    core = cv2.erode(solid, _disc(5)).astype(np.float32)
    near = (15, 15)
    weight = cv2.blur(core, near)
    inside = cv2.blur(ground.distance * core, near) / np.maximum(weight, 1e-3)
    floor = min(2.0 * ground.spread, 4.0)
    alpha = (ground.distance - floor) / np.maximum(0.85 * inside - floor, 2.0)
    return np.asarray(np.clip(alpha, 0, 1) * 255, np.uint8)


def _softened(solid: NDArray[np.uint8], matte: Mask) -> Mask:
    """Solid inside, nothing outside, and the matte in a narrow band along the outline."""
    inner, outer = cv2.erode(solid, _disc(5)), cv2.dilate(solid, _disc(3))
    smooth = cv2.GaussianBlur(solid * np.float32(255), (0, 0), 1.0)
    # Where the matte says the opposite of the cleaned shape (a filled hole), the shape is right.
    agrees = np.abs(smooth - matte) < 200
    band = np.where(agrees, (smooth + matte) / 2, smooth)
    alpha = np.where(inner > 0, 255, np.where(outer > 0, band, 0))
    return np.asarray(alpha.round(), np.uint8)


def _filled(solid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros_like(solid), contours, -1, 1, cv2.FILLED), np.uint8)


def _closed(solid: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Closed by a disc of `size` px (at 1024 px); the picture's edge counts as empty."""
    reach = max(_scaled(solid, size), 3)
    framed = cv2.copyMakeBorder(solid, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    done = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, _disc(reach))
    return np.asarray(done[reach:-reach, reach:-reach], np.uint8)


def _opened(solid: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.morphologyEx(solid, cv2.MORPH_OPEN, _disc(size)), np.uint8)


def _scaled(solid: NDArray[np.uint8], size: int) -> int:
    """An odd number of px here for so many at a picture of 1024 px."""
    return int(size * max(solid.shape) / WORKING_SIDE) | 1


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size | 1, size | 1)), np.uint8)
