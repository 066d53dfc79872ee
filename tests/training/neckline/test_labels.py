from __future__ import annotations

from pathlib import Path

import numpy as np

from training.neckline.labels import read_table


def test_the_table_is_whole() -> None:
    table = read_table()
    splits = [name.split("/")[0] for name in table]
    assert splits.count("train") > 250
    assert splits.count("validation") > 90
    for edge in table.values():
        assert edge.ndim == 2
        assert len(edge) >= 3
        assert edge.min() > -0.5
        assert edge.max() < 1.5


def test_a_row_is_read(tmp_path: Path) -> None:
    table = tmp_path / "seen.tsv"
    table.write_text("file\tedge\ntrain/dress/a.jpg\t100,200 500,400 900,200\n")
    edge = read_table(table)["train/dress/a.jpg"]
    np.testing.assert_allclose(edge, [[0.1, 0.2], [0.5, 0.4], [0.9, 0.2]])
