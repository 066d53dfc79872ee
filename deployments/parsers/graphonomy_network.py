"""Graphonomy's network: DeepLab v3+, and between its decoder and its answer a graph of the labels.

Gong et al., "Graphonomy: Universal Human Parsing via Graph Transfer Learning" (CVPR 2019). Modules
carry the names of the published checkpoint of CIHP, so that it loads strictly.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from deployments.parsers.graphonomy_graphs import (
    CIHP_NEIGHBOURS,
    PASCAL_NEIGHBOURS,
    SIMILARITY,
    adjacency,
)
from deployments.parsers.xception import Separable, Xception

LABELS, SOURCE_LABELS = 20, 7
CHANNELS, HIDDEN = 256, 128


class GraphConvolution(nn.Module):  # type: ignore[misc]
    """ReLU(adjacency · nodes · weight); without an adjacency each node is for itself."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(inputs, HIDDEN))

    def forward(self, nodes: Tensor, graph: Tensor | None = None) -> Tensor:
        moved = nodes @ self.weight
        return functional.relu(moved if graph is None else graph @ moved)


class ToNodes(nn.Module):  # type: ignore[misc]
    """From planes N×256×H×W to one vector a label, N×labels×128."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.pre_fea = nn.Parameter(torch.zeros(CHANNELS, labels))
        self.weight = nn.Parameter(torch.zeros(CHANNELS, HIDDEN))

    def forward(self, planes: Tensor) -> Tensor:
        pixels = planes.flatten(2).transpose(1, 2)
        share = functional.softmax(pixels @ self.pre_fea, dim=-1)
        return functional.relu(share.transpose(1, 2) @ (pixels @ self.weight))


class ToPlanes(nn.Module):  # type: ignore[misc]
    """Back to planes: each pixel takes of each label's vector as much as it looks like it."""

    def __init__(self) -> None:
        super().__init__()
        self.node_fea_for_res = nn.Parameter(torch.zeros(CHANNELS, 1))
        self.node_fea_for_hidden = nn.Parameter(torch.zeros(HIDDEN, 1))
        self.weight = nn.Parameter(torch.zeros(HIDDEN, CHANNELS))

    def forward(self, nodes: Tensor, planes: Tensor) -> Tensor:
        pixels = planes.flatten(2).transpose(1, 2)
        score = pixels @ self.node_fea_for_res
        score = score + (nodes @ self.node_fea_for_hidden).transpose(1, 2)
        mixed = functional.softmax(score, dim=-1) @ (nodes @ self.weight)
        return functional.relu(mixed.transpose(1, 2).reshape(planes.shape))


class Transfer(nn.Module):  # type: ignore[misc]
    """From the source's labels to the target's by the likeness of their words.

    `adj` is in the checkpoint and was never read: the likeness is handed over instead.
    """

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(HIDDEN, HIDDEN))
        self.adj = nn.Parameter(torch.zeros(LABELS, SOURCE_LABELS))

    def forward(self, nodes: Tensor, likeness: Tensor) -> Tensor:
        share = functional.softmax(functional.relu(likeness), dim=-1)
        return functional.relu(share @ (nodes @ self.weight))


class Pooled(nn.Module):  # type: ignore[misc]
    """A 1×1 convolution of the input: the pyramid's finest step."""

    def __init__(self) -> None:
        super().__init__()
        self.atrous_convolution = nn.Conv2d(2048, CHANNELS, 1, bias=False)
        self.bn = nn.BatchNorm2d(CHANNELS)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.bn(self.atrous_convolution(x)))


class Atrous(nn.Module):  # type: ignore[misc]
    """A separable convolution under the name that the checkpoint has for it."""

    def __init__(self, inputs: int, dilation: int = 1) -> None:
        super().__init__()
        self.atrous_convolution = Separable(inputs, CHANNELS, dilation=dilation, active=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.atrous_convolution(x)


class Graphonomy(nn.Module):  # type: ignore[misc]
    """BGR from -1 to 1, N×3×H×W, to logits of the 20 labels, N×20×H×W."""

    def __init__(self) -> None:
        super().__init__()
        self._make_pyramid()
        self.semantic = nn.Conv2d(CHANNELS, LABELS, 1)
        self.target_featuremap_2_graph = ToNodes(LABELS)
        self.target_graph_2_fea = ToPlanes()
        self.target_skip_conv = nn.Sequential(nn.Conv2d(CHANNELS, CHANNELS, 1), nn.ReLU())
        self.source_featuremap_2_graph = ToNodes(SOURCE_LABELS)
        for side in ("target", "source"):
            for number in (1, 2, 3):
                setattr(self, f"{side}_graph_conv{number}", GraphConvolution(HIDDEN))
        self.transpose_graph = Transfer()
        self.fc_graph = GraphConvolution(3 * HIDDEN)
        for name, values in (
            ("target_adjacency", adjacency(CIHP_NEIGHBOURS)),
            ("source_adjacency", adjacency(PASCAL_NEIGHBOURS)),
            ("likeness", SIMILARITY.T.copy()),
        ):
            self.register_buffer(name, torch.from_numpy(values), persistent=False)

    def _make_pyramid(self) -> None:
        self.xception_features = Xception()
        self.aspp1 = Pooled()
        self.aspp2, self.aspp3, self.aspp4 = (Atrous(2048, dilation) for dilation in (6, 12, 18))
        self.global_avg_pool = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(2048, CHANNELS, 1, bias=False),
            nn.BatchNorm2d(CHANNELS),
            nn.ReLU(),
        )
        self.concat_projection_conv1 = nn.Conv2d(5 * CHANNELS, CHANNELS, 1, bias=False)
        self.concat_projection_bn1 = nn.BatchNorm2d(CHANNELS)
        self.feature_projection_conv1 = nn.Conv2d(CHANNELS, 48, 1, bias=False)
        self.feature_projection_bn1 = nn.BatchNorm2d(48)
        self.decoder = nn.Sequential(Atrous(CHANNELS + 48), Atrous(CHANNELS))

    def forward(self, picture: Tensor) -> Tensor:
        planes = self._decoded(picture)
        reasoned = self.target_graph_2_fea(self._reasoned(planes), planes)
        logits = self.semantic(self.target_skip_conv(planes) + reasoned)
        return _resized(logits, picture)

    def _decoded(self, picture: Tensor) -> Tensor:
        """DeepLab's features at stride 4, N×256×H/4×W/4."""
        x, fine = self.xception_features(picture)
        steps = [step(x) for step in (self.aspp1, self.aspp2, self.aspp3, self.aspp4)]
        x = torch.cat((*steps, _resized(self.global_avg_pool(x), x)), 1)
        x = functional.relu(self.concat_projection_bn1(self.concat_projection_conv1(x)))
        fine = functional.relu(self.feature_projection_bn1(self.feature_projection_conv1(fine)))
        return self.decoder(torch.cat((_resized(x, fine), fine), 1))

    def _reasoned(self, planes: Tensor) -> Tensor:
        """The labels' vectors after three rounds with those of PASCAL's parts, N×20×128."""
        source = self.source_featuremap_2_graph(planes)
        target = self.target_featuremap_2_graph(planes)
        # The checkpoint's third source convolution exists and was never used: the second one works
        # twice.
        for number, worked in ((1, 1), (2, 2), (3, 2)):
            convolve = getattr(self, f"source_graph_conv{worked}")
            source = convolve(source, self.source_adjacency)
            transferred = self.transpose_graph(source, self.likeness)
            joined = torch.cat((target, _looked_up(source, target), transferred), -1)
            convolve = getattr(self, f"target_graph_conv{number}")
            target = convolve(self.fc_graph(joined), self.target_adjacency)
        return target


def _looked_up(source: Tensor, target: Tensor) -> Tensor:
    """For each target node the source nodes, each as much as it is like it."""
    likeness = functional.normalize(target, dim=-1) @ functional.normalize(source, dim=-1).mT
    return functional.softmax(likeness, dim=-1) @ source


def _resized(planes: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(planes, size=like.shape[2:], mode="bilinear", align_corners=True)
