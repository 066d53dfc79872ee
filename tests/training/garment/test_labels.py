from __future__ import annotations

from pathlib import Path

import pytest

from deployments import garment_net
from training.garment.labels import CATEGORIES, HEADS, UNKNOWN, Seen, read_table


def test_the_service_and_the_training_mean_the_same_names() -> None:
    assert garment_net.HEADS == HEADS


def test_the_table_is_whole() -> None:
    table = read_table()
    assert len(table) > 1000
    folders = {name.split("/")[1] for name in table}
    assert folders == set(CATEGORIES) - {"nothing"}
    assert sum(seen.mask_is_good for seen in table.values()) > 500
    assert sum(seen.sleeve != UNKNOWN for seen in table.values()) > 500


def test_a_row_is_read(tmp_path: Path) -> None:
    table = tmp_path / "seen.tsv"
    table.write_text(
        "file\tmask\tsleeve\tneckline\tlength\n"
        "train/dress/a.jpg\tgood\thalf\tV\tknee\n"
        "train/pants/b.jpg\tbad\t\t\t\n"
    )
    assert read_table(table) == {
        "train/dress/a.jpg": Seen(True, 2, 1, 1),
        "train/pants/b.jpg": Seen(False, UNKNOWN, UNKNOWN, UNKNOWN),
    }


def test_a_foreign_name_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "seen.tsv"
    table.write_text("file\tmask\tsleeve\tneckline\tlength\nx\tgood\twinged\t\t\n")
    with pytest.raises(ValueError, match="winged"):
        read_table(table)
