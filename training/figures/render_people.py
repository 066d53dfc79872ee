"""Renders the gallery's people: python -m training.figures.render_people --out DIR [NAME…]."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from deployments.types import Label, ParseMap
from training.figures import body, dress, hair, labels, materials, patches, raster, scene, tailor
from training.figures.body import BaseMesh, Points, Rig
from training.figures.develop import developed
from training.figures.hair import Head
from training.figures.jpeg import save_jpeg
from training.figures.people import PEOPLE, Person
from training.figures.raster import Buffer, Layer
from training.figures.tailor import Suit
from training.figures.view import View

WIDTH, HEIGHT = 768, 1024
HAIRS = ("hair", "bun")
HAIR_COUNTS = {"short": (900, 14), "crop": (1500, 9), "curly": (1600, 9)}
HAIR_WIDTH = {"short": 0.00042, "crop": 0.00035, "curly": 0.00042}


@dataclass(frozen=True)
class Figure:
    """A posed person: all helper vertices at rest and posed, bone heads of both."""

    person: Person
    base: BaseMesh
    rig: Rig
    folder: Path
    rest: Points
    posed: Points
    joints: dict[str, Points]
    posed_joints: dict[str, Points]


def make_figure(person: Person) -> Figure:
    folder = body.data_folder()
    base = body.load_base_mesh(folder)
    rig = body.load_rig(folder, base)
    rest = body.shaped_vertices(folder, base, person.shape)
    transforms, heads = body.bone_transforms(rig, rest, person.pose)
    posed = body.skin(rest, rig.weights, transforms)
    turn = body.rotation_about(np.array([0, 0, 1.0]), float(np.radians(person.turn)))
    posed, heads = posed @ turn.T, heads @ turn.T
    joints = {n: rest[i].mean(axis=0) for n, i in zip(rig.names, rig.head_vertices, strict=True)}
    return Figure(
        person, base, rig, folder, rest, posed, joints, dict(zip(rig.names, heads, strict=True))
    )


def eyes_of(figure: Figure) -> tuple[Points, Points]:
    """The centres (3, metres) of the posed left and right eye."""
    left, right = (np.unique(figure.base.quads[f"helper-{side}-eye"]) for side in "lr")
    return figure.posed[left].mean(axis=0), figure.posed[right].mean(axis=0)


def head_of(figure: Figure) -> Head:
    between = np.mean(eyes_of(figure), axis=0)
    return Head(between, between + np.array([0, 0.098, 0.028]), 0.095)


def _vertex_uv(base: BaseMesh) -> Points:
    uv = np.zeros((len(base.vertices), 2))
    uv[base.quads["body"].ravel()] = base.uv[base.uv_quads["body"].ravel()]
    return uv


def _texture(figure: Figure, name: str) -> Points:
    """A mask picture of MakeHuman read at every vertex, 0..1."""
    picture = np.asarray(
        Image.open(figure.folder / "textures" / f"mpfb_{name}.jpg").convert("L"), np.float64
    )
    uv = _vertex_uv(figure.base)
    x = np.clip(uv[:, 0] * picture.shape[1], 0, picture.shape[1] - 1).astype(int)
    y = np.clip((1 - uv[:, 1]) * picture.shape[0], 0, picture.shape[0] - 1).astype(int)
    return np.asarray(picture[y, x] / 255)


def _blob(points: Points, place: Points, reach: float) -> Points:
    distance = np.linalg.norm(points - place, axis=1) / reach
    return np.asarray(np.exp(-(distance**2)))


def skin_attributes(figure: Figure, head: Head) -> dict[str, Points]:
    at = figure.posed
    cheeks = [head.eyes + np.array([s * 0.036, -0.01, -0.036]) for s in (-1, 1)]
    nose = head.eyes + np.array([0, -0.04, -0.04])
    blush = sum(_blob(at, place, 0.020) for place in (*cheeks, nose))
    on_head = at[:, 2] > figure.posed_joints["neck02"][2] - 0.02
    scalp = np.clip((hair.hairline(head, at) + 0.002) / 0.012, 0, 1) * on_head
    scalp *= 1 - _ears(figure, head)
    jaw = np.clip((head.eyes[2] - 0.045 - at[:, 2]) / 0.02, 0, 1) * (at[:, 1] < head.middle[1])
    jaw *= np.clip((at[:, 2] - head.eyes[2] + 0.125) / 0.02, 0, 1)
    lips = _texture(figure, "lips")
    return {
        "rest": figure.rest,
        "blush": np.clip(np.asarray(blush), 0, 1),
        "lips": lips,
        "scalp": scalp,
        "stubble": figure.person.stubble * jaw * on_head * (1 - lips),
    }


def _ears(figure: Figure, head: Head) -> Points:
    """1 on the ears: what stands out at the sides of the head at the eyes' height."""
    away = np.abs(figure.posed[:, 0] - head.middle[0])
    low = figure.posed[:, 2] < head.eyes[2] + 0.025
    back = np.abs(figure.posed[:, 1] - head.middle[1]) < 0.05
    return np.asarray(np.clip((away - 0.072) / 0.004, 0, 1) * low * back)


def add_body(figure: Figure, head: Head) -> tuple[Any, dress.Skin]:
    quads = figure.base.quads["body"]
    attributes = skin_attributes(figure, head)
    faces, columns = patches.compact(quads, figure.posed, *attributes.values())
    named = dict(zip(attributes, columns[1:], strict=True))
    made = scene.add_mesh("body", columns[0], faces, named)
    person = figure.person
    made.data.materials.append(materials.skin(person.skin, person.lips, person.hair.colour))
    return made, dress.Skin(columns[0], patches.triangulate(faces))


def add_eyes(figure: Figure) -> None:
    forward = np.array([0.0, -1.0, 0.0])
    for side in "lr":
        quads = figure.base.quads[f"helper-{side}-eye"]
        faces, (vertices,) = patches.compact(quads, figure.posed)
        middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
        made = scene.add_mesh("eye", vertices, faces)
        made.data.materials.append(materials.eye(figure.person.eyes, middle, forward))
        scene.subdivide_smoothly(made, 2)
    lashes = materials.plain("lashes", (0.012, 0.009, 0.008), 0.7)
    for side in "lr":
        quads = figure.base.quads[f"helper-{side}-eyelashes-2"]
        faces, (vertices,) = patches.compact(quads, figure.posed)
        scene.add_mesh("lashes", vertices, faces).data.materials.append(lashes)


def add_hair(figure: Figure, head: Head, naked: dress.Skin) -> None:
    style = figure.person.hair
    surface = scene.surface_of(naked.vertices, naked.triangles)
    shade = materials.hair(style.colour)
    weight = np.clip(hair.hairline(head, naked.vertices) / 0.006, 0, 1)
    weight *= naked.vertices[:, 2] > figure.posed_joints["neck02"][2] + 0.01
    away = np.abs(naked.vertices[:, 0] - head.middle[0])
    weight *= ~((away > 0.074) & (naked.vertices[:, 2] < head.eyes[2] + 0.025))
    guides, each = HAIR_COUNTS.get(style.style, (800, 12))
    roots, outward = hair.scatter(naked.vertices, naked.triangles, weight, guides, style.seed)
    steps = 15 if style.style in ("long", "bob", "bun") else 9
    grown = hair.grow_guides(style, head, roots, outward, surface, steps)
    strands = hair.add_children(grown, each, 0.0045, style)
    width = HAIR_WIDTH.get(style.style, 0.00052)
    scene.add_strands("hair", hair.taper(strands, width), shade)
    if style.style == "bun":
        ball = hair.bun_ball(head, 2200, 20, style.seed)
        scene.add_strands("bun", hair.taper(ball, width), shade)
    _add_brows(figure, head, surface)


def _add_brows(figure: Figure, head: Head, surface: hair.Surface) -> None:
    colour = figure.person.hair.colour
    dark = (0.6 * colour[0] + 0.004, 0.6 * colour[1] + 0.003, 0.6 * colour[2] + 0.002)
    half = float(np.linalg.norm(eyes_of(figure)[0] - head.eyes))
    strands = hair.brows(head, surface, half, figure.person.hair.seed)
    scene.add_strands("brows", hair.taper(strands, 0.00022), materials.hair(dark))


@dataclass(frozen=True)
class Wearer:
    """A figure in Blender's scene, dressed but for the top: its objects, the suit that its clothes
    are cut from, and its skin before cloth draws it in."""

    figure: Figure
    head: Head
    suit: Suit
    naked: dress.Skin
    body: Any
    trousers: Any
    shoes: Any


def wearer_of(person: Person) -> Wearer:
    """Alone in an emptied scene; eyes and hair are still to come."""
    scene.clear()
    figure = make_figure(person)
    head = head_of(figure)
    made, naked = add_body(figure, head)
    suit = tailor.make_suit(figure.base, figure.rig, figure.rest, figure.posed, figure.joints)
    trousers = dress.dress_trousers(suit, person.clothes, naked)
    shoes = dress.dress_shoes(suit, person.clothes)
    return Wearer(figure, head, suit, naked, made, trousers, shoes)


def finish(wearer: Wearer, under: dress.Skin) -> None:
    """Smooth skin, eyes, and hair that falls on the surface `under`."""
    scene.subdivide_smoothly(wearer.body, 1)
    add_eyes(wearer.figure)
    add_hair(wearer.figure, wearer.head, under)


def tuck_in(wearer: Wearer, top: Any) -> None:
    """Draws the skin under cloth in by some millimetres, so that nothing pokes through."""
    naked = wearer.naked
    outward = patches.normals(naked.vertices, naked.triangles)
    cloth = [scene.geometry(garment) for garment in (wearer.trousers, top, wearer.shoes)]
    hidden = scene.covered(naked.vertices, outward, cloth)
    edges = patches.edges_of(naked.triangles)
    hidden = np.minimum(hidden, patches.neighbour_mean(hidden[:, None], edges)[:, 0]) ** 2
    moved = naked.vertices - 0.009 * hidden[:, None] * outward
    wearer.body.data.vertices.foreach_set("co", moved.astype(np.float32).ravel())


def build(person: Person, frames: int) -> tuple[Wearer, Any]:
    """The whole person, and the top, which settled for `frames` frames."""
    wearer = wearer_of(person)
    top = dress.dress_top(
        wearer.suit, person.clothes, wearer.body, wearer.naked, wearer.trousers, frames
    )
    tuck_in(wearer, top)
    finish(wearer, wearer.naked)
    return wearer, top


def view_of(figure: Figure, width: int, height: int) -> View:
    tall = float(np.ptp(figure.posed[np.unique(figure.base.quads["body"]), 2]))
    low, high = figure.person.frame
    return View(low * tall, high * tall, width, height)


def layer_of(garment: Any, label: Label) -> Layer:
    """A garment's outer face, which is thickened inwards, under one label."""
    vertices, triangles = scene.geometry(garment)
    return Layer(vertices, triangles, np.full(len(triangles), label, np.uint8))


def _shoe_layer(shoes: Any) -> Layer:
    vertices, triangles = scene.geometry(shoes)
    right = vertices[triangles].mean(axis=1)[:, 0] < 0
    side = np.where(right, Label.RIGHT_SHOE, Label.LEFT_SHOE)
    return Layer(vertices, triangles, side.astype(np.uint8))


def layers(wearer: Wearer, top: Layer) -> list[Layer]:
    """What the camera sees but for hair: the top, then skin, trousers and shoes."""
    trousers = layer_of(wearer.trousers, Label.PANTS)
    return [top, _skin_layer(wearer), trousers, _shoe_layer(wearer.shoes)]


def _skin_layer(wearer: Wearer) -> Layer:
    """Skin as it is rendered: drawn in under cloth, and smoother than the figure."""
    vertices, quads = scene.rendered_geometry(wearer.body)
    of_quad = labels.skin_labels(wearer.figure.rig, wearer.figure.base.quads["body"])
    of_quad = of_quad.repeat(len(quads) // len(of_quad))
    return Layer(vertices, patches.triangulate(quads), np.tile(of_quad, 2))


def seen(wearer: Wearer, top: Layer, view: View) -> tuple[Buffer, ParseMap]:
    """What every pixel shows, where the top's triangles have the first numbers; and its label."""
    drawn = layers(wearer, top)
    buffer = raster.shown(view, drawn, scene.named_strands(HAIRS))
    return buffer, labels.parse_map(buffer, drawn)


def write_labels(wearer: Wearer, top: Layer, view: View, stem: Path) -> None:
    """`<stem>_parse.png` (labels as grey values) and `<stem>_pose.json` beside the picture."""
    parse = seen(wearer, top, view)[1]
    Image.fromarray(parse).save(stem.with_name(stem.name + "_parse.png"))
    pose = labels.key_points(view, wearer.figure.posed_joints, eyes_of(wearer.figure))
    stem.with_name(stem.name + "_pose.json").write_text(labels.openpose_json(pose))


def light_and_frame(figure: Figure) -> None:
    scene.add_backdrop(materials.plain("paper", (0.55, 0.55, 0.56), 0.95))
    scene.add_light((-2.6, -3.2, 3.0), 2.2, 105)
    scene.add_light((3.0, -3.0, 1.8), 2.6, 38)
    scene.add_light((1.8, 0.6, 2.6), 1.0, 26)
    scene.add_world(0.36)
    view = view_of(figure, WIDTH, HEIGHT)
    scene.add_camera(view.low, view.high, view.distance)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="people to render (all)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=12)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--frames", type=int, default=14, help="cloth frames, 0: no cloth")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    size = int(WIDTH * options.scale), int(HEIGHT * options.scale)
    for person in PEOPLE:
        if options.names and person.name not in options.names:
            continue
        start = time.monotonic()
        wearer, top = build(person, options.frames)
        light_and_frame(wearer.figure)
        built = time.monotonic() - start
        png = options.out / f"{person.name}.png"
        scene.render(png, *size, options.samples, options.threads)
        save_jpeg(developed(Image.open(png)), png.with_suffix(".jpg"))
        worn, view = layer_of(top, Label.UPPER_CLOTHES), view_of(wearer.figure, *size)
        write_labels(wearer, worn, view, png.with_suffix(""))
        print(f"{person.name}: built {built:.0f} s, all {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
