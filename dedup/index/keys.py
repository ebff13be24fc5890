"""The two bands beside those of the recipe: keys of fingerprints, keys of senders' keys.

Knows: how 32-bit keys are made of them, places in a bucket. Does not know: stores.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

#: Bands beside those of the recipe: of fingerprints, and of the senders' keys.
MORE_BANDS = 2


def print_keys(prints: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The keys of fingerprints in their band: uint32 (n,)."""
    return (prints[:, 0] >> np.uint64(32)).astype(np.uint32)


def name_keys(names: Sequence[str]) -> NDArray[np.uint32]:
    """The keys of the senders' keys in their band: uint32 (n,), by xxh32 of UTF-8."""
    digest = xxhash.xxh32_intdigest
    hashes = (digest(name.encode("utf-8", "surrogatepass")) for name in names)
    return np.fromiter(hashes, dtype=np.uint32, count=len(names))


def places_in_buckets(keys: NDArray[np.uint32]) -> NDArray[np.int64]:
    """For each row of a band, how many rows before it have its key."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    places = np.empty(len(keys), dtype=np.int64)
    places[order] = np.arange(len(keys)) - np.searchsorted(ordered, ordered)
    return places
