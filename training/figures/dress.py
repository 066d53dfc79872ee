"""Dresses a body in its clothes inside Blender: cut, fit, let the cloth settle, thicken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.figures import materials, patches, scene, tailor
from training.figures.body import Points
from training.figures.people import Clothes
from training.figures.tailor import Faces, Piece, Suit


@dataclass(frozen=True)
class Skin:
    """The naked body as triangles (posed)."""

    vertices: Points
    triangles: Faces


def creases(rest: Points, amplitude: float, seed: int) -> Points:
    """Small standing folds, metres, from a few directed waves (one number a vertex)."""
    random = np.random.default_rng(seed)
    total = np.zeros(len(rest))
    for _ in range(10):
        direction = random.normal(size=3) * np.array([0.6, 0.6, 1.0])
        direction /= np.linalg.norm(direction)
        wave = random.uniform(55, 140)
        place = random.uniform(0, 6.3)
        window = np.sin(rest @ random.normal(0, 9, 3) + random.uniform(0, 6.3))
        total += np.maximum(window, 0) ** 2 * np.sin(wave * (rest @ direction) + place)
    return np.asarray(amplitude * total / 3)


def folds_at_bends(piece: Piece, places: list[Points], amplitude: float) -> Points:
    """Rings of folds around knees and elbows at rest positions `places`, dying out at 12 cm."""
    total = np.zeros(len(piece.rest))
    for place in places:
        away = piece.rest - place
        distance = np.linalg.norm(away, axis=1)
        slant = away[:, 2] + 0.35 * away[:, 0] * np.sin(9 * away[:, 0])
        total += np.exp(-((distance / 0.11) ** 2)) * np.sin(
            slant * 150 + 5 * np.sin(30 * away[:, 0])
        )
    return amplitude * total


def dress_top(
    suit: Suit, clothes: Clothes, body: Any, skin: Skin, trousers: Any, frames: int
) -> Any:
    """The top lies over skin and `trousers`; `body` is the object that the cloth falls on."""
    piece = tailor.ease(tailor.cut_top(suit, clothes), _top_ease(suit, clothes), 6)
    surface = scene.surface_of(*_together(skin, trousers))
    piece = replace(piece, vertices=scene.push_out(piece.vertices, surface, 0.006))
    if frames:
        piece = _settle(piece, suit, body, surface, frames)
    worn = piece.vertices + patches.normals(piece.vertices, piece.triangles) * creases(
        piece.rest, 0.0008, 3
    ).reshape(-1, 1)
    piece = replace(piece, vertices=scene.push_out(worn, surface, 0.003))
    return _finish("top", piece, materials.cloth(clothes.top), 0.0016)


def _together(skin: Skin, garment: Any) -> tuple[Points, Faces]:
    vertices, triangles = scene.geometry(garment)
    joined = np.concatenate([skin.triangles, triangles + len(skin.vertices)])
    return np.concatenate([skin.vertices, vertices]), joined


def _top_ease(suit: Suit, clothes: Clothes) -> Points:
    """Closer at shoulders and neck, freer at the waist and the hem."""
    piece = tailor.cut_top(suit, clothes)
    chest = suit.joints["spine01"][2]
    down = np.clip((chest - piece.rest[:, 2]) / 0.30, 0, 1)
    return np.asarray(0.35 * clothes.ease + clothes.ease * (0.5 + 0.9 * down))


def _settle(piece: Piece, suit: Suit, body: Any, surface: Any, frames: int) -> Piece:
    garment = scene.add_mesh("garment", piece.vertices, piece.triangles)
    near_neck = np.linalg.norm(piece.rest - suit.joints["neck01"], axis=1)
    pins = np.clip((0.16 - near_neck) / 0.05, 0, 1) * 0.9
    settled = scene.settle_cloth(garment, body, pins, frames=frames, stiffness=12.0, shrink=-0.01)
    scene.remove(garment)
    settled = patches.smooth(settled, piece.triangles, 2, 0.4)
    return replace(piece, vertices=scene.push_out(settled, surface, 0.003))


def dress_trousers(suit: Suit, clothes: Clothes, skin: Skin) -> Any:
    piece = tailor.cut_trousers(suit, clothes)
    hip, ankle = suit.joints["upperleg01.L"][2], suit.joints["foot.L"][2]
    down = np.clip((hip - 0.08 - piece.rest[:, 2]) / (hip - ankle), 0, 1)
    piece = tailor.ease(piece, 0.004 + clothes.leg_ease * down**0.6, 8)
    surface = scene.surface_of(skin.vertices, skin.triangles)
    knees = [suit.joints[f"lowerleg01.{s}"] for s in "LR"]
    hips = [suit.joints[f"upperleg01.{s}"] + np.array([0, -0.05, -0.05]) for s in "LR"]
    ankles = [suit.joints[f"foot.{s}"] + np.array([0, 0, 0.05]) for s in "LR"]
    height = folds_at_bends(piece, knees + ankles, 0.0018) + creases(piece.rest, 0.0010, 7)
    height += folds_at_bends(piece, hips, 0.0010)
    worn = piece.vertices + patches.normals(piece.vertices, piece.triangles) * height[:, None]
    piece = replace(piece, vertices=scene.push_out(worn, surface, 0.002))
    return _finish("trousers", piece, materials.cloth(clothes.trousers, denim=True), 0.0018)


def dress_shoes(suit: Suit, clothes: Clothes) -> Any:
    piece = tailor.ease(tailor.cut_shoes(suit), 0.006, 10)
    flat = piece.vertices.copy()
    sole = flat[:, 2] < 0.022
    flat[sole, 2] = np.minimum(flat[sole, 2], 0.0)
    return _finish(
        "shoes", replace(piece, vertices=flat), materials.plain("shoe", clothes.shoes, 0.6), 0.003
    )


def _finish(name: str, piece: Piece, material: Any, thickness: float) -> Any:
    hem = patches.border_distance(piece.vertices, piece.triangles, 0.05)
    hem[hem < 1e-6] = 0.0
    made = scene.add_mesh(name, piece.vertices, piece.triangles, {"rest": piece.rest, "hem": hem})
    scene.thicken(made, thickness)
    made.data.materials.append(material)
    return made
