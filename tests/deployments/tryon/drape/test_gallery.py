"""What was once wrong in the pictures that come with the service, through all the real models."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import graph
from serve_app.intake import decode
from weights.store import Store

GALLERY = Path(__file__).parents[4] / "serve_app" / "gallery"


def test_no_line_of_skin_is_painted_on_the_wall_beside_a_wrist(store: Store) -> None:
    """The arm's label goes on past the wrist over the wall, and ends there."""
    person = decode((GALLERY / "persons" / "woman-bun.jpg").read_bytes())
    garment = decode((GALLERY / "garments" / "tshirt-logo.jpg").read_bytes())
    image = graph.Studio(store).tryon(person, garment).image
    wall = (slice(675, 705), slice(533, 540))
    assert np.abs(image[wall].astype(int) - person[wall]).max() < 25
