"""The two bands in addition to the recipe's, which find a paragraph by its fingerprint or its key.

Knows: band keys made of fingerprints and of users' keys, places in a bucket. Does not know: stores.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

#: Bands in addition to the recipe's: one of fingerprints, then one of users' keys.
IDENTITY_BANDS = 2


def band_keys_of_prints(prints: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Make the band keys of fingerprints: uint32 (n,)."""
    return (prints[:, 0] >> np.uint64(32)).astype(np.uint32)


def band_keys_of_keys(keys: Sequence[str]) -> NDArray[np.uint32]:
    """Make the band keys of users' keys: uint32 (n,), the xxh32 of their UTF-8."""
    digest = xxhash.xxh32_intdigest
    hashes = (digest(key.encode("utf-8", "surrogatepass")) for key in keys)
    return np.fromiter(hashes, dtype=np.uint32, count=len(keys))


def identity_band_keys(prints: NDArray[np.uint64], keys: Sequence[str]) -> NDArray[np.uint32]:
    """Make the band keys of paragraphs in both bands: uint32 (2, n)."""
    return np.stack((band_keys_of_prints(prints), band_keys_of_keys(keys)))


def places_in_buckets(band_keys: NDArray[np.uint32]) -> NDArray[np.int64]:
    """For each row of a band, count the rows before it that have its band key: int64 (n,)."""
    order = np.argsort(band_keys, kind="stable")
    ordered = band_keys[order]
    places = np.empty(len(band_keys), dtype=np.int64)
    places[order] = np.arange(len(band_keys)) - np.searchsorted(ordered, ordered)
    return places
