from __future__ import annotations

import pytest

from deployments.tryon.drape import Drape
from weights.store import Store


@pytest.fixture(scope="package")
def drape(tmp_path_factory: pytest.TempPathFactory) -> Drape:
    """The engine with the refiner that the project ships, and no download."""
    return Drape(Store(tmp_path_factory.mktemp("weights"), None))
