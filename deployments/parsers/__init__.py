"""Human parsers: ours, Graphonomy, and whatever an operator's manifest names. All of them answer in
the 20 labels of CIHP."""

from __future__ import annotations

from deployments.parsers.parsers import OWN, Parsers, names

__all__ = ["OWN", "Parsers", "names"]
