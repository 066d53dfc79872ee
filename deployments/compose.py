"""Putting pictures together: paste-back, backgrounds, colour. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.types import Image, Mask

Colour = tuple[int, int, int]

PANEL_TILE = 320
"""Px of the longer side of a picture in a panel."""
CAPTION = 26
"""Px of the strip under it."""


def paste(original: Image, edited: Image, region: Mask) -> Image:
    """`edited` where `region` (H×W) is above 0, mixed by its alpha; elsewhere `original`, byte for
    byte. Sizes must be equal (`ValueError`)."""
    _same_size(original, edited, region)
    alpha = region[..., None].astype(np.uint16)
    mixed = (edited * alpha + original * (255 - alpha) + 127) // 255
    return np.where(alpha > 0, mixed, original).astype(np.uint8)


def unchanged_outside(original: Image, result: Image, region: Mask) -> bool:
    """Whether every byte outside of `region` is that of the original."""
    return not bool(((original != result).any(axis=2) & (region == 0)).any())


def replace_background(image: Image, alpha: Mask, background: Image | Colour) -> Image:
    """The person of `alpha` (H×W) before another background: a picture, cut to fit, or a colour.

    Where the person is half covered, as at hair, the old background's share of the colour is taken
    out first, so that no rim of it is left.
    """
    height, width = image.shape[:2]
    if isinstance(background, tuple):
        behind = np.full((height, width, 3), background, np.uint8)
    else:
        behind = fit_background(background, width, height)
    return paste(behind, decontaminated(image, alpha), alpha)


def fit_background(background: Image, width: int, height: int) -> Image:
    """A background that covers width×height, scaled evenly and cut about its middle."""
    scale = max(width / background.shape[1], height / background.shape[0])
    size = (
        max(round(background.shape[1] * scale), width),
        max(round(background.shape[0] * scale), height),
    )
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    whole = cv2.resize(background, size, interpolation=method)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.ascontiguousarray(whole[top : top + height, left : left + width], np.uint8)


def decontaminated(image: Image, alpha: Mask) -> Image:
    """The foreground's own colours: what is half covered takes them from what is covered.

    Blurred fusion of foreground and background estimates after Forte, "Approximate Fast Foreground
    Colour Estimation" (ICIP 2021): once widely, once closely.
    """
    cover = (alpha.astype(np.float32) / 255.0)[..., None]
    picture = image.astype(np.float32)
    reach = max(round(0.09 * max(image.shape[:2])), 15) | 1
    front, back = _fused(picture, picture, picture, cover, reach)
    front, _ = _fused(picture, front, back, cover, 7)
    kept = np.where(cover >= 1.0, picture, front)
    return np.asarray(np.clip(kept + 0.5, 0, 255), np.uint8)


def _fused(
    picture: NDArray[np.float32],
    front: NDArray[np.float32],
    back: NDArray[np.float32],
    cover: NDArray[np.float32],
    reach: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    size = (reach, reach)
    share = cv2.blur(cover, size)[..., None]
    near = cv2.blur(front * cover, size) / (share + 1e-4)
    far = cv2.blur(back * (1 - cover), size) / (1 - share + 1e-4)
    wanted = near + cover * (picture - cover * near - (1 - cover) * far)
    return np.clip(wanted, 0, 255).astype(np.float32), far.astype(np.float32)


def despilled(image: Image, alpha: Mask, spill: Colour, strength: float = 1.0) -> Image:
    """Takes the light of a strongly coloured ground (`spill`) out of the foreground's rim.

    Only the chroma towards the ground's own hue is taken, and only within a narrow band.
    """
    lab = cv2.cvtColor(image.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    hue = _chroma_of(spill)
    size = float(np.linalg.norm(hue))
    if size < 8:
        return image.copy()
    hue /= size
    core = cv2.erode(alpha, np.ones((9, 9), np.uint8)).astype(np.float32) / 255.0
    band = np.clip(alpha.astype(np.float32) / 255.0 - cv2.blur(core, (5, 5)), 0, 1)
    towards = np.clip(lab[..., 1] * hue[0] + lab[..., 2] * hue[1], 0, None) * band * strength
    lab[..., 1] -= towards * hue[0]
    lab[..., 2] -= towards * hue[1]
    clean = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255.0
    return np.where(band[..., None] > 0.02, np.clip(clean + 0.5, 0, 255), image).astype(np.uint8)


def _chroma_of(colour: Colour) -> NDArray[np.float32]:
    pixel = np.array([[colour]], np.float32) / 255.0
    return np.asarray(cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB)[0, 0, 1:], np.float32)


def resize_to_fit(image: Image, longest: int) -> Image:
    """The picture with no side above `longest` px, its shape kept; never enlarged."""
    scale = longest / max(image.shape[:2])
    if scale >= 1:
        return image
    size = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def match_colour(
    image: Image, region: Mask, target: Image, target_region: Mask, strength: float = 1.0
) -> Image:
    """The pixels of `region` given the mean and spread of `target_region`'s colours.

    In Lab, each channel by itself (Reinhard and others, "Color Transfer between Images", 2001);
    the spread is changed by a factor of 0.6 to 1.6 at most. Other pixels stay as they are.
    """
    if not (region > 127).any() or not (target_region > 127).any():
        return image.copy()
    lab, wanted = (
        cv2.cvtColor(p.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB) for p in (image, target)
    )
    here, there = lab[region > 127], wanted[target_region > 127]
    factor = np.clip(there.std(axis=0) / np.maximum(here.std(axis=0), 0.5), 0.6, 1.6)
    moved = (lab - here.mean(axis=0)) * factor + there.mean(axis=0)
    mixed = lab + (moved - lab) * strength
    rgb = cv2.cvtColor(mixed.astype(np.float32), cv2.COLOR_LAB2RGB) * 255.0
    return paste(image, np.clip(rgb + 0.5, 0, 255).astype(np.uint8), region)


def panel(images: Mapping[str, Image], columns: int = 4) -> Image:
    """All pictures (H×W×3, or H×W masks) in one, in rows, each with its name under it."""
    tiles = [_tile(name, picture) for name, picture in images.items()]
    if not tiles:
        return np.full((PANEL_TILE + CAPTION, PANEL_TILE, 3), 255, np.uint8)
    columns = min(columns, len(tiles))
    empty = np.full_like(tiles[0], 255)
    tiles += [empty] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    return np.ascontiguousarray(np.vstack(rows), np.uint8)


def _tile(name: str, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    small = resize_to_fit(picture, PANEL_TILE - 8)
    if small.ndim == 2:
        small = np.repeat(small[..., None], 3, axis=2)
    tile = np.full((PANEL_TILE + CAPTION, PANEL_TILE, 3), 255, np.uint8)
    top, left = (PANEL_TILE - small.shape[0]) // 2, (PANEL_TILE - small.shape[1]) // 2
    tile[top : top + small.shape[0], left : left + small.shape[1]] = small
    caption = name.replace("_", " ")
    width = cv2.getTextSize(caption, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)[0][0]
    size = 0.5 * min(1.0, (PANEL_TILE - 12) / max(width, 1))
    place = (6, PANEL_TILE + CAPTION - 9)
    cv2.putText(tile, caption, place, cv2.FONT_HERSHEY_SIMPLEX, size, (40, 40, 40), 1, cv2.LINE_AA)
    return tile


def _same_size(original: Image, edited: Image, region: Mask) -> None:
    if original.shape != edited.shape or original.shape[:2] != region.shape:
        raise ValueError(
            f"sizes differ: {original.shape[:2]}, {edited.shape[:2]}, region {region.shape}"
        )
