"""The generators: each draws a person in a garment."""
