"""Errors that damage leads to become errors of the store."""

from __future__ import annotations

import pytest

import dedup
from dedup.index.damage import explained


def test_too_little_memory_is_told_as_an_error_of_the_store() -> None:
    with (
        pytest.raises(dedup.StoreError, match=r"a\.db: there is not enough memory"),
        explained("a.db"),
    ):
        raise MemoryError
