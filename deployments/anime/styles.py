"""The styles there are: our own looks, and those of AnimeGANv3 with the files they can run on."""

from __future__ import annotations

from dataclasses import dataclass

from deployments.anime.look import LOOKS, Look


@dataclass(frozen=True)
class Packing:
    """One file that holds a style's network."""

    model: str
    """Its name in the manifest of the weights."""
    file: str
    multiple: int = 8
    """What both sides of a picture must divide by."""


@dataclass(frozen=True)
class NetworkStyle:
    """A style drawn by a network. The first packing that is on this machine is taken."""

    name: str
    title: str
    packings: tuple[Packing, ...]


@dataclass(frozen=True)
class Style:
    """What a user is told of a style."""

    name: str
    title: str
    engine: str
    licence: str
    commercial_use: bool
    available: bool
    """Its weights are here and the operator's licence policy allows it."""


NETWORK_STYLES = {
    style.name: style
    for style in (
        NetworkStyle(
            "cute", "Cute", (Packing("animeganv3-cute", "AnimeGANv3_tiny_Cute.onnx", multiple=16),)
        ),
        NetworkStyle(
            "hayao",
            "Hayao",
            (
                Packing("animeganv3-hayao", "AnimeGANv3_Hayao_36.onnx"),
                Packing("animeganv3-hayao-512", "AnimeGANv3_Hayao_36_QUANTIZED_fp16.tflite"),
            ),
        ),
        NetworkStyle(
            "shinkai",
            "Shinkai",
            (
                Packing("animeganv3-shinkai", "AnimeGANv3_Shinkai_37.onnx"),
                Packing("animeganv3-shinkai-converted", "AnimeGANv3_Shinkai_37_from_pb.onnx"),
            ),
        ),
    )
}

STYLES: tuple[str, ...] = (*LOOKS, *NETWORK_STYLES)
"""The names of all styles, the default first."""


def look_style(look: Look) -> Style:
    """What a user is told of one of our own looks."""
    return Style(look.name, look.title, "cel", "Apache-2.0", commercial_use=True, available=True)
