"""Blender's scene of one person who puts on one top after the other, before the same camera."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from deployments.types import Label, ParseMap
from training.figures import materials, patches, render_people, scene
from training.figures.body import Points
from training.figures.develop import developed
from training.figures.dress import Skin
from training.figures.people import Person
from training.figures.raster import Buffer, Layer
from training.figures.render_people import Wearer
from training.figures.view import View
from training.pairs import fabric
from training.pairs.flat import Flat
from training.pairs.refine import Garment

Random = np.random.Generator
HAIR_OVER = 0.014
"""Metres off the skin that hair keeps below the neck: cloth lies there."""


@dataclass(frozen=True)
class Stage:
    wearer: Wearer
    view: View


def build(person: Person, random: Random, width: int, height: int) -> Stage:
    """Everything but the top; `width` and `height` of the photo in px."""
    wearer = render_people.wearer_of(person)
    render_people.finish(wearer, _padded(wearer))
    view = render_people.view_of(wearer.figure, width, height)
    _light(random)
    scene.add_camera(view.low, view.high, view.distance)
    return Stage(wearer, view)


def _padded(wearer: Wearer) -> Skin:
    naked = wearer.naked
    outward = patches.normals(naked.vertices, naked.triangles)
    below = wearer.figure.posed_joints["neck01"][2] + 0.01 - naked.vertices[:, 2]
    pad = HAIR_OVER * np.clip(below / 0.04, 0, 1)
    return replace(naked, vertices=naked.vertices + pad[:, None] * outward)


def _light(random: Random) -> None:
    tone = random.uniform(0.25, 0.75) * (1 + random.normal(0, 0.05, 3))
    paper = (float(tone[0]), float(tone[1]), float(tone[2]))
    scene.add_backdrop(materials.plain("paper", paper, 0.95))
    side = random.choice([-1.0, 1.0])
    x, z = random.uniform(1.8, 3.2), random.uniform(2.2, 3.4)
    scene.add_light((-x * side, -3.2, z), random.uniform(1.2, 2.6), random.uniform(80, 120))
    scene.add_light((3.0 * side, -3.0, 1.8), 2.6, random.uniform(22, 50))
    scene.add_light((1.8 * side, 0.6, 2.6), 1.0, 26)
    scene.add_world(random.uniform(0.25, 0.42))


def below(stage: Stage, skin: Points) -> tuple[Points, patches.Faces]:
    """What a top lies on: the skin (all its vertices, turned) and the trousers."""
    vertices, triangles = scene.geometry(stage.wearer.trousers)
    faces = np.concatenate([stage.wearer.naked.triangles, triangles + len(skin)])
    return np.concatenate([skin, vertices]), faces


def shoot(
    stage: Stage, flat: Flat, garment: Garment, samples: int, threads: int
) -> tuple[Image.Image, Buffer, ParseMap]:
    """The photo in this top, and what each of its pixels shows: the top's triangles have the first
    numbers."""
    size = np.array([flat.mask.shape[1], flat.mask.shape[0]])
    place = np.column_stack([garment.place / size, np.zeros(len(garment.place))])
    place[:, 1] = 1 - place[:, 1]
    rest = np.column_stack([garment.flat, np.zeros(len(garment.flat))])
    attributes = {"place": place, "rest": rest}
    top = scene.add_mesh("top", garment.vertices, garment.triangles, attributes)
    scene.thicken(top, 0.0014)
    render_people.tuck_in(stage.wearer, top)
    with tempfile.TemporaryDirectory() as folder:
        top.data.materials.append(fabric.material(flat, Path(folder)))
        png = Path(folder) / "photo.png"
        scene.render(png, stage.view.width, stage.view.height, samples, threads)
        photo = developed(Image.open(png))
    worn = np.full(len(garment.triangles), Label.UPPER_CLOTHES, np.uint8)
    layer = Layer(garment.vertices, garment.triangles, worn)
    buffer, parse = render_people.seen(stage.wearer, layer, stage.view)
    scene.remove(top)
    return photo, buffer, parse
