from __future__ import annotations

import numpy as np

from deployments import parse_vote
from training.parser.labels import CLASSES, GROUPS, IGNORED, lookup

NAMES = [name for group in GROUPS.values() for name in group] + ["suit"]


def test_the_application_reads_the_classes_in_the_order_they_were_trained() -> None:
    assert parse_vote.CLASSES == CLASSES
    assert tuple(GROUPS) == CLASSES


def test_every_label_falls_into_one_class() -> None:
    assert len(set(NAMES)) == len(NAMES) == 59
    table = lookup(NAMES)
    assert CLASSES[table[NAMES.index("jeans")]] == "trousers"
    assert CLASSES[table[NAMES.index("romper")]] == "dress"
    assert CLASSES[table[NAMES.index("socks")]] == "shoes"
    assert table[NAMES.index("suit")] == IGNORED
    assert (table[59:] == IGNORED).all()
    assert np.unique(table[:58]).tolist() == list(range(12))
