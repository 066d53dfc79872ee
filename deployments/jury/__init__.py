"""The jury: numbers that say how good a dressed picture is. Pure functions on arrays."""
