"""The demo's own pictures: rendered people and drawn garments, free of foreign rights."""
