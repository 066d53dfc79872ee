"""Draws what each style looks like, for the page:
python -m training.figures.draw_styles [--out DIR].

The face of one of the gallery's people, in every look that needs no weights.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from deployments.anime.cel import paint
from deployments.anime.look import LOOKS
from deployments.types import frozen

GALLERY = Path(__file__).parents[2] / "serve_app" / "gallery" / "persons"
FACE = (250, 5, 560, 315)
"""Left, upper, right and lower px of a face in the picture below."""
SIDE = 192


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=GALLERY.parents[1] / "web")
    parser.add_argument("--person", default="woman-long-hair")
    options = parser.parse_args()
    photo = Image.open(GALLERY / f"{options.person}.jpg").convert("RGB").crop(FACE)
    large = frozen(np.asarray(photo.resize((768, 768), Image.Resampling.LANCZOS)))
    for name, look in LOOKS.items():
        drawn = Image.fromarray(paint(large, look)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        drawn.save(options.out / f"style-{name}.webp", quality=82, method=6)


if __name__ == "__main__":
    main()
