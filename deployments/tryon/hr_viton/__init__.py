"""`hr-viton`: High-Resolution Virtual Try-On (Lee et al., ECCV 2022, arXiv 2206.14180).

The published weights are for research and forbid commercial use. Needs torch, which is imported
only where it is used.
"""

from __future__ import annotations

from deployments.tryon.hr_viton.engine import ENGINE, NAME, HrViton

__all__ = ["ENGINE", "NAME", "HrViton"]
