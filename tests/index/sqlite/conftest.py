"""An index in a file that tests copy and change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.index_files import store_some


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with sorted runs, rows that are not sorted, and a removal; never changed itself."""
    return store_some(tmp_path_factory.mktemp("stored") / "seen.db")
