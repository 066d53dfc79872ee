from __future__ import annotations

import pytest

from tests.deployments.tryon.drape.mannequin import mannequin
from training.drape.people import Wearer


@pytest.fixture(scope="package")
def wearer() -> Wearer:
    """A drawn person."""
    person = mannequin()
    return Wearer("drawn", person.photo, person.parse, person.pose)
