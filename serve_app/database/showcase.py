"""The tables behind the page: the gallery's own pictures, what was rendered of it, reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from serve_app.database.tables import Base, new_id, now

_ID = String(26)
_SHA256 = String(64)


class GalleryPicture(Base):
    """A preset that an admin put into the gallery."""

    __tablename__ = "gallery_pictures"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16))
    """`person` or `garment`."""
    category: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(200))
    credit: Mapped[str] = mapped_column(String(200))
    licence: Mapped[str] = mapped_column(String(64))
    blob: Mapped[str] = mapped_column(String(64), index=True)
    sha256: Mapped[str] = mapped_column(_SHA256)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Rendering(Base):
    """A try-on of two presets, done ahead of time."""

    __tablename__ = "renderings"

    key: Mapped[str] = mapped_column(_SHA256, primary_key=True)
    """Of both pictures by content, and of the engine with its version."""
    person: Mapped[str] = mapped_column(String(64))
    garment: Mapped[str] = mapped_column(String(64))
    blob: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    engine: Mapped[dict[str, Any]]
    confidence: Mapped[float | None] = mapped_column(Float(53))
    category: Mapped[str | None] = mapped_column(String(16))
    warnings: Mapped[list[str]]
    made_at: Mapped[datetime] = mapped_column(default=now)


class Report(Base):
    """What a user found wrong with a result."""

    __tablename__ = "reports"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(32))
    words: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
