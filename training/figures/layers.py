"""What is worn over something, and a sheath dress: each a function that draws one flat-lay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.figures import fabrics, trims
from training.figures.cloth import Colour, Field, Pattern, Sheet, linear, noise
from training.figures.outlines import across, band, closed, flipped, joined, run
from training.figures.tops import (
    SIDES,
    Cut,
    body_folds,
    cuff_lines,
    hoodie_cut,
    label,
    lay_back,
    lay_sleeves,
    lay_torso,
    neck_band,
    open_neck,
    shaded,
    sleeve_folds,
    worn,
)


def _knit(sheet: Sheet, mask: Field) -> None:
    """Purl ribs over the whole, and three cables: two strands that go over and under each other."""
    wavy = 1.2 * noise(sheet.seed + 3, 90)
    x = sheet.x + wavy
    rib = 0.55 * np.cos(2 * np.pi * x / 8.5)
    rows = 0.28 * np.cos(2 * np.pi * (sheet.y + np.abs(x % 8.5 - 4.25)) / 6.5)
    relief = rib + rows
    for middle in (-112.0, 0.0, 112.0):
        turn = 2 * np.pi * sheet.y / 74
        ground = np.exp(-(((x - middle) / 30) ** 6))
        relief = relief * (1 - 0.85 * ground) - 1.2 * ground
        for phase in (0.0, np.pi):
            away = x - middle - 13 * np.sin(turn + phase)
            above = 1.0 + 0.35 * np.cos(turn + phase)
            relief = relief + 5.2 * above * np.exp(-((away / 7.5) ** 2))
    sheet.press(mask, np.asarray(relief, dtype=np.float32))


def _ribbed_ends(sheet: Sheet, cut: Cut, rib: Pattern, cuff: float, waist: float) -> None:
    """Cuffs and waist of ribs, which pull the cloth above them together."""
    for line in cuff_lines(cut):
        sheet.lay(band(line, -cuff), rib, lift=1.0, rim=5)
        trims.ribs(sheet, line, -cuff, 5.0, 1.0)
        trims.seam(sheet, line)
    below = across(cut.hem[::-1])[::-1]
    sheet.lay(band(below, -waist), rib, lift=1.0, rim=5)
    trims.ribs(sheet, below, -waist, 5.2, 1.0)
    trims.seam(sheet, below)


def _high_cut() -> Cut:
    """The hoodie's body with a neck and no hood, moved up by what the hood took."""
    up = np.array([0.0, 70.0])
    body = hoodie_cut()
    moved = {name: getattr(body, name) - up for name in Cut.__dataclass_fields__}
    cut = Cut(**moved)
    return replace(
        cut,
        neck=run([(0, 206), (38, 198), (70, 178), (92, 152)]),
        back_neck=run([(0, 168), (48, 164), (92, 152)]),
        shoulder=run([(92, 152), (158, 168), (216, 192)]),
    )


def cable_sweater() -> Sheet:
    sheet, cut = Sheet(151), _high_cut()
    cream: Colour = (226, 214, 190)
    cloth, rib = fabrics.jersey(cream, heather=0.25), fabrics.jersey(shaded(cream, 0.95))
    open_neck(sheet, cut, rib, fabrics.jersey(shaded(cream, 0.85)), 20)
    lay_sleeves(sheet, cut, fabrics.turned(cloth, -13))
    sleeves = sheet.cover.copy()
    torso = lay_torso(sheet, cut, cloth)
    away = np.abs(np.abs(sheet.x) - 112)
    purl = 0.6 * np.cos(2 * np.pi * away / 8.5) * np.clip(sleeves - torso, 0, 1)
    sheet.press(np.ones_like(torso), np.asarray(purl, dtype=np.float32))
    _knit(sheet, torso)
    _ribbed_ends(sheet, cut, rib, 54, 60)
    neck_band(sheet, across(cut.neck), 24, rib, 2.0, 4.0)
    folds = body_folds(153, 330, 742, 210, 4.6), sleeve_folds(155, (256, 250), (316, 670), 5.2)
    worn(sheet, *folds, soft=1.1)
    sheet.slide(40)
    return sheet


def _zip(sheet: Sheet, top: float, bottom: float) -> None:
    """A closed metal zip on its dark tape, with the slider at the top."""
    tape = np.array([[-9.0, top], [9, top], [9, bottom], [-9, bottom]])
    sheet.lay(tape, fabrics.woven((38, 38, 38)), lift=0.6, rim=2)
    inside = (np.abs(sheet.x) < 4.2) & (sheet.y > top) & (sheet.y < bottom)
    teeth = 0.5 + 0.5 * np.sin(2 * np.pi * sheet.y / 4.6 + np.where(sheet.x > 0, np.pi, 0))
    share = np.asarray(inside * (0.35 + 0.65 * teeth), dtype=np.float32)[..., None]
    sheet.colour = sheet.colour * (1 - share) + linear((190, 183, 168)) * share
    sheet.press(np.asarray(inside, dtype=np.float32), np.asarray(1.4 * teeth, dtype=np.float32))
    puller = np.array([[-7.0, top + 4], [7, top + 4], [5, top + 40], [-5, top + 40]])
    sheet.lay(puller, fabrics.woven((176, 164, 138)), lift=2.4, rim=2)


def bomber_jacket() -> Sheet:
    sheet, cut = Sheet(161), _high_cut()
    olive: Colour = (86, 92, 62)
    cloth, rib = fabrics.woven(olive), fabrics.jersey(shaded(olive, 0.82))
    lay_back(sheet, cut.back_neck, cut.neck, fabrics.woven((178, 96, 44)), 0.7)
    label(sheet, 0, 178)
    lay_sleeves(sheet, cut, fabrics.turned(cloth, -13))
    lay_torso(sheet, cut, cloth)
    _ribbed_ends(sheet, cut, rib, 50, 54)
    inner = across(run([(0, 190), (36, 184), (64, 164), (84, 132)]))
    outer = across(run([(0, 230), (48, 221), (84, 194), (112, 156)]))
    sheet.lay(np.concatenate([inner, outer[::-1]]), rib, lift=2.2, rim=5)
    trims.ribs(sheet, inner, 37, 4.2, 1.0)
    trims.seam(sheet, outer, 0.9, 1.4)
    thread = shaded(olive, 0.7)
    for side in SIDES:
        slit = flipped(run([(100, 560), (128, 610), (152, 668)]), side)
        trims.seam(sheet, slit, 2.4, 2.2)
        trims.stitches(sheet, slit + np.array([-6.0 * side, 2]), thread)
        trims.stitches(sheet, slit + np.array([6.0 * side, -2]), thread)
        trims.stitches(sheet, np.array([[14.0 * side, 232], [14.0 * side, 686]]), thread)
    folds = body_folds(163, 330, 742, 210, 6.4), sleeve_folds(165, (256, 250), (316, 690), 7.4)
    worn(sheet, *folds, soft=1.4)
    _zip(sheet, 226, 744)
    sheet.slide(40)
    return sheet


def sheath_dress() -> Sheet:
    sheet = Sheet(171)
    green: Colour = (38, 92, 82)
    cloth, thread = fabrics.woven(green), shaded(green, 0.74)
    back_neck = run([(0, 92), (44, 88), (76, 72)])
    neck = run([(0, 138), (36, 130), (64, 104), (76, 72)])
    lay_back(sheet, back_neck, neck, fabrics.woven(shaded(green, 0.9)), 0.66)
    label(sheet, 0, 98)
    shoulder = run([(76, 72), (106, 78), (130, 88)])
    armhole = run([(130, 88), (122, 150), (128, 206), (152, 248)])
    side = run([(152, 248), (140, 330), (128, 412), (156, 520), (176, 620), (168, 930)])
    hem = run([(168, 930), (100, 938), (0, 941)])
    half = np.concatenate([neck, shoulder, armhole, side, hem])
    sheet.lay(closed(half), cloth, lift=1.6, rim=8)
    for which in SIDES:
        trims.hem(sheet, flipped(armhole, which)[::-which], thread, 9, 1)
        dart = flipped(run([(62, 330), (58, 412), (66, 500)]), which)
        trims.seam(sheet, dart, 1.2, 1.5)
        trims.pucker(sheet, flipped(side - np.array([5.0, 0]), which), 0.6, 9)
    neck_band(sheet, across(neck), 9, fabrics.woven(shaded(green, 0.94)), 1.2, 0)
    trims.hem(sheet, across(hem[::-1])[::-1], thread, 18, 1)
    folds = body_folds(173, 250, 640, 150, 3.8), body_folds(174, 560, 930, 165, 3.4)
    worn(sheet, *folds, angle=86)
    belt = across(run([(0, 418), (64, 416), (131, 410)]))
    sheet.lay(band(belt, 22), fabrics.woven(shaded(green, 0.8)), lift=2.6, rim=4)
    buckle = joined([(-20, 414), (20, 414)], [(20, 414), (20, 446)], [(20, 446), (-20, 446)])
    trims.cord(sheet, np.concatenate([buckle, buckle[:1]]), (196, 168, 106), 5.0)
    return sheet


LAYERS = {
    "cable-sweater": cable_sweater,
    "bomber-jacket": bomber_jacket,
    "sheath-dress": sheath_dress,
}
