"""Cloth that shows the flat picture where each vertex lay in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
from PIL import Image
from scipy import ndimage

from training.figures import materials
from training.pairs.flat import Flat, Pixels

EDGE = 0.008
"""Of the chest: the rim of a garment's picture that shows the ground's colour already."""


def bled(flat: Flat) -> Pixels:
    """The texture with the cloth's own colour carried on beyond its outline."""
    reach = max(1, round(EDGE * flat.chest))
    inside = cv2.erode((flat.mask > 200).astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    nearest = ndimage.distance_transform_edt(inside == 0, return_indices=True)[1]
    return np.asarray(flat.texture[nearest[0], nearest[1]], np.uint8)


def material(flat: Flat, folder: Path) -> Any:
    """Reads the vertex attributes `place` (share of the picture's width and height, from below)
    and `rest` (metres in the flat). The texture's file is left in `folder`, which Blender reads."""
    path = folder / "texture.png"
    Image.fromarray(bled(flat)).save(path)
    image = bpy.data.images.load(str(path), check_existing=False)
    image.pack()
    tree = materials.Tree("fabric")
    place = tree.attribute("place", "Vector")
    picture = tree.add("ShaderNodeTexImage", {"Vector": place}, image=image, extension="EXTEND")
    tree.set(tree.shader, "Base Color", picture.outputs["Color"])
    settings = {"Roughness": 0.92, "Sheen Weight": 0.08, "Sheen Roughness": 0.5}
    for key, value in (settings | {"Specular IOR Level": 0.12}).items():
        tree.set(tree.shader, key, value)
    tree.bump(tree.noise(tree.attribute("rest", "Vector"), 900.0, 1.0), 0.0008, 0.35)
    return tree.material
