"""Shader trees: skin, eyes, hair, cloth, paper. Colours are linear light."""

from __future__ import annotations

from typing import Any

import bpy

from training.figures.body import Points
from training.figures.people import Colour


class Tree:
    """A small hand on a material's nodes: `add` makes one and links what it is given."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        if self.material.node_tree is None:
            self.material.use_nodes = True
        self.nodes = self.material.node_tree.nodes
        self.links = self.material.node_tree.links
        self.shader = self.nodes["Principled BSDF"]

    def add(self, kind: str, inputs: dict[Any, Any] | None = None, **settings: Any) -> Any:
        node = self.nodes.new(kind)
        for key, value in settings.items():
            setattr(node, key, value)
        for key, value in (inputs or {}).items():
            self.set(node, key, value)
        return node

    def set(self, node: Any, key: Any, value: Any) -> None:
        """Links an output socket, or sets a number."""
        if hasattr(value, "is_output"):
            self.links.new(value, node.inputs[key])
        else:
            node.inputs[key].default_value = value

    def attribute(self, name: str, output: str = "Fac") -> Any:
        return self.add("ShaderNodeAttribute", attribute_name=name).outputs[output]

    def mix(self, share: Any, one: Any, other: Any) -> Any:
        """Colour between `one` and `other`."""
        node = self.add("ShaderNodeMix", data_type="RGBA")
        for index, value in ((0, share), (6, one), (7, other)):
            self.set(node, index, (*value, 1.0) if isinstance(value, tuple) else value)
        return node.outputs[2]

    def math(self, operation: str, *values: Any) -> Any:
        node = self.add("ShaderNodeMath", operation=operation)
        for index, value in enumerate(values):
            self.set(node, index, value)
        return node.outputs[0]

    def noise(self, place: Any, scale: float, detail: float = 3.0) -> Any:
        node = self.add("ShaderNodeTexNoise", {"Vector": place, "Scale": scale, "Detail": detail})
        return node.outputs[0]

    def bump(self, height: Any, distance: float, strength: float = 1.0) -> None:
        node = self.add(
            "ShaderNodeBump", {"Height": height, "Distance": distance, "Strength": strength}
        )
        self.set(self.shader, "Normal", node.outputs[0])


def skin(colour: Colour, lips: Colour, hair: Colour) -> Any:
    """Reads the vertex attributes `lips`, `blush`, `scalp`, `stubble` (0..1) and `rest`."""
    tree = Tree("skin")
    place = tree.attribute("rest", "Vector")
    mottled = tree.math("MULTIPLY", tree.noise(place, 28.0), 0.5)
    red = (colour[0] * 0.95, colour[1] * 0.74, colour[2] * 0.70)
    base = tree.mix(mottled, colour, red)
    base = tree.mix(tree.math("MULTIPLY", tree.attribute("blush"), 0.65), base, red)
    base = tree.mix(tree.math("MULTIPLY", tree.attribute("lips"), 0.8), base, lips)
    dark = tuple(0.55 * c for c in colour)
    base = tree.mix(tree.math("MULTIPLY", tree.attribute("stubble"), 0.55), base, dark)
    base = tree.mix(tree.math("MULTIPLY", tree.attribute("scalp"), 0.92), base, hair)
    tree.set(tree.shader, "Base Color", base)
    settings = {"Roughness": 0.48, "Subsurface Weight": 0.08, "Subsurface Scale": 0.008}
    for key, value in (settings | {"Specular IOR Level": 0.38}).items():
        tree.set(tree.shader, key, value)
    tree.bump(tree.noise(place, 420.0), 0.0006, 0.35)
    return tree.material


def eye(colour: Colour, middle: Points, forward: Points) -> Any:
    """Pupil, iris and white by the angle to `forward` seen from the eye's `middle`."""
    tree = Tree("eye")
    place = tree.add("ShaderNodeNewGeometry").outputs["Position"]
    offset = tree.add("ShaderNodeVectorMath", {0: place, 1: tuple(middle)}, operation="SUBTRACT")
    unit = tree.add("ShaderNodeVectorMath", {0: offset.outputs[0]}, operation="NORMALIZE")
    facing = tree.add(
        "ShaderNodeVectorMath", {0: unit.outputs[0], 1: tuple(forward)}, operation="DOT_PRODUCT"
    ).outputs["Value"]
    ramp = tree.add("ShaderNodeValToRGB", {0: facing})
    stops = [
        (0.0, (0.62, 0.55, 0.52)),
        (0.865, (0.62, 0.57, 0.54)),
        (0.885, tuple(0.3 * c for c in colour)),
        (0.91, colour),
        (0.965, tuple(min(1.0, 1.5 * c) for c in colour)),
        (0.978, (0.004, 0.004, 0.004)),
    ]
    ramp.color_ramp.elements[0].position = 0.0
    ramp.color_ramp.elements[1].position = stops[-1][0]
    for position, _ in stops[1:-1]:
        ramp.color_ramp.elements.new(position)
    for element, (_, shade) in zip(ramp.color_ramp.elements, stops, strict=True):
        element.color = (*shade, 1.0)
    tree.set(tree.shader, "Base Color", ramp.outputs[0])
    tree.set(tree.shader, "Roughness", 0.08)
    return tree.material


def hair(colour: Colour) -> Any:
    """Each strand a shade of its own; dull along its body with a soft sheen (cheap to render)."""
    tree = Tree("hair")
    info = tree.add("ShaderNodeHairInfo")
    lighter = tuple(min(1.0, 2.2 * c + 0.006) for c in colour)
    varied = tree.mix(tree.math("POWER", info.outputs["Random"], 1.6), colour, lighter)
    root = tree.math("MULTIPLY", tree.math("SUBTRACT", 1.0, info.outputs["Intercept"]), 0.45)
    varied = tree.mix(root, varied, tuple(0.5 * c for c in colour))
    tree.set(tree.shader, "Base Color", varied)
    settings = {"Roughness": 0.36, "Specular IOR Level": 0.55, "Anisotropic": 0.6}
    for key, value in settings.items():
        tree.set(tree.shader, key, value)
    return tree.material


def cloth(colour: Colour, *, denim: bool = False) -> Any:
    """Knitted or twilled cloth; `hem` is the distance to the border in metres."""
    tree = Tree("cloth")
    place = tree.attribute("rest", "Vector")
    hem = tree.attribute("hem")
    uneven = tree.noise(place, 7.0)
    darker = tuple(0.80 * c for c in colour)
    base = tree.mix(tree.math("MULTIPLY", uneven, 0.35), colour, darker)
    if denim:
        fleck = tree.math("GREATER_THAN", tree.noise(place, 900.0), 0.53)
        pale = tuple(min(1.0, 1.5 * c + 0.02) for c in colour)
        base = tree.mix(tree.math("MULTIPLY", fleck, 0.45), base, pale)
    seam = tree.math("COMPARE", hem, 0.020, 0.0011)
    dashes = tree.math("GREATER_THAN", tree.noise(place, 260.0, 0.0), 0.40)
    stitch = tree.math("MULTIPLY", seam, dashes)
    base = tree.mix(tree.math("MULTIPLY", stitch, 0.45), base, tuple(0.45 * c for c in colour))
    tree.set(tree.shader, "Base Color", base)
    for key, value in {
        "Roughness": 0.92,
        "Sheen Weight": 0.12,
        "Sheen Roughness": 0.5,
        "Specular IOR Level": 0.15,
    }.items():
        tree.set(tree.shader, key, value)
    band = tree.math("LESS_THAN", hem, 0.020)
    weave = tree.math("MULTIPLY", tree.noise(place, 1100.0, 1.0), 0.4)
    tree.bump(tree.math("ADD", weave, tree.math("MULTIPLY", band, 0.7)), 0.0012, 0.6)
    return tree.material


def plain(name: str, colour: Colour, roughness: float) -> Any:
    tree = Tree(name)
    tree.set(tree.shader, "Base Color", (*colour, 1.0))
    tree.set(tree.shader, "Roughness", roughness)
    tree.set(tree.shader, "Specular IOR Level", 0.2)
    return tree.material
