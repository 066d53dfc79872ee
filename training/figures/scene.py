"""Blender's side: meshes, materials, hair curves, lights and camera. Runs where `bpy` is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray

from training.figures.body import Points
from training.figures.hair import Strands, Surface

Faces = NDArray[np.int64]


def clear() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)


def surface_of(vertices: Points, faces: Faces) -> Surface:
    """Nearest point and outward normal on a mesh, for many points at once."""
    tree = BVHTree.FromPolygons(vertices.tolist(), faces.tolist())

    def nearest(points: Points) -> tuple[Points, Points]:
        found = [tree.find_nearest(Vector(point)) for point in points.tolist()]
        return np.array([f[0] for f in found]), np.array([f[1] for f in found])

    return nearest


def push_out(vertices: Points, surface: Surface, clearance: float | Points) -> Points:
    """Moves points that are nearer than `clearance` to a surface (or inside) out of it."""
    nearest, normal = surface(vertices)
    height = ((vertices - nearest) * normal).sum(axis=1)
    lacking = np.maximum(clearance - height, 0)
    lacking[np.abs(height) > 0.06] = 0
    return np.asarray(vertices + lacking[:, None] * normal)


def covered(vertices: Points, outward: Points, garments: list[tuple[Points, Faces]]) -> Points:
    """1 where a ray from the skin outward meets cloth within 4 cm, else 0."""
    trees = [BVHTree.FromPolygons(v.tolist(), f.tolist()) for v, f in garments]
    hit = np.zeros(len(vertices))
    for index, (place, way) in enumerate(zip(vertices, outward, strict=True)):
        start = Vector(place - 0.01 * way)
        hit[index] = any(tree.ray_cast(start, Vector(way), 0.05)[0] is not None for tree in trees)
    return hit


def add_mesh(
    name: str, vertices: Points, faces: Faces, attributes: Mapping[str, Points] | None = None
) -> Any:
    """A smooth-shaded object; `attributes`: one float or one vector a vertex, read by shaders."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], faces.tolist())
    mesh.polygons.foreach_set("use_smooth", np.ones(len(mesh.polygons), dtype=bool))
    for key, values in (attributes or {}).items():
        kind, field = ("FLOAT", "value") if values.ndim == 1 else ("FLOAT_VECTOR", "vector")
        layer = mesh.attributes.new(key, kind, "POINT")
        layer.data.foreach_set(field, values.astype(np.float32).ravel())
    mesh.update()
    made = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(made)
    return made


def add_strands(name: str, strands: Strands, material: Any) -> Any:
    """Hair curves."""
    count, steps = strands.points.shape[:2]
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([steps] * count)
    curves.points.foreach_set("position", strands.points.astype(np.float32).ravel())
    curves.points.foreach_set("radius", strands.radius.astype(np.float32).ravel())
    curves.materials.append(material)
    made = bpy.data.objects.new(name, curves)
    bpy.context.collection.objects.link(made)
    return made


def settle_cloth(
    garment: Any, body: Any, pins: Points, *, frames: int, stiffness: float, shrink: float
) -> Points:
    """Lets cloth fall on the body for `frames` frames; returns its vertices. `pins`: 0..1."""
    group = garment.vertex_groups.new(name="pins")
    for index in np.flatnonzero(pins > 0):
        group.add([int(index)], float(pins[index]), "REPLACE")
    cloth = garment.modifiers.new("cloth", "CLOTH")
    settings = cloth.settings
    settings.quality, settings.mass, settings.air_damping = 5, 0.15, 4.0
    settings.tension_stiffness = settings.compression_stiffness = stiffness
    settings.shear_stiffness, settings.bending_stiffness = stiffness * 0.6, 0.35
    settings.vertex_group_mass = "pins"
    settings.shrink_min = shrink
    cloth.collision_settings.distance_min = 0.003
    cloth.collision_settings.collision_quality = 2
    if "collision" not in body.modifiers:
        body.modifiers.new("collision", "COLLISION")
        body.collision.thickness_outer = 0.003
    scene = bpy.context.scene
    scene.frame_end = frames + 1
    cloth.point_cache.frame_end = frames + 1
    for frame in range(1, frames + 1):
        scene.frame_set(frame)
    return rendered_geometry(garment)[0]


def geometry(made: Any) -> tuple[Points, Faces]:
    """Vertices and faces, all of as many corners, of an object before its modifiers."""
    return _arrays(made.data)


def rendered_geometry(made: Any) -> tuple[Points, Faces]:
    """The same after its modifiers."""
    return _arrays(made.evaluated_get(bpy.context.evaluated_depsgraph_get()).data)


def _arrays(mesh: Any) -> tuple[Points, Faces]:
    vertices = np.array([v.co[:] for v in mesh.vertices], dtype=np.float64)
    return vertices, np.array([p.vertices[:] for p in mesh.polygons])


def named_strands(names: tuple[str, ...]) -> list[Points]:
    """The hair curves of these names that exist, each strands x steps x 3."""
    found = []
    for name in names:
        if name in bpy.data.objects:
            curves = bpy.data.objects[name].data
            flat = np.zeros(len(curves.points) * 3, np.float32)
            curves.points.foreach_get("position", flat)
            found.append(flat.reshape(len(curves.curves), -1, 3).astype(np.float64))
    return found


def remove(made: Any) -> None:
    bpy.data.objects.remove(made, do_unlink=True)


def subdivide_smoothly(made: Any, levels: int) -> None:
    """Splits every quad in four, `levels` times over; those of one quad follow each other."""
    smooth = made.modifiers.new("subdivision", "SUBSURF")
    smooth.levels = smooth.render_levels = levels


def thicken(made: Any, metres: float) -> None:
    solid = made.modifiers.new("thickness", "SOLIDIFY")
    solid.thickness, solid.offset = metres, -1.0


def add_light(place: tuple[float, float, float], size: float, watts: float) -> None:
    light = bpy.data.lights.new("light", "AREA")
    light.size, light.energy = size, watts
    made = bpy.data.objects.new("light", light)
    made.location = place
    made.rotation_euler = (Vector((0, 0, 1.1)) - Vector(place)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.collection.objects.link(made)


def add_world(brightness: float) -> None:
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    if world.node_tree is None:
        world.use_nodes = True
    world.node_tree.nodes["Background"].inputs[0].default_value = (1, 1, 1, 1)
    world.node_tree.nodes["Background"].inputs[1].default_value = brightness


def add_backdrop(material: Any) -> None:
    """A paper sweep: floor that bends up into a wall 2 m behind the person."""
    bend = [(1.3 + 0.9 * np.sin(a), 0.9 - 0.9 * np.cos(a)) for a in np.linspace(0, np.pi / 2, 16)]
    profile = [(-4.0, 0.0), *bend, (2.2, 6.0)]
    vertices = [(x, y, z) for y, z in profile for x in (-6.0, 6.0)]
    faces = [(2 * k, 2 * k + 1, 2 * k + 3, 2 * k + 2) for k in range(len(profile) - 1)]
    add_mesh("backdrop", np.array(vertices), np.array(faces)).data.materials.append(material)


def add_camera(low: float, high: float, distance: float = 5.5) -> None:
    """A portrait camera that sees exactly `low`..`high` metres of the plane x-z."""
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.location = (0, -distance, (low + high) / 2)
    camera.rotation_euler = (np.pi / 2, 0, 0)
    camera.data.sensor_fit, camera.data.sensor_height = "VERTICAL", 24
    camera.data.lens = 24 * distance / (high - low)
    bpy.context.collection.objects.link(camera)
    bpy.context.scene.camera = camera


def render(path: Path, width: int, height: int, samples: int, threads: int) -> None:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = samples, True
    scene.cycles.denoising_prefilter, scene.cycles.denoising_quality = "FAST", "BALANCED"
    scene.cycles.use_adaptive_sampling = True
    scene.cycles.adaptive_threshold = 0.06
    scene.cycles.max_bounces, scene.cycles.transparent_max_bounces = 3, 2
    scene.cycles.glossy_bounces, scene.cycles.transmission_bounces = 2, 2
    scene.cycles_curves.shape, scene.cycles_curves.subdivisions = "RIBBONS", 1
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.view_settings.view_transform = "Standard"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
