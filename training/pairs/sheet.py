"""A contact sheet of pairs: python -m training.pairs.sheet --pairs DIR --out FILE [--from N].

A row: the person, the garment, the truth, the garment carried by the flow (which must equal the
truth but for the light), and the flow as colours.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from training.pairs.flat import Pixels


def _picture(path: Path) -> Pixels:
    return np.asarray(Image.open(path).convert("RGB"), np.uint8)


def _fitted(picture: Pixels, width: int, height: int) -> Pixels:
    shape = picture.shape
    times = min(width / shape[1], height / shape[0])
    size = round(shape[1] * times), round(shape[0] * times)
    small = np.asarray(cv2.resize(picture, size), np.uint8)
    canvas = np.full((height, width, 3), 128, np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small
    return canvas


def row(folder: Path, width: int, height: int) -> Pixels:
    truth, garment = _picture(folder / "truth.jpg"), _picture(folder / "garment.jpg")
    with np.load(folder / "flow.npz") as kept:
        flow = kept["flow"]
    front = np.isfinite(flow[..., :1])
    at = np.nan_to_num(flow, nan=-9)
    carried: Pixels = np.asarray(
        cv2.remap(garment, at[..., 0], at[..., 1], cv2.INTER_LINEAR), np.uint8
    )
    carried = np.asarray(np.where(front, carried, truth // 3), np.uint8)
    size = np.array([garment.shape[1], garment.shape[0]])
    share = np.clip(at / size, 0, 1) * 255
    colours = np.dstack([share, 255 * (np.abs(at % 24 - 12) < 1.5).any(axis=-1)])
    painted = np.asarray(np.where(front, colours, truth // 3), np.uint8)
    parse = np.asarray(_picture(folder / "truth_parse.png") * 12, np.uint8)
    parts = [_picture(folder / "person.jpg"), garment, truth, carried, painted, parse]
    return np.hstack([_fitted(part, width, height) for part in parts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=int, default=0, help="the first pair's place in the folder")
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--columns", type=int, default=1)
    parser.add_argument("--height", type=int, default=384)
    options = parser.parse_args()
    whole = sorted(path.parent for path in options.pairs.glob("*/flow.npz"))
    folders = whole[options.start : options.start + options.count]
    rows = [row(folder, options.height * 3 // 4, options.height) for folder in folders]
    rows += [np.zeros_like(rows[0])] * (-len(rows) % options.columns)
    wide = [np.hstack(rows[k : k + options.columns]) for k in range(0, len(rows), options.columns)]
    Image.fromarray(np.vstack(wide)).save(options.out)


if __name__ == "__main__":
    main()
