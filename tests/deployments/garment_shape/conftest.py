from __future__ import annotations

import pytest

from deployments.garment_shape.shaper import GarmentShaper
from weights.store import Store


@pytest.fixture(scope="package")
def shaper(tmp_path_factory: pytest.TempPathFactory) -> GarmentShaper:
    """With the weights that come with the package alone."""
    return GarmentShaper(Store(tmp_path_factory.mktemp("weights")))
