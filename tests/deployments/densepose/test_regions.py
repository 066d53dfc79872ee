"""RoIAlign and suppression beside slow re-statements, pixel by pixel and box by box."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")

from deployments.densepose.regions import (  # noqa: E402
    overlaps,
    pool_from_pyramid,
    roi_align,
    suppress,
)


def sample(plane: list[list[float]], y: float, x: float) -> float:
    """Bilinear; nothing further than one px outside."""
    height, width = len(plane), len(plane[0])
    if y < -1 or y > height or x < -1 or x > width:
        return 0.0
    y, x = max(y, 0.0), max(x, 0.0)
    top, left = min(int(y), height - 1), min(int(x), width - 1)
    y, x = min(y, height - 1.0), min(x, width - 1.0)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    down, across = y - top, x - left
    return (
        (1 - down) * (1 - across) * plane[top][left]
        + (1 - down) * across * plane[top][right]
        + down * (1 - across) * plane[bottom][left]
        + down * across * plane[bottom][right]
    )


def literal(
    plane: list[list[float]], box: list[float], size: int, scale: float, ratio: int, aligned: bool
) -> list[list[float]]:
    shift = 0.5 if aligned else 0.0
    left, top, right, bottom = (value * scale - shift for value in box)
    wide, high = right - left, bottom - top
    if not aligned:
        wide, high = max(wide, 1.0), max(high, 1.0)
    down = ratio if ratio > 0 else math.ceil(high / size)
    across = ratio if ratio > 0 else math.ceil(wide / size)
    cells = []
    for row in range(size):
        cells.append([0.0] * size)
        for column in range(size):
            for i in range(down):
                for j in range(across):
                    y = top + (row + (i + 0.5) / down) * high / size
                    x = left + (column + (j + 0.5) / across) * wide / size
                    cells[row][column] += sample(plane, y, x) / max(1, down * across)
    return cells


BOXES = [[3.0, 5.0, 70.0, 90.0], [-20.0, -9.0, 30.0, 33.3], [60.0, 60.0, 140.0, 160.0],
         [10.0, 10.0, 10.5, 10.2]]  # fmt: skip


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("ratio", [2, 0])
def test_roi_align_is_the_literal_one(aligned: bool, ratio: int) -> None:
    planes = torch.randn(1, 2, 14, 17, generator=torch.Generator().manual_seed(0))
    found = roi_align(planes, torch.tensor(BOXES), 5, 1 / 8, ratio, aligned)
    for number, box in enumerate(BOXES):
        for channel in range(2):
            plane = planes[0, channel].double().tolist()
            wanted = torch.tensor(literal(plane, box, 5, 1 / 8, ratio, aligned))
            assert (found[number, channel] - wanted).abs().max() < 1e-5


def test_no_boxes_pool_to_nothing() -> None:
    assert roi_align(torch.zeros(1, 3, 4, 4), torch.zeros(0, 4), 7, 1.0).shape == (0, 3, 7, 7)


def test_large_boxes_are_pooled_from_coarse_levels() -> None:
    levels = [torch.full((1, 1, 512 >> n, 512 >> n), float(n)) for n in range(4)]
    sides = torch.tensor([30.0, 111.0, 112.0, 224.0, 448.0, 2000.0])
    boxes = torch.stack((0 * sides, 0 * sides, sides, sides), 1)
    pooled = pool_from_pyramid(levels, [4, 8, 16, 32], boxes, 1)
    assert pooled.flatten().tolist() == [0, 0, 1, 2, 3, 3]


def test_suppression_is_the_literal_one() -> None:
    generator = torch.Generator().manual_seed(1)
    corners = torch.rand(60, 2, generator=generator) * 40
    boxes = torch.cat((corners, corners + torch.rand(60, 2, generator=generator) * 30), 1)
    boxes[7] = boxes[8] = torch.tensor([5.0, 5.0, 5.0, 5.0])  # without area
    scores = torch.rand(60, generator=generator)
    kept: list[int] = []
    for index in scores.argsort(descending=True).tolist():
        shares = [common(boxes[index].tolist(), boxes[other].tolist()) for other in kept]
        if all(share <= 0.4 for share in shares):
            kept.append(index)
    assert suppress(boxes, scores, 0.4).tolist() == kept
    assert len(kept) < 60
    assert len(suppress(boxes[:0], scores[:0], 0.4)) == 0


def common(one: list[float], other: list[float]) -> float:
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    whole = sum(areas) - width * height
    return width * height / whole if whole else 0.0


def test_overlap_of_a_half() -> None:
    shares = overlaps(torch.tensor([0.0, 0, 2, 1]), torch.tensor([[0.0, 0, 1, 1], [3, 3, 4, 4]]))
    assert shares.tolist() == [0.5, 0]
