"""The exact calls of the market's server, and what it reads of the answers."""

from __future__ import annotations

import httpx
import numpy as np
import pytest

from serve_app.blobs import FolderBlobs
from serve_app.intake import decode
from tests.serve_app.routes.compat.steps import (
    in_market,
    jpeg,
    negative,
)
from tests.serve_app.routes.conftest import photo


def test_the_market(client: httpx.Client, key: str) -> None:
    """As its server does it for its shoppers."""
    product = jpeg(decode(photo(2)))
    told = in_market(client, key, product)
    assert set(told) == {"dirname", "clothsrc", "hostUrl"}
    assert told["dirname"].startswith("12_7_")
    assert told["hostUrl"] == f"{client.base_url}/".replace("//", "/").replace(":/", "://")
    shown = client.get(told["clothsrc"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["cross-origin-resource-policy"] == "cross-origin"

    headers, name = {"Authorization": f"Bearer {key}"}, {"dirname": told["dirname"]}
    early = client.post("/export", headers=headers, data=name)
    assert (early.status_code, early.json()["error"]["name"]) == (409, "ResultNotReady")
    answer = client.post("/showimage", headers=headers, files={"image": photo(1)}, data=name)
    assert set(answer.json()) == {"resultSrc"}
    result = client.get(answer.json()["resultSrc"]).content
    assert np.array_equal(decode(result), negative(photo(1)))
    saved = client.post("/export", headers=headers, data={**name, "prodId": "12", "userId": "7"})
    assert (saved.headers["content-type"], saved.content) == ("image/png", result)


def test_a_product_takes_the_place_of_the_one_before(
    client: httpx.Client, key: str, blobs: FolderBlobs
) -> None:
    first = in_market(client, key, photo(2))
    second = in_market(client, key, photo(3))
    assert second["dirname"] == first["dirname"]
    assert len(list(blobs.names())) == 1
    assert client.get(first["clothsrc"]).status_code == 404
    assert np.array_equal(decode(client.get(second["clothsrc"]).content), decode(photo(3)))


@pytest.mark.parametrize(
    ("fields", "status", "name"),
    [
        ({"prodId": "1"}, 422, "InvalidRequest"),
        ({"prodId": "../1", "userId": "7"}, 422, "InvalidRequest"),
        ({"prodId": "1" * 51, "userId": "7"}, 422, "InvalidRequest"),
    ],
)
def test_what_the_market_reads_of_a_fault(
    client: httpx.Client, key: str, fields: dict[str, str], status: int, name: str
) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    answer = client.post("/getprod", headers=headers, files={"product": photo(2)}, data=fields)
    assert (answer.status_code, answer.json()["error"]["name"]) == (status, name)
