"""What an operator can set: environment variables with the prefix FITTING_ROOM_."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

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
    blob_url: str = Field(
        default="",
        description="Where pictures are kept, such as s3://bucket/prefix. Empty: a folder in the "
        "data folder.",
    )
    blob_endpoint: str = Field(
        default="", description="Address of an S3 server that is not Amazon's."
    )
    blob_redirect: bool = Field(
        default=False,
        description="Whether the result route sends clients to a signed address of the bucket, "
        "where it has such.",
    )
    blob_link_seconds: int = Field(
        default=60, ge=1, le=3600, description="Seconds that such an address is valid."
    )
    weights_dir: Path | None = Field(
        default=None, description="Folder of fetched weights. Empty: `weights` in the data folder."
    )
    mirror: Path | None = Field(
        default=None,
        description="Folder that is searched for weight files before anything is downloaded.",
    )
    manifest: Path | None = Field(
        default=None,
        description="File that adds models to those of the package, such as parsers of your own.",
    )
    parser: str = Field(
        default="auto",
        description="The human parser that answers where a job names none. auto: the one trained "
        "here.",
    )
    licences: Literal["commercial", "any"] = Field(
        default="commercial",
        description="Which models may answer: those that allow commercial use, or any.",
    )
    gallery_dir: Path | None = Field(
        default=None,
        description="Folder of further people and garments for the gallery: `persons` and "
        "`garments/upper`, `lower` and `dress`, or what its gallery.toml lists.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the service listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port that the service listens on.")
    threads: int = Field(
        default=0, ge=0, le=64, description="Threads of one forward pass. 0: one a core, at most 8."
    )
    old_clients: bool = Field(
        default=False,
        description="Whether the routes of earlier try-on systems are served, for their clients.",
    )
    public_url: str = Field(
        default="",
        pattern="^(https?://[^/]+.*)?$",
        description="Address that clients know the service by, such as https://fit.example.com. "
        "Empty: as each request names it. Goes into whole addresses, which old clients need.",
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
    clip_seconds: float = Field(
        default=0.0,
        ge=0,
        le=600,
        description="Longest video or animated GIF that is drawn as an avatar, in seconds; 0 takes "
        "none. Needs the extra `video`; each second costs 25 drawings.",
    )
    clip_side: int = Field(
        default=960,
        ge=64,
        le=1920,
        description="Clips whose longer side exceeds this many pixels shrink to it.",
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
    visible_mark: bool = Field(
        default=False,
        description="Whether every result shows that it was made by AI in a corner; its metadata "
        "always says so.",
    )
    token_days: float = Field(
        default=90.0, gt=0, description="Days that a token is valid; POST /v1/auth/refresh renews."
    )
    admins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Ids of the users (GET /v1/me shows one's own) who may see, stop and erase "
        "everybody's jobs, though not their pictures. Separated by commas.",
    )
    terms_version: str = Field(
        default="",
        max_length=32,
        description="Version of your terms and of your notice on pictures, such as 2026-01: nobody "
        "gets a job done who did not agree to it. Empty: nobody is asked.",
    )
    terms_url: str = Field(
        default="", pattern="^(https?://.*)?$", description="Where both are read."
    )
    wechat_app_id: str = Field(
        default="", description="AppID of the WeChat mini-program whose users may log in."
    )
    wechat_app_secret: SecretStr = Field(
        default=SecretStr(""), description="Its AppSecret, which never leaves the server."
    )
    wechat_url: str = Field(
        default="https://api.weixin.qq.com/sns/jscode2session",
        pattern="^https?://",
        description="Where codes of wx.login() are exchanged.",
    )
    rate_requests: int = Field(
        default=1800, ge=0, description="Requests a minute of one user. 0: without limit."
    )
    rate_submissions: int = Field(
        default=120, ge=0, description="Jobs a minute of one user. 0: without limit."
    )
    rate_address: int = Field(
        default=6000, ge=0, description="Requests a minute from one address. 0: without limit."
    )
    rate_logins: int = Field(
        default=120,
        ge=0,
        description="New guests, sign-ups and logins a minute from one address. 0: without limit.",
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of the proxies whose X-Forwarded-For is believed. "
        "Separated by commas.",
    )
    webhook_attempts: int = Field(
        default=12, ge=1, le=20, description="Times that a webhook is sent before it is given up."
    )
    webhook_seconds: float = Field(
        default=10.0, gt=0, le=60, description="Seconds that a webhook's receiver may take."
    )
    webhook_loopback: bool = Field(
        default=False,
        description="Whether webhooks may go to this machine, and by plain http. For development.",
    )
    queue_limit: int = Field(
        default=1000, ge=1, description="Waiting jobs at which further ones are refused with 429."
    )
    user_queue_limit: int = Field(
        default=500, ge=1, description="Waiting jobs of one user at which that user is refused."
    )
    history_days: float = Field(
        default=90.0,
        gt=0,
        description="Days that the row of a job is kept after its pictures are erased.",
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

    @field_validator("admins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, said: Any) -> Any:
        """A list in an environment variable is words between commas."""
        return tuple(filter(None, re.split(r"[,\s]+", said))) if isinstance(said, str) else said

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
    default = field.default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    return "" if default in (None, "", ()) else str(default)
