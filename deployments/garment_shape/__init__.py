"""What a flat-lay picture says of a garment: its category, landmarks, sleeves and neckline."""

from deployments.garment_shape.shaper import GarmentShaper

__all__ = ["GarmentShaper"]
