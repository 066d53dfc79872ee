"""Skin painted where the old garment hid it, in the person's own tone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import SIDES, Body
from deployments.tryon.drape.fill import membrane, near_mean
from deployments.tryon.drape.raster import blur, tripled
from deployments.tryon.drape.regions import Regions
from deployments.tryon.drape.scene import ARMS, LEGS, Scene
from deployments.types import Label

DEFAULT_TONE = np.array([200.0, 160.0, 138.0], np.float32)
"""Where no skin at all shows."""
COLLARBONE = 0.06
"""How much lighter than the chest a collarbone is; below it lies as much shade."""
SEAMS = (0.2, 0.06, 0.015)
"""Units over which what is left of a difference to real skin fades out, one after the other: the
last ones make the seam meet."""
SEAM_GAP, SEAM_ALIKE = 0.05, 24
"""Units between sure skin and the old cloth, and how far off (of 255) a colour there may be from
that skin's not to be the cloth's."""
CHIN = 0.3
"""How much darker the neck is right under the chin."""
LEAST_FACE, LEAST_SKIN = 24, 60
"""Pixels of the reduced grid that tell a tone."""
ENOUGH_LIT, ENOUGH_SHADED = 500, 1500
"""Pixels that tell it all but alone, where they are lighter than the face and where they are
darker: hair and hats shade faces, while hands may lie in the shade of the body."""
SHOULDER = 0.5
"""Share of an arm's length over which its tone goes from the chest's to the hand's."""
CHEST_LIKE_ARMS, LEGS_LIKE_ARMS = 0.25, 0.5
"""Where hands and face differ in tone, a chest is like the face, and legs lie between: so it is in
645 and 431 photos of people who show them."""
LEAST_SHARE = 0.12
"""Share of a face that must have the colour of skin to be believed to be its skin."""
SKIN_HUES, SKIN_CHROMA = (15, 85), 7
"""Degrees in the plane of CIELAB's a and b, and the distance from grey."""
LIT = 0.6
"""Of the lightness that all but the lightest seventh of a face stays below: what is darker is a
shadow or no skin."""


@dataclass(frozen=True)
class Skin:
    """Painted skin, each h×w×3 on the reduced grid."""

    torso: Floats
    arms: Floats
    legs: Floats | None
    """None where no leg comes to light."""


def paint_skin(scene: Scene, body: Body, regions: Regions) -> Skin:
    """Painted skin for the torso, the arms and the legs.

    The tone is taken from the skin of the same part that shows nearest to each place and from the
    person's usual tone; a cylinder's shading models the limbs; what is left of a difference where
    painted skin meets real skin is carried over the seam and fades out.
    """
    known = known_skin(scene, regions)
    shade_arm, on_arm = _limb_shade([*regions.arm_places.values()], scene.size)
    shade_leg, on_leg = _limb_shade([*regions.leg_places.values()], scene.size)
    limbs = on_arm | on_leg | scene.marked(*ARMS, *LEGS)

    chest = usual_tone(scene, known, CHEST_LIKE_ARMS)
    torso = _toned(scene, _torso_shade(scene, body), known & ~limbs, chest, body.unit)
    torso *= tripled(_chin_shade(scene, body, known))
    of_arms = _from_the_chest_on(
        [*regions.arm_places.values()], chest, usual_tone(scene, known), scene, body.unit
    )
    arms = _toned(scene, shade_arm, known & scene.marked(*ARMS), of_arms, body.unit)
    legs = None
    if regions.leg_places:
        usual = usual_tone(scene, known, LEGS_LIKE_ARMS)
        legs = _toned(scene, shade_leg, known & scene.marked(*LEGS), usual, body.unit)
    return Skin(torso, arms, legs)


def _from_the_chest_on(
    arms: list[Floats], chest: Floats, arm: Floats, scene: Scene, unit: float
) -> Floats:
    """h×w×3: the chest's tone at the shoulders, that of hands and arms farther down."""
    share, inside = np.zeros(scene.size, np.float32), np.zeros(scene.size, np.float32)
    for places in arms:
        along, there = places[..., 1], places[..., 2] > 0.5
        share[there] = np.clip(along[there] / (SHOULDER * max(float(along.max()), 1)), 0, 1)
        inside[there] = 1
    beside = (blur(share, 0.05 * unit) + 1e-3) / (blur(inside, 0.05 * unit) + 1e-3)
    return np.asarray(chest + (arm - chest) * beside[..., None], np.float32)


def _toned(scene: Scene, shade: Floats, known: Bools, usual: Floats, unit: float) -> Floats:
    """A shade in the tone of what is known of this skin, seams made to meet."""
    flat = scene.small * tripled(1 / np.maximum(shade, 0.3))
    skin = near_mean(flat, known.astype(np.float32), 0.22 * unit, usual, 0.03)
    skin *= tripled(shade)
    meeting = _as_far_as_the_seam(scene, known, usual, unit).astype(np.float32)
    for reach in SEAMS:
        skin += membrane(scene.small - skin, meeting, reach * unit)
    return np.clip(skin, 0, 255, out=skin)


def _as_far_as_the_seam(scene: Scene, known: Bools, usual: Floats, unit: float) -> Bools:
    """Known skin, and what lies between it and the old cloth as long as it looks alike."""
    size = 2 * round(SEAM_GAP * unit) + 1
    near = cv2.dilate(known.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    near &= scene.marked(*ARMS, *LEGS, Label.TORSO_SKIN)
    beside = near_mean(scene.small, known.astype(np.float32), SEAM_GAP * unit, usual, 1e-3)
    off = np.abs(scene.small - beside).max(axis=2)
    return np.asarray(known | (near & (off < SEAM_ALIKE)), np.bool_)


def _small(scene: Scene, values: Floats) -> Floats:
    height, width = scene.size
    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def known_skin(scene: Scene, regions: Regions) -> Bools:
    """h×w: bare skin that stays as it is."""
    return np.asarray(sure_skin(scene) & (_small(scene, regions.taken) < 0.05), np.bool_)


def sure_skin(scene: Scene) -> Bools:
    """Bare skin well inside its outline, without what does not have the colour of the face."""
    skin = scene.marked(*ARMS, *LEGS, Label.TORSO_SKIN)
    inner = cv2.erode(skin.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=2) > 0
    reference = _face_tone(scene)
    if reference is None:
        return inner
    chroma = scene.lab
    face = cv2.cvtColor((reference / 255)[None, None], cv2.COLOR_RGB2LAB)[0, 0]
    off = np.hypot(chroma[..., 1] - face[1], chroma[..., 2] - face[2])
    return np.asarray(inner & (off < 16) & (np.abs(chroma[..., 0] - face[0]) < 38), np.bool_)


def _face_tone(scene: Scene) -> Floats | None:
    """The colour of the face's skin, from well inside of it where it is large enough for that:
    glasses, brows, hair and deep shade are left out."""
    face = scene.marked(Label.FACE)
    for margin in (5, 3, 1):
        inner = cv2.erode(face.astype(np.uint8), np.ones((margin, margin), np.uint8)) > 0
        if inner.sum() >= LEAST_FACE:
            skin = _skin_coloured(scene.lab[inner])
            enough = skin.sum() >= max(LEAST_FACE / 2, LEAST_SHARE * len(skin))
            seen = scene.small[inner][skin] if enough else scene.small[inner]
            return np.asarray(np.median(seen, axis=0), np.float32)
    return None


def _skin_coloured(lab: Floats) -> Bools:
    """Which colours (N×3, CIELAB) of a face are its skin: reddish to yellowish, and lit."""
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    coloured = (hue > SKIN_HUES[0]) & (hue < SKIN_HUES[1])
    coloured &= np.hypot(lab[:, 1], lab[:, 2]) > SKIN_CHROMA
    return np.asarray(coloured & (lab[:, 0] > LIT * np.percentile(lab[:, 0], 85)), np.bool_)


def usual_tone(scene: Scene, known: Bools, like_arms: float = 1.0) -> Floats:
    """The person's tone in full light: from hands and arms where enough of them shows, else from
    the neck and the face, else from what little skin there is. With a smaller `like_arms` hands
    and arms count less beside the face."""
    face = _face_tone(scene)
    legs = scene.marked(*LEGS)  # they may be in tights
    for part in (known & scene.marked(*ARMS), known & ~legs):
        if part.sum() > LEAST_SKIN:
            known = part
            break
    if known.sum() > LEAST_SKIN:
        body = np.median(scene.small[known], axis=0).astype(np.float32)
        if face is None:
            return body
        enough = ENOUGH_LIT if body.sum() > face.sum() else ENOUGH_SHADED
        share = like_arms * float(np.clip(known.sum() / enough, 0.2, 0.9))
        return np.asarray(share * body + (1 - share) * face, np.float32)
    if face is not None:
        return face
    skin = scene.marked(*ARMS, *LEGS, Label.TORSO_SKIN, Label.FACE)
    if skin.sum() < LEAST_FACE:
        return DEFAULT_TONE
    return np.asarray(np.median(scene.small[skin], axis=0), np.float32)


def _limb_shade(limbs: list[Floats], size: tuple[int, int]) -> tuple[Floats, Bools]:
    shade, on_arm = np.ones(size, np.float32), np.zeros(size, np.bool_)
    for places in limbs:
        inside = places[..., 2] > 0.5
        across, along, _ = places[inside].T
        round_off = 1.035 - 0.20 * np.abs(across) ** 2.4 - 0.05 * np.clip(-across, 0, 1)
        longest = max(float(places[..., 1].max()), 1)
        muscle = 1 + 0.012 * np.sin(along / longest * 9.0) * (1 - across**2)
        shade[inside] = np.clip(round_off * muscle, 0.72, 1.05)
        on_arm |= inside
    return blur(shade, 1.0), on_arm


def _torso_shade(scene: Scene, body: Body) -> Floats:
    """Round sides, and two faint collarbones."""
    lateral, below = body.frame.grid(scene.size)
    u, v = lateral / body.unit, below / body.unit
    shade = np.float32(1.02) - np.float32(0.25) * _cubed(np.clip(np.abs(u) / 0.55, 0, 1))
    for side in SIDES:
        bone = -0.06 - 0.10 * np.clip((side * u - 0.06) / 0.4, 0, 1)
        near = np.exp(-0.5 * ((v - bone) / 0.018) ** 2) - 0.8 * np.exp(
            -0.5 * ((v - bone - 0.035) / 0.022) ** 2
        )
        fade = np.clip((side * u - 0.05) / 0.06, 0, 1) * np.clip((0.42 - side * u) / 0.12, 0, 1)
        shade = shade + COLLARBONE * near * fade
    notch = np.exp(-0.5 * ((u / 0.035) ** 2 + ((v + 0.05) / 0.035) ** 2))
    return np.asarray(shade - 0.045 * notch, np.float32)


def _cubed(values: Floats) -> Floats:
    return values * values * values


def _chin_shade(scene: Scene, body: Body, known: Bools) -> Floats:
    """The shadow of the chin on a neck of which nothing was seen."""
    face = scene.marked(Label.FACE)
    if not face.any():
        return np.ones(scene.size, np.float32)
    away = cv2.distanceTransform((~face).astype(np.uint8), cv2.DIST_L2, 5)
    seen = np.clip(6 * blur(known.astype(np.float32), 0.12 * body.unit), 0, 1)
    dark = CHIN * np.exp(-((away / (0.16 * body.unit)) ** 2)) * (1 - seen)
    return np.asarray(1 - dark, np.float32)
