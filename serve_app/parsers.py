"""The human parsers that a job may ask for, and what a result says of the one that answered."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.util import find_spec

from deployments.types import Engine
from serve_app.catalogue import Catalogue, Entry
from weights.manifest import ModelSpec
from weights.store import Store

PARSERS = (
    Entry(
        name="parser",
        title="The parser trained here, on Clothing Co-Parsing",
        licence="Apache-2.0",
        commercial_use=True,
        available=True,
        memory_mb=120,
    ),
)
"""Those that are always there: the one that answers unasked."""

IN_TORCH = ("graphonomy",)
"""Entries of the manifest that networks of this package load; others are ONNX exports."""


def parsers(store: Store) -> tuple[Entry, ...]:
    """All of them, the operator's choice (FITTING_ROOM_PARSER) first.

    Raises ValueError where that is none of them.
    """
    foreign = [
        _foreign(store, spec)
        for name, spec in store.specs().items()
        if name in IN_TORCH or spec.parser is not None
    ]
    entries = [*PARSERS, *foreign]
    chosen = os.environ.get("FITTING_ROOM_PARSER", "auto")
    names = [entry.name for entry in entries]
    if chosen not in ("auto", *names):
        raise ValueError(f"FITTING_ROOM_PARSER is {chosen!r}; there are {', '.join(names)}")
    return tuple(sorted(entries, key=lambda entry: entry.name != chosen))


def asked_for(entries: tuple[Entry, ...], wanted: str) -> Entry:
    """The one of that name. Raises EngineUnknown, EngineUnavailable."""
    entries = entries or PARSERS
    name = Catalogue(parsers=entries).parser(wanted)
    return next(entry for entry in entries if entry.name == name)


def argument(parser: Entry) -> tuple[str, ...]:
    """What the parsing is told: the name, unless it is the one that answers unasked."""
    return () if parser.name == PARSERS[0].name else (parser.name,)


def prepared(engine: Engine, parser: Entry) -> Engine:
    """The engine with what prepared the photo for it: its terms bind the result as well."""
    allowed = engine.commercial_use and parser.commercial_use
    by = {**engine.prepared_by, "parsing": parser.name}
    return replace(engine, prepared_by=by, commercial_use=allowed)


def _foreign(store: Store, spec: ModelSpec) -> Entry:
    entry = Entry(
        name=spec.name,
        title=spec.title,
        licence=spec.licence,
        commercial_use=spec.commercial_use,
        available=False,
        memory_mb=spec.memory,
        home=spec.home,
    )
    if store.usable(spec.name) and (find_spec("torch") or spec.name not in IN_TORCH):
        return entry.model_copy(update={"available": True})
    if store.usable(spec.name):
        return entry.model_copy(update={"hint": "pip install 'fitting-room[torch]'"})
    fetch = f"fitting-room weights fetch {spec.name}"
    if store.allowed(spec.name):
        return entry.model_copy(update={"hint": fetch, "refusal": "WeightsMissing"})
    hint = f"FITTING_ROOM_LICENCES=any, {fetch}"
    return entry.model_copy(update={"hint": hint, "refusal": "LicenceNotAllowed"})
