"""Landmarks are measured against where they were drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import cv2
import numpy as np
import pytest

from deployments.garment_shape import GarmentShaper
from deployments.garment_shape.crown import is_crown
from deployments.garment_shape.halves import top_halves
from deployments.garment_shape.neckline import with_seen_opening
from deployments.garment_shape.outline import upright
from deployments.garment_shape.top import with_agreeing_armpits
from deployments.types import GarmentNotFound, GarmentShape, Image, Tube, frozen
from tests.deployments import drawn_garments as drawing
from tests.deployments.drawn_garments import Drawn
from tests.deployments.garment_shape.telling import tell

CLOSE = 0.03
"""Share of the garment's width by which a landmark may be off."""

GARMENTS: dict[str, Callable[[], Drawn]] = {
    "t_shirt": drawing.t_shirt,
    "tilted t_shirt": lambda: drawing.t_shirt(tilt=6),
    "long_sleeve": drawing.long_sleeve,
    "tilted long_sleeve": lambda: drawing.long_sleeve(tilt=-5),
    "spread_sleeves": drawing.spread_sleeves,
    "vest": drawing.vest,
    "trousers": drawing.trousers,
    "tilted trousers": lambda: drawing.trousers(tilt=4),
    "shorts": drawing.shorts,
    "skirt": drawing.skirt,
    "dress": drawing.dress,
}


@pytest.mark.parametrize("name", GARMENTS)
def test_landmarks_are_where_they_were_drawn(name: str, shaper: GarmentShaper) -> None:
    garment = GARMENTS[name]()
    shape = shaper(garment.image, garment.mask)
    off = {
        mark: float(np.hypot(*np.subtract(shape.landmarks[mark], at))) / garment.width
        for mark, at in garment.truth.items()
    }
    assert {mark: share for mark, share in off.items() if share > CLOSE} == {}


@pytest.mark.parametrize("name", GARMENTS)
def test_kind_and_sleeve_are_those_drawn(name: str, shaper: GarmentShaper) -> None:
    garment = GARMENTS[name]()
    shape = shaper(garment.image, garment.mask)
    assert (shape.kind, shape.sleeve) == (garment.kind, garment.sleeve)
    assert shape.confidence > 0.4


@pytest.mark.parametrize("name", ["t_shirt", "long_sleeve", "trousers", "shorts"])
def test_tubes_cover_sleeves_and_legs_and_no_ground(name: str, shaper: GarmentShaper) -> None:
    garment = GARMENTS[name]()
    shape = shaper(garment.image, garment.mask)
    for tube in (shape.left_tube, shape.right_tube):
        assert tube is not None
        assert len(tube.centre) == len(tube.half_width) >= 14
        inside, beyond = _across(garment, tube, 0.9), _across(garment, tube, 1.15)
        # A slanting cuff leaves a corner of its last slices bare.
        assert inside.mean() > 0.93
        # The root lies in the body; near the cuff the ground begins right beyond the edges.
        assert beyond[len(beyond) // 2 :].mean() < 0.1


def test_left_is_the_wearers(shaper: GarmentShaper) -> None:
    shape = _shape(drawing.long_sleeve(), shaper)
    for name in ("neck", "shoulder", "armpit", "waist", "hem"):
        assert shape.landmarks[f"{name}_left"][0] > shape.landmarks[f"{name}_right"][0]
    assert shape.left_tube is not None
    assert shape.right_tube is not None
    assert shape.left_tube.centre[-1, 0] > drawing.AXIS > shape.right_tube.centre[-1, 0]
    # From the armhole to the cuff.
    assert shape.left_tube.centre[0, 1] < shape.left_tube.centre[-1, 1]


def test_the_neckline_follows_the_front_edge(shaper: GarmentShaper) -> None:
    shape = _shape(drawing.t_shirt(), shaper)
    assert shape.neckline is not None
    assert np.allclose(shape.neckline[0], shape.landmarks["neck_right"], atol=2)
    assert np.allclose(shape.neckline[-1], shape.landmarks["neck_left"], atol=2)
    x, y = (shape.neckline[:, 0] - drawing.AXIS) / 90, (shape.neckline[:, 1] - 130) / 75
    middle = np.abs(x) < 0.8
    assert np.abs(np.hypot(x, y)[middle] - 1).max() < 0.12


def test_an_opening_without_corners_is_seen_in_the_picture(shaper: GarmentShaper) -> None:
    garment = drawing.boat_neck()
    marks = _shape(garment, shaper).landmarks
    assert _apart(marks, "neck") == pytest.approx(_apart(garment.truth, "neck"), rel=0.15)
    assert marks["neck_front"][1] == pytest.approx(garment.truth["neck_front"][1], abs=12)


@pytest.mark.parametrize("half", [24, 42])
def test_a_hangers_crown_is_no_collar(half: int, shaper: GarmentShaper) -> None:
    garment = drawing.on_a_hanger(half)
    marks = _shape(garment, shaper).landmarks
    assert _apart(marks, "neck") == pytest.approx(_apart(garment.truth, "neck"), rel=0.3)
    assert marks["neck_left"][1] > 115
    assert marks["neck_front"][1] == pytest.approx(garment.truth["neck_front"][1], abs=15)


def test_the_back_is_seen_behind_a_hangers_crown(shaper: GarmentShaper) -> None:
    """Nothing of it would be sought behind a collar that stands up."""
    garment = drawing.on_a_hanger()
    outline = upright(garment.mask)
    halves = top_halves(outline)
    opening = shaper.opening(garment.image, outline, *halves)
    opened = with_seen_opening(garment.image, outline, *halves, opening)
    assert [half.standing_collar for half in halves] == [True, True]
    assert [half.standing_collar for half in opened] == [False, False]


def test_a_collar_of_the_same_form_stays(shaper: GarmentShaper) -> None:
    marks = _shape(drawing.on_a_hanger(collar=True), shaper).landmarks
    assert _apart(marks, "neck") < 120


def test_a_pale_hood_is_no_hanger(shaper: GarmentShaper) -> None:
    garment = drawing.on_a_hanger(70)
    halves = top_halves(upright(garment.mask))
    standing = [half.standing_collar for half in halves]
    assert standing == [True, True]
    assert not is_crown(garment.image, upright(garment.mask), *halves)


def _apart(marks: Mapping[str, tuple[float, float]], name: str) -> float:
    return abs(marks[f"{name}_left"][0] - marks[f"{name}_right"][0])


@pytest.mark.parametrize(("label", "rim"), [(20, 0), (40, 0), (20, 8)])
def test_the_inside_of_a_vests_back_is_no_front(
    shaper: GarmentShaper, label: int, rim: int
) -> None:
    """Nor is its own rim, or a wide label."""
    garment = drawing.tank_top(label, rim)
    shape = _shape(garment, shaper)
    assert shape.landmarks["neck_front"][1] == pytest.approx(garment.truth["neck_front"][1], abs=20)


def test_a_plain_standing_collar_is_not_cut(shaper: GarmentShaper) -> None:
    half = [(0.0, 100.0), (60.0, 100.0), (66.0, 170.0), (200.0, 215.0), (320.0, 370.0),
            (250.0, 430.0), (195.0, 370.0), (195.0, 860.0), (0.0, 862.0)]  # fmt: skip
    shape = _shape(drawing.drawn(half, {}, "top"), shaper)
    assert shape.neckline is not None
    assert shape.neckline[:, 1].min() < 106
    assert shape.landmarks["neck_left"][1] == pytest.approx(170, abs=12)


def _with_lines_of_shade(garment: Drawn, aside: int, rows: slice) -> Image:
    """The picture with the lines that sleeves throw on a body, `aside` px from the axis."""
    image = garment.image.copy()
    for x in (round(drawing.AXIS) - aside, round(drawing.AXIS) + aside):
        image[rows, x - 2 : x + 3] = (15, 30, 80)
    return image


NOTCHED = [(0.0, 122.0), (80.0, 130.0), (195.0, 175.0), (262.0, 400.0), (270.0, 800.0),
           (205.0, 805.0), (200.0, 740.0), (0.0, 745.0)]  # fmt: skip
"""The half of a top with a notch at the hem, as between a cuff and the body."""


def test_a_sleeve_against_the_body_is_found_by_its_edge(shaper: GarmentShaper) -> None:
    """No gap in the outline, a notch at the hem, and a line of shade between sleeve and body."""
    garment = drawing.drawn(NOTCHED, {}, "top", "long")
    shape = shaper(_with_lines_of_shade(garment, 200, slice(390, 745)), garment.mask, "upper")
    assert shape.sleeve == "long"
    assert shape.landmarks["hem_left"][0] == pytest.approx(drawing.AXIS + 200, abs=16)
    assert shape.landmarks["armpit_left"][0] == pytest.approx(drawing.AXIS + 200, abs=20)


def test_no_strip_of_the_body_is_a_short_sleeve(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same outline where the network sees a T-shirt."""
    garment = drawing.drawn(NOTCHED, {}, "top", "short")
    tell(shaper, monkeypatch, garment, none=0.1, others="short")
    shape = shaper(_with_lines_of_shade(garment, 200, slice(390, 745)), garment.mask, "upper")
    assert shape.left_tube is None


def test_a_long_sleeve_on_a_t_shirt_is_doubted(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    garment = drawing.long_sleeve()
    tell(shaper, monkeypatch, garment, none=0.0)
    sure = shaper(garment.image, garment.mask, "upper").confidence
    tell(shaper, monkeypatch, garment, none=0.0, others="short")
    assert shaper(garment.image, garment.mask, "upper").confidence < 0.5 * sure


FRILL, HANGER = [(190.0, 150.0), (230.0, 165.0), (226.0, 215.0)], [(228.0, 186.0), (232.0, 194.0)]
"""What stands out beside the shoulders of a dress."""


@pytest.mark.parametrize(
    ("none", "outward", "bare"),
    [(0.95, FRILL, True), (0.75, FRILL, False), (0.4, HANGER, True), (0.15, HANGER, False)],
)
def test_frills_are_no_sleeves_where_the_network_sees_none(
    shaper: GarmentShaper,
    monkeypatch: pytest.MonkeyPatch,
    none: float,
    outward: list[tuple[float, float]],
    bare: bool,
) -> None:
    """Nor are a hanger's ends, which run out to a point, where it may see none."""
    half = [(0.0, 122.0), (70.0, 126.0), *outward, (160.0, 215.0),
            (165.0, 300.0), (200.0, 345.0), (230.0, 880.0), (0.0, 890.0)]  # fmt: skip
    garment = drawing.drawn(half, {}, "dress", "none")
    tell(shaper, monkeypatch, garment, none, others="short")
    shape = shaper(garment.image, garment.mask, "dress")
    assert (shape.left_tube is None) == bare
    for side in ("left", "right"):
        assert (shape.landmarks[f"armpit_{side}"][1] > 300) == bare


def test_no_sleeves_are_looked_for_where_the_network_sees_none(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flared dress whose hem has corners like cuffs."""
    garment = drawing.drawn(NOTCHED, {}, "top", "none")
    tell(shaper, monkeypatch, garment, none=0.75)
    shape = shaper(_with_lines_of_shade(garment, 200, slice(390, 745)), garment.mask, "upper")
    assert shape.sleeve == "none"
    assert shape.left_tube is None


@pytest.mark.parametrize("none", [0.7, 0.3])
def test_a_bodice_over_a_narrow_waist_is_no_sleeve(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch, none: float
) -> None:
    """Armpits never lie so low, whatever the network sees."""
    half = [(0.0, 122.0), (92.0, 124.0), (110.0, 288.0), (119.0, 348.0), (76.0, 376.0),
            (230.0, 860.0), (0.0, 870.0)]  # fmt: skip
    garment = drawing.drawn(half, {}, "dress", "none")
    tell(shaper, monkeypatch, garment, none, others="short")
    assert shaper(garment.image, garment.mask, "dress").left_tube is None


COLLAR = [(0.0, 100.0), (62.0, 100.0), (68.0, 165.0)]
SIDE = [(195.0, 200.0), (268.0, 400.0), (275.0, 800.0), (0.0, 805.0)]
"""The half of a top whose sleeves lie against the body down to its hem."""


@pytest.mark.parametrize(("none", "guessed"), [(0.05, True), (0.3, False)])
def test_long_sleeves_that_nothing_shows_are_guessed_where_they_surely_are(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch, none: float, guessed: bool
) -> None:
    """No gap and no notch, but lines of shade; the collar stays what it was."""
    garment = drawing.drawn([*COLLAR, *SIDE], {}, "top", "long")
    tell(shaper, monkeypatch, garment, none)
    shape = shaper(_with_lines_of_shade(garment, 205, slice(340, 800)), garment.mask, "upper")
    assert (shape.left_tube is not None) == guessed
    for side in ("left", "right"):
        assert abs(shape.landmarks[f"neck_{side}"][0] - drawing.AXIS) == pytest.approx(68, abs=10)
        if guessed:
            for mark in ("armpit", "hem"):
                x, _ = shape.landmarks[f"{mark}_{side}"]
                assert abs(x - drawing.AXIS) == pytest.approx(205, abs=20)


STUB = [(0.0, 122.0), (80.0, 130.0), (190.0, 165.0), (330.0, 215.0), (318.0, 270.0),
        (262.0, 262.0), (275.0, 800.0), (0.0, 805.0)]  # fmt: skip


@pytest.mark.parametrize(("others", "guessed"), [("long", True), ("short", False)])
def test_a_stub_is_no_long_sleeve(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch, others: str, guessed: bool
) -> None:
    """Long sleeves folded behind the body leave their upper ends to be seen."""
    garment = drawing.drawn(STUB, {}, "top", "long")
    tell(shaper, monkeypatch, garment, 0.05, others)
    shape = shaper(_with_lines_of_shade(garment, 205, slice(360, 800)), garment.mask, "upper")
    assert shape.left_tube is not None
    assert (float(np.ptp(shape.left_tube.centre[:, 1])) > 250) == guessed


STRAPS = [(0.0, 262.0), (130.0, 250.0), (150.0, 122.0), (165.0, 124.0)]
"""A wide neck opening between straps."""


def test_straps_stop_no_sleeves_that_are_surely_there(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    garment = drawing.drawn([*STRAPS, *SIDE], {}, "top", "long")
    tell(shaper, monkeypatch, garment, none=0.05)
    shape = shaper(_with_lines_of_shade(garment, 205, slice(340, 800)), garment.mask, "upper")
    assert shape.left_tube is not None


def test_a_line_in_the_middle_of_the_body_parts_no_sleeve(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However clear it is: a placket, a seam."""
    garment = drawing.drawn([*COLLAR, *SIDE], {}, "top", "long")
    tell(shaper, monkeypatch, garment, none=0.05)
    image = _with_lines_of_shade(garment, 205, slice(340, 800)).copy()
    for side in (-1, 1):
        x = round(drawing.AXIS) + side * 115
        image[200:800, x - 3 : x + 4] = 250
    shape = shaper(frozen(image), garment.mask, "upper")
    assert abs(shape.landmarks["hem_left"][0] - drawing.AXIS) > 160


def test_a_shoulders_end_is_no_neck_beside_guessed_sleeves(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its sleeves a square top reads as if its collar went out to the shoulders' ends."""
    half = [(0.0, 122.0), (80.0, 126.0), (190.0, 140.0), (268.0, 400.0), *SIDE[2:]]
    garment = drawing.drawn(half, {}, "top", "long")
    told = top_halves(upright(garment.mask))
    assert all(one.point("neck")[0] > 0.6 * one.point("armpit")[0] for one in told)
    tell(shaper, monkeypatch, garment, none=0.05)
    shape = shaper(_with_lines_of_shade(garment, 205, slice(340, 800)), garment.mask, "upper")
    for side in ("left", "right"):
        assert abs(shape.landmarks[f"neck_{side}"][0] - drawing.AXIS) < 120


def test_a_dresss_sleeves_that_leave_the_body_at_the_elbow(shaper: GarmentShaper) -> None:
    """A gap only between forearm and skirt: the armpits lie above it, on the line of shade."""
    half = [(0.0, 62.0), (62.0, 66.0), (130.0, 90.0), (165.0, 250.0), (180.0, 500.0),
            (128.0, 505.0), (104.0, 400.0), (120.0, 520.0), (150.0, 960.0),
            (0.0, 970.0)]  # fmt: skip
    garment = drawing.drawn(half, {}, "dress", "long")
    shape = shaper(_with_lines_of_shade(garment, 104, slice(215, 400)), garment.mask, "dress")
    assert shape.sleeve == "long"
    assert shape.landmarks["armpit_left"][1] < 330
    assert shape.left_tube is not None
    assert float(np.ptp(shape.left_tube.centre[:, 1])) > 250


@pytest.mark.parametrize(("gap", "armpit"), [(520, 440), (460, 385)])
def test_a_tops_sleeves_that_leave_the_body_near_the_hem(
    shaper: GarmentShaper, gap: int, armpit: int
) -> None:
    """The gap begins low, as in sweaters laid with their arms down: armpits never lie so deep."""
    half = [(0.0, 122.0), (80.0, 130.0), (195.0, 175.0), (320.0, 640.0), (255.0, 650.0),
            (225.0, gap), (225.0, 745.0), (210.0, 750.0), (0.0, 752.0)]  # fmt: skip
    garment = drawing.drawn(half, {}, "top", "long")
    shape = shaper(_with_lines_of_shade(garment, 222, slice(340, gap)), garment.mask, "upper")
    assert shape.sleeve == "long"
    assert shape.confidence > 0.8
    for side in ("left", "right"):
        x, y = shape.landmarks[f"armpit_{side}"]
        assert y == pytest.approx(armpit, abs=30)
        assert abs(x - drawing.AXIS) == pytest.approx(222, abs=20)
        assert shape.landmarks[f"hem_{side}"][1] > 690


def test_a_named_category_is_believed(shaper: GarmentShaper) -> None:
    garment = drawing.t_shirt()
    assert shaper(garment.image, garment.mask, "dress").kind == "dress"
    assert shaper(garment.image, garment.mask, "lower").category == "lower"


def test_an_empty_mask_is_no_garment(shaper: GarmentShaper) -> None:
    garment = drawing.skirt()
    with pytest.raises(GarmentNotFound) as caught:
        shaper(garment.image, np.zeros_like(garment.mask))
    assert caught.value.hint


def test_inputs_may_be_read_only_and_any_size(shaper: GarmentShaper) -> None:
    garment = drawing.t_shirt()
    small = np.ascontiguousarray(garment.image[::4, ::4]), garment.mask[::4, ::4]
    for array in small:
        array.setflags(write=False)
    shape = shaper(*small)
    assert shape.kind == "top"
    assert shape.landmarks["hem_left"][1] == pytest.approx(850 / 4, abs=6)


def _shape(garment: Drawn, shaper: GarmentShaper) -> GarmentShape:
    return shaper(garment.image, garment.mask)


def _across(
    garment: Drawn, tube: Tube, share: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether the points at this share of the half width, on both sides, lie on cloth."""
    ahead = np.gradient(tube.centre, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    out = np.column_stack([-ahead[:, 1], ahead[:, 0]]) * tube.half_width[:, None] * share
    at = np.stack([tube.centre + out, tube.centre - out], axis=1).round().astype(int)
    height, width = garment.mask.shape
    x, y = at[..., 0].clip(0, width - 1), at[..., 1].clip(0, height - 1)
    return np.asarray(garment.mask[y, x] > 127)


def test_confidence_falls_with_symmetry(shaper: GarmentShaper) -> None:
    garment = drawing.t_shirt()
    folded = garment.mask.copy()
    folded[:, int(drawing.AXIS) + 120 :] = 0
    whole, half = (shaper(garment.image, mask) for mask in (garment.mask, folded))
    assert half.confidence < whole.confidence - 0.05


def test_a_front_that_gapes_is_open(shaper: GarmentShaper) -> None:
    garment = drawing.t_shirt()
    axis = int(drawing.AXIS)
    mask = garment.mask.copy()
    for y in range(300, 900):
        reach = (y - 300) // 14 + 6
        mask[y, axis - reach : axis + reach] = 0
    assert shaper(garment.image, mask, "upper").is_open
    assert not shaper(garment.image, garment.mask, "upper").is_open


def test_a_pocket_on_one_side_is_no_armhole() -> None:
    """The armpits of a dress without sleeves lie at one height: the higher of two is right."""
    half = [(100, 30), (120, 10), (140, 10), (130, 90), (150, 300), (100, 300)]
    mask = np.zeros((320, 200), np.uint8)
    cv2.fillPoly(mask, [np.array(half)], 255)
    cv2.fillPoly(mask, [np.array([(200 - x, y) for x, y in half])], 255)
    outline = upright(frozen(mask))
    left, right = top_halves(outline)
    assert not left.sleeved
    lower = replace(left, armpit=left.waist)
    for one, other in ((lower, right), (right, lower)):
        found = with_agreeing_armpits(one, other, outline.height)
        heights = [float(half.point("armpit")[1]) for half in found]
        assert abs(heights[0] - heights[1]) < 3
        assert min(heights) == right.point("armpit")[1]
        assert all(half.shoulder < half.armpit < half.waist for half in found)
    sleeved = replace(lower, sleeved=True)
    assert with_agreeing_armpits(sleeved, right, outline.height) == (sleeved, right)


def test_a_corner_of_an_opening_that_lies_askew_stays_on_the_shoulder() -> None:
    """Drawn in to the other side's width, it would slide down inside the opening."""
    left = [(115, 70), (148, 64), (164, 10), (195, 24), (225, 90), (195, 100), (185, 300)]
    right = [(115, 70), (97, 62), (91, 10), (35, 24), (5, 90), (35, 100), (45, 300)]
    mask = np.zeros((320, 240), np.uint8)
    for side in (left, right):
        cv2.fillPoly(mask, [np.array([*side, (115, 300)])], 255)
    outline = upright(frozen(mask))
    for half in top_halves(outline):
        assert float(half.point("neck")[1]) < outline.top + 0.06 * outline.height


def test_a_bite_of_the_carpet_into_one_side_is_no_armpit(shaper: GarmentShaper) -> None:
    garment = drawing.t_shirt()
    ys, xs = np.nonzero(garment.mask)
    low = int(ys.min() + 0.62 * np.ptp(ys))
    right = int(xs[ys == low].max())
    mask = garment.mask.copy()
    deep = int(0.35 * (right - drawing.AXIS))
    bite = [(right + 5, low - 25), (right - deep, low), (right + 5, low + 25)]
    cv2.fillPoly(mask, [np.array(bite)], (0,))
    whole, bitten = (shaper(garment.image, one, "upper").landmarks for one in (garment.mask, mask))
    for name in ("armpit_left", "armpit_right"):
        assert bitten[name][1] == pytest.approx(whole[name][1], abs=12)


def test_a_shelf_beside_a_dress_is_no_hem(shaper: GarmentShaper) -> None:
    half = [(0, 52), (62, 60), (125, 82), (190, 175), (150, 215), (118, 180), (112, 330),
            (115, 470), (270, 478), (270, 486), (116, 492), (125, 960), (0, 965)]  # fmt: skip
    garment = drawing.drawn(half, {}, "dress", "short", neck=[(62, 60), (40, 95), (0, 110)])
    marks = _shape(garment, shaper).landmarks
    for side in ("left", "right"):
        assert marks[f"hem_{side}"][1] == pytest.approx(960, abs=12)
