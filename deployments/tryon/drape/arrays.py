"""Names for the arrays that the parts of `drape` hand each other."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
"""Float32 in all that is as large as a picture."""

Bools: TypeAlias = NDArray[np.bool_]
