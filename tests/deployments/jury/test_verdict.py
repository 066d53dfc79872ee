"""Every measure is right where nothing is wrong, and tells what is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deployments.jury.evidence import Evidence
from deployments.jury.verdict import MEASURES, PAIRED, judge
from deployments.types import Label
from tests.deployments.jury.figure import (
    BLUE,
    DENIM,
    FACE,
    GROUND,
    HEIGHT,
    LEFT_SLEEVE,
    LEGS,
    RED,
    SKIN,
    TORSO,
    WIDTH,
    dressed,
    evidence,
    grey,
    painted,
    parse_map,
    with_steps,
)


def number(name: str, one: Evidence) -> float:
    value = judge(one)[name]
    assert value is not None
    return value


def test_a_faultless_result() -> None:
    numbers = judge(evidence(truth=dressed(RED), truth_parse=parse_map()))
    perfect = {
        "ssim_garment_256": 1.0,
        "ssim_whole": 1.0,
        "psnr_person": 100.0,
        "outside_identical": 1.0,
        "face_identical": 1.0,
        "hands_identical": 1.0,
        "garment_colour": 0.0,
        "pattern_kept": 1.0,
        "garment_area": 1.0,
        "leak": 0.0,
        "lower_area": 1.0,
        "sleeve_asymmetry": 0.0,
    }
    assert {name: numbers[name] for name in perfect} == pytest.approx(perfect, abs=1e-4)


def test_what_does_not_apply_has_no_number() -> None:
    numbers = judge(evidence())
    absent = {*PAIRED, "logo_score", "logo_read", "skin_area", "skin_tone"}
    assert {name for name, value in numbers.items() if value is None} == absent
    assert list(numbers) == list(MEASURES)


def test_an_engine_that_tells_nothing_is_judged_by_the_rest() -> None:
    numbers = judge(evidence(steps={}))
    told = {name for name, value in numbers.items() if value is not None}
    assert told == {"edited_share", "face_identical", "hands_identical"}


def test_one_changed_pixel_outside_is_seen() -> None:
    good = evidence()
    bad = replace(good, result=painted(good.result, (slice(5, 6), slice(7, 8)), 0))
    assert number("outside_identical", bad) < 1
    assert number("edited_share", bad) > number("edited_share", good)


def test_a_touched_face_is_seen() -> None:
    good = evidence()
    inside = (slice(FACE[0].start + 10, FACE[0].start + 20), FACE[1])
    bad = replace(good, result=painted(good.result, inside, SKIN[::-1]))
    assert number("face_identical", bad) < 0.9
    assert number("hands_identical", bad) == 1


def test_a_touched_hand_is_seen() -> None:
    good = evidence()
    bad = replace(good, result=painted(good.result, (slice(150, 165), slice(132, 156)), 0))
    assert number("hands_identical", bad) < 0.8
    assert number("face_identical", bad) == 1


def test_a_wrong_colour_is_far_off() -> None:
    bad = replace(evidence(), result=dressed((40, 160, 60)))
    assert number("garment_colour", bad) > 40
    assert number("pattern_kept", bad) > 0.9


def test_a_lost_pattern_is_seen() -> None:
    good = evidence()
    bad = replace(good, result=painted(good.result, TORSO, RED))
    assert number("pattern_kept", bad) < 0.6
    shifted = replace(good, result=np.roll(good.result, 3, axis=0))
    assert number("pattern_kept", shifted) < 0


def test_a_plain_garment_has_no_pattern() -> None:
    good = evidence()
    plain = painted(good.result, (slice(None), slice(None)), RED)
    assert judge(with_steps(good, warped=plain))["pattern_kept"] is None


def test_noise_in_the_garment_costs_likeness() -> None:
    truth = dressed(RED)
    noise = np.random.default_rng(0).integers(-40, 40, truth.shape)
    noisy = np.clip(truth + noise, 0, 255).astype(np.uint8)
    bad = evidence(truth=truth, truth_parse=parse_map(), result=noisy)
    assert number("ssim_garment_256", bad) < 0.9
    assert number("psnr_garment", bad) < 25


def test_cloth_beyond_the_truth_is_in_the_garment_region() -> None:
    good = evidence(truth=dressed(RED), truth_parse=parse_map())
    cloth = parse_map() == Label.UPPER_CLOTHES
    cloth[LEGS] = True
    long = replace(good, result=painted(good.result, LEGS, RED))
    long = with_steps(long, cloth=grey(cloth))
    assert number("psnr_garment", long) < 20


def test_a_garment_that_the_parser_does_not_see() -> None:
    again = parse_map()
    again[TORSO[0], 60:96] = Label.BACKGROUND
    assert number("garment_area", evidence(parse_again=again)) < 0.8


def test_no_garment_at_all_is_worst() -> None:
    good = evidence()
    nothing = with_steps(good, cloth=grey(np.zeros(good.size, bool)))
    assert number("garment_area", nothing) == 0


def test_lost_trousers_are_seen() -> None:
    again = parse_map()
    again[LEGS[0].start + 30 : LEGS[0].stop, LEGS[1]] = Label.BACKGROUND
    assert number("lower_area", evidence(parse_again=again)) < 0.7


def test_sleeves_of_two_lengths() -> None:
    cloth = parse_map() == Label.UPPER_CLOTHES
    cloth[LEFT_SLEEVE] = False
    assert number("sleeve_asymmetry", with_steps(evidence(), cloth=grey(cloth))) > 0.3


def test_an_arm_before_the_chest_says_nothing_of_sleeves() -> None:
    one = evidence()
    crossed = one.pose.copy()
    crossed[7] = (90, 130, 1)
    assert judge(replace(one, pose=crossed))["sleeve_asymmetry"] is None


def test_new_skin_of_another_tone() -> None:
    good = evidence()
    bare = np.zeros(good.size, bool)
    bare[LEFT_SLEEVE] = True
    cloth = (parse_map() == Label.UPPER_CLOTHES) & ~bare
    good = with_steps(good, skin=grey(bare), cloth=grey(cloth))
    matching = replace(good, result=painted(good.result, LEFT_SLEEVE, SKIN))
    grey_skin = replace(good, result=painted(good.result, LEFT_SLEEVE, (140, 140, 150)))
    again = parse_map()
    again[LEFT_SLEEVE] = Label.LEFT_ARM
    assert number("skin_tone", replace(matching, parse_again=again)) < 1
    assert number("skin_tone", replace(grey_skin, parse_again=again)) > 10
    assert number("skin_area", replace(matching, parse_again=again)) == 1
    assert judge(grey_skin)["skin_tone"] is None
    assert number("skin_area", grey_skin) == 0  # the parser still calls it a sleeve


def test_a_light_fringe_is_seen() -> None:
    good = evidence()
    height = TORSO[0].stop
    fringed = painted(good.result, (slice(height - 1, height + 1), slice(60, 132)), (255, 255, 0))
    assert number("edge_halo", replace(good, result=fringed)) > number("edge_halo", good) + 0.05


def test_the_old_garment_beside_the_new_one() -> None:
    """The sleeves were taken away: once well, once not at all."""
    good = evidence()
    cloth = np.zeros(good.size, bool)
    cloth[TORSO] = True
    again = parse_map()
    again[LEFT_SLEEVE], again[LEFT_SLEEVE[0], 36:60] = Label.LEFT_ARM, Label.RIGHT_ARM
    bare = painted(good.result, (slice(80, 120), slice(132, 156)), SKIN)
    bare = painted(bare, (slice(80, 120), slice(36, 60)), SKIN)
    clean = with_steps(replace(good, result=bare, parse_again=again), cloth=grey(cloth))
    assert number("leak", clean) == 0
    old = dressed(BLUE)[80:120, 132:156]
    leaking = replace(clean, result=painted(bare, LEFT_SLEEVE, old))
    assert number("leak", leaking) == pytest.approx(0.5, abs=0.05)
    labelled = replace(clean, parse_again=parse_map())
    assert number("leak", labelled) > 0.8


def test_an_old_garment_of_the_grounds_colour_is_known_by_its_label_alone() -> None:
    photo = dressed(GROUND)
    labels = parse_map()
    cloth = np.zeros(labels.shape, bool)
    cloth[TORSO] = True
    again = labels.copy()
    again[LEFT_SLEEVE], again[LEFT_SLEEVE[0], 36:60] = 0, 0
    one = evidence(photo=painted(photo, (slice(80, 120), slice(0, 192)), GROUND))
    one = with_steps(replace(one, result=one.photo, parse_again=again), cloth=grey(cloth))
    assert number("leak", one) == 0


@pytest.mark.parametrize(("ends", "leaks"), [(240, False), (186, True)])
def test_the_skirt_of_a_dress_under_a_new_top_is_no_leak(ends: int, leaks: bool) -> None:
    labels = parse_map()
    labels[TORSO], labels[160:ends, 64:128] = Label.DRESS, Label.DRESS
    photo = dressed(BLUE)
    photo[160:ends, 64:128] = BLUE
    result = dressed(RED)
    result[160:ends, 64:128] = BLUE
    one = evidence(photo=photo, parse=labels, result=result, parse_again=labels)
    assert (number("leak", one) > 0.5) is leaks


@pytest.mark.parametrize(("colour", "leaks"), [(DENIM, False), (RED, True)])
def test_a_waistband_called_a_top_is_no_leak(colour: tuple[int, int, int], leaks: bool) -> None:
    band = (slice(148, 160), slice(60, 132))
    cloth = np.zeros((HEIGHT, WIDTH), bool)
    cloth[:147] = True
    photo = painted(dressed(RED), band, colour)
    result = painted(dressed(BLUE), band, colour)
    one = evidence(photo=photo, result=result, parse_again=parse_map())
    assert (number("leak", with_steps(one, cloth=grey(cloth))) > 0.5) is leaks


def test_the_page_defines_every_measure() -> None:
    page = (Path(__file__).parents[3] / "docs" / "7-judging.md").read_text()
    assert [name for name in MEASURES if f"`{name}`" not in page] == []
