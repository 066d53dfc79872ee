"""The weights: what there is (`manifest`), how it comes (`sources`), where it lies (`store`)."""
