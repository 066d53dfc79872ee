"""The 12 classes of the parser and how the 59 labels of Clothing Co-Parsing fall into them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

CLASSES = (
    "background", "hair", "skin", "hat", "eyewear", "upper", "outer", "dress",
    "trousers", "skirt", "shoes", "accessories",
)  # fmt: skip
IGNORED = 255  # pixels that no loss and no measure sees

# Garments that CCP names; "suit" is jacket and trousers in one and is therefore ignored.
GROUPS: dict[str, tuple[str, ...]] = {
    "background": ("null",),
    "hair": ("hair",),
    "skin": ("skin",),
    "hat": ("hat",),
    "eyewear": ("glasses", "sunglasses"),
    "upper": (
        "blouse", "bodysuit", "bra", "hoodie", "intimate", "jumper", "shirt", "sweater",
        "sweatshirt", "swimwear", "t-shirt", "top",
    ),
    "outer": ("blazer", "cape", "cardigan", "coat", "jacket", "vest"),
    "dress": ("dress", "romper"),
    "trousers": ("jeans", "leggings", "panties", "pants", "shorts", "stockings", "tights"),
    "skirt": ("skirt",),
    "shoes": (
        "boots", "clogs", "flats", "heels", "loafers", "pumps", "sandals", "shoes", "sneakers",
        "socks", "wedges",
    ),
    "accessories": (
        "accessories", "bag", "belt", "bracelet", "earrings", "gloves", "necklace", "purse",
        "ring", "scarf", "tie", "wallet", "watch",
    ),
}  # fmt: skip


def lookup(names: list[str]) -> npt.NDArray[np.uint8]:
    """Table from CCP label id (its index in `names`) to class id; unnamed labels are IGNORED."""
    table = np.full(256, IGNORED, np.uint8)
    for number, group in enumerate(CLASSES):
        for name in GROUPS[group]:
            table[names.index(name)] = number
    return table
