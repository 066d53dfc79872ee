"""What can go wrong with model files, each with a hint that says what to do."""

from __future__ import annotations


class WeightsError(Exception):
    """A fault with a model's files. `hint` says what mends it; rebuilt from `args` alone."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)

    @property
    def message(self) -> str:
        return str(self.args[0])

    @property
    def hint(self) -> str:
        return str(self.args[1])

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class WeightsMissing(WeightsError):
    """A file of a model is not on this machine."""


class WeightsCorrupt(WeightsError):
    """A file is there, but is not the one that the manifest or the local lock file names."""


class WeightsUnreachable(WeightsError):
    """No source gave the file. The message lists each one with its reason."""


class LicenceNotAllowed(WeightsError):
    """The operator's licence policy does not allow this model."""


class UnknownModel(WeightsError):
    """The manifest has no model, or the model no file, of that name."""


class SourceFailed(Exception):
    """One source could not give the file; the next one is tried."""
