"""`hr-viton`: High-Resolution Virtual Try-On (Lee et al., ECCV 2022, arXiv 2206.14180), for research.

The published weights forbid commercial use. Needs torch, which is imported only where it is used.
"""
