"""A parse map put right where its labels contradict the picture or the task."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.colour_shares import off_usual
from deployments.pieces import Pieces
from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import Frame
from deployments.tryon.drape.bones import ARM_CHAINS, LEG_CHAINS, bones
from deployments.tryon.drape.cut_legs import knees_are_seen, trousers_called_ground
from deployments.tryon.drape.hair import settled
from deployments.tryon.drape.overshoot import overshot
from deployments.tryon.drape.rims import (
    cuffs_called_trousers,
    rim_called_hair,
    seams_called_skin,
    waistband_called_top,
)
from deployments.tryon.drape.scene import ARMS, BOTTOMS, LEAST_SEEN, LEGS, TOPS, Scene
from deployments.types import Category, Label

ALIKE = 14.0
"""Colours (CIELAB, lightness at half weight) that are one cloth in light and shade."""
UNLIKE_SKIN = (30.0, 6.0)
"""In lightness and in the plane of CIELAB's a and b: tan and shade change one of them so much."""
ISLAND = 0.4
"""Share of all trousers or skirt that is no island any more."""
ON_BONES = 0.1
"""Units from an arm's bones within which no wall can be seen."""
MOST_PATCHES = 39
"""Of one label that are looked at, from the top: more are noise."""
LONG_TOP = 1.4
"""A dress that ends above this share of the hips' depth is a top."""
MUCH_UNDER, MOST_UNDER = 0.3, 0.7
"""Share of a dress's columns above trousers where it is a tunic: a top, too; of a fold's columns
above the rest of its top."""
BELOW_A_HEM, BELOW_A_FOLD = 6, 3
"""Px below a label's end at which what follows is looked at: hems have a shadow."""
OTHER_FACE = 0.012
"""Square units that a face or hair beside the body must have to be somebody's."""
STRAY, FAR_STRAY = 0.06, 0.3
"""Shares of the largest patch of a top below which another is a stray: anywhere, and `FAR_OFF`."""
FAR_OFF = 0.8
"""Units from the top itself at which no part of it can be, whatever a bag or a hand hides."""
WORN_WITHIN = 0.3
"""Units from the bones that clothes come at least somewhere."""
A_LIMB = 0.05
"""Units of a limb's bones on what runs over cloth, from which it is its sleeve or its trouser."""
AN_ARM, ALL_ROUND = 0.15, 0.6
"""Units: about an arm's width; the share of the arm about a piece that a sleeve fills."""
ALONG_AN_ARM = 0.2
"""Units from an arm's bones within which its sleeve lies."""
OF_A_PERSON = 0.25
"""Share of a stray's rim from which what is not ground there says what it is."""


def corrected(scene: Scene, frame: Frame, category: Category) -> Scene:
    """The scene with sleeves called clothes that were taken for skin or trousers, and a dress split
    into a top and a skirt where the new garment replaces only one of them."""
    labels = scene.labels.copy()
    labels[_somebody_else(scene, frame)] = Label.BACKGROUND
    _drop_false_scarves(scene, labels, frame)
    scene = replace(scene, labels=labels.copy())
    labels[_loose_cloth(scene, frame)] = Label.BACKGROUND
    labels[_wall_called_skin(scene, frame)] = Label.BACKGROUND
    scene = replace(scene, labels=labels.copy())
    labels[_sleeves_called_skin(scene, frame)] = Label.UPPER_CLOTHES
    labels[_sleeves_called_trousers(scene, frame)] = Label.UPPER_CLOTHES
    labels[seams_called_skin(scene, frame)] = Label.UPPER_CLOTHES
    labels[_cloth_called_something_else(scene, frame)] = Label.UPPER_CLOTHES
    labels = settled(replace(scene, labels=labels.copy()), frame)
    _drop_strays(labels, frame)
    for cloth, chains in ((TOPS, ARM_CHAINS), ((Label.PANTS,), LEG_CHAINS), ((Label.SKIRT,), [])):
        over = Pieces.of(overshot(replace(scene, labels=labels.copy()), frame, cloth))
        along = over.counted(bones(scene, 1, chains) > 0) > A_LIMB * frame.unit
        labels[over.chosen(~along)] = Label.BACKGROUND
    band = waistband_called_top(replace(scene, labels=labels.copy()), frame)
    labels[band] = _most_of(labels[np.isin(labels, BOTTOMS)])
    cuffs = cuffs_called_trousers(replace(scene, labels=labels.copy()), frame)
    labels[cuffs] = Label.UPPER_CLOTHES
    rim = rim_called_hair(replace(scene, labels=labels.copy()), frame)
    labels[rim] = Label.UPPER_CLOTHES
    # Under a new skirt tights stay what the parser calls them, legs; under a top they are no skin.
    if category == "upper" and _legs_are_clothed(replace(scene, labels=labels.copy())):
        labels[np.isin(labels, LEGS)] = Label.PANTS
    if category != "upper":
        labels[_trousers_called_skin(replace(scene, labels=labels.copy()))] = Label.PANTS
    if not knees_are_seen(scene):
        labels[trousers_called_ground(replace(scene, labels=labels.copy()), frame)] = Label.PANTS
        _gather_scraps(replace(scene, labels=labels.copy()), labels, frame)
    if category == "lower":
        labels[_islands_in_a_top(replace(scene, labels=labels.copy()))] = Label.UPPER_CLOTHES
    if category != "dress":
        _split_dress(labels, frame, 0.98 if category == "upper" else 0.72)
    return replace(scene, labels=labels)


def _somebody_else(scene: Scene, frame: Frame) -> Bools:
    """Pixels of people beside or behind: those nearer to the body below another face than to this
    person's bones."""
    found = np.zeros(scene.size, np.bool_)
    others = _other_faces(scene, frame)
    if not others:
        return found
    lines = np.ones(scene.size, np.uint8)
    for middle, tall in others:
        x, y = (round(float(value)) for value in middle)
        cv2.line(lines, (x, y), (x, y + round(6 * tall)), (0,), 1)
    to_other = cv2.distanceTransform(lines, cv2.DIST_L2, 5)
    to_self = cv2.distanceTransform(1 - bones(scene, 1), cv2.DIST_L2, 5)
    return np.asarray((scene.labels != Label.BACKGROUND) & (to_other < to_self), np.bool_)


def _loose_cloth(scene: Scene, frame: Frame) -> Bools:
    """Patches of clothes that lie off this person's bones: the floor, a chair, somebody's coat."""
    pieces = Pieces.of(scene.marked(*TOPS, *BOTTOMS))
    near = bones(scene, max(1, round(2 * WORN_WITHIN * frame.unit))) > 0
    return pieces.chosen(pieces.counted(near) == 0)


def _other_faces(scene: Scene, frame: Frame) -> list[tuple[Floats, float]]:
    """Middle and height of every face that is not on this person's neck."""
    found = []
    for patch in [*_components(scene.marked(Label.FACE)), *_faces_called_necks(scene, frame)]:
        y, x = np.nonzero(patch)
        middle = np.array([x.mean(), y.mean()], np.float32)
        lateral, below = frame.coordinates(middle)
        far = abs(float(lateral)) > 0.75 * frame.unit or float(below) > 0.2 * frame.unit
        if far and patch.sum() > OTHER_FACE * frame.unit**2:
            found.append((middle, float(np.ptp(y)) + 1))
    return found


def _faces_called_necks(scene: Scene, frame: Frame) -> list[Bools]:
    """Heads with hair whose face is hidden in part, so that what is seen of it is called a neck."""
    heads = _components(scene.marked(Label.FACE, Label.HAIR, Label.TORSO_SKIN))
    faces, hair, necks = (scene.marked(k) for k in (Label.FACE, Label.HAIR, Label.TORSO_SKIN))
    without = [head for head in heads if not faces[head].any()]
    least = OTHER_FACE * frame.unit**2
    return [
        head & necks for head in without if min((head & hair).sum(), (head & necks).sum()) > least
    ]


def _drop_false_scarves(scene: Scene, labels: NDArray[np.uint8], frame: Frame) -> None:
    """What is called a scarf but does not lie round the neck is a bag, a strap or a shadow: no
    clothes of this person. Where it looks like the trousers or the skirt that it touches, it is
    their waistband; on an arm, where it looks like the top, its sleeve."""
    patches = [patch for patch in _components(labels == Label.SCARF) if _off_neck(patch, frame)]
    if not patches:
        return
    away = cv2.distanceTransform(1 - bones(scene, 1, ARM_CHAINS), cv2.DIST_L2, 3) / frame.unit
    for patch in patches:
        on_an_arm = float(np.percentile(away[patch], 75)) < ALONG_AN_ARM
        cloths = (BOTTOMS, TOPS) if on_an_arm else (BOTTOMS,)
        joined = (_cloth_joined(scene, labels, patch, cloth) for cloth in cloths)
        labels[patch] = next((label for label in joined if label), Label.BACKGROUND)


def _off_neck(patch: Bools, frame: Frame) -> bool:
    y, x = np.nonzero(patch)
    _, below = frame.coordinates(np.stack([x, y], axis=-1).astype(np.float32))
    return float(below.min()) > 0.25 * frame.unit


def _cloth_joined(
    scene: Scene, labels: NDArray[np.uint8], patch: Bools, cloth: tuple[Label, ...]
) -> int:
    """The label of the cloth that a patch touches and looks like, 0 where there is none."""
    own = np.isin(labels, cloth) & (labels != Label.SCARF)
    if own.sum() <= LEAST_SEEN or float(np.median(off_usual(scene.lab, own)[patch])) >= ALIKE:
        return 0
    touched = labels[own & (cv2.dilate(patch.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)]
    return _most_of(touched) if len(touched) else 0


def _split_dress(labels: NDArray[np.uint8], frame: Frame, share: float) -> None:
    dress = labels == Label.DRESS
    if not dress.any():
        return
    _, below = frame.grid(labels.shape)
    ends = float(np.percentile(below[dress], 98))
    tunic = _share_above(dress, labels == Label.PANTS, BELOW_A_HEM) > MUCH_UNDER
    labels[dress] = Label.UPPER_CLOTHES
    if ends > LONG_TOP * frame.hips and not tunic:
        labels[dress & (below > share * frame.hips)] = Label.SKIRT


def _share_above(cloth: Bools, other: Bools, gap: int) -> float:
    """The share of the cloth's columns whose lower end has the other `gap` px below it."""
    columns = np.nonzero(cloth.any(axis=0))[0]
    last = len(cloth) - 1 - cloth[::-1].argmax(axis=0)[columns]
    return float(other[np.minimum(last + gap, len(cloth) - 1), columns].mean())


def _sleeves_called_skin(scene: Scene, frame: Frame) -> Bools:
    """Pixels labelled as an arm that have the old top's colour and not the face's, where they go
    all round the arm: along one side of it they are its lit one."""
    arms = scene.marked(*ARMS)
    top = scene.marked(Label.UPPER_CLOTHES, Label.COAT, Label.DRESS)
    face = scene.marked(Label.FACE)
    nothing = np.zeros_like(arms)
    if min(arms.sum(), top.sum(), face.sum()) < 60:
        return nothing
    to_top, to_skin = off_usual(scene.lab, top), off_usual(scene.lab, face)
    cloth = arms & (to_top < 0.7 * to_skin) & (to_skin > 18)
    tint = scene.lab * (0, 1, 1)  # a face in the shade is darker than pale cloth and lit skin
    cloth &= off_usual(tint, top) < off_usual(tint, face)
    smooth = (cv2.medianBlur(cloth.astype(np.uint8), 5) > 0) & arms
    size = 2 * max(1, round(AN_ARM * frame.unit)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    for piece in _components(smooth):
        beside = arms & (cv2.dilate(piece.astype(np.uint8), disc) > 0)
        if piece.sum() > ALL_ROUND * beside.sum():
            nothing |= piece
    return nothing


def _wall_called_skin(scene: Scene, frame: Frame) -> Bools:
    """Pixels labelled as an arm that have the ground's colour and not the skin's: the label runs
    over the arm's edge onto a plain wall. On the bones it may be a pale sleeve, but no wall."""
    on_bones = bones(scene, max(1, round(2 * ON_BONES * frame.unit))) > 0
    return np.asarray(walls_in_arms(scene) & ~on_bones, np.bool_)


def walls_in_arms(scene: Scene) -> Bools:
    """Pixels labelled as an arm that have the ground's colour and not the skin's."""
    arms, ground = scene.marked(*ARMS), scene.marked(Label.BACKGROUND)
    sure = cv2.erode(arms.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if min(sure.sum(), ground.sum()) < LEAST_SEEN:
        return np.zeros_like(arms)
    to_ground, to_skin = off_usual(scene.lab, ground), off_usual(scene.lab, sure)
    wall = (to_ground < np.minimum(0.7 * to_skin, 12)) & (to_skin > 12)
    return np.asarray(arms & wall, np.bool_)


def _components(mask: Bools) -> list[Bools]:
    return list(islice(Pieces.of(mask), MOST_PATCHES))


def _sleeves_called_trousers(scene: Scene, frame: Frame) -> Bools:
    """Patches of trousers or skirt that lie along an arm, where no trousers can be."""
    found = np.zeros(scene.size, np.bool_)
    arms = bones(scene, max(1, round(0.3 * frame.unit)), ARM_CHAINS)
    bottoms, tops = scene.marked(*BOTTOMS), scene.marked(*TOPS)
    for patch in _components(bottoms):
        if arms[patch].mean() > 0.75:
            found |= patch
    lateral, _ = frame.grid(scene.size)
    found |= bottoms & (arms > 0) & (np.abs(lateral) > 0.56 * frame.unit)
    if found.any() and tops.sum() >= LEAST_SEEN:
        found &= off_usual(scene.lab, tops) < off_usual(scene.lab, bottoms)
    return found


def _trousers_called_skin(scene: Scene) -> Bools:
    """Patches of leg that have the trousers' colour, not the face's, and trousers below them."""
    legs, bottoms, face = scene.marked(*LEGS), scene.marked(*BOTTOMS), scene.marked(Label.FACE)
    found = np.zeros(scene.size, np.bool_)
    if min(legs.sum(), bottoms.sum(), face.sum()) < LEAST_SEEN:
        return found
    to_cloth, to_skin = off_usual(scene.lab, bottoms), off_usual(scene.lab, face)
    below = np.flip(np.maximum.accumulate(np.flip(bottoms, 0), axis=0), 0)
    for patch in _components(legs):
        cloth = np.median(to_cloth[patch]) < 0.6 * np.median(to_skin[patch])
        if cloth and below[patch].mean() > 0.6:
            found |= patch
    return found


def _gather_scraps(scene: Scene, labels: NDArray[np.uint8], frame: Frame) -> None:
    """Patches below the hips that look like the trousers or the skirt beside them take its label:
    where a photo ends above the knees, so little of a leg is hard to tell."""
    bottoms, face = scene.marked(*BOTTOMS), scene.marked(Label.FACE)
    if min(bottoms.sum(), face.sum()) < LEAST_SEEN:
        return
    most = int(np.bincount(labels[bottoms]).argmax())
    _, below = frame.grid(labels.shape)
    to_skin, to_cloth = off_usual(scene.lab, face), off_usual(scene.lab, labels == most)
    for name in (*LEGS, *BOTTOMS, Label.SCARF, Label.TORSO_SKIN):
        for patch in _components((labels == name) & (name != most)):
            away, own = (float(np.median(off[patch])) for off in (to_cloth, to_skin))
            if below[patch].mean() > frame.hips and away < min(ALIKE, own):
                labels[patch] = most


def _legs_are_clothed(scene: Scene) -> bool:
    """Whether what is called legs is far lighter or darker than the skin above, in another tint."""
    legs, skin = scene.marked(*LEGS), scene.marked(*ARMS, Label.TORSO_SKIN)
    if min(legs.sum(), skin.sum()) < LEAST_SEEN:
        return False
    light, *tint = np.subtract(*(np.median(scene.lab[m], axis=0) for m in (legs, skin)))
    return bool(abs(light) > UNLIKE_SKIN[0] and np.hypot(*tint) > UNLIKE_SKIN[1])


def _islands_in_a_top(scene: Scene) -> Bools:
    """Patches called trousers or a skirt under which a top or a coat goes on, and which look rather
    like it: folds, linings, belts of it. A new garment would look out there."""
    bottoms, tops = scene.marked(*BOTTOMS), scene.marked(*TOPS, *ARMS)
    patches = _components(bottoms)
    small = [patch for patch in patches if patch.sum() <= ISLAND * bottoms.sum()]
    folds = [patch for patch in small if _share_above(patch, tops, BELOW_A_FOLD) > MOST_UNDER]
    found: Bools = np.logical_or.reduce([np.zeros(scene.size, np.bool_), *folds])
    rest, cloth = bottoms & ~found, scene.marked(*TOPS)
    if not folds or min(rest.sum(), cloth.sum()) < LEAST_SEEN:
        return found
    to_top, to_rest = (off_usual(scene.lab, where) for where in (cloth, rest))
    like = [fold for fold in folds if np.median(to_top[fold]) < np.median(to_rest[fold])]
    return np.asarray(np.logical_or.reduce([np.zeros_like(found), *like]), np.bool_)


def _cloth_called_something_else(scene: Scene, frame: Frame) -> Bools:
    """Neck or hair pixels right beside the old top that look like its cloth there and not like the
    neck or the hair farther away: an old collar, a strap under loose hair."""
    pieces = Pieces.of(scene.marked(*TOPS))
    # A stray, such as an earring called a top, would take what is round it along.
    top = pieces.chosen(pieces.areas >= STRAY * pieces.areas.max(initial=0))
    found = np.zeros(scene.size, np.bool_)
    reach = 2 * max(1, round(0.09 * frame.unit)) + 1
    beside = cv2.dilate(top.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    for labels in ((Label.TORSO_SKIN, Label.FACE), (Label.HAIR,)):
        own = scene.marked(*labels)
        sure = own & ~beside
        if min(sure.sum(), top.sum()) < 60:
            continue
        to_cloth = off_usual(scene.lab, top)
        to_own = off_usual(scene.lab, sure)
        found |= own & beside & (to_cloth < 0.55 * to_own) & (to_own > 12)
    joined = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    smooth = cv2.medianBlur(joined, 3) > 0
    return np.asarray(smooth & scene.marked(Label.TORSO_SKIN, Label.HAIR), np.bool_)


def _drop_strays(labels: NDArray[np.uint8], frame: Frame) -> None:
    """Small patches of a top far from the top itself, or amid an arm's skin or a skirt, take the
    label of what is round them."""
    top = np.isin(labels, TOPS)
    patches = _components(top)
    if len(patches) < 2:
        return
    largest = max(patches, key=lambda patch: int(patch.sum()))
    distance = cv2.distanceTransform((~largest).astype(np.uint8), cv2.DIST_L2, 3)
    for patch in patches:
        away = float(distance[patch].min()) / frame.unit
        if patch.sum() >= (FAR_STRAY if away > FAR_OFF else STRAY) * largest.sum():
            continue
        rim = cv2.dilate(patch.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        around = labels[rim & ~top]
        on_an_arm = len(around) > 0 and float(np.isin(around, ARMS).mean()) > 0.6
        amid_bottoms = len(around) > 0 and float(np.isin(around, BOTTOMS).mean()) > 0.8
        if on_an_arm or amid_bottoms or away > 0.12:
            labels[patch] = _most_of(around)


def _most_of(around: NDArray[np.uint8]) -> int:
    """The commonest label, of the person where there is enough of them."""
    person = around[around != Label.BACKGROUND]
    if len(person) and len(person) >= OF_A_PERSON * len(around):
        return int(np.bincount(person).argmax())
    return int(Label.BACKGROUND)
