"""What the service offers: the engines that dress and the styles that draw."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from serve_app.errors import EngineUnavailable, EngineUnknown


class Entry(BaseModel):
    """One engine or style, with what its user must know of it."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="How a request asks for it.")
    title: str = Field(default="", description="What a person reads.")
    version: str = ""
    licence: str = Field(description="SPDX identifier, or the licence's name.")
    commercial_use: bool
    available: bool = Field(description="Whether it can answer here and now.")
    hint: str = Field(default="", description="What to do where it is not available.")
    refusal: str = Field(
        default="",
        description="The error that asking for it gives where it is not available: "
        "LicenceNotAllowed, WeightsMissing, or nothing for EngineUnavailable.",
    )
    memory_mb: int | None = Field(default=None, description="GPU or CPU memory that it needs.")
    home: str = Field(default="", description="Where it comes from.")


class Gpu(BaseModel):
    """The GPUs of one machine of the cluster."""

    model_config = ConfigDict(frozen=True)

    machine: str = Field(description="The id of the machine in the cluster.")
    name: str = Field(description="The kind of GPU, as the cluster knows it.")
    count: float = Field(description="How many there are.")


class Catalogue(BaseModel):
    """All of them, the best first. `auto` takes the first that is available."""

    model_config = ConfigDict(frozen=True)

    engines: tuple[Entry, ...] = ()
    styles: tuple[Entry, ...] = ()
    parsers: tuple[Entry, ...] = ()
    """The operator's choice first: that is what `auto` asks for, whether it is available or not."""

    def engine(self, name: str) -> str:
        """The name again, checked; `auto` stays what it is, for the runner to resolve.

        Raises EngineUnknown, EngineUnavailable.
        """
        return name if name == "auto" else _pick(self.engines, name, "engine", "/v1/engines")

    def style(self, name: str) -> str:
        """The name again, checked. Raises EngineUnknown, EngineUnavailable."""
        return _pick(self.styles, name, "style", "/v1/styles")

    def parser(self, name: str) -> str:
        """The name again, checked, and that of the operator's choice for `auto`.

        Raises EngineUnknown, EngineUnavailable.
        """
        wanted = self.parsers[0].name if name == "auto" and self.parsers else name
        return _pick(self.parsers, wanted, "parser", "/v1/engines")


def _pick(entries: tuple[Entry, ...], name: str, noun: str, route: str) -> str:
    entry = next((entry for entry in entries if entry.name == name), None)
    if entry is None:
        names = ", ".join(entry.name for entry in entries)
        raise EngineUnknown(f"There is no {noun} {name[:64]!r}.", f"GET {route} lists: {names}.")
    if not entry.available:
        raise EngineUnavailable(
            f"The {noun} {name!r} is not available here.",
            entry.hint,
            entry.refusal or EngineUnavailable.__name__,
        )
    return name
