"""Names for the arrays that the parts of `drape` hand each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
"""Float32 in all that is as large as a picture."""

Bools: TypeAlias = NDArray[np.bool_]


def highest(layers: Sequence[Floats]) -> Floats:
    """The largest of the values at each place, in a new array."""
    found = layers[0].copy()
    for layer in layers[1:]:
        np.maximum(found, layer, out=found)
    return found
