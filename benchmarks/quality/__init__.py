"""The jury's lists of cases, the stored baseline, and the comparison with it."""
