"""The gallery's trousers, skirt and dress, each a function that draws one flat-lay picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.figures import fabrics, trims
from training.figures.cloth import Colour, Field, Fold, Pattern, Sheet, blurred, noise
from training.figures.outlines import Line, across, band, beside, closed, flipped, joined, run
from training.figures.tops import SIDES, body_folds, label, lay_back, shaded, worn


@dataclass(frozen=True)
class Legs:
    """Right half of a pair of trousers, from the waist's middle round to the crotch."""

    waist: Line
    side: Line
    hem: Line
    inseam: Line


def jeans_cut() -> Legs:
    return Legs(
        waist=run([(0, 96), (70, 94), (136, 88)]),
        side=run([(136, 88), (160, 180), (173, 290), (178, 450), (184, 700), (192, 952)]),
        hem=run([(192, 952), (138, 960), (84, 958)]),
        inseam=run([(84, 958), (62, 720), (36, 520), (0, 392)]),
    )


def chinos_cut() -> Legs:
    return Legs(
        waist=run([(0, 96), (70, 94), (132, 89)]),
        side=run([(132, 89), (156, 190), (168, 300), (168, 470), (164, 700), (158, 946)]),
        hem=run([(158, 946), (112, 953), (66, 951)]),
        inseam=run([(66, 951), (42, 720), (24, 520), (0, 394)]),
    )


def leg_folds(seed: int, strength: float) -> list[Fold]:
    """Whiskers at the crotch, folds behind the knees, stacking above the hems."""
    random = np.random.default_rng(seed)
    folds = []
    for side in SIDES:
        for k in range(6):
            slant = -34 + 13 * k + random.uniform(-6, 6)
            place = 54 + random.uniform(0, 30), 352 + 20 * k + random.uniform(-8, 8)
            folds.append(_sided(side, *place, slant, random.uniform(80, 130), 5.5, strength))
        for _ in range(7):
            place = random.uniform(70, 150), random.uniform(600, 760)
            slant = random.choice([14, -16, 30, -28]) + random.uniform(-8, 8)
            folds.append(_sided(side, *place, slant, random.uniform(60, 120), 7, 0.8 * strength))
        for _ in range(7):
            place = random.uniform(95, 170), random.uniform(850, 930)
            slant = random.choice([10, -14, 24]) + random.uniform(-8, 8)
            folds.append(_sided(side, *place, slant, random.uniform(50, 95), 6, 0.9 * strength))
        for _ in range(5):
            place = random.uniform(60, 150), random.uniform(240, 860)
            folds.append(
                _sided(side, *place, 86 + random.uniform(-14, 14), 210, 10, 0.6 * strength)
            )
    return folds


def _sided(
    side: int, x: float, y: float, angle: float, length: float, width: float, height: float
) -> Fold:
    return Fold(side * x, y, angle if side == 1 else 180 - angle, length, width, height, side * 7)


def _lay_legs(sheet: Sheet, cut: Legs, cloth: Pattern, inside: Pattern) -> Field:
    """The back's waist, seen behind the front's, and both legs."""
    raised = cut.waist - np.array([0.0, 1.0]) * (14 - 10 * np.abs(cut.waist[:, :1]) / 136)
    lay_back(sheet, raised, cut.waist + np.array([0, 12]), inside, 0.62)
    label(sheet, 0, float(raised[0, 1]) + 2, 46, 9)
    half = np.concatenate([cut.waist, cut.side, cut.hem, cut.inseam])
    return sheet.lay(closed(half), cloth, lift=2.0, rim=8)


def _waistband(sheet: Sheet, cut: Legs, cloth: Pattern, thread: Colour, deep: float) -> None:
    line = across(cut.waist)
    sheet.lay(band(line, deep), cloth, lift=1.4, rim=3)
    trims.stitches(sheet, beside(line, 4), thread)
    trims.stitches(sheet, beside(line, deep - 4), thread)
    trims.seam(sheet, beside(line, deep + 1), 0.9, 1.2)


def _belt_loops(sheet: Sheet, places: list[float], cloth: Pattern, thread: Colour) -> None:
    for x in places:
        loop = np.array([[x - 7, 86.0], [x + 7, 86], [x + 7, 134], [x - 7, 134]])
        sheet.lay(loop, cloth, lift=2.0, rim=2)
        for edge in (-4.0, 4.0):
            trims.stitches(sheet, np.array([[x + edge, 89.0], [x + edge, 131]]), thread, length=2.8)


def _fly(sheet: Sheet, thread: Colour) -> None:
    trims.seam(sheet, run([(0, 132), (1, 260), (0, 392)]), 1.3, 1.5)
    trims.pucker(sheet, run([(0, 280), (0, 390)]), 0.8, 12)
    for inset in (0.0, 5.0):
        line = run([(34 - inset, 134), (34 - inset, 214), (26 - inset, 258), (3, 290 - inset)])
        trims.stitches(sheet, line, thread)


def _hems(sheet: Sheet, cut: Legs, thread: Colour, inset: float, rows: int) -> None:
    for side in SIDES:
        line = flipped(cut.hem, side)
        trims.hem(sheet, line if side == 1 else line[::-1], thread, inset, rows)


def jeans() -> Sheet:
    sheet, cut = Sheet(707), jeans_cut()
    indigo, tan = (44, 66, 104), (196, 142, 78)
    cloth, inside = fabrics.denim(indigo), fabrics.woven((150, 160, 176))
    _lay_legs(sheet, cut, cloth, inside)
    for side in SIDES:
        opening = flipped(run([(58, 128), (72, 172), (106, 196), (158, 202)]), side)
        bag = np.concatenate([opening, flipped(run([(158, 202), (150, 150), (142, 122)]), side)])
        mask = sheet.lay(bag, cloth, lift=0.2, rim=2)
        sheet.tint(mask, 0.86)
        trims.seam(sheet, opening, 1.6, 1.8)
        trims.stitches(sheet, opening + np.array([-3.0 * side, 4]), tan)
        trims.stitches(sheet, opening + np.array([-6.0 * side, 9]), tan)
        inseam = flipped(cut.inseam, side)
        trims.stitches(sheet, inseam + np.array([6.0 * side, 0]), shaded(tan, 0.9))
        trims.pucker(sheet, flipped(cut.side - np.array([7.0, 0]), side), 0.9, 9)
    _fly(sheet, tan)
    _waistband(sheet, cut, cloth, tan, 36)
    _belt_loops(sheet, [-118, -58, 62, 118], cloth, tan)
    _hems(sheet, cut, tan, 17, 1)
    sheet.fold(leg_folds(71, 4.4))
    sheet.billow(sheet.cover, 3.6, 90)
    sheet.crumple(sheet.cover, 2.0, 24, 84)
    trims.button(sheet, 6, 113, (160, 128, 88), 8.5)
    return sheet


def chinos() -> Sheet:
    sheet, cut = Sheet(808), chinos_cut()
    sand: Colour = (190, 164, 126)
    cloth, thread = fabrics.woven(sand), shaded(sand, 0.74)
    _lay_legs(sheet, cut, cloth, fabrics.woven((226, 222, 212)))
    for side in SIDES:
        pocket = flipped(run([(104, 128), (128, 190), (156, 246)]), side)
        trims.seam(sheet, pocket, 1.8, 1.8)
        trims.stitches(sheet, pocket - np.array([7.0 * side, 0]), thread)
        crease = flipped(run([(82, 200), (104, 480), (108, 700), (112, 936)]), side)
        trims.seam(sheet, crease, -1.1, 2.6)
        trims.pucker(sheet, flipped(cut.side - np.array([5.0, 0]), side), 0.5, 8)
    _fly(sheet, thread)
    _waistband(sheet, cut, cloth, thread, 36)
    _belt_loops(sheet, [-112, -56, 60, 112], cloth, thread)
    _hems(sheet, cut, thread, 20, 1)
    sheet.fold(leg_folds(83, 4.0))
    sheet.billow(sheet.cover, 3.4, 90)
    sheet.crumple(sheet.cover, 1.8, 26, 84)
    trims.button(sheet, 6, 113, (120, 98, 70), 7.5)
    return sheet


def _pleats(
    sheet: Sheet, mask: Field, top: float, widths: tuple[float, float], drop: float, count: int
) -> None:
    """Knife pleats that open towards the hem: a saw-tooth of height across the skirt's width."""
    down = np.clip((sheet.y - top) / drop, 0, 1)
    half = widths[0] + (widths[1] - widths[0]) * down
    across_skirt = sheet.x / half + 0.010 * noise(sheet.seed + 3, 120)
    phase = (across_skirt + 1) / 2 * count
    tooth = phase % 1
    rise = np.where(tooth < 0.84, tooth / 0.84, (1 - tooth) / 0.16)
    depth = 3.0 + 5.0 * down + 1.6 * noise(sheet.seed + 4, 90) * down
    sheet.press(mask, (depth * rise).astype(np.float32))


def skirt() -> Sheet:
    sheet = Sheet(909)
    plum: Colour = (112, 48, 82)
    cloth, thread = fabrics.woven(plum), shaded(plum, 0.75)
    waist = run([(0, 190), (66, 188), (126, 181)])
    lay_back(sheet, waist - np.array([0, 12.0]), waist + np.array([0, 10]), cloth, 0.6)
    label(sheet, 0, 181, 40, 8)
    hem = joined([(270, 806), (214, 826), (120, 840), (0, 845)])
    half = np.concatenate([waist, run([(126, 181), (152, 300), (196, 480), (270, 806)]), hem])
    mask = sheet.lay(closed(half), cloth, lift=2.0, rim=8)
    _pleats(sheet, mask, 190, (128, 272), 640, 15)
    trims.hem(sheet, across(hem[::-1])[::-1], thread, 14, 1)
    sheet.billow(sheet.cover, 3.0, 90)
    sheet.crumple(sheet.cover, 1.6, 24, 86)
    flat = sheet.lay(band(across(waist), 40), cloth, lift=2.2, rim=5)
    sheet.press(flat, blurred(sheet.height, 14) - sheet.height)
    for inset in (4, 36):
        trims.stitches(sheet, beside(across(waist), inset), thread)
    trims.seam(sheet, beside(across(waist), 41), 1.2, 1.5)
    trims.pucker(sheet, beside(across(waist), 52), 1.6, 16)
    return sheet


def _gathers(seed: int, y: float, half: float, strength: float, wide: float) -> list[Fold]:
    """Folds that fan out from a gathered waist."""
    random = np.random.default_rng(seed)
    folds = []
    for share in np.linspace(-0.92, 0.92, 17):
        length = random.uniform(180, 420)
        angle = 90 - share * wide + random.uniform(-3, 3)
        slant = np.radians(angle)
        middle = share * half + np.cos(slant) * length * 0.42, y + np.sin(slant) * length * 0.42
        folds.append(
            Fold(
                *middle,
                angle,
                length,
                random.uniform(6, 13),
                strength * random.uniform(0.5, 1.2),
                random.uniform(-8, 8),
            )
        )
    return folds


def summer_dress() -> Sheet:
    sheet = Sheet(111)
    blue: Colour = (70, 110, 168)
    cloth = fabrics.blossoms(blue, (240, 234, 222), (222, 160, 60), 34, 4)
    thread = shaded(blue, 0.7)
    back_neck = run([(0, 96), (44, 90), (78, 70)])
    neck = run([(0, 196), (30, 150), (62, 100), (78, 70)])
    lay_back(sheet, back_neck, neck, cloth, 0.66)
    label(sheet, 0, 102)
    armhole = run([(146, 94), (136, 160), (140, 210), (158, 250)])
    sleeve = np.concatenate(
        [
            joined(
                [(146, 94), (186, 118), (212, 168), (226, 222)],
                [(226, 222), (202, 244), (172, 254)],
            ),
            run([(172, 254), (164, 252), (158, 250)]),
            armhole[::-1] - np.array([12, 0]),
        ]
    )
    for side in SIDES:
        sheet.lay(flipped(sleeve, side), fabrics.turned(cloth, -24 * side), lift=2.0, rim=6)
        cuff = flipped(run([(226, 222), (202, 244), (172, 254)]), side)
        trims.hem(sheet, cuff if side == 1 else cuff[::-1], thread, 9, 1)
    hem = run([(290, 902), (210, 928), (110, 944), (0, 949)])
    bodice = [neck, run([(78, 70), (114, 80), (146, 94)]), armhole]
    side_line = joined(
        [(158, 250), (144, 320), (124, 398)], [(124, 398), (168, 540), (228, 720), (290, 902)]
    )
    sheet.lay(closed(np.concatenate([*bodice, side_line, hem])), cloth, lift=1.4, rim=8)
    for side in SIDES:
        trims.seam(sheet, flipped(armhole, side))
        trims.seam(sheet, flipped(run([(70, 250), (62, 320), (58, 398)]), side), 1.1, 1.4)
    edge = across(neck)
    sheet.lay(band(edge, 8), fabrics.woven(shaded(blue, 0.9)), lift=1.2, rim=3)
    trims.stitches(sheet, beside(edge, 11), thread)
    waist = across(run([(0, 404), (64, 402), (125, 396)]))
    trims.seam(sheet, waist, 1.8, 2.2)
    trims.pucker(sheet, beside(waist, 12), 2.2, 18)
    trims.hem(sheet, across(hem[::-1])[::-1], thread, 16, 1)
    gathered = _gathers(112, 404, 118, 5.6, 26) + _gathers(113, 640, 190, 4.0, 24)
    worn(sheet, gathered, body_folds(114, 210, 400, 130, 2.6)[:8], angle=88)
    return sheet


def shorts_cut() -> Legs:
    return Legs(
        waist=run([(0, 96), (80, 94), (150, 88)]),
        side=run([(150, 88), (176, 190), (196, 300), (210, 420), (222, 566)]),
        hem=run([(222, 566), (150, 580), (44, 586)]),
        inseam=run([(44, 586), (30, 520), (14, 450), (0, 400)]),
    )


def _short_folds(seed: int, strength: float, whiskers: int = 6) -> list[Fold]:
    random = np.random.default_rng(seed)
    folds = []
    for side in SIDES:
        for k in range(whiskers):
            slant = -36 + 14 * k + random.uniform(-6, 6)
            place = 60 + random.uniform(0, 34), 340 + 16 * k + random.uniform(-8, 8)
            folds.append(_sided(side, *place, slant, random.uniform(80, 140), 6, strength))
        for _ in range(8):
            place = random.uniform(70, 180), random.uniform(300, 530)
            slant = 88 + random.uniform(-16, 16)
            folds.append(_sided(side, *place, slant, random.uniform(90, 170), 9, 0.7 * strength))
    return folds


def shorts() -> Sheet:
    sheet, cut = Sheet(121), shorts_cut()
    navy: Colour = (52, 62, 88)
    cloth, thread = fabrics.woven(navy), shaded(navy, 1.3)
    _lay_legs(sheet, cut, cloth, fabrics.woven((214, 212, 206)))
    for side in SIDES:
        pocket = flipped(run([(112, 128), (140, 196), (178, 258)]), side)
        trims.seam(sheet, pocket, 1.8, 1.8)
        trims.stitches(sheet, pocket - np.array([7.0 * side, 0]), thread)
        trims.pucker(sheet, flipped(cut.side - np.array([5.0, 0]), side), 0.5, 8)
    _fly(sheet, thread)
    _waistband(sheet, cut, cloth, thread, 36)
    _belt_loops(sheet, [-122, -60, 64, 122], cloth, thread)
    _hems(sheet, cut, thread, 24, 1)
    sheet.fold(_short_folds(123, 4.6))
    sheet.billow(sheet.cover, 3.6, 90)
    sheet.crumple(sheet.cover, 2.0, 26, 84)
    trims.button(sheet, 6, 113, (196, 190, 176), 7.5)
    sheet.slide(170)
    return sheet


def linen_cut() -> Legs:
    return Legs(
        waist=run([(0, 96), (70, 95), (134, 91)]),
        side=run([(134, 91), (164, 190), (182, 300), (196, 470), (212, 700), (228, 944)]),
        hem=run([(228, 944), (150, 955), (64, 953)]),
        inseam=run([(64, 953), (48, 720), (30, 540), (0, 402)]),
    )


def linen_trousers() -> Sheet:
    sheet, cut = Sheet(131), linen_cut()
    white: Colour = (222, 214, 198)
    cloth, thread = fabrics.woven(white, seed=17), shaded(white, 0.82)
    _lay_legs(sheet, cut, cloth, fabrics.woven(shaded(white, 0.9)))
    for side in SIDES:
        pocket = flipped(run([(112, 140), (132, 196), (162, 250)]), side)
        trims.seam(sheet, pocket, 1.6, 1.8)
        trims.pucker(sheet, flipped(cut.side - np.array([5.0, 0]), side), 0.7, 9)
    trims.seam(sheet, run([(0, 140), (1, 270), (0, 402)]), 1.3, 1.5)
    line = across(cut.waist)
    sheet.lay(band(line, 42), cloth, lift=1.8, rim=4)
    trims.ribs(sheet, line, 42, 6.0, 1.2)
    trims.pucker(sheet, beside(line, 52), 2.6, 22)
    _hems(sheet, cut, thread, 22, 1)
    sheet.fold(leg_folds(133, 4.2))
    sheet.billow(sheet.cover, 4.0, 100)
    sheet.crumple(sheet.cover, 3.0, 22, 82)
    for side in SIDES:
        cord = run([(4, 128), (16, 176), (10, 236), (22, 286 + 12 * side)])
        trims.cord(sheet, flipped(cord, side), shaded(white, 1.05), 5.0)
    return sheet


def denim_skirt() -> Sheet:
    sheet = Sheet(141)
    indigo, tan = (72, 98, 136), (202, 150, 88)
    cloth, inside = fabrics.denim(indigo, seed=31), fabrics.woven((160, 168, 180))
    waist = run([(0, 96), (80, 94), (152, 88)])
    lay_back(sheet, waist - np.array([0, 12.0]), waist + np.array([0, 12]), inside, 0.6)
    label(sheet, 0, 88, 46, 9)
    side = run([(152, 88), (182, 180), (206, 290), (226, 420), (246, 606)])
    hem = run([(246, 606), (160, 622), (0, 628)])
    sheet.lay(closed(np.concatenate([waist, side, hem])), cloth, lift=2.0, rim=8)
    for which in SIDES:
        opening = flipped(run([(66, 128), (84, 176), (122, 202), (182, 208)]), which)
        trims.seam(sheet, opening, 1.6, 1.8)
        trims.stitches(sheet, opening + np.array([-3.0 * which, 5]), tan)
        trims.stitches(sheet, opening + np.array([-6.0 * which, 10]), tan)
        trims.pucker(sheet, flipped(side - np.array([7.0, 0]), which), 0.9, 9)
    cut = Legs(waist, side, hem, hem)
    trims.seam(sheet, run([(0, 132), (1, 380), (0, 626)]), 1.2, 1.5)
    for inset in (-6.0, 6.0):
        trims.stitches(sheet, np.array([[inset, 134.0], [inset, 620]]), tan)
    _waistband(sheet, cut, cloth, tan, 36)
    _belt_loops(sheet, [-124, -62, 62, 124], cloth, tan)
    trims.hem(sheet, across(hem[::-1])[::-1], tan, 20, 1)
    sheet.fold(_short_folds(143, 3.4, whiskers=0))
    sheet.billow(sheet.cover, 4.2, 100)
    sheet.crumple(sheet.cover, 2.0, 26, 80)
    for k in range(6):
        trims.button(sheet, 0, 113 + 86 * k, (166, 134, 92), 8.0)
    sheet.slide(150)
    return sheet


BOTTOMS = {
    "jeans": jeans,
    "chinos": chinos,
    "shorts": shorts,
    "linen-trousers": linen_trousers,
    "skirt": skirt,
    "denim-skirt": denim_skirt,
    "summer-dress": summer_dress,
}
