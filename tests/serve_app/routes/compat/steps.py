"""What the clients send, and how their pictures are made."""

from __future__ import annotations

import base64
import io
import json
import re
from typing import Any

import httpx
import numpy as np
from PIL import Image as Pillow

from serve_app.intake import decode
from tests.serve_app.routes.conftest import photo


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def negative(data: bytes) -> np.ndarray[Any, Any]:
    """What the runner makes of a photo."""
    return 255 - decode(data)


def jpeg(pixels: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "JPEG", quality=95)
    return file.getvalue()


def sent_to_cloth(person: bytes, key: str, **more: Any) -> bytes:
    """As its sample client does: JSON without a word about that, broken into lines."""
    said = {
        "uuid": key,
        "image_person": text(person),
        "image_cloth": text(photo(2)),
        "format": "jpg",
    }
    return json.dumps(said | more).replace('", "', '",\n"').encode()


def in_market(client: httpx.Client, key: str, product: bytes) -> dict[str, str]:
    answer = client.post(
        "/getprod",
        headers={"Authorization": f"Bearer {key}"},
        files={"product": ("12.jpg", product)},
        data={"prodId": "12", "userId": "7"},
    )
    assert answer.status_code == 200
    return dict(answer.json())


def images(answer: httpx.Response) -> dict[str, str]:
    """The pictures of the page by their ids; whoever looks at it loads them all."""
    found = re.findall(r'<img id="(\w+)" src="([^"]+)"', answer.text)
    return {what: where.replace("&amp;", "&") for what, where in found}
