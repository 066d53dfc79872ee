"""Draws the gallery's garments: python -m training.figures.draw_garments --out DIR [NAME…]."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
from PIL import Image

from training.figures.bottoms import BOTTOMS
from training.figures.jpeg import save_jpeg
from training.figures.layers import LAYERS
from training.figures.tops import TOPS

GARMENTS = TOPS | LAYERS | BOTTOMS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="garments to draw (all)")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    cv2.setNumThreads(2)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, draw in GARMENTS.items():
        if not options.names or name in options.names:
            picture = Image.fromarray(draw().picture())
            picture.save(options.out / f"{name}.png")
            save_jpeg(picture, options.out / f"{name}.jpg")


if __name__ == "__main__":
    main()
