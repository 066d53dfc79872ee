"""The gallery's tops, each a function that draws one flat-lay picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from training.figures import fabrics, logo, trims
from training.figures.cloth import Colour, Field, Fold, Pattern, Sheet
from training.figures.outlines import Line, across, band, beside, closed, flipped, joined, run

SIDES = (1, -1)  # picture's right, picture's left


def shaded(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255.0, c * factor) for c in colour)
    return red, green, blue


def body_folds(seed: int, top: float, bottom: float, half: float, strength: float) -> list[Fold]:
    """Creases of a torso laid flat: from the armpits inwards, across the waist, up from the hem."""
    random = np.random.default_rng(seed)
    folds = []
    for side in SIDES:
        for k in range(4):
            folds.append(
                Fold(
                    side * (half - 62 + random.uniform(-14, 14)),
                    top + 30 + 32 * k + random.uniform(-9, 9),
                    90 + side * (38 - 9 * k + random.uniform(-8, 8)),
                    random.uniform(110, 190),
                    random.uniform(5, 10),
                    strength * random.uniform(0.7, 1.3),
                    side * random.uniform(4, 16),
                )
            )
    for _ in range(9):
        folds.append(
            Fold(
                random.uniform(-half * 0.75, half * 0.75),
                random.uniform(top + 90, bottom - 70),
                random.choice([8, -10, 25, -24, 70, 105]) + random.uniform(-9, 9),
                random.uniform(90, 230),
                random.uniform(6, 13),
                strength * random.uniform(0.35, 0.9),
                random.uniform(-16, 16),
            )
        )
    for _ in range(7):
        folds.append(
            Fold(
                random.uniform(-half * 0.85, half * 0.85),
                bottom - random.uniform(30, 70),
                90 + random.uniform(-18, 18),
                random.uniform(70, 160),
                random.uniform(5, 10),
                strength * random.uniform(0.3, 0.7),
                random.uniform(-8, 8),
            )
        )
    return folds


def sleeve_folds(
    seed: int, start: tuple[float, float], end: tuple[float, float], strength: float
) -> list[Fold]:
    """Creases across both sleeves between the shoulder's and the cuff's middle."""
    random = np.random.default_rng(seed)
    a, b = np.array(start), np.array(end)
    slant = float(np.degrees(np.arctan2(*(b - a)[::-1])))
    count = max(3, int(np.linalg.norm(b - a) / 42))
    folds = []
    for side in SIDES:
        for share in random.uniform(0.12, 0.9, count):
            x, y = a + share * (b - a) + random.normal(0, 12, 2)
            angle = slant + random.choice([38, -42, 62, 12]) + random.uniform(-12, 12)
            folds.append(
                Fold(
                    side * float(x),
                    float(y),
                    angle if side == 1 else 180 - angle,
                    random.uniform(45, 110),
                    random.uniform(4, 8),
                    strength * random.uniform(0.5, 1.1),
                    random.uniform(-8, 8),
                )
            )
    return folds


def worn(sheet: Sheet, *folds: list[Fold], soft: float = 1.0, angle: float = 78.0) -> None:
    """Creases, broad waves and fine crumple of cloth that was worn and smoothed by hand."""
    sheet.fold([crease for some in folds for crease in some])
    sheet.billow(sheet.cover, 3.6 * soft, 95)
    sheet.billow(sheet.cover, 1.2 * soft, 34)
    sheet.crumple(sheet.cover, 2.6 * soft, 30, angle)


def lay_back(sheet: Sheet, back: Line, front: Line, pattern: Pattern, shade: float = 0.72) -> None:
    """The inside of the back, seen through the neck opening (half lines from the middle out)."""
    outline = np.concatenate([across(back), across(front)[::-1]])
    mask = sheet.lay(outline, pattern, lift=1.0)
    sheet.tint(mask, shade)


def neck_band(
    sheet: Sheet,
    line: Line,
    width: float,
    pattern: Pattern,
    lift: float = 1.6,
    spacing: float = 3.0,
) -> None:
    """A ribbed band along an open line (the cloth grows to its right), seamed at its far side."""
    sheet.lay(band(line, width), pattern, lift=lift, rim=3.0)
    if spacing:
        trims.ribs(sheet, line, width, spacing)
    trims.seam(sheet, beside(line, width), 0.8, 1.2)


def label(sheet: Sheet, x: float, y: float, width: float = 34, height: float = 20) -> None:
    """A woven size label, sewn in below the back collar."""
    outline = np.array(
        [
            [x - width / 2, y],
            [x + width / 2, y],
            [x + width / 2, y + height],
            [x - width / 2, y + height],
        ]
    )
    mask = sheet.lay(outline, fabrics.woven((226, 224, 218)), lift=1.2, rim=1.5)
    letters = logo.word("M", x, y + height / 2, 10, 0)
    sheet.tint(np.asarray(letters / 255 * mask, dtype=np.float32), 0.25)


def _mirror(pattern: Pattern) -> Pattern:
    return lambda x, y: pattern(-x, y)


@dataclass(frozen=True)
class Cut:
    """Right half of a T-shirt-like top: neck, shoulder, armhole, side, hem, and the sleeve.

    Every run goes on where the one before ends; `sleeve` is the outer line from shoulder to cuff,
    `cuff` the sleeve's end from outside to inside, `under` from the cuff to the armpit.
    """

    neck: Line
    back_neck: Line
    shoulder: Line
    armhole: Line
    side: Line
    hem: Line
    sleeve: Line
    cuff: Line
    under: Line


def lay_sleeves(sheet: Sheet, cut: Cut, pattern: Pattern, tuck: float = 12.0) -> None:
    """Both sleeves; they reach `tuck` units under the body."""
    inner = cut.armhole[::-1] - np.array([tuck, 0])
    outline = np.concatenate([cut.sleeve, cut.cuff, cut.under, inner])
    for side in SIDES:
        sheet.lay(
            flipped(outline, side), pattern if side == 1 else _mirror(pattern), lift=2.2, rim=6
        )


def lay_torso(sheet: Sheet, cut: Cut, pattern: Pattern) -> Field:
    half = np.concatenate([cut.neck, cut.shoulder, cut.armhole, cut.side, cut.hem])
    mask = sheet.lay(closed(half), pattern, lift=1.0, rim=7)
    for side in SIDES:
        trims.seam(sheet, flipped(cut.armhole, side))
    return mask


def open_neck(sheet: Sheet, cut: Cut, rib: Pattern, inside: Pattern, width: float) -> None:
    """The back's inside with its collar band and label."""
    lay_back(sheet, cut.back_neck, cut.neck, inside)
    back = across(cut.back_neck)
    if width:
        neck_band(sheet, beside(back, -2), width * 0.8, rib, 0.8)
    label(sheet, 0, float(back[:, 1].max()) + width * 0.8 + 2)


def cuff_lines(cut: Cut) -> list[Line]:
    """Both sleeve ends, walked so that the cloth lies to the right."""
    return [cut.cuff, flipped(cut.cuff, -1)[::-1]]


def tee_cut() -> Cut:
    return Cut(
        neck=run([(0, 226), (38, 218), (68, 192), (84, 146)]),
        back_neck=run([(0, 163), (46, 159), (84, 146)]),
        shoulder=run([(84, 146), (150, 158), (214, 184)]),
        armhole=run([(214, 184), (201, 255), (203, 325), (213, 380)]),
        side=run([(213, 380), (206, 520), (204, 660), (211, 866)]),
        hem=run([(211, 866), (120, 870), (0, 871)]),
        sleeve=run([(214, 184), (254, 208), (282, 248), (318, 322), (348, 396)]),
        cuff=run([(348, 396), (308, 424), (262, 444)]),
        under=run([(262, 444), (234, 410), (213, 380)]),
    )


def tshirt_logo() -> Sheet:
    sheet, cut = Sheet(101), tee_cut()
    colour: Colour = (36, 108, 118)
    cloth, thread = fabrics.jersey(colour, heather=0.10), shaded(colour, 0.80)
    open_neck(sheet, cut, cloth, fabrics.jersey(shaded(colour, 0.9)), 17)
    lay_sleeves(sheet, cut, fabrics.turned(cloth, -28))
    lay_torso(sheet, cut, cloth)
    neck_band(sheet, across(cut.neck), 18, cloth)
    for line in (*cuff_lines(cut), across(cut.hem[::-1])[::-1]):
        trims.hem(sheet, line, thread, 15)
    cream: Colour = (246, 238, 218)
    trims.print_mask(sheet, logo.hanger_ring(0, 402, 74), cream)
    trims.print_mask(sheet, logo.word("FITTING ROOM", 0, 536, 30, 5.5), cream)
    worn(sheet, body_folds(5, 330, 868, 205, 4.2), sleeve_folds(9, (236, 230), (300, 400), 3.4))
    return sheet


def long_cut() -> Cut:
    tee = tee_cut()
    return replace(
        tee,
        sleeve=run([(214, 184), (262, 220), (292, 290), (322, 450), (346, 620), (364, 772)]),
        cuff=run([(364, 772), (332, 780), (298, 782)]),
        under=run([(298, 782), (276, 650), (252, 520), (213, 380)]),
    )


def striped_long_sleeve() -> Sheet:
    sheet, cut = Sheet(202), long_cut()
    white, navy = (238, 235, 226), (34, 44, 78)
    body = fabrics.stripes(white, navy, 34, 12)
    plain = fabrics.jersey(navy)
    open_neck(sheet, cut, plain, fabrics.stripes(shaded(white, 0.92), navy, 34, 12), 12)
    lay_sleeves(sheet, cut, fabrics.turned(body, -13.5, 214, 190))
    lay_torso(sheet, cut, body)
    neck_band(sheet, across(cut.neck), 13, plain, spacing=2.6)
    for line in (*cuff_lines(cut), across(cut.hem[::-1])[::-1]):
        trims.hem(sheet, line, shaded(white, 0.78), 14)
    folds = body_folds(23, 330, 868, 205, 4.4), sleeve_folds(6, (250, 240), (330, 760), 4.2)
    worn(sheet, *folds)
    return sheet


def tank_cut() -> Cut:
    return replace(
        tee_cut(),
        neck=run([(0, 292), (52, 276), (84, 226), (96, 140)]),
        back_neck=run([(0, 200), (58, 190), (96, 140)]),
        shoulder=run([(96, 140), (126, 142), (146, 150)]),
        armhole=run([(146, 150), (142, 250), (160, 330), (208, 372)]),
        side=run([(208, 372), (196, 520), (194, 640), (212, 862)]),
        hem=run([(212, 862), (120, 868), (0, 869)]),
    )


def tank_top() -> Sheet:
    sheet, cut = Sheet(303), tank_cut()
    colour: Colour = (206, 92, 72)
    cloth, edge = fabrics.jersey(colour), fabrics.jersey(shaded(colour, 0.94))
    back_arm = cut.armhole - np.array([10, -3])
    behind = np.concatenate([cut.back_neck, cut.shoulder, back_arm, cut.side, cut.hem])
    mask = sheet.lay(closed(behind), cloth, lift=1.0)
    sheet.tint(mask, 0.72)
    label(sheet, 0, 206)
    lay = np.concatenate([cut.neck, cut.shoulder, cut.armhole, cut.side, cut.hem])
    sheet.lay(closed(lay), cloth, lift=1.4, rim=7)
    neck_band(sheet, across(cut.neck), 12, edge, spacing=0)
    for side in SIDES:
        line = flipped(cut.armhole, side)
        neck_band(sheet, line if side == 1 else line[::-1], 11, edge, spacing=0)
    trims.hem(sheet, across(cut.hem[::-1])[::-1], shaded(colour, 0.8), 15)
    worn(sheet, body_folds(31, 350, 862, 200, 4.6))
    return sheet


def hoodie_cut() -> Cut:
    return Cut(
        neck=run([(0, 330), (40, 304), (72, 262), (96, 226)]),
        back_neck=run([(0, 232), (50, 230), (96, 226)]),
        shoulder=run([(96, 226), (160, 240), (216, 262)]),
        armhole=run([(216, 262), (202, 330), (204, 390), (216, 446)]),
        side=run([(216, 446), (212, 600), (214, 740), (220, 812)]),
        hem=run([(220, 812), (120, 818), (0, 819)]),
        sleeve=run([(216, 262), (266, 296), (294, 362), (322, 520), (340, 660), (352, 768)]),
        cuff=run([(352, 768), (318, 776), (280, 778)]),
        under=run([(280, 778), (272, 660), (254, 560), (216, 446)]),
    )


def _hood(sheet: Sheet, cloth: Pattern, lining: Pattern) -> None:
    """The hood laid up: its outside, the dark opening, the doubled rim and the middle seam."""
    outer = joined(
        [(0, 62), (58, 70), (112, 112), (138, 180), (128, 238), (96, 262)],
        [(96, 262), (50, 318), (0, 336)],
    )
    sheet.lay(closed(outer), cloth, lift=2.4, rim=9)
    opening = run([(0, 118), (44, 126), (74, 162), (78, 214), (56, 268), (0, 326)])
    mask = sheet.lay(closed(opening), lining, lift=0.4, rim=3)
    depth = np.exp(-(((sheet.y - 205) / 95) ** 2)).astype(np.float32)
    sheet.tint(mask, 0.62 - 0.16 * depth)
    trims.seam(sheet, run([(0, 122), (2, 170), (1, 226)]), 0.9, 1.4)
    label(sheet, 0, 236)
    rim = across(opening)
    trims.stitches(sheet, beside(rim, -20)[14:-14], (108, 110, 112))
    trims.seam(sheet, beside(rim, -24)[14:-14], 0.9, 1.4)


def _pocket(sheet: Sheet, cloth: Pattern, thread: Colour) -> None:
    half = joined(
        [(0, 618), (92, 618)],
        [(92, 618), (108, 650), (142, 716)],
        [(142, 716), (142, 804)],
        [(142, 804), (0, 806)],
    )
    sheet.lay(closed(half), cloth, lift=2.6, rim=5)
    for side in SIDES:
        trims.stitches(sheet, flipped(run([(86, 622), (101, 654), (135, 718)]), side), thread)
        trims.stitches(sheet, flipped(run([(80, 624), (95, 657), (129, 722)]), side), thread)
        trims.stitches(sheet, flipped(np.array([[138.0, 722], [138, 800]]), side), thread)
    trims.stitches(sheet, np.array([[-90.0, 622], [90, 622]]), thread)


def hoodie() -> Sheet:
    sheet, cut = Sheet(404), hoodie_cut()
    colour: Colour = (150, 153, 156)
    cloth, rib = (
        fabrics.jersey(colour, heather=0.75),
        fabrics.jersey(shaded(colour, 0.94), heather=0.6),
    )
    thread = shaded(colour, 0.78)
    lay_sleeves(sheet, cut, fabrics.turned(cloth, -13))
    lay_torso(sheet, cut, cloth)
    for line in cuff_lines(cut):
        sheet.lay(band(line, -46), rib, lift=1.0, rim=5)
        trims.ribs(sheet, line, -46, 4.2, 0.9)
        trims.seam(sheet, line)
    waist = across(cut.hem[::-1])[::-1]
    sheet.lay(band(waist, -52), rib, lift=1.0, rim=5)
    trims.ribs(sheet, waist, -52, 4.4, 0.9)
    trims.seam(sheet, waist)
    _pocket(sheet, cloth, thread)
    _hood(sheet, cloth, fabrics.jersey(shaded(colour, 0.9), heather=0.5))
    folds = body_folds(44, 400, 812, 210, 5.2), sleeve_folds(46, (256, 320), (316, 740), 5.6)
    worn(sheet, *folds, soft=0.9)
    for side in SIDES:
        trims.cord(
            sheet, flipped(run([(34, 318), (40, 372), (34, 440), (37, 502)]), side), (232, 230, 224)
        )
        trims.cord(sheet, flipped(run([(37, 500), (37.5, 514)]), side), (120, 122, 126), 6.5)
    return sheet


def shirt_cut() -> Cut:
    return replace(
        long_cut(),
        neck=run([(0, 236), (26, 206), (56, 172), (80, 140)]),
        back_neck=run([(0, 158), (46, 154), (80, 140)]),
        shoulder=run([(80, 140), (150, 158), (216, 188)]),
        armhole=run([(216, 188), (203, 260), (204, 326), (214, 384)]),
        side=run([(214, 384), (207, 520), (206, 680), (214, 836)]),
        hem=run([(214, 836), (184, 872), (110, 900), (0, 904)]),
        sleeve=run([(216, 188), (264, 226), (296, 300), (326, 450), (348, 620), (362, 748)]),
        cuff=run([(362, 748), (330, 757), (292, 760)]),
        under=run([(292, 760), (276, 650), (254, 530), (214, 384)]),
    )


def _shirt_collar(sheet: Sheet, cloth: Pattern, thread: Colour) -> None:
    stand = band(across(run([(0, 146), (44, 142), (82, 136)])), 24)
    sheet.lay(stand, cloth, lift=1.2, rim=3)
    for side in SIDES:
        leaf = flipped(
            joined(
                [(80, 137), (58, 172), (24, 214), (3, 232)],
                [(3, 232), (34, 268), (60, 290)],
                [(60, 290), (92, 240), (108, 190), (99, 147)],
                [(99, 147), (90, 140), (80, 137)],
            ),
            side,
        )
        sheet.lay(leaf, cloth if side == 1 else _mirror(cloth), lift=2.0, rim=4)
        edge = flipped(
            joined([(8, 235), (36, 264), (60, 283)], [(60, 283), (88, 236), (106, 186)]), side
        )
        trims.stitches(sheet, edge, thread, length=2.6, gap=1.3, width=0.8)


def check_shirt() -> Sheet:
    sheet, cut = Sheet(505), shirt_cut()
    red, navy, white = (168, 44, 44), (40, 38, 58), (226, 214, 196)
    cloth = fabrics.checks(red, navy, white, 62)
    lay_back(sheet, cut.back_neck, cut.neck, cloth, 0.66)
    lay_sleeves(sheet, cut, fabrics.turned(cloth, -13, 214, 190))
    lay_torso(sheet, cut, cloth)
    for line in cuff_lines(cut):
        sheet.lay(band(line, -50), fabrics.turned(cloth, 0, 20, 14), lift=1.6, rim=3)
        trims.stitches(sheet, beside(line, -4), white, length=2.6, gap=1.3, width=0.8)
        trims.stitches(sheet, beside(line, -46), white, length=2.6, gap=1.3, width=0.8)
    label(sheet, 0, 170)
    placket = np.array([[-20.0, 236], [20, 228], [20, 902], [-20, 904]])
    sheet.lay(placket, fabrics.turned(cloth, 0, 8, 0), lift=1.4, rim=2)
    for x in (-15, 15):
        trims.stitches(
            sheet,
            np.array([[x, 240.0], [x, 898]]),
            shaded(red, 0.7),
            length=2.6,
            gap=1.3,
            width=0.8,
        )
    _shirt_collar(sheet, fabrics.turned(cloth, 45), shaded(red, 0.7))
    pocket = np.array([[70.0, 380], [160, 380], [160, 470], [115, 488], [70, 470]])
    sheet.lay(pocket, fabrics.turned(cloth, 0, 11, 7), lift=1.0, rim=3)
    trims.stitches(
        sheet,
        beside(np.concatenate([pocket, pocket[:1]]), 3.5),
        shaded(red, 0.7),
        length=2.6,
        gap=1.3,
        width=0.8,
    )
    trims.hem(sheet, across(cut.hem[::-1])[::-1], shaded(red, 0.7), 9, 1)
    worn(sheet, body_folds(55, 340, 880, 205, 4.6), sleeve_folds(57, (252, 246), (328, 740), 4.4))
    for k in range(7):
        trims.button(sheet, 0, 262 + 96 * k, (214, 206, 190), 5.6)
    return sheet


def polo() -> Sheet:
    sheet, cut = Sheet(606), tee_cut()
    cut = replace(cut, neck=run([(0, 214), (34, 200), (64, 172), (84, 146)]))
    colour: Colour = (58, 96, 66)
    cloth, rib = fabrics.jersey(colour), fabrics.jersey(shaded(colour, 0.92))
    thread = shaded(colour, 0.78)
    lay_back(sheet, cut.back_neck, cut.neck, cloth, 0.66)
    lay_sleeves(sheet, cut, fabrics.turned(cloth, -28))
    lay_torso(sheet, cut, cloth)
    for line in cuff_lines(cut):
        sheet.lay(band(line, 24), rib, lift=0.8, rim=4)
        trims.ribs(sheet, line, 24, 2.8)
        trims.seam(sheet, beside(line, 25), 0.8, 1.2)
    trims.hem(sheet, across(cut.hem[::-1])[::-1], thread, 15)
    label(sheet, 0, 172)
    placket = np.array([[-17.0, 206], [17, 200], [17, 366], [-17, 366]])
    sheet.lay(placket, cloth, lift=1.5, rim=2)
    trims.stitches(
        sheet,
        np.array([[-13.0, 214], [-13, 362], [13, 362], [13, 210]]),
        thread,
        length=2.6,
        gap=1.3,
    )
    _shirt_collar(sheet, rib, thread)
    worn(sheet, body_folds(65, 330, 868, 205, 4.4), sleeve_folds(69, (236, 230), (300, 400), 3.4))
    for y in (244, 292, 340):
        trims.button(sheet, 0, y, (222, 220, 206), 5.6)
    return sheet


TOPS = {
    "tshirt-logo": tshirt_logo,
    "striped-long-sleeve": striped_long_sleeve,
    "tank-top": tank_top,
    "hoodie": hoodie,
    "check-shirt": check_shirt,
    "polo": polo,
}
