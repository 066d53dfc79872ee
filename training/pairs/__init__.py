"""True pairs for try-on: people rendered in garments whose flat-lay picture is known exactly."""
