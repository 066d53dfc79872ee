"""Label the photos that carry tags only (1005-1354), with a half-trained network.

    python -m training.parser.pseudo --checkpoint=RUN/last.pt --ccp=CCP --out=CACHE

The tags name what is worn, so they settle what the network doubts most: dress or skirt, shirt or
jacket. Its answer is limited to the tagged classes; pixels that it is not sure of are ignored, and
so is everything but the largest person. Writes CACHE/tagged.npz, which train.py adds to its photos.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from scipy.io import loadmat
from torch.nn import functional

from deployments.pieces import Pieces
from training.parser import augment
from training.parser.configuration import override
from training.parser.labels import CLASSES, IGNORED, lookup
from training.parser.network import Parser, averaged
from training.parser.prepare import Pixels, mend, read_rgb, save

checkpoint = "run/last.pt"
ccp = "ccp"
out = "cache"
first, last = 1005, 1354
sure = 0.55  # least probability of a pixel's class
height, width = 512, 384
threads = 1


def label(network: Parser, photo: Pixels, worn: Pixels) -> Pixels:
    """Class map of the photo, limited to the class ids in `worn`."""
    box = (0.0, 0.0, float(photo.shape[1]), float(photo.shape[0]))
    matrix = augment.window_matrix(augment.full_window(box, 1.0), (height, width))
    crop = cv2.warpAffine(photo, matrix, (width, height), borderValue=augment.PADDING)
    picture = torch.from_numpy(crop).permute(2, 0, 1)[None].float()
    with torch.no_grad():
        logits = network(picture.contiguous(memory_format=torch.channels_last))
    absent = np.setdiff1d(np.arange(len(CLASSES)), worn)
    logits[:, absent] = -1e3
    large = functional.interpolate(logits, (height, width), mode="bilinear", align_corners=False)
    best, classes = large.softmax(1)[0].max(0)
    answer = keep_largest(classes.numpy().astype(np.uint8))
    answer[best.numpy() < sure] = IGNORED
    inverse = cv2.invertAffineTransform(matrix)
    size = photo.shape[1::-1]
    back = cv2.warpAffine(answer, inverse, size, flags=cv2.INTER_NEAREST, borderValue=IGNORED)
    return back.astype(np.uint8)


def keep_largest(classes: Pixels) -> Pixels:
    """Foreground that is not the largest person is ignored, since it may be one after all."""
    person = Pieces.of(classes).largest()
    classes[(classes > 0) & ~person] = IGNORED
    return classes


def main() -> None:
    """Label them all."""
    torch.set_num_threads(threads)
    network = averaged(checkpoint)
    root = Path(ccp)
    names = [str(entry[0]) for entry in loadmat(str(root / "label_list.mat"))["label_list"][0]]
    table = lookup(names)
    kept: dict[str, Pixels] = {}
    for number in range(first, last + 1):
        tags = loadmat(str(root / f"annotations/image-level/{number:04d}.mat"))["tags"].ravel()
        if names.index("suit") in tags:
            continue
        photo = read_rgb(root / f"photos/{number:04d}.jpg")
        kept[f"{number:04d}_photo"] = photo
        kept[f"{number:04d}_classes"] = mend(label(network, photo, np.unique(table[tags])))
    save(Path(out) / "tagged.npz", kept)


if __name__ == "__main__":
    override(globals())
    main()
