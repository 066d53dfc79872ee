"""Pictures that tests compare with what was looked at and found right."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import PIL.Image

from deployments.types import Image

FOLDER = Path(__file__).parent / "golden"
FAILED = FOLDER / "failed"


def assert_matches_golden(name: str, image: Image, tolerance: float = 2.0) -> None:
    """Compares with `golden/<name>.png`: mean absolute difference at most `tolerance` grey levels.

    A failing picture is kept in `golden/failed/`, beside a picture of the difference. With
    GOLDEN_UPDATE=1 the golden pictures are written anew: look at them before committing.
    """
    path = FOLDER / f"{name}.png"
    if os.environ.get("GOLDEN_UPDATE") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(image).save(path, optimize=True)
    assert path.exists(), f"{path} is not there: run with GOLDEN_UPDATE=1 and look at it"
    golden = np.asarray(PIL.Image.open(path))
    if golden.shape != image.shape:
        _keep(name, image, None)
        raise AssertionError(f"{name}: {image.shape} instead of {golden.shape}; kept in {FAILED}")
    difference = np.abs(golden.astype(np.int16) - image.astype(np.int16))
    if difference.mean() > tolerance:
        _keep(name, image, difference)
        raise AssertionError(f"{name}: {difference.mean():.2f} grey levels off; kept in {FAILED}")


def _keep(name: str, image: Image, difference: np.ndarray | None) -> None:
    path = FAILED / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(image).save(path)
    if difference is not None:
        louder = np.clip(difference * 4, 0, 255).astype(np.uint8)
        PIL.Image.fromarray(louder).save(path.with_name(f"{path.stem}_difference.png"))
