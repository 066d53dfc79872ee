"""What spoils a result is told, and costs confidence."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from deployments.colour_shares import Palette, bins_of, to_lab
from deployments.tryon.drape import Drape
from deployments.tryon.drape.advice import ADVICE, DOUBTFUL, confidence, told
from deployments.tryon.drape.body import measure
from deployments.tryon.drape.doubts import Doubt, garment_doubts, left_over
from deployments.tryon.drape.layers import Composed
from deployments.tryon.drape.scene import TOPS, make_scene
from deployments.types import Image, Label, Outcome, frozen
from tests.deployments.tryon.drape.mannequin import RED, Mannequin, mannequin, trousers


def in_trousers(drape: Drape, person: Mannequin) -> Outcome:
    return drape(person.photo, person.pose, person.parse, *trousers())


def sure(outcome: Outcome) -> float:
    assert outcome.confidence is not None
    return outcome.confidence


def strengths(picture: Image, confidence: float = 1.0) -> dict[str, float]:
    _, mask, shape = trousers()
    doubts = garment_doubts(replace(shape, confidence=confidence), picture, mask)
    found: dict[str, float] = {}
    for doubt in doubts:
        found[doubt.warning] = max(found.get(doubt.warning, 0.0), doubt.strength)
    return found


def test_palettes_of_two_colours_share_nothing() -> None:
    picture = np.zeros((40, 40, 3), np.float32)
    picture[:, :20], picture[:, 20:] = (200, 30, 40), (30, 60, 200)
    bins = bins_of(to_lab(picture))
    left = np.arange(40)[None] < np.full((40, 1), 20)
    red, blue = Palette.of(bins, left), Palette.of(bins, ~left)
    assert red.shares.sum() == pytest.approx(1, abs=1e-4)
    assert red.shared(blue) < 0.01
    assert red.shared(red) == pytest.approx(1, abs=1e-4)
    assert red(bins)[0, 0] > 0.1 > red(bins)[0, 39]


def test_a_garment_on_its_own_colour_blends() -> None:
    picture, mask, _ = trousers()
    assert strengths(picture)["GarmentBlends"] == 0
    alike = np.where(mask[..., None] > 0, picture, np.array([44, 138, 62], np.uint8))
    assert strengths(frozen(alike.astype(np.uint8)))["GarmentBlends"] == 1


def test_ground_inside_the_cut_out_blends() -> None:
    picture, mask, _ = trousers()
    picture = picture.copy()
    picture[mask == 0] = (200, 30, 40)
    picture[400:440, 72:110] = (200, 30, 40)
    assert strengths(frozen(picture))["GarmentBlends"] > 0.3


def test_an_unsure_shape_costs_most() -> None:
    picture, _, _ = trousers()
    assert strengths(picture, 0.95)["GarmentUncertain"] == 0
    assert strengths(picture, 0.3)["GarmentUncertain"] == 1


def test_a_garment_that_is_cut_off_is_told(drape: Drape) -> None:
    person = mannequin(whole=True)
    picture, mask, shape = trousers()
    rows, columns = slice(40, 400), slice(64, 176)
    marks = {name: (x - 64, y - 40) for name, (x, y) in shape.landmarks.items()}
    cut = replace(shape, landmarks=marks)
    outcome = drape(
        person.photo,
        person.pose,
        person.parse,
        frozen(picture[rows, columns]),
        frozen(mask[rows, columns]),
        cut,
    )
    assert "GarmentCutOff" in outcome.warnings
    assert sure(outcome) < 0.7 * sure(in_trousers(drape, person))


def in_a_coat(end: int) -> Mannequin:
    """Somebody in a coat that ends at a row, in the mannequin's own measures."""
    person = mannequin(whole=True)
    parse = person.parse.copy()
    coat = cv2.dilate((parse == Label.UPPER_CLOTHES).astype(np.uint8), np.ones((31, 31), np.uint8))
    coat[2 * 140 : 2 * end, 2 * 50 : 2 * 142] = 1
    parse[(coat > 0) & ~np.isin(parse, (Label.FACE, Label.HAIR))] = Label.COAT
    return Mannequin(person.photo, person.pose, frozen(parse))


def test_a_result_that_shows_next_to_nothing_of_the_garment_is_doubted(drape: Drape) -> None:
    half, whole = (sure(in_trousers(drape, in_a_coat(end))) for end in (240, 306))
    assert half > DOUBTFUL > whole


def test_a_long_coat_is_in_the_way(drape: Drape) -> None:
    person = mannequin(whole=True)
    outcome = in_trousers(drape, in_a_coat(280))
    assert {"CoatInTheWay", "GarmentHidden"} <= set(outcome.warnings)
    plain = in_trousers(drape, person)
    assert not {"CoatInTheWay", "GarmentHidden"} & set(plain.warnings)
    assert sure(outcome) < sure(plain) - 0.1


def test_old_cloth_that_was_called_ground_is_counted() -> None:
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    lost = (slice(2 * 118, 2 * 162), slice(2 * 127, 2 * 146))
    photo[lost], parse[lost] = RED, Label.BACKGROUND
    counted = []
    for one in (photo, person.photo):
        scene = make_scene(frozen(one), person.pose, frozen(parse))
        for edited in (0.0, 1.0):
            size = np.zeros(scene.full_size, np.float32)
            drawn = Composed(scene.photo * 1.0, size + edited, scene.photo * 1.0, size, size)
            counted.append(left_over(scene, measure(scene), drawn, TOPS))
    area = 44 * 19 * (2 / scene.magnification) ** 2
    assert 0.5 * area < counted[0] < 1.1 * area
    assert counted[1:] == [0, 0, 0]


def test_a_plain_result_is_sure(drape: Drape) -> None:
    assert sure(in_trousers(drape, mannequin(whole=True))) > 0.8


def test_little_confidence_has_a_reason() -> None:
    doubts = [Doubt("GarmentBlends", 0.3, 0.2), Doubt("MuchInvented", 0.45, 0.9)]
    value = confidence(doubts, ())
    assert value < DOUBTFUL
    assert told(doubts, (), value) == ("MuchInvented",)
    assert told(doubts, (), 0.9) == ()
    assert confidence(doubts, ("BackView",)) < value
    assert told([Doubt("GarmentCutOff", 0.6, 0.5)], ("ArmRaised",), 0.4) == (
        "ArmRaised",
        "GarmentCutOff",
    )
    assert {"GarmentCutOff", "MuchInvented"} <= set(ADVICE)
