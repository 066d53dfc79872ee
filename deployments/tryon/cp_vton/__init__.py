"""`cp-vton`: the fast path at 256×192, with the published networks of CP-VTON and its variants.

Their weights forbid commercial use. Needs torch, which is imported only where it is used.
"""

from deployments.tryon.cp_vton.engine import CpVton

__all__ = ["CpVton"]
