"""The loaded networks made ready to answer: the same function, fewer operations.

Nothing here approximates. Batch and spectral normalisation are multiplied into the weights, single
pixels are convolved before they are doubled, and what labels alone decide is looked up
(`patterns.py`). Results differ by rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import remove_spectral_norm
from torch.nn.utils.fusion import fuse_conv_bn_eval

from deployments.tryon.hr_viton.condition import Block, ConditionGenerator, Grown, doubled
from deployments.tryon.hr_viton.generator import (
    Level,
    SpadeBlock,
    SpadeGenerator,
    SpadeNorm,
)
from deployments.tryon.hr_viton.patterns import PatternedLevel, Patterns

_CHUNK = 1 << 19
"""Values that are worked on at once on a CPU: they stay in its cache."""


def ready_condition(network: ConditionGenerator) -> ConditionGenerator:
    """The network itself, changed for good: it cannot be trained or saved any more."""
    network.eval().requires_grad_(False)
    for block in [one for one in network.modules() if isinstance(one, Block)]:
        first, norm_1, relu, second, norm_2 = block.block
        block.block = nn.Sequential(
            fuse_conv_bn_eval(first, norm_1), relu, fuse_conv_bn_eval(second, norm_2)
        )
        if isinstance(block.scale, Grown):
            block.scale = GrownLater(block.scale[1])
    network.conv2 = nn.Sequential()
    network.to(memory_format=torch.channels_last)
    return network


def ready_generator(network: SpadeGenerator) -> SpadeGenerator:
    """The network itself, changed for good: it cannot be trained or saved any more."""
    network.eval().requires_grad_(False)
    for block in [one for one in network.modules() if isinstance(one, SpadeBlock)]:
        for name in ("conv_0", "conv_1", "conv_s")[: 3 if block.learned else 2]:
            remove_spectral_norm(getattr(block, name))
        for name in ("norm_0", "norm_1", "norm_s")[: 3 if block.learned else 2]:
            setattr(block, name, ReadyNorm(getattr(block, name)))
    network.requires_grad_(False).to(memory_format=torch.channels_last)
    return network


class GrownLater(nn.Module):  # type: ignore[misc]
    """`Grown` the other way round: single pixels are convolved while there are four times fewer of
    them. Each new pixel is a mean of old ones, so the sum is the same."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.convolution = convolution

    def forward(self, x: Tensor) -> Tensor:
        return doubled(self.convolution(x))


class ReadyNorm(nn.Module):  # type: ignore[misc]
    """A `SpadeNorm` that looks its scale and shift up where the labels allow it."""

    def __init__(self, norm: SpadeNorm) -> None:
        super().__init__()
        self.noise_scale = norm.noise_scale
        self.shared = norm.conv_shared[0]
        planes = len(norm.noise_scale)
        self.both = nn.Conv2d(norm.conv_gamma.in_channels, 2 * planes, 3, padding=1)
        self.both.to(norm.noise_scale)
        with torch.no_grad():
            self.both.weight.copy_(torch.cat([norm.conv_gamma.weight, norm.conv_beta.weight]))
            self.both.bias.copy_(torch.cat([norm.conv_gamma.bias + 1, norm.conv_beta.bias]))

    def forward(self, x: Tensor, level: Level, noise: Tensor) -> Tensor:
        patterns = level.patterns if isinstance(level, PatternedLevel) else None
        if patterns is None:
            return self._everywhere(x, level.labels, noise)
        rows = x.permute(0, 2, 3, 1).contiguous()
        table = self._table(patterns, x.dtype)
        return self._looked_up(rows, table, patterns, noise).permute(0, 3, 1, 2)

    def _everywhere(self, x: Tensor, labels: Tensor, noise: Tensor) -> Tensor:
        normal = functional.instance_norm(x + noise * self.noise_scale.view(1, -1, 1, 1))
        gamma, beta = self.both(functional.relu(self.shared(labels))).chunk(2, 1)
        return torch.addcmul(beta, normal, gamma)

    def _table(self, patterns: Patterns, dtype: torch.dtype) -> Tensor:
        """K×2C: scale and shift for each neighbourhood."""
        hidden = functional.relu(_convolved(patterns.one_hot(dtype), self.shared))
        return _convolved(hidden * patterns.inside(dtype), self.both)[:, :, 0, 0]

    def _looked_up(self, rows: Tensor, table: Tensor, patterns: Patterns, noise: Tensor) -> Tensor:
        count, height, width, planes = rows.shape
        made = torch.empty_like(rows)
        which = patterns.which.view(count, height * width)
        for sample in range(count):
            pixels = rows[sample].reshape(height * width, planes)
            plane = noise[sample].reshape(height * width, 1)
            gain, offset = self._moments(pixels, plane)
            out = made[sample].view(height * width, planes)
            step = len(out) if rows.is_cuda else max(1, _CHUNK // planes)
            for start in range(0, len(out), step):
                part = slice(start, start + step)
                noisy = torch.addcmul(pixels[part], plane[part], self.noise_scale)
                normal = torch.addcmul(offset, noisy, gain)
                gamma, beta = table.index_select(0, which[sample, part]).chunk(2, 1)
                torch.addcmul(beta, normal, gamma, out=out[part])
        return made

    def _moments(self, pixels: Tensor, plane: Tensor) -> tuple[Tensor, Tensor]:
        """Factor and summand, each C, that normalise the noisy pixels P×C. The noise is never added
        for this: a sum's variance follows from both variances and what they share."""
        exact = torch.promote_types(pixels.dtype, torch.float32)  # sums of half precision are none
        values, noise = pixels.to(exact), plane.to(exact)
        scale = self.noise_scale.to(exact)
        mean, noise_mean = values.mean(0), noise.mean()
        noise = noise - noise_mean
        shared = (noise.T @ values)[0] / len(values)
        spread = _variance(values, mean)
        variance = spread + scale * (2 * shared + scale * noise.square().mean())
        gain = torch.rsqrt(variance + 1e-5)
        offset = -(mean + scale * noise_mean) * gain
        return gain.to(pixels.dtype), offset.to(pixels.dtype)


def _convolved(patches: Tensor, convolution: nn.Conv2d) -> Tensor:
    """A 3×3 convolution without padding of K×C×S×S small patches, as one product of matrices."""
    count, _, side, _ = patches.shape
    windows = patches.unfold(2, 3, 1).unfold(3, 3, 1).permute(0, 2, 3, 1, 4, 5)
    flat = windows.reshape(count * (side - 2) ** 2, -1)
    made = functional.linear(flat, convolution.weight.flatten(1), convolution.bias)
    return made.view(count, side - 2, side - 2, -1).permute(0, 3, 1, 2)


def _variance(values: Tensor, mean: Tensor) -> Tensor:
    """Of each column, in parts that stay in the cache."""
    step = len(values) if values.is_cuda else max(1, _CHUNK // values.shape[1])
    total = torch.zeros_like(mean)
    for start in range(0, len(values), step):
        total += (values[start : start + step] - mean).square_().sum(0)
    return total / len(values)
