"""The default engine: BlazePose, answered in BODY_25."""

from __future__ import annotations

import numpy as np

from deployments.pose.body25 import BLAZEPOSE, to_body25
from deployments.pose.detector import Detection, Detector
from deployments.pose.landmarks import LandmarkNetwork, Landmarks
from deployments.pose.people import Person, largest_first, the_person
from deployments.types import Image, Pose
from weights.store import Store

MODEL = "blazepose"
MAXIMUM_PEOPLE = 5

MINIMUM_DETECTION = 0.25
MINIMUM_CERTAINTY = 0.4
"""The detector's score times the landmark network's. Measured: people from head to foot or to the
hip are at 0.55 and more; of garments laid flat, 2 in 100 are over 0.4."""


class PoseEstimator:
    """Key points of the largest person in a picture.

    Detector and landmarks are BlazePose's (Bazarevsky et al. 2020; files of MediaPipe, Apache-2.0).
    The landmarks are read twice, the second time in the square that the first reading asks for:
    hips came twice as close to OpenPose's by it. Its interpreters are not safe to share between
    threads: the caller locks.
    """

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self.device = device
        self._detect = Detector(store.path(MODEL, "pose_detection.tflite"), MINIMUM_DETECTION)
        self._landmarks = LandmarkNetwork(store.path(MODEL, "pose_landmark_full.tflite"))

    def __call__(self, image: Image) -> Pose:
        """25×3. A joint's score is the lower one of "not hidden" and "within reach of the picture".
        Joints a little outside of the picture (hips below the edge of a half-length photo) keep
        their estimated place, with a score that falls with the distance.

        Raises PersonNotFound, PoseUncertain.
        """
        return the_person(self.detect(image))

    def detect(self, image: Image) -> list[Person]:
        """Everyone who could be made out, the largest first; at most MAXIMUM_PEOPLE."""
        found = self._detect(image)[:MAXIMUM_PEOPLE]
        people = [self.person_at(image, detection) for detection in found]
        return largest_first(person for person in people if person.score >= MINIMUM_CERTAINTY)

    def person_at(self, image: Image, detection: Detection) -> Person:
        """The person whom a detection points at, however uncertain."""
        landmarks = self._landmarks(image, self._landmarks(image, detection.region).region)
        return Person(pose_of(landmarks), detection.score * landmarks.score, landmarks.region.side)


def pose_of(landmarks: Landmarks) -> Pose:
    scores = np.minimum(landmarks.visibility, landmarks.presence)
    return to_body25(landmarks.points, scores, BLAZEPOSE)
