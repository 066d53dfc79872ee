"""Pairs to train on: a folder in VITON-HD's layout, or drawn figures for a trial."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from deployments.agnostic import agnostic_parse, agnostic_photo
from deployments.labels import hr_viton_channels, hr_viton_groups
from deployments.palette import from_palette_png
from deployments.pose import from_openpose_json
from deployments.tryon.hr_viton.generator import LABELS
from deployments.tryon.hr_viton.procedure import LABEL_OF_CLASS
from deployments.types import Image, Label, ParseMap, Pose
from training.hr_viton.steps import Pair

UPPER = (Label.UPPER_CLOTHES, Label.DRESS, Label.COAT)


class Folder:
    """Pairs of `root`/`part` ("train" or "test"), by their names, each at `size` (height, width).

    Folders: image and cloth (.jpg), cloth-mask (.jpg), image-parse-v3 (.png with labels),
    image-densepose (.jpg), openpose_json (`{name}_keypoints.json`). The agnostic pictures are made
    anew. Raises FileNotFoundError for a folder that is not there or has no people in it.
    """

    def __init__(self, root: Path, size: tuple[int, int], part: str = "train") -> None:
        self.root, self.size = root / part, size
        self.names = sorted(path.stem for path in (self.root / "image").glob("*.jpg"))
        if not self.names:
            raise FileNotFoundError(f"no photos in {self.root / 'image'}")

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Pair:
        name = self.names[index]
        photo = self._picture("image", name)
        labels = (self.root / "image-parse-v3" / f"{name}.png").read_bytes()
        told = (self.root / "openpose_json" / f"{name}_keypoints.json").read_text()
        parse = _resized(from_palette_png(labels), self.size)
        return pair_of(
            photo,
            parse,
            self._pose(told, name),
            self._picture("image-densepose", name),
            self._picture("cloth", name),
            self._picture("cloth-mask", name)[..., 0],
        )

    def _picture(self, folder: str, name: str) -> Image:
        path = self.root / folder / f"{name}.jpg"
        with PIL.Image.open(path) as picture:
            whole = np.asarray(picture.convert("RGB"))
        return np.asarray(cv2.resize(whole, self.size[::-1], interpolation=cv2.INTER_AREA))

    def _pose(self, told: str, name: str) -> Pose:
        """Its pixels are those of the photo as it lies in the folder."""
        with PIL.Image.open(self.root / "image" / f"{name}.jpg") as photo:
            wide, tall = photo.size
        pose = np.array(from_openpose_json(told))
        pose[:, :2] *= (self.size[1] / wide, self.size[0] / tall)
        return pose


def pair_of(
    photo: Image,
    parse: ParseMap,
    pose: Pose,
    densepose: Image,
    garment: Image,
    garment_mask: NDArray[np.uint8],
) -> Pair:
    """All of one size H×W, as tensors of one sample (1×…×H×W)."""
    bare = agnostic_parse(parse, pose)
    worn = np.where(np.isin(parse, UPPER)[..., None], photo, np.uint8(255))
    classes = torch.from_numpy(np.array(hr_viton_groups(parse))).long()[None]
    labels = torch.tensor(LABEL_OF_CLASS)[classes]
    mask = torch.from_numpy((garment_mask > 127).astype(np.float32))[None, None]
    channels = torch.from_numpy(np.array(hr_viton_channels(bare)))[None]
    return Pair(
        garment=torch.cat([_planes(garment), mask], 1),
        person=torch.cat([channels, _planes(densepose)], 1),
        classes=classes,
        worn=_planes(worn),
        photo=_planes(photo),
        agnostic=_planes(agnostic_photo(photo, parse, pose)),
        labels=functional.one_hot(labels, LABELS).permute(0, 3, 1, 2).float(),
    )


def batch_of(pairs: list[Pair]) -> Pair:
    """Several pairs of one size in one."""
    names = Pair.__dataclass_fields__
    return Pair(*(torch.cat([getattr(one, name) for one in pairs]) for name in names))


def drawn_pair(seed: int, size: tuple[int, int]) -> Pair:
    """A figure of plain shapes in a plain shirt, and the shirt laid flat at another place: enough
    to see a loss fall, and nothing to learn people from."""
    random = np.random.default_rng(seed)
    height, width = size
    shirt = np.array(random.integers(40, 216, 3), np.uint8)
    parse = np.zeros(size, np.uint8)
    left, right = int(0.3 * width + random.integers(0, 4)), int(0.7 * width)
    top, waist = int(0.3 * height + random.integers(0, 4)), int(0.7 * height)
    parse[waist:, left:right] = Label.PANTS
    parse[top:waist, left:right] = Label.UPPER_CLOTHES
    cv2.circle(parse, (width // 2, top - height // 8), height // 12, int(Label.FACE), -1)
    colours = {0: (230, 230, 230), int(Label.PANTS): (40, 50, 90), int(Label.FACE): (205, 160, 140)}
    photo = np.zeros((*size, 3), np.uint8)
    for label, colour in colours.items():
        photo[parse == label] = colour
    photo[parse == Label.UPPER_CLOTHES] = shirt
    flat = np.zeros(size, np.uint8)
    flat[height // 6 : 5 * height // 6, width // 6 : 5 * width // 6] = 255
    garment = np.where(flat[..., None] > 0, shirt, np.uint8(255))
    body = np.where(parse[..., None] > 0, np.uint8(120), np.uint8(0)).repeat(3, axis=2)
    return pair_of(photo, parse, _standing(left, right, top, waist), body, garment, flat)


def _standing(left: int, right: int, top: int, waist: int) -> Pose:
    pose: Pose = np.zeros((25, 3), np.float32)
    middle = (left + right) / 2
    for joint, x, y in (
        (1, middle, top), (2, left, top), (5, right, top), (9, left, waist), (12, right, waist),
    ):  # fmt: skip
        pose[joint] = (x, y, 1)
    return pose


def _resized(labels: ParseMap, size: tuple[int, int]) -> ParseMap:
    return np.asarray(cv2.resize(labels, size[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)


def _planes(picture: NDArray[np.uint8]) -> Tensor:
    rows = torch.from_numpy(np.array(picture)).float()
    return (rows.permute(2, 0, 1) / 127.5 - 1)[None]
