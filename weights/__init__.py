"""The weights: what there is (`manifest`), how it comes here (`sources`), where it lies (`store`)."""
