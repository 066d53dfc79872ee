"""Likeness to the truth: SSIM (Wang et al. 2004) and PSNR, over parts of the picture."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.metrics import structural_similarity

from deployments.jury.evidence import Bools, Floats
from deployments.types import Image


def ssim_map(image: Image, truth: Image) -> Floats:
    """SSIM at every pixel, H×W: Gaussian windows of σ 1.5 px, mean over the three channels."""
    _, local = structural_similarity(
        image,
        truth,
        channel_axis=2,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
        full=True,
    )
    return np.asarray(local.mean(axis=2), np.float32)


def squared_error(image: Image, truth: Image) -> Floats:
    """Mean over the channels of the squared difference at every pixel, H×W."""
    squared = (image.astype(np.float32) - truth.astype(np.float32)) ** 2
    return np.asarray(squared.mean(axis=2), np.float32)


def decibels(error: float | None) -> float | None:
    """Peak signal to noise of a mean squared error; 100 for equal pictures."""
    if error is None:
        return None
    return 100.0 if error < 255**2 * 1e-10 else 10 * float(np.log10(255**2 / error))


def mean_inside(values: Floats, mask: Bools | None) -> float | None:
    """The mean under a mask, None where the mask is empty."""
    if mask is None:
        return float(values.mean())
    return float(values[mask].mean()) if mask.any() else None


def resized(image: Image, longest: int) -> Image:
    """The picture with a longer side of `longest` px; pixels are averaged where it shrinks."""
    scale = longest / max(image.shape[:2])
    size = (max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)


def resized_mask(mask: Bools, like: Image) -> Bools:
    """The mask at the size of a picture: true where more than half of a pixel is."""
    size = (like.shape[1], like.shape[0])
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5)
