"""`drape`: the project's own generator, which needs no learned weights."""

from deployments.tryon.drape.drape import Drape

__all__ = ["Drape"]
