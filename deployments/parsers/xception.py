"""The backbone of Graphonomy: DeepLab's modified aligned Xception at stride 16.

Chen et al., DeepLab v3+ (arXiv 1802.02611). Modules carry the names of the published checkpoint.
Where that code rectifies a tensor in place, what comes after sees the rectified one; here it is
written out.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class Separable(nn.Module):  # type: ignore[misc]
    """A depthwise and a pointwise convolution, each with its normalisation.

    With `active` both are rectified, and padding is the dilation; without it the input is padded so
    that stride 1 keeps the size.
    """

    def __init__(
        self, inputs: int, outputs: int, stride: int = 1, dilation: int = 1, active: bool = False
    ) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(
            inputs, inputs, 3, stride, dilation, dilation, groups=inputs, bias=False
        )
        self.depthwise_bn = nn.BatchNorm2d(inputs)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.pointwise_bn = nn.BatchNorm2d(outputs)
        self._active = active

    def forward(self, x: Tensor) -> Tensor:
        x = self.depthwise_bn(self.depthwise(x))
        x = functional.relu(x) if self._active else x
        x = self.pointwise_bn(self.pointwise(x))
        return functional.relu(x) if self._active else x


class Block(nn.Module):  # type: ignore[misc]
    """Separable convolutions, each after a ReLU, beside a way round them.

    `steps` are the channels after each convolution. The last one has the `stride`; the first block
    of all has no ReLU before its first.
    """

    def __init__(
        self, inputs: int, steps: tuple[int, ...], stride: int = 1, rectified: bool = True
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.ReLU()] if rectified else []
        before = inputs
        for number, channels in enumerate(steps):
            last = number == len(steps) - 1
            layers += [nn.ReLU()] if number else []
            layers.append(Separable(before, channels, stride if last else 1))
            before = channels
        self.rep = nn.Sequential(*layers)
        self._rectified = rectified
        if inputs != before or stride != 1:
            self.skip = nn.Conv2d(inputs, before, 1, stride, bias=False)
            self.skipbn = nn.BatchNorm2d(before)

    def forward(self, x: Tensor) -> Tensor:
        return self.rep(x) + self.aside(x)

    def aside(self, x: Tensor) -> Tensor:
        """The way round, which sees the rectified input."""
        x = functional.relu(x) if self._rectified else x
        return self.skipbn(self.skip(x)) if hasattr(self, "skip") else x


class ForkedBlock(Block):
    """The second block: what it has before its strided convolution is handed on as well."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, (outputs, outputs), stride=2)
        self.rep = nn.Sequential(
            nn.ReLU(), Separable(inputs, outputs), nn.ReLU(), Separable(outputs, outputs)
        )
        self.block2_lastconv = nn.Sequential(nn.ReLU(), Separable(outputs, outputs, stride=2))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        fine = self.rep(x)
        return self.block2_lastconv(fine) + self.aside(x), fine


class Xception(nn.Module):  # type: ignore[misc]
    """N×3×H×W to 2048 planes at stride 16 and 256 at stride 4."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 64, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(64)
        self.block1 = Block(64, (128, 128, 128), stride=2, rectified=False)
        self.block2 = ForkedBlock(128, 256)
        self.block3 = Block(256, (728, 728, 728), stride=2)
        for number in range(4, 20):
            setattr(self, f"block{number}", Block(728, (728, 728, 728)))
        self.block20 = Block(728, (728, 1024, 1024))
        self.conv3 = Separable(1024, 1536, dilation=2, active=True)
        self.conv4 = Separable(1536, 1536, dilation=2, active=True)
        self.conv5 = Separable(1536, 2048, dilation=2, active=True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = functional.relu(self.bn1(self.conv1(x)))
        x = functional.relu(self.bn2(self.conv2(x)))
        x, fine = self.block2(self.block1(x))
        for number in range(3, 21):
            x = getattr(self, f"block{number}")(x)
        return self.conv5(self.conv4(self.conv3(x))), fine
