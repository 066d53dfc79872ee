"""What tests share: real photos and weights where this machine has them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from deployments.types import Image, frozen
from tests.mariadb import MariaDb, close_server, open_server
from weights.errors import WeightsUnreachable
from weights.store import Store

CHECKOUT = Path(__file__).parent.parent
SHARED = CHECKOUT.parent / "shared"
GALLERY = CHECKOUT / "serve_app" / "gallery"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of photos and data beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the photos and data of {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def store() -> Store:
    """This machine's weights, with the default set fetched."""
    found = Store.from_environment()
    local = SHARED / "weights"
    if found.mirror is None and local.is_dir():
        found = replace(found, mirror=local)
    try:
        found.fetch()
    except WeightsUnreachable as error:
        if os.environ.get("FITTING_ROOM_REQUIRE_WEIGHTS") == "1":
            raise
        pytest.skip(f"needs the weights: fitting-room weights fetch ({error.message})")
    return found


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    """A database server for all tests, which does not wait for the disk."""
    server = open_server(durable=False)
    yield server
    close_server(server)


@pytest.fixture(scope="session")
def person_file() -> Path:
    """A preset of a person."""
    return GALLERY / "persons" / "woman-long-hair.jpg"


@pytest.fixture(scope="session")
def garment_file() -> Path:
    """A preset of a garment laid flat."""
    return GALLERY / "garments" / "tshirt-logo.jpg"


@pytest.fixture(scope="session")
def person_photo(person_file: Path) -> Image:
    """The person's pixels."""
    return _picture(person_file)


@pytest.fixture(scope="session")
def garment_photo(garment_file: Path) -> Image:
    """The garment's pixels."""
    return _picture(garment_file)


def _picture(file: Path) -> Image:
    return frozen(np.asarray(PIL.Image.open(file).convert("RGB")))
