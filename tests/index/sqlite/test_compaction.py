"""Runs are read as they were written, and damaged ones are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dedup
from dedup.index.damage import Damage
from dedup.index.sqlite import compaction
from dedup.index.sqlite.cache import Segment
from tests.support.index_files import connection_of


def test_a_long_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    random_keys = np.random.default_rng(3).integers(0, 2**32, 300_000).astype(np.uint32)
    keys = np.sort(random_keys)
    numbers = np.arange(len(keys), dtype=np.int64)
    with dedup.Index(tmp_path / "seen.db") as index:
        connection = connection_of(index)
        compaction.write_segment(connection, 0, keys, numbers)
        segment = Segment(*connection.execute("SELECT * FROM segment").fetchone())
        found = compaction.read_segment(connection, segment)
        assert [each.tolist() for each in found] == [keys.tolist(), numbers.tolist()]
        few = segment._replace(entries=1000)
        with pytest.raises(Damage, match=r"run 1: [\d,]+ bytes for 1,000 entries"):
            compaction.read_segment(connection, few)
