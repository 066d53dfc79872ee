from __future__ import annotations

import pytest

from deployments.anime.animegan import network_size


@pytest.mark.parametrize(
    ("height", "width", "multiple", "expected"),
    [
        (1024, 768, 16, (1024, 768)),
        (1023, 775, 8, (1016, 768)),
        (1023, 775, 16, (1008, 768)),
        (100, 60, 8, (256, 256)),
        (4000, 3000, 8, (1280, 960)),
        (16, 4000, 16, (256, 1280)),
        (1, 1, 16, (256, 256)),
    ],
)
def test_sizes_suit_the_network(
    height: int, width: int, multiple: int, expected: tuple[int, int]
) -> None:
    assert network_size(height, width, multiple, max_side=1280) == expected
