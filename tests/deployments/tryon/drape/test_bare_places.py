"""What comes to light beside a new top: skin in the person's tone, and what is worn below."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deployments.tryon.drape import Drape
from deployments.tryon.drape.body import find_frame, measure
from deployments.tryon.drape.old_rim import shadowed_skin
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import Scene, make_scene
from deployments.tryon.drape.skin import DEFAULT_TONE, sure_skin, usual_tone
from deployments.tryon.drape.worn_below import hides_the_legs, outline_below
from deployments.types import Image, Label, ParseMap, frozen
from tests.deployments.tryon.drape.mannequin import NAVY, SKIN, Mannequin, mannequin, top

DARK = (92, 60, 44)
COAT = (120, 150, 90)


def _small_face(colour: tuple[int, int, int]) -> Scene:
    """Somebody far away of whom only a face of 7×7 px shows."""
    someone = mannequin(long_sleeves=True)
    parse = someone.parse.copy()
    parse[np.isin(parse, (Label.FACE, Label.TORSO_SKIN, Label.LEFT_ARM, Label.RIGHT_ARM))] = (
        Label.BACKGROUND
    )
    photo = someone.photo.copy()
    parse[60:67, 188:195] = Label.FACE
    photo[60:67, 188:195] = colour
    return make_scene(frozen(photo), someone.pose, frozen(parse))


def test_a_small_face_tells_the_tone() -> None:
    scene = _small_face(DARK)
    tone = usual_tone(scene, sure_skin(scene))
    assert np.abs(tone - DARK).max() < 6
    assert np.abs(tone - DEFAULT_TONE).min() > 60


@pytest.mark.parametrize(
    ("colour", "share"), [((214, 170, 140), 0.6), ((96, 62, 46), 0.6), ((120, 120, 120), 0.2)]
)
def test_glasses_do_not_darken_the_tone(colour: tuple[int, int, int], share: float) -> None:
    """A share of the face is behind glasses; in a photo without colours it has to be less."""
    someone = mannequin(long_sleeves=True)
    photo, parse = someone.photo.copy(), someone.parse.copy()
    bare = np.isin(parse, (Label.TORSO_SKIN, Label.LEFT_ARM, Label.RIGHT_ARM))
    parse[bare] = Label.BACKGROUND
    face = parse == Label.FACE
    photo[face] = colour
    glasses = np.zeros_like(face)
    first, last = np.flatnonzero(face.any(axis=1))[[0, -1]]
    middle, half = (first + last) // 2, int(share * (last - first) / 2)
    glasses[middle - half : middle + half] = True
    photo[face & glasses] = (12, 12, 16)
    scene = make_scene(frozen(photo), someone.pose, frozen(parse))
    assert np.abs(usual_tone(scene, sure_skin(scene)) - colour).max() < 6


@pytest.mark.parametrize(("shade", "share"), [(0.8, 0.85), (1.15, 0.5)])
def test_lit_hands_tell_more_of_the_tone_than_a_shaded_face(shade: float, share: float) -> None:
    """The share of the hands' colour in the tone, the rest being the face's."""
    someone = mannequin()
    photo, parse = someone.photo.copy(), someone.parse.copy()
    parse[parse == Label.TORSO_SKIN] = Label.BACKGROUND
    arms = np.isin(parse, (Label.LEFT_ARM, Label.RIGHT_ARM))
    parse[arms & (np.indices(parse.shape)[0] < 346)] = Label.BACKGROUND
    face, hands = shade * np.array((200, 150, 120)), np.array((200, 150, 120))
    photo[arms], photo[parse == Label.FACE] = hands, face
    scene = make_scene(frozen(photo), someone.pose, frozen(parse))
    tone = usual_tone(scene, sure_skin(scene))
    found = np.median((tone - face) / (hands - face))
    assert (found > share) if shade < 1 else (found < share)


def test_tights_do_not_tell_the_tone_of_arms() -> None:
    someone = mannequin(whole=True)
    photo, parse = someone.photo.copy(), someone.parse.copy()
    legs = parse == Label.PANTS
    photo[legs], parse[legs] = (170, 150, 132), Label.LEFT_LEG
    scene = make_scene(frozen(photo), someone.pose, frozen(parse))
    assert np.abs(usual_tone(scene, sure_skin(scene)) - SKIN).max() < 6


def _in_a_coat() -> Mannequin:
    """Somebody whole in a coat down to the knees."""
    someone = mannequin(whole=True, long_sleeves=True)
    photo, parse = someone.photo.copy(), someone.parse.copy()
    cv2.rectangle(photo, (124, 130), (260, 580), COAT, -1)
    cv2.rectangle(parse, (124, 130), (260, 580), (int(Label.COAT),), -1)
    return Mannequin(frozen(photo), someone.pose, frozen(parse))


def _scene(photo: Image, parse: ParseMap, someone: Mannequin) -> Scene:
    scene = make_scene(photo, someone.pose, parse)
    return corrected(scene, find_frame(scene), "upper")


def test_trousers_go_on_under_a_coat_that_is_taken_off(drape: Drape) -> None:
    someone = _in_a_coat()
    picture, mask, shape = top("short")
    outcome = drape(someone.photo, someone.pose, someone.parse, picture, mask, shape)
    for x in (160, 224):  # both thighs, where only the coat was seen
        assert np.abs(outcome.image[522:545, x].astype(int) - NAVY).max() < 30
    assert np.abs(outcome.image[520:540, 190:194].astype(int) - COAT).min() > 40


def test_a_short_top_hides_no_legs() -> None:
    someone = mannequin(whole=True)
    scene = _scene(someone.photo, someone.parse, someone)
    assert not hides_the_legs(scene, measure(scene))
    coat = _in_a_coat()
    scene = _scene(coat.photo, coat.parse, coat)
    assert hides_the_legs(scene, measure(scene))


def test_where_nothing_of_the_lower_half_is_seen_shorts_are_drawn() -> None:
    from deployments.tryon.drape.legs import measure_legs

    someone = _in_a_coat()
    parse = someone.parse.copy()
    parse[parse == Label.PANTS] = Label.BACKGROUND
    bare = _scene(someone.photo, parse, someone)
    seen = _scene(someone.photo, someone.parse, someone)
    legs = measure_legs(seen, measure(seen))
    assert outline_below(bare, legs)[585:].max() == 0
    assert outline_below(seen, legs)[585:600].max() > 0.9


def test_the_shadow_beside_an_old_sleeve_is_taken_and_the_hand_is_not() -> None:
    someone = mannequin()
    scene = _scene(someone.photo, someone.parse, someone)
    taken = shadowed_skin(scene, measure(scene))
    assert taken[205:212, 110:130].max() > 0.9  # right below the rim
    assert taken[290:].max() == 0
    long = mannequin(long_sleeves=True)
    scene = _scene(long.photo, long.parse, long)
    assert shadowed_skin(scene, measure(scene))[:300].max() == 0  # only at the hands


def test_a_spot_of_cloth_on_an_arm_is_skin() -> None:
    someone = mannequin()
    parse = someone.parse.copy()
    cv2.circle(parse, (107, 280), 5, (int(Label.UPPER_CLOTHES),), -1)
    scene = _scene(someone.photo, parse, someone)
    assert scene.labels[280, 107] in (Label.LEFT_ARM, Label.RIGHT_ARM)


def test_a_pale_sleeve_called_an_arm_before_a_pale_wall_is_a_sleeve() -> None:
    someone = mannequin(long_sleeves=True, top=(222, 222, 224))
    parse = someone.parse.copy()
    forearm = np.zeros_like(parse)
    cv2.line(forearm, (112, 244), (102, 320), (1,), 28)
    parse[(forearm > 0) & (parse == Label.UPPER_CLOTHES)] = Label.RIGHT_ARM
    scene = _scene(someone.photo, frozen(parse), someone)
    assert scene.labels[280, 107] == Label.UPPER_CLOTHES
