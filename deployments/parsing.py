"""Human parsing: a photo and its pose to the 20 labels.

The network (`training/parser/`) knows 12 classes at a quarter of its input's size. Around it: the
crop to the person that the pose names, a vote that keeps one garment from becoming a patchwork of
upper, outer and dress, smooth edges by upsampling logits before choosing, and the split of skin
and shoes into the person's own left and right.

Two things have no CIHP label. Bags, belts, ties and jewellery ("accessories") are background
beside the body and SCARF on it, so that whoever draws on the body knows that something lies in
front. Tights and leggings are PANTS, socks belong to the shoe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments import skin
from deployments.guided_filter import follow_edges
from deployments.parse_vote import CLASSES, settle
from deployments.pose.silhouette import MODEL as SILHOUETTE
from deployments.pose.silhouette import Silhouette
from deployments.runtime import session
from deployments.types import Image, Joint, Label, ParseMap, PersonNotFound, Pose, frozen
from weights.store import Store

Logits = NDArray[np.float32]


class Look(NamedTuple):
    """One picture that the network is shown: pixels of its height, whether it is mirrored, and its
    share of the answer."""

    height: int
    mirrored: bool
    share: float


class View(NamedTuple):
    """How somebody is looked at."""

    height: int
    """Pixels of the crop on whose quarter classes are voted on."""
    looks: tuple[Look, ...]
    """Large pictures tell thin arms and edges better, small ones the names of garments. Measured
    against one picture and its mirror image in `weights/parser.md`."""
    silhouette: float
    """Part of the silhouette's log-odds that the background's logit loses."""


WHOLE = View(768, (Look(896, False, 0.4), Look(640, True, 0.4), Look(384, False, 0.2)), 0.5)
"""Of whole people. With 0.5 of the silhouette, or 0.8, a fifth of what is wrong between them and
the ground goes."""
SEEN_CLOSE = View(512, (Look(512, False, 0.35), Look(512, True, 0.35), Look(256, False, 0.3)), 0.25)
"""Of those seen so close that their shoulders are as broad in the smaller crop. The silhouette's
soft edges show from 0.4 on."""
ASPECT = 0.75
"""Width of the crop by its height."""
CLOSE = 0.235
"""Breadth of the shoulders by the crop's height from which somebody is seen close: whole people
have 0.15 to 0.21, those down to the hips 0.26 to 0.33."""
GROW = 1.25
"""The crop is this much longer than the key points' box."""

PADDING = 127
"""What the network sees beyond the edge of the photo: its zero."""

FINEST = 1280
"""Longest side in pixels of the grid on which classes are chosen; larger photos are magnified."""

PLAIN: dict[str, Label] = {
    "hair": Label.HAIR,
    "hat": Label.HAT,
    "eyewear": Label.EYEWEAR,
    "upper": Label.UPPER_CLOTHES,
    "outer": Label.COAT,
    "dress": Label.DRESS,
    "trousers": Label.PANTS,
    "skirt": Label.SKIRT,
}


@dataclass(frozen=True)
class Window:
    """A 3:4 rectangle of the photo, in pixels; it may reach beyond the photo's edges."""

    left: float
    top: float
    height: float

    @property
    def width(self) -> float:
        return self.height * ASPECT

    def matrix(self, height: int) -> NDArray[np.float64]:
        """2×3 matrix from photo pixels to those of the crop scaled to `height`."""
        scale = height / self.height
        shift = (0.5 * scale - 0.5 - scale * self.left, 0.5 * scale - 0.5 - scale * self.top)
        return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])


def person_window(pose: Pose, shape: tuple[int, ...]) -> Window:
    """The window round the person: key points, room for the crown, grown, kept inside the photo.

    Raises PersonNotFound where no key point was seen.
    """
    points = pose[pose[:, 2] > skin.SEEN, :2].astype(np.float64)
    if not len(points):
        raise PersonNotFound("no person could be made out in the picture", _HINT)
    (left, top), (right, bottom) = points.min(0), points.max(0)
    face = skin.face_of(pose)
    if face is not None:
        top = min(top, float(face.origin[1]) - 1.3 * face.chin)
    # Skirts and coats reach beyond knees and hips that were not seen.
    if not (pose[[Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE], 2] > skin.SEEN).any():
        bottom = max(bottom, float(shape[0]))
    broad = GROW * (right - left) / ASPECT
    tall = max(min(GROW * (bottom - top), float(shape[0])), broad, 32.0)
    wide = tall * ASPECT
    return Window(
        _inside((left + right - wide) / 2, wide, shape[1]),
        _inside((top + bottom - tall) / 2, tall, shape[0]),
        tall,
    )


_HINT = "Send a photo that shows one person, head and upper body at least."


def _inside(begin: float, length: float, limit: float) -> float:
    """Move an interval into 0..limit; centred where it is longer than that."""
    if length >= limit:
        return (limit - length) / 2
    return min(max(begin, 0.0), limit - length)


LEAST_LIVING = 0.005
"""Share of skin and hair in a person's pixels, of which less is nobody."""
OUTLINE_REACH = 8
"""How far, in px of the crop, an edge of the picture draws the outline: twice the grid's step."""
OUTLINE_CONTRAST = 0.05
"""Contrast (0..1) from which something is an edge."""


class Parsing:
    """The human parser. Where BlazePose's weights are missing, it does without the silhouette."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self._session: Any = session(store.path("parser", "parser.onnx"), device, arena=True)
        self._silhouette = Silhouette(store) if store.usable(SILHOUETTE) else None

    def __call__(self, image: Image, pose: Pose, *, swift: bool = False) -> ParseMap:
        """Labels of the photo, uint8 H×W, read-only. `pose` names the person. `swift` looks at a
        smaller picture of them.

        Raises PersonNotFound where the pose is empty or nobody is where it points.
        """
        classes = self.classes(image, pose, swift=swift)
        if not _is_somebody(classes):
            raise PersonNotFound("no person could be made out in the picture", _HINT)
        return frozen(labels_of(classes, pose))

    def classes(self, image: Image, pose: Pose, *, swift: bool = False) -> NDArray[np.uint8]:
        """What the network's classes are after the votes, uint8 H×W: places in CLASSES.

        Raises PersonNotFound where the pose is empty.
        """
        window = person_window(pose, image.shape)
        close = swift or skin.shoulder_distance(pose) > CLOSE * window.height
        view = SEEN_CLOSE if close else WHOLE
        near = reduced(image, window, max(look.height for look in view.looks))
        crop, answer = self.preprocess(*near, view.height), self.infer(*near, view)
        if self._silhouette is not None:
            answer[0] -= view.silhouette * self._silhouette(crop, answer.shape[1:])
        logits = settle(answer, grid_pose(pose, window, answer), crop)
        return self.postprocess(outlined(logits, crop), window, image.shape)

    def preprocess(self, image: Image, window: Window, height: int) -> Image:
        """The crop as the network takes it, uint8 H×¾H×3; H is `height`, a multiple of 128."""
        image, window = reduced(image, window, height)
        size = (round(height * ASPECT), height)
        crop = cv2.warpAffine(image, window.matrix(height), size, borderValue=(PADDING,) * 3)
        return crop.astype(np.uint8)

    def infer(self, image: Image, window: Window, view: View) -> Logits:
        """Logits of the 12 classes at a quarter of the view's height, float32 12×h×w: the mean of
        the answers for its looks."""
        size = (round(view.height * ASPECT / 4), view.height // 4)
        total = np.zeros((len(CLASSES), *size[::-1]), np.float32)
        for look in view.looks:
            answer = self._forward(self.preprocess(image, window, look.height), look.mirrored)
            kind = cv2.INTER_AREA if look.height > view.height else cv2.INTER_LINEAR
            total += look.share * np.stack(
                [cv2.resize(plane, size, interpolation=kind) for plane in answer]
            )
        return total

    def _forward(self, crop: Image, mirrored: bool) -> Logits:
        side = -1 if mirrored else 1
        pictures = np.ascontiguousarray(crop[:, ::side])[None]
        logits: Logits = self._session.run(["logits"], {"picture": pictures})[0][0]
        return np.ascontiguousarray(logits[:, :, ::side])

    def postprocess(
        self, logits: Logits, window: Window, shape: tuple[int, ...]
    ) -> NDArray[np.uint8]:
        """Class ids of the whole photo, uint8 H×W: logits are laid over it, then compared."""
        scale = min(1.0, FINEST / max(shape[:2]))
        size = (max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale)))
        to_grid = _scaled(window.matrix(logits.shape[1]), size[0] / shape[1], size[1] / shape[0])
        best = np.full(size[::-1], -np.inf, np.float32)
        classes = np.zeros(size[::-1], np.uint8)
        for number, plane in enumerate(logits):
            # Outside the crop there is background: the border value decides.
            laid = cv2.warpAffine(
                plane,
                to_grid,
                size,
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderValue=(0.0 if number == 0 else -1e3,),
            )
            better = laid > best
            np.copyto(best, laid, where=better)
            classes[better] = number
        if scale < 1:
            whole = cv2.resize(classes, shape[1::-1], interpolation=cv2.INTER_NEAREST)
            classes = whole.astype(np.uint8)
        return classes


def reduced(image: Image, window: Window, height: int) -> tuple[Image, Window]:
    """The picture and its window, made smaller by an area mean where the window is much higher than
    `height` px: sampling alone would alias fine cloth."""
    shrink = window.height / height
    if shrink <= 1.5:
        return image, window
    small = cv2.resize(image, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    scale = small.shape[0] / image.shape[0]
    window = Window(window.left * scale, window.top * scale, window.height * scale)
    return small.astype(np.uint8), window


def grid_pose(pose: Pose, window: Window, logits: Logits) -> Pose:
    """The pose in pixels of the logits' grid."""
    matrix = window.matrix(logits.shape[1])
    moved = pose.copy()
    moved[:, :2] = pose[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    return moved


def outlined(logits: Logits, crop: Image) -> Logits:
    """The logits at the crop's size, 12×H×W, with the person's outline on the crop's edges.

    The network answers at a quarter of the size, where an edge comes in steps; the background's
    chance follows the picture instead.
    """
    fine = np.stack([cv2.resize(plane, crop.shape[1::-1]) for plane in logits]).astype(np.float32)
    body = fine[1:].max(0)
    person = 1 / (1 + np.exp(np.clip(fine[0] - body, -20, 20)))
    mask = np.asarray(person * 255 + 0.5, np.uint8)
    followed = follow_edges(mask, crop, OUTLINE_REACH, OUTLINE_CONTRAST).astype(np.float32)
    share = np.clip(followed / 255, 0.002, 0.998)
    fine[0] = body - np.log(share / (1 - share))
    return fine


def _scaled(matrix: NDArray[np.float64], across: float, down: float) -> NDArray[np.float64]:
    """`matrix` for pixels of a picture that was resized by these factors."""
    result = matrix.copy()
    result[:, 2] += matrix[:, 0] * (0.5 / across - 0.5) + matrix[:, 1] * (0.5 / down - 0.5)
    result[:, 0] /= across
    result[:, 1] /= down
    return result


def _is_somebody(classes: NDArray[np.uint8]) -> bool:
    """Clothes without skin or hair are a garment that was taken for a person."""
    living = np.isin(classes, [CLASSES.index("skin"), CLASSES.index("hair")]).sum()
    return bool(living > LEAST_LIVING * np.count_nonzero(classes))


def labels_of(classes: NDArray[np.uint8], pose: Pose) -> ParseMap:
    """The 20 labels of a map of the parser's classes, uint8 H×W."""
    table = np.zeros(256, np.uint8)
    for name, label in PLAIN.items():
        table[CLASSES.index(name)] = label
    labels: ParseMap = table[classes]
    bare = (classes == CLASSES.index("skin")).astype(np.uint8)
    shoes = (classes == CLASSES.index("shoes")).astype(np.uint8)
    labels |= skin.split_skin(bare, pose)
    labels |= skin.split_sides(shoes, pose, Label.LEFT_SHOE, Label.RIGHT_SHOE)
    labels[_carried_on_body(classes, pose)] = Label.SCARF
    return labels


def _carried_on_body(classes: NDArray[np.uint8], pose: Pose) -> NDArray[np.bool_]:
    """Accessories whose surroundings are mostly body: a strap over the chest, a belt, a scarf."""
    accessory = np.asarray(classes == CLASSES.index("accessories"))
    if not accessory.any():
        return accessory
    body = ((classes > 0) & ~accessory).astype(np.uint8)
    # Closing at a quarter of the size: the reach is a fifth of the shoulders, the edge is not fine.
    small = cv2.resize(body, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    reach = max(1, round(0.2 * skin.shoulder_distance(pose) / 4))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    padded = cv2.copyMakeBorder(small, *(reach,) * 4, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, disc)[reach:-reach, reach:-reach]
    inside = cv2.resize(closed, classes.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return np.asarray(accessory & inside)
