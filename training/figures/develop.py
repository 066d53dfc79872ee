"""From Blender's raw picture to a photograph: exposure, a soft shoulder, a little grain."""

from __future__ import annotations

import numpy as np
from PIL import Image

EXPOSURE = 1.24
SHOULDER = 0.72  # linear light above which highlights are rolled off instead of clipped


def developed(raw: Image.Image, exposure: float = EXPOSURE, seed: int = 1) -> Image.Image:
    """Brightens in linear light, rolls highlights off below white, adds grain as a camera does."""
    light = (np.asarray(raw.convert("RGB"), np.float64) / 255) ** 2.2 * exposure
    above = np.maximum(light - SHOULDER, 0)
    room = 1 - SHOULDER
    light = np.minimum(light, SHOULDER) + room * (1 - np.exp(-above / room))
    tone = light ** (1 / 2.2)
    tone = tone + 0.10 * (tone - 0.5) * tone * (1 - tone) * 4
    grain = np.random.default_rng(seed).normal(0, 0.0045, tone.shape[:2])
    return Image.fromarray(np.uint8(np.round(np.clip(tone + grain[..., None], 0, 1) * 255)))
