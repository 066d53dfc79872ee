"""DensePose R-CNN, for inference: people's boxes, and for a box its parts.

Güler et al., "DensePose: Dense Human Pose Estimation in the Wild" (CVPR 2018), in the form of
detectron2's `densepose_rcnn_R_50_FPN_s1x`: a pyramid fused at stride 4 feeds the head. Modules
carry the names of its checkpoint, so that it loads strictly. Where on a part a pixel lies (U, V) is
in the checkpoint and is not computed: nothing here asks for it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from deployments.densepose.backbone import CHANNELS, Pyramid
from deployments.densepose.proposals import STRIDES, Proposals, clipped, moved
from deployments.densepose.regions import pool_from_pyramid, roi_align, suppress

BOX_WEIGHTS = (10.0, 5.0)
BOX_OVERLAP = 0.5
LEAST_SCORE = 0.05
MOST_PEOPLE = 100
PARTS, COARSE = 25, 2
HEAD_CHANNELS, HEAD_LAYERS = 512, 8
BOX_SIZE, PARTS_SIZE = 7, 28


class People(NamedTuple):
    """Boxes M×4 px of the network's input, and their scores M (0..1), the best first."""

    boxes: Tensor
    scores: Tensor


class Charts(NamedTuple):
    """What the head says of K boxes: logits K×2×112×112 of background and body, K×25×112×112 of
    background and the 24 parts."""

    coarse: Tensor
    fine: Tensor


class BoxHead(nn.Module):  # type: ignore[misc]
    """From what is pooled of a box to 1024 numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(CHANNELS * BOX_SIZE**2, 1024)
        self.fc2 = nn.Linear(1024, 1024)

    def forward(self, pooled: Tensor) -> Tensor:
        return functional.relu(self.fc2(functional.relu(self.fc1(pooled.flatten(1)))))


class BoxPredictor(nn.Module):  # type: ignore[misc]
    """Logits of person and background, and how to move the box."""

    def __init__(self) -> None:
        super().__init__()
        self.cls_score = nn.Linear(1024, 2)
        self.bbox_pred = nn.Linear(1024, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.cls_score(x), self.bbox_pred(x)


class Decoder(nn.Module):  # type: ignore[misc]
    """Four levels of the pyramid to one at stride 4 (Kirillov et al., Panoptic FPN)."""

    def __init__(self) -> None:
        super().__init__()
        for level, doublings in (("p2", 0), ("p3", 1), ("p4", 2), ("p5", 3)):
            layers: list[nn.Module] = []
            for _ in range(max(1, doublings)):
                layers.append(RectifiedConvolution())
                if doublings:
                    layers.append(nn.Upsample(scale_factor=2, mode="bilinear"))
            setattr(self, level, nn.Sequential(*layers))
        self.predictor = nn.Conv2d(CHANNELS, CHANNELS, 1)

    def forward(self, levels: list[Tensor]) -> Tensor:
        names = ("p2", "p3", "p4", "p5")
        fused = [getattr(self, name)(x) for name, x in zip(names, levels, strict=True)]
        return self.predictor(fused[0] + fused[1] + fused[2] + fused[3])


class RectifiedConvolution(nn.Conv2d):  # type: ignore[misc]
    """3×3, with a ReLU inside, as the checkpoint counts it."""

    def __init__(self) -> None:
        super().__init__(CHANNELS, CHANNELS, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(super().forward(x))


class PartsHead(nn.Module):  # type: ignore[misc]
    """Eight convolutions of what is pooled."""

    def __init__(self) -> None:
        super().__init__()
        for number in range(1, HEAD_LAYERS + 1):
            inputs = CHANNELS if number == 1 else HEAD_CHANNELS
            setattr(self, f"body_conv_fcn{number}", nn.Conv2d(inputs, HEAD_CHANNELS, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        for number in range(1, HEAD_LAYERS + 1):
            x = functional.relu(getattr(self, f"body_conv_fcn{number}")(x))
        return x


class PartsPredictor(nn.Module):  # type: ignore[misc]
    """The charts, twice doubled in size."""

    def __init__(self) -> None:
        super().__init__()
        for name, planes in (
            ("ann_index_lowres", COARSE),
            ("index_uv_lowres", PARTS),
            ("u_lowres", PARTS),
            ("v_lowres", PARTS),
        ):
            setattr(self, name, nn.ConvTranspose2d(HEAD_CHANNELS, planes, 4, 2, 1))

    def forward(self, x: Tensor) -> Charts:
        return Charts(_doubled(self.ann_index_lowres(x)), _doubled(self.index_uv_lowres(x)))


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class Heads(nn.Module):  # type: ignore[misc]
    """What is said of boxes."""

    def __init__(self) -> None:
        super().__init__()
        self.box_head = BoxHead()
        self.box_predictor = BoxPredictor()
        self.decoder = Decoder()
        self.densepose_head = PartsHead()
        self.densepose_predictor = PartsPredictor()

    def people(self, levels: list[Tensor], proposals: Tensor, height: int, width: int) -> People:
        """Those of the proposals that are somebody, each person once."""
        pooled = pool_from_pyramid(levels[:4], list(STRIDES[:4]), proposals, BOX_SIZE)
        logits, deltas = self.box_predictor(self.box_head(pooled))
        scores = functional.softmax(logits, -1)[:, 0]
        boxes = clipped(moved(proposals, deltas, BOX_WEIGHTS), height, width)
        sure = (scores > LEAST_SCORE) & boxes.isfinite().all(1)
        boxes, scores = boxes[sure], scores[sure]
        kept = suppress(boxes, scores, BOX_OVERLAP)[:MOST_PEOPLE]
        return People(boxes[kept], scores[kept])

    def charts(self, levels: list[Tensor], boxes: Tensor) -> Charts:
        """Of boxes K×4 px."""
        fused = self.decoder(levels[:4])
        pooled = roi_align(fused, boxes, PARTS_SIZE, 1 / STRIDES[0])
        charts: Charts = self.densepose_predictor(self.densepose_head(pooled))
        return charts


class DensePoseNetwork(nn.Module):  # type: ignore[misc]
    """The whole network for one picture."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Pyramid()
        self.proposal_generator = Proposals()
        self.roi_heads = Heads()

    def forward(self, picture: Tensor, height: int, width: int) -> tuple[People, list[Tensor]]:
        """People in a picture 1×3×H×W, BGR without its mean and filled up with 0 to sides of
        multiples of 32, of which `height` and `width` are the picture's own; with the pyramid that
        `parts` takes."""
        levels = self.backbone(picture)
        proposals = self.proposal_generator(levels, height, width)
        return self.roi_heads.people(levels, proposals, height, width), levels

    def parts(self, levels: list[Tensor], boxes: Tensor) -> Charts:
        """The charts of boxes K×4 px."""
        return self.roi_heads.charts(levels, boxes)


@torch.no_grad()  # type: ignore[untyped-decorator]
def parts_of(charts: Charts, height: int, width: int) -> Tensor:
    """Parts, uint8 height×width, of the first box's charts laid over so many px."""
    size = (max(1, height), max(1, width))
    laid = [
        functional.interpolate(plane[:1], size, mode="bilinear", align_corners=False).argmax(1)[0]
        for plane in charts
    ]
    return (laid[1] * (laid[0] > 0)).to(torch.uint8)
