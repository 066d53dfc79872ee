from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from deployments.pose import PoseEstimator, crowd_warning, from_openpose_json
from deployments.types import Image, Joint, PersonNotFound, Pose, frozen
from weights.store import Store

TORSO = [Joint.NECK, Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]


@pytest.fixture(scope="module")
def estimator(store: Store) -> PoseEstimator:
    return PoseEstimator(store)


def load(path: Path) -> Image:
    return frozen(np.asarray(PIL.Image.open(path).convert("RGB")))


def apart(one: Pose, other: Pose) -> np.ndarray:
    """Distances of the joints that both have, in widths of the shoulders."""
    both = (one[:, 2] > 0) & (other[:, 2] > 0.1)
    shoulders = other[Joint.LEFT_SHOULDER, :2] - other[Joint.RIGHT_SHOULDER, :2]
    found = np.linalg.norm(one[both, :2] - other[both, :2], axis=1)
    return np.asarray(found / np.linalg.norm(shoulders))


def test_it_agrees_with_openpose(estimator: PoseEstimator, shared: Path) -> None:
    folder = shared / "photos" / "preprocessed" / "vitonhd"
    found = []
    for path in sorted((folder / "image").glob("*.jpg"))[::3]:
        truth = from_openpose_json(
            (folder / "openpose-json" / f"{path.stem}_keypoints.json").read_text()
        )
        pose = estimator(load(path))
        assert (pose[TORSO, 2] > 0.9).all()
        found.append(apart(pose, truth))
    assert np.median(np.concatenate(found)) < 0.06


def test_a_preset(estimator: PoseEstimator, person_photo: Image) -> None:
    pose = estimator(person_photo)
    assert pose.shape == (25, 3)
    assert pose.dtype == np.float32
    assert pose[Joint.NOSE, 1] < pose[Joint.NECK, 1] < pose[Joint.MID_HIP, 1]
    assert pose[Joint.LEFT_SHOULDER, 0] > pose[Joint.RIGHT_SHOULDER, 0]


def test_the_mirrored_photo_has_the_mirrored_pose(
    estimator: PoseEstimator, person_photo: Image
) -> None:
    pose, mirrored = estimator(person_photo), estimator(frozen(person_photo[:, ::-1]))
    width = person_photo.shape[1]
    for left, right in (
        (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER),
        (Joint.RIGHT_HIP, Joint.LEFT_HIP),
    ):
        assert abs(width - 1 - mirrored[right, 0] - pose[left, 0]) < 0.03 * width


def test_hips_below_the_edge_keep_their_place(
    estimator: PoseEstimator, person_photo: Image
) -> None:
    whole = estimator(person_photo)
    torso = whole[Joint.MID_HIP, 1] - whole[Joint.NECK, 1]
    edge = int(whole[Joint.MID_HIP, 1] - 0.05 * torso)
    cut = estimator(frozen(person_photo[:edge]))
    assert np.allclose(cut[TORSO, :2], whole[TORSO, :2], atol=0.15 * torso)
    if cut[Joint.MID_HIP, 2] > 0:
        assert abs(cut[Joint.MID_HIP, 1] - whole[Joint.MID_HIP, 1]) < 0.3 * torso
    assert cut[Joint.LEFT_ANKLE, 2] == 0


def test_two_people_are_told(estimator: PoseEstimator, person_photo: Image) -> None:
    small = cv2.resize(person_photo, None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA)
    padded = np.pad(small, ((0, len(person_photo) - len(small)), (0, 0), (0, 0)), mode="edge")
    pair = frozen(np.hstack([padded.astype(np.uint8), person_photo]))
    people = estimator.detect(pair)
    assert len(people) == 2
    assert crowd_warning(people) is not None
    assert estimator(pair)[Joint.NECK, 0] > small.shape[1]


def drawn(name: str) -> Image:
    rng = np.random.default_rng(0)
    if name == "noise":
        return frozen(rng.integers(0, 255, (300, 200, 3), dtype=np.uint8))
    if name == "one pixel":
        return frozen(np.zeros((1, 1, 3), np.uint8))
    if name == "one line":
        return frozen(np.full((1, 2000, 3), 90, np.uint8))
    skimage = pytest.importorskip("skimage.data")
    pictures = {"cat": skimage.chelsea, "cup": skimage.coffee, "rocket": skimage.rocket}
    return frozen(pictures[name]())


@pytest.mark.parametrize("name", ["noise", "one pixel", "one line", "cat", "cup", "rocket"])
def test_nobody_is_found_in_other_things(estimator: PoseEstimator, name: str) -> None:
    with pytest.raises(PersonNotFound) as caught:
        estimator(drawn(name))
    assert "photo" in caught.value.hint


def test_garments_laid_flat_are_nobody(estimator: PoseEstimator, shared: Path) -> None:
    for path in sorted((shared / "photos" / "garment").glob("*.jpg")):
        assert estimator.detect(load(path)) == [], path.name


def test_most_preset_garments_are_nobody(estimator: PoseEstimator, garment_file: Path) -> None:
    """A few are taken for somebody; the parser then finds neither skin nor hair."""
    garments = sorted(garment_file.parent.glob("*.jpg"))
    taken = [path.stem for path in garments if estimator.detect(load(path))]
    assert len(taken) <= len(garments) // 3, taken
