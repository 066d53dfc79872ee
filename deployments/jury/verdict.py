"""All measures of one try-on, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from deployments.jury import colour, halo, leak, logo, outside, pattern, silhouette, sleeves
from deployments.jury.evidence import REPLACED, Bools, Evidence
from deployments.jury.features import ParserFeatures, distance, window_mask
from deployments.jury.perceptual import Lpips
from deployments.jury.similarity import (
    decibels,
    mean_inside,
    resized,
    resized_mask,
    squared_error,
    ssim_map,
)
from deployments.parsing import person_window
from deployments.types import Image

SMALL = 256
"""Longer side in px at which likeness tells more than at full size, where folds decide it."""

Numbers = dict[str, float | None]


@dataclass(frozen=True)
class Measure:
    """What a number is. `loss` is the change for the worse below which nobody would see it."""

    title: str
    more_is_better: bool
    loss: float
    digits: int = 3


MEASURES: Mapping[str, Measure] = {
    "ssim_garment_256": Measure("SSIM in the garment region, 256 px", True, 0.01),
    "ssim_person_256": Measure("SSIM over the person, 256 px", True, 0.01),
    "ssim_whole_256": Measure("SSIM of the picture, 256 px", True, 0.01),
    "ssim_garment": Measure("SSIM in the garment region, full size", True, 0.01),
    "ssim_person": Measure("SSIM over the person, full size", True, 0.01),
    "ssim_whole": Measure("SSIM of the picture, full size", True, 0.005),
    "psnr_garment_256": Measure("PSNR in the garment region, 256 px, dB", True, 0.3, 1),
    "psnr_person_256": Measure("PSNR over the person, 256 px, dB", True, 0.3, 1),
    "psnr_whole_256": Measure("PSNR of the picture, 256 px, dB", True, 0.3, 1),
    "psnr_garment": Measure("PSNR in the garment region, full size, dB", True, 0.3, 1),
    "psnr_person": Measure("PSNR over the person, full size, dB", True, 0.3, 1),
    "psnr_whole": Measure("PSNR of the picture, full size, dB", True, 0.3, 1),
    "features_garment": Measure("parser's features, garment region", False, 0.01),
    "features_person": Measure("parser's features, person", False, 0.01),
    "features_whole": Measure("parser's features, whole crop", False, 0.01),
    "lpips": Measure("LPIPS (AlexNet), whole picture", False, 0.005),
    "outside_identical": Measure("identical outside the region", True, 0.0, 6),
    "edited_share": Measure("share of the picture that changed", False, 0.05),
    "face_identical": Measure("face identical", True, 0.005),
    "hands_identical": Measure("hands identical", True, 0.02),
    "garment_colour": Measure("garment colour, ΔE2000", False, 0.3, 2),
    "pattern_kept": Measure("pattern kept, correlation", True, 0.02),
    "logo_score": Measure("logo, best correlation", True, 0.03),
    "logo_read": Measure("logo read back", True, 0.05, 2),
    "leak": Measure("leak of the old garment", False, 0.01),
    "garment_area": Measure("garment seen where drawn, IoU", True, 0.01),
    "skin_area": Measure("painted body seen as body", True, 0.02),
    "lower_area": Measure("lower clothes still seen", True, 0.01),
    "skin_tone": Measure("new skin against face, ΔE2000", False, 0.5, 2),
    "edge_halo": Measure("fringe along the outline", False, 0.02),
    "sleeve_asymmetry": Measure("difference of the sleeves", False, 0.02),
}
"""Every number by its name, in the order of the report."""

PAIRED = tuple(list(MEASURES)[:16])
"""Those that need the truth."""


def judge(
    evidence: Evidence, features: ParserFeatures | None = None, lpips: Lpips | None = None
) -> Numbers:
    """Every measure; None where it does not apply to this case or cannot be worked out."""
    numbers: Numbers = dict.fromkeys(MEASURES)
    numbers.update(unpaired(evidence))
    if evidence.truth is not None:
        numbers.update(likeness(evidence, evidence.truth))
        if features is not None:
            numbers.update(perceived(evidence, evidence.truth, features))
        if lpips is not None:
            numbers["lpips"] = lpips(evidence.result, evidence.truth)
    return numbers


def unpaired(evidence: Evidence) -> Numbers:
    """What can be said without the truth."""
    score = logo.logo_score(evidence)
    return {
        "outside_identical": outside.outside_identical(evidence),
        "edited_share": outside.edited_share(evidence),
        "face_identical": outside.face_identical(evidence),
        "hands_identical": outside.hands_identical(evidence),
        "garment_colour": colour.garment_colour(evidence),
        "pattern_kept": pattern.pattern_kept(evidence),
        "logo_score": score,
        "logo_read": None if score is None else float(score >= logo.READ),
        "leak": leak.leak(evidence),
        "garment_area": silhouette.garment_area(evidence),
        "skin_area": silhouette.skin_area(evidence),
        "lower_area": silhouette.lower_area(evidence),
        "skin_tone": colour.skin_tone(evidence),
        "edge_halo": halo.edge_halo(evidence),
        "sleeve_asymmetry": sleeves.sleeve_asymmetry(evidence),
    }


def areas(evidence: Evidence) -> dict[str, Bools]:
    """Where likeness is measured. The garment region is the truth's garment and the new one
    together: cloth that is missing counts as much as cloth that is too much."""
    parse = evidence.parse if evidence.truth_parse is None else evidence.truth_parse
    garment = np.isin(parse, REPLACED[evidence.category])
    if evidence.cloth is not None:
        garment |= evidence.cloth
    return {"garment": garment, "person": (parse > 0) | garment}


def likeness(evidence: Evidence, truth: Image) -> Numbers:
    """SSIM and PSNR at `SMALL` and at full size."""
    numbers: Numbers = {}
    small, small_truth = resized(evidence.result, SMALL), resized(truth, SMALL)
    masks = areas(evidence)
    smaller = {name: resized_mask(mask, small) for name, mask in masks.items()}
    for ending, image, wanted, places in (
        (f"_{SMALL}", small, small_truth, smaller),
        ("", evidence.result, truth, masks),
    ):
        alike, error = ssim_map(image, wanted), squared_error(image, wanted)
        for name in ("garment", "person", "whole"):
            numbers[f"ssim_{name}{ending}"] = mean_inside(alike, places.get(name))
            numbers[f"psnr_{name}{ending}"] = decibels(mean_inside(error, places.get(name)))
    return numbers


def perceived(evidence: Evidence, truth: Image, features: ParserFeatures) -> Numbers:
    """The distance of the parser's features, in the crop about the person."""
    window = person_window(evidence.pose, evidence.size)
    crop = features.crop(evidence.result, window)
    one, other = features(crop), features(features.crop(truth, window))
    masks = {name: window_mask(mask, window, crop) for name, mask in areas(evidence).items()}
    return {
        "features_whole": distance(one, other),
        **{f"features_{name}": distance(one, other, mask) for name, mask in masks.items()},
    }
