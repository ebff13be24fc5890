"""A server's errors are explained, whatever class redis-py makes of them."""

from __future__ import annotations

import pytest

from dedup.index.protocol import StoreError
from dedup.index.redis.server import errors_explained

redis = pytest.importorskip("redis")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("OutOfMemoryError", "the server's memory is full"),
        ("ReadOnlyError", "it is a replica"),
        ("BusyLoadingError", "the server is still reading"),
        ("NoPermissionError", "the user lacks a permission"),
        ("MovedError", "it is a node of a cluster"),
    ],
)
def test_an_error_without_its_code_is_explained(error: str, message: str) -> None:
    with pytest.raises(StoreError, match=message), errors_explained("place"):
        raise getattr(redis.exceptions, error)("10282 127.0.0.1:7000")
