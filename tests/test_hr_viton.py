"""HR-VITON through the real service: every preparation, both networks at their published width."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import httpx
import numpy as np
import PIL.Image
import pytest

from deployments.types import Image
from serve_app.client import Client
from serve_app.intake import encode
from tests.live import Live, live
from weights.store import Store

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

JOB_SECONDS = 400
"""Half a gigabyte of weights is read and half a tera-operation done, on whatever cores there are.
"""


@pytest.fixture(scope="module")
def service(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """With random weights beside this machine's own."""
    from tests.deployments.tryon.hr_viton.weights import place_random

    root = tmp_path_factory.mktemp("weights")
    place_random(root, store)
    settings = {"FITTING_ROOM_LICENCES": "any", "FITTING_ROOM_LEASE_SECONDS": "60"}
    with live(Live, replace(store, root=root, licences="any"), settings) as service:
        yield service


def test_a_job_from_end_to_end(service: Live, person_photo: Image, garment_photo: Image) -> None:
    person, garment = encode(person_photo), encode(garment_photo)
    with Client(service.address) as client:
        wishes = {"engine": "hr-viton", "fast": "true", "debug": "true", "seed": "3"}
        done = client.wait(client.tryon(person, garment, **wishes), timeout=JOB_SECONDS)
        picture = client.result(done)
        header = {"Authorization": f"Bearer {client.token}"}
        panel = httpx.get(f"{service.address}/v1/jobs/{done['id']}/panel", headers=header)
    assert done["engine"]
    assert done["engine"]["name"] == "hr-viton"
    assert done["engine"]["commercial_use"] is False
    wanted = {"pose", "parsing", "densepose", "garment_mask", "garment_shape", "hr-viton", "finish"}
    assert wanted <= set(done["timings"])
    made = np.asarray(PIL.Image.open(io.BytesIO(picture)).convert("RGB"))
    assert made.shape == person_photo.shape
    changed = (made != person_photo).any(axis=2)
    assert 0.02 < changed.mean() < 0.6, "the body above the waist, and not the picture"
    assert not changed[: len(changed) // 20].any(), "what is over the head is the photo's"
    assert panel.status_code == 200
    assert PIL.Image.open(io.BytesIO(panel.content)).size == (4 * 388, 3 * 516)
