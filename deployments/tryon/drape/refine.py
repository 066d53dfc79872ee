"""The learned refiner: the colours of painted skin, and if wanted the garment's light.

A small network looks at the composed picture round the edited region, at low resolution, and
answers with two smooth corrections: factors for the garment's light, and a colour difference for
painted skin. Both are enlarged and applied at the photo's full size, so texture, letters and edges
stay those of the warp, and nothing outside the edited region is touched. `training/drape/` is how
it was made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.runtime import session
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.box import Box, bounds, outside
from deployments.tryon.drape.layers import Composed
from deployments.tryon.drape.raster import ramp, tripled
from deployments.tryon.drape.regions import Regions
from deployments.tryon.drape.scene import Scene
from deployments.tryon.drape.skin import known_skin
from weights.errors import WeightsError
from weights.store import Store

HEIGHT, WIDTH = 256, 192
PLANES = ("red", "green", "blue", "cloth", "skin", "edited", "across", "along", "lateral", "below")
"""What the network is shown, uint8 each."""


GAIN, RESIDUAL = 0.0, 1.0
"""How much of the network's two answers is taken. The gain brings cloth nearer to the truth by a
few per cent, but takes large prints for light and lightens strong colours: it is left out, and the
light that `shading.py` carries over stands alone."""
TONE = 0.4
"""How much is taken of a change of tone as a whole, which is the median change of a part of painted
skin. The painter asks hands and face for the tone, and the network rather tans: its shade is better
than its tone."""
MEETING = 0.2
"""Units from real skin within which the correction fades out."""
PAINTED, FRINGE = 0.3, 0.02
"""Shares of painted skin from which a pixel tells the median of its part, and belongs to one."""


@dataclass(frozen=True)
class Window:
    """A 3:4 rectangle of the photo, in its px; it may reach beyond the photo's edges."""

    left: float
    top: float
    height: float

    def matrix(self, height: int) -> NDArray[np.float64]:
        """2×3 matrix from the photo's px to those of the window scaled to `height`."""
        scale = height / self.height
        shift = (0.5 * scale - 0.5 - scale * self.left, 0.5 * scale - 0.5 - scale * self.top)
        return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])

    def part(self, size: tuple[int, ...]) -> tuple[Box, Window]:
        """What of a picture of this size (height, width) is seen through it or lies next to that,
        and the window as it lies on that part."""
        near = 3 * self.height / HEIGHT
        ends = (self.height, self.height * WIDTH / HEIGHT)
        rows, columns = (
            slice(max(0, int(start - near)), max(1, min(whole, int(start + long + near) + 1)))
            for start, long, whole in zip((self.top, self.left), ends, size, strict=False)
        )
        return (rows, columns), Window(
            self.left - columns.start, self.top - rows.start, self.height
        )


class Refiner:
    """The network and what is done with its answers."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self._session: Any = session(store.path("refiner", "refiner.onnx"), device)

    def __call__(self, scene: Scene, body: Body, regions: Regions, composed: Composed) -> Composed:
        """The same picture with other light on the garment and other painted skin."""
        window = find_window(scene, body, composed)
        if window is None:
            return composed
        shown = planes(scene, body, regions, composed, window)
        answer = with_less_tone(self.infer(shown), shown)
        answer[..., 1:] *= _away_from_skin(scene, body, regions, window)[..., None]
        return corrected(composed, answer, window)

    def infer(self, shown: NDArray[np.uint8]) -> Floats:
        """HEIGHT×WIDTH×10 uint8 in; HEIGHT×WIDTH×4 out: the logarithm of the garment's gain, and
        the colour difference (0 to 255) for painted skin."""
        answer: Floats = self._session.run(["corrections"], {"planes": shown[None]})[0][0]
        return answer


def with_less_tone(answer: Floats, shown: NDArray[np.uint8]) -> Floats:
    """The answer with less of the median difference of each connected part of painted skin."""
    share = shown[..., PLANES.index("skin")] / 255.0
    steadied = answer.copy()
    count, parts = cv2.connectedComponents((share > FRINGE).astype(np.uint8))
    for number in range(1, count):
        part = parts == number
        inside = part & (share > PAINTED)
        if inside.any():
            steadied[part, 1:] -= (1 - TONE) * np.median(answer[inside, 1:], axis=0)
    return steadied


def load_refiner(store: Store, device: str = "cpu") -> Refiner | None:
    """The refiner, None where its file is missing: whoever asks says so in every answer."""
    try:
        return Refiner(store, device)
    except WeightsError:
        return None


def corrected(composed: Composed, answer: Floats, window: Window) -> Composed:
    """The corrections enlarged and applied: cloth is multiplied, to painted skin is added."""
    found = bounds(composed.edited[composed.box])
    if found is None:
        return composed
    rows, columns = inside = outside(found, composed.box)
    moved = Window(window.left - columns.start, window.top - rows.start, window.height)
    size = (columns.stop - columns.start, rows.stop - rows.start)
    grown = cv2.warpAffine(
        answer,
        moved.matrix(HEIGHT),
        size,
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    cloth, skin = cv2.split(composed.shares[inside])
    picture = composed.picture.copy()
    lit = picture[inside]
    if GAIN:
        lit *= tripled(np.exp(GAIN * grown[..., 0] * cloth))
    lit += np.ascontiguousarray(grown[..., 1:]) * tripled(RESIDUAL * skin)
    np.clip(lit, 0, 255, out=lit)
    return replace(composed, picture=picture)


def find_window(scene: Scene, body: Body, composed: Composed) -> Window | None:
    """The window round the edited region and the face, None where nothing is edited."""
    found = bounds(composed.edited[composed.box] - np.float32(0.05))
    if found is None:
        return None
    rows, columns = outside(found, composed.box)
    unit = body.unit * scene.magnification
    face = scene.to_photo(body.frame.point(0.0, -0.75 * body.unit)[None])[0]
    top = min(float(rows.start), max(float(face[1]), 0.0)) - 0.12 * unit
    left, right = columns.start - 0.12 * unit, columns.stop - 1 + 0.12 * unit
    tall = max(rows.stop - 1 + 0.12 * unit - top, (right - left) * HEIGHT / WIDTH)
    return Window((left + right - tall * WIDTH / HEIGHT) / 2, top, tall)


def cropped(picture: Floats, window: Window, fill: float = 0.0) -> Floats:
    """A picture (H×W or H×W×K) of the photo's size, seen through the window at the network's
    size."""
    shrink = window.height / HEIGHT
    if shrink > 1.3:  # an area mean first: sampling alone would alias fine cloth
        small = cv2.resize(
            picture, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA
        )
        scale = 1 / shrink
        window = Window(window.left * scale, window.top * scale, window.height * scale)
        picture = np.asarray(small)
    seen = cv2.warpAffine(picture, window.matrix(HEIGHT), (WIDTH, HEIGHT), borderValue=(fill,) * 4)
    return np.asarray(seen, np.float32)


def planes(
    scene: Scene, body: Body, regions: Regions, composed: Composed, window: Window
) -> NDArray[np.uint8]:
    """What the network is shown: HEIGHT×WIDTH×10, uint8, in the order of `PLANES`."""
    near, moved = window.part(composed.edited.shape)
    picture = cropped(composed.picture[near], moved, 127.0)
    masks = np.dstack([composed.shares[near], composed.edited[near]])
    seen = [picture, 255 * cropped(masks, moved), _limbs(scene, body, regions, window)]
    seen.append(_places(scene, body, window))
    return np.asarray(np.clip(np.dstack(seen) + 0.5, 0, 255), np.uint8)


def _away_from_skin(scene: Scene, body: Body, regions: Regions, window: Window) -> Floats:
    """0 at real skin to 1 farther off, seen through the window: where painted skin meets it, the
    painter has made them meet."""
    real = known_skin(scene, regions)
    away = cv2.distanceTransform((~real).astype(np.uint8), cv2.DIST_L2, 3)
    return cropped(np.clip(away / (MEETING * body.unit), 0, 1), _reduced(window, scene), 1.0)


def _limbs(scene: Scene, body: Body, regions: Regions, window: Window) -> Floats:
    """How far across and along a limb each place lies, 0 off the limbs."""
    drawn = np.zeros((*scene.size, 2), np.float32)
    for places in (*regions.arm_places.values(), *regions.leg_places.values()):
        there = places[..., 2] > 0.5
        across, along, _ = places[there].T
        drawn[there] = np.stack([127 + 80 * across, 40 + 60 * along / body.unit], axis=-1)
    return cropped(drawn, _reduced(window, scene))


def _reduced(window: Window, scene: Scene) -> Window:
    """The same window on the reduced grid."""
    scale = 1 / scene.magnification
    return Window(window.left * scale, window.top * scale, window.height * scale)


def _places(scene: Scene, body: Body, window: Window) -> Floats:
    """Sideways and downward coordinates in the body's frame."""
    step = window.height / HEIGHT
    corner = np.array([window.left, window.top], np.float32)
    origin = (body.frame.origin * scene.magnification - corner) / step - 0.5
    units = step / scene.magnification / body.unit
    lateral, below = (
        ramp((HEIGHT, WIDTH), origin, units * ahead)
        for ahead in (body.frame.across, body.frame.down)
    )
    return np.stack([127 + 80 * lateral, 50 + 45 * below], axis=-1)
