"""What an operator can set: environment variables with the prefix FITTING_ROOM_."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "FITTING_ROOM_"


class Setting(NamedTuple):
    """One row of the list of settings."""

    variable: str
    default: str
    description: str


def _default_folder() -> Path:
    return platformdirs.user_data_path("fitting-room", appauthor=False)


class Settings(BaseSettings):
    """Read once when a process starts; the same in every process of one service."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data_dir: Path = Field(
        default_factory=_default_folder,
        description="Folder of the database, the pictures and the weights that were fetched.",
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL of the database, such as mysql://user:password@host/name. "
        "Empty: a SQLite file in the data folder.",
    )
    weights_dir: Path | None = Field(
        default=None, description="Folder of fetched weights. Empty: `weights` in the data folder."
    )
    mirror: Path | None = Field(
        default=None,
        description="Folder that is searched for weight files before anything is downloaded.",
    )
    licences: Literal["commercial", "any"] = Field(
        default="commercial",
        description="Which models may answer: those that allow commercial use, or any.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the service listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port that the service listens on.")
    threads: int = Field(
        default=0, ge=0, le=64, description="Threads of one forward pass. 0: one a core, at most 8."
    )
    max_upload_bytes: int = Field(
        default=20_000_000, ge=1024, description="Largest file that is accepted, in bytes."
    )
    max_pixels: int = Field(
        default=40_000_000,
        ge=65_536,
        le=89_000_000,
        description="Largest picture that is decoded, in pixels.",
    )
    max_side: int = Field(
        default=1536,
        ge=256,
        description="Working size: pictures whose longer side exceeds it shrink to it.",
    )
    min_side: int = Field(
        default=64,
        ge=1,
        description="Pictures with a side shorter than this are refused, in pixels.",
    )
    max_ratio: float = Field(
        default=8.0,
        ge=1.0,
        description="Pictures whose sides differ by more than this factor are refused.",
    )
    result_hours: float = Field(
        default=72.0, gt=0, description="Hours until a result is erased, from the job's end."
    )
    input_hours: float = Field(
        default=24.0, gt=0, description="Hours until the pictures that were sent are erased."
    )
    token_days: float = Field(default=90.0, gt=0, description="Days that a guest's token is valid.")
    queue_limit: int = Field(
        default=200, ge=1, description="Waiting jobs at which further ones are refused with 429."
    )
    runner_concurrency: int = Field(
        default=2, ge=1, description="Jobs that one runner works on at once."
    )
    lease_seconds: float = Field(
        default=60.0,
        gt=0,
        description="Seconds after which a runner that gives no sign loses its job.",
    )
    attempts: int = Field(
        default=3, ge=1, description="Times that a job is started before it fails as WorkerLost."
    )
    poll_seconds: float = Field(
        default=1.0,
        gt=0,
        description="Seconds between two looks at the queue when nothing wakes a runner.",
    )
    sweep_seconds: float = Field(
        default=15.0, gt=0, description="Seconds between two searches for lost and expired jobs."
    )

    @property
    def database(self) -> str:
        """The URL in use."""
        return self.database_url or f"sqlite:///{self.data_dir / 'fitting-room.sqlite3'}"

    @property
    def pictures(self) -> Path:
        """The folder of the pictures."""
        return self.data_dir / "pictures"

    @property
    def weights(self) -> Path:
        """The folder of fetched weights in use."""
        return self.weights_dir or self.data_dir / "weights"


def describe() -> list[Setting]:
    """Every setting with its default: the page of the documentation is made from this."""
    return [
        Setting(PREFIX + name.upper(), _default(name), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def _default(name: str) -> str:
    field = Settings.model_fields[name]
    if name == "data_dir":
        return "the user's data folder"
    return "" if field.default in (None, "") else str(field.default)
