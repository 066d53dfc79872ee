"""`drape` on drawn people and garments, where it is known what must come out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.tryon.drape import Drape
from deployments.tryon.drape.advice import ADVICE
from deployments.types import (
    GarmentShape,
    Image,
    Joint,
    Label,
    LegsNotInPicture,
    Mask,
    Outcome,
    PoseUncertain,
)
from tests.deployments.tryon.drape.mannequin import (
    BLUE,
    JOINTS,
    LOGO,
    Mannequin,
    mannequin,
    skirt,
    top,
    trousers,
)

Garment = tuple[Image, Mask, GarmentShape]


def worn(
    drape: Drape, person: Mannequin, garment: Garment, *, seed: int = 0, debug: bool = False
) -> Outcome:
    picture, mask, shape = garment
    return drape(
        person.photo, person.pose, person.parse, picture, mask, shape, seed=seed, debug=debug
    )


def cut_below(person: Mannequin, row: int, scale: float = 2.0) -> Mannequin:
    """The person in a photo that ends at a row, given in the mannequin's own measures."""
    end = round(row * scale)
    return Mannequin(person.photo[:end], person.pose, person.parse[:end])


def near(image: Image, point: tuple[float, float], scale: float = 2.0) -> NDArray[np.float64]:
    """The mean colour round a point that is given in the mannequin's own measures."""
    x, y = round(point[0] * scale), round(point[1] * scale)
    patch: NDArray[np.float64] = image[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(axis=0)
    return patch


def is_blue(colour: NDArray[np.float64]) -> bool:
    return bool(colour[2] > 1.6 * colour[0] and colour[2] > 90)


def is_skin(colour: NDArray[np.float64]) -> bool:
    return bool(colour[0] > colour[1] > colour[2] > 70 and colour[0] - colour[2] > 30)


def test_what_is_outside_the_region_is_untouched(drape: Drape) -> None:
    person = mannequin()
    outcome = worn(drape, person, top("long"), debug=True)
    outside = outcome.intermediates["region"][..., 0] == 0
    grown = cv2.erode(outside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert outcome.image.shape == person.photo.shape
    assert grown.mean() > 0.3
    assert np.array_equal(outcome.image[grown], person.photo[grown])
    face = cv2.erode((person.parse == Label.FACE).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert np.array_equal(outcome.image[face], person.photo[face])


def test_same_seed_gives_same_bytes(drape: Drape) -> None:
    first, second = (worn(drape, mannequin(), top(), seed=3) for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()


@pytest.mark.parametrize("sleeve", ["none", "short", "long"])
@pytest.mark.parametrize("long_before", [False, True])
def test_nothing_of_the_old_top_is_left(drape: Drape, sleeve: str, long_before: bool) -> None:
    person = mannequin(long_sleeves=long_before)
    outcome = worn(drape, person, top(sleeve))  # type: ignore[arg-type]
    old = person.parse == Label.UPPER_CLOTHES
    red = outcome.image.astype(int)
    left = old & (red[..., 0] > 140) & (red[..., 1] < 80) & (red[..., 2] < 80)
    logo = 0.02 if sleeve else 0.0
    assert left.sum() / old.sum() < logo


def test_sleeves_follow_the_new_garment(drape: Drape) -> None:
    forearm = (53.0, 144.0)
    upper_arm = (62.0, 92.0)
    longer = worn(drape, mannequin(), top("long")).image
    shorter = worn(drape, mannequin(long_sleeves=True), top("short")).image
    without = worn(drape, mannequin(long_sleeves=True), top("none")).image
    assert is_blue(near(longer, forearm))
    assert is_skin(near(shorter, forearm))
    assert is_blue(near(shorter, upper_arm))
    assert is_skin(near(without, (60.0, 108.0)))


def test_a_print_can_be_read_on_the_chest(drape: Drape) -> None:
    picture, mask, shape = top()
    outcome = worn(drape, mannequin(scale=4.0), (picture, mask, shape))
    left, upper, right, lower = LOGO
    print_laid = picture[upper - 4 : lower + 4, left - 4 : right + 4]
    best = 0.0
    for scale in np.linspace(0.8, 2.4, 25):
        size = (round(print_laid.shape[1] * scale), round(print_laid.shape[0] * scale * 0.95))
        sample = cv2.resize(print_laid, size, interpolation=cv2.INTER_AREA)
        best = max(
            best, float(cv2.matchTemplate(outcome.image, sample, cv2.TM_CCOEFF_NORMED).max())
        )
    assert best > 0.8


def test_the_cloth_keeps_its_colour(drape: Drape) -> None:
    image = worn(drape, mannequin(), top()).image
    region = image[200:280, 160:175].reshape(-1, 3).astype(np.float32) / 255
    lab = cv2.cvtColor(region[None], cv2.COLOR_RGB2LAB)[0]
    target = cv2.cvtColor(np.array([[BLUE]], np.float32) / 255, cv2.COLOR_RGB2LAB)[0, 0]
    assert np.median(np.linalg.norm(lab - target, axis=1)) < 6


def test_a_symmetric_person_stays_symmetric(drape: Drape) -> None:
    person = mannequin()
    picture, mask, shape = top()
    plain = np.where(mask[..., None] > 0, np.uint8(90), picture)
    image = worn(drape, person, (plain, mask, shape)).image.astype(int)
    difference = np.abs(image - np.roll(image[:, ::-1], 1, axis=1)).max(axis=2)
    assert (difference > 40).mean() < 0.03


def test_an_arm_before_the_body_stays_before_it(drape: Drape) -> None:
    person = mannequin(arm_across=True)
    outcome = worn(drape, person, top())
    assert "ArmOverTorso" in outcome.warnings
    for point in ((84.0, 130.0), (90.0, 131.5)):
        assert is_skin(near(outcome.image, point))


def test_missing_wrists_are_guessed(drape: Drape) -> None:
    person = mannequin(missing=(Joint.LEFT_WRIST, Joint.RIGHT_WRIST))
    outcome = worn(drape, person, top("long"))
    assert "ArmsGuessed" in outcome.warnings
    assert is_blue(near(outcome.image, (54.0, 136.0)))


def test_inputs_are_only_read(drape: Drape) -> None:
    person, (picture, mask, shape) = mannequin(), top()
    arrays = (person.photo, person.pose, person.parse, picture, mask)
    before = [array.tobytes() for array in arrays]
    assert not any(array.flags.writeable for array in arrays)
    image = worn(drape, person, (picture, mask, shape)).image
    assert [array.tobytes() for array in arrays] == before
    assert not image.flags.writeable


@pytest.mark.parametrize("scale", [2 / 3, 8.0])
def test_small_and_large_photos(drape: Drape, scale: float) -> None:
    person = mannequin(scale=scale)
    image = worn(drape, person, top()).image
    assert image.shape == person.photo.shape
    assert is_blue(near(image, (88.0, 132.0), scale))


def test_without_shoulders_the_pose_is_uncertain(drape: Drape) -> None:
    person = mannequin(missing=(Joint.LEFT_SHOULDER,))
    with pytest.raises(PoseUncertain) as caught:
        worn(drape, person, top())
    assert caught.value.hint


@pytest.mark.parametrize("garment", [trousers(), top(dress=True)])
def test_without_legs_no_lower_garment(drape: Drape, garment: Garment) -> None:
    person = cut_below(mannequin(), 190)
    with pytest.raises(LegsNotInPicture) as caught:
        worn(drape, person, garment)
    assert caught.value.hint


def test_a_photo_that_ends_at_the_thighs_is_dressed(drape: Drape) -> None:
    person = cut_below(mannequin(missing=(Joint.LEFT_KNEE, Joint.RIGHT_KNEE)), 215)
    for garment in (trousers(), trousers(short=True)):
        green = near(worn(drape, person, garment).image, (80.0, 205.0))
        assert green[1] == green.max()


def test_trousers_shorts_and_skirt(drape: Drape) -> None:
    person = mannequin(whole=True)
    thigh, shin = (80.0, 205.0), (80.0, 272.0)
    green, cropped, purple = (
        worn(drape, person, garment).image
        for garment in (trousers(), trousers(short=True), skirt())
    )
    for image in (green, cropped):
        assert near(image, thigh)[1] == near(image, thigh).max()
    assert near(green, shin)[1] == near(green, shin).max()
    assert is_skin(near(cropped, shin))
    assert near(purple, thigh)[0] > 1.5 * near(purple, thigh)[1]
    assert is_skin(near(purple, (80.0, 290.0)))
    assert np.array_equal(green[200:260, 180:200], person.photo[200:260, 180:200])


def test_a_dress_covers_body_and_thighs(drape: Drape) -> None:
    image = worn(drape, mannequin(whole=True), top("short", dress=True)).image
    assert is_blue(near(image, (84.0, 130.0)))
    assert is_blue(near(image, (86.0, 196.0)))
    assert is_skin(near(image, (80.0, 288.0)))


def test_seen_from_behind(drape: Drape) -> None:
    person = mannequin()
    turned = person.pose.copy()
    for name in ("SHOULDER", "ELBOW", "WRIST", "HIP", "KNEE", "ANKLE"):
        pair = [Joint[f"LEFT_{name}"], Joint[f"RIGHT_{name}"]]
        turned[pair] = turned[pair[::-1]]
    outcome = worn(drape, Mannequin(person.photo, turned, person.parse), top())
    assert "BackView" in outcome.warnings
    assert is_blue(near(outcome.image, (88.0, 132.0)))


def test_warnings_of_pose_and_garment(drape: Drape) -> None:
    person = mannequin(missing=(Joint.LEFT_HIP, Joint.RIGHT_HIP))
    pose = person.pose.copy()
    pose[Joint.LEFT_WRIST, :2] = (2 * 150, 2 * 20)
    pose[Joint.LEFT_ELBOW, :2] = (2 * 160, 2 * 60)
    picture, mask, shape = top()
    doubtful = GarmentShape(**{**vars(shape), "confidence": 0.1, "is_open": True})
    outcome = worn(drape, Mannequin(person.photo, pose, person.parse), (picture, mask, doubtful))
    assert {"ArmRaised", "HipsGuessed", "GarmentUncertain", "OpenGarment"} <= set(outcome.warnings)
    assert set(outcome.warnings) <= set(ADVICE)
    assert outcome.confidence is not None
    sure = worn(drape, mannequin(), top()).confidence
    assert sure is not None
    assert 0 <= outcome.confidence < sure <= 1


def test_turned_to_the_side_and_small(drape: Drape) -> None:
    person = mannequin(scale=0.5)
    pose = person.pose.copy()
    pose[Joint.LEFT_SHOULDER, 0] = (JOINTS[Joint.RIGHT_SHOULDER][0] + 18) * 0.5
    outcome = worn(drape, Mannequin(person.photo, pose, person.parse), top())
    assert {"SideView", "PersonSmall"} <= set(outcome.warnings)


def test_a_seated_person_is_told_where_legs_are_dressed(drape: Drape) -> None:
    standing = mannequin(whole=True)
    pose = standing.pose.copy()
    pose[Joint.LEFT_KNEE, :2] = (2 * 170, 2 * 176)
    seated = Mannequin(standing.photo, pose, standing.parse)
    assert "Seated" in worn(drape, seated, trousers()).warnings
    assert "Seated" not in worn(drape, seated, top()).warnings
    sure, doubtful = (worn(drape, one, trousers()).confidence for one in (standing, seated))
    assert sure is not None
    assert doubtful is not None
    assert doubtful < 0.6 * sure
    assert "Seated" not in worn(drape, standing, trousers()).warnings


def test_debug_gives_the_pictures_on_the_way(drape: Drape) -> None:
    person = mannequin()
    outcome = worn(drape, person, top(), debug=True)
    assert {"agnostic", "warped", "alpha", "light", "region", "flow"} <= set(outcome.intermediates)
    for picture in outcome.intermediates.values():
        assert picture.shape == person.photo.shape
    stages = {"measure", "warp", "regions", "erase", "compose", "refine", "judge"}
    assert set(outcome.timings) == stages
    assert not worn(drape, person, top()).intermediates
