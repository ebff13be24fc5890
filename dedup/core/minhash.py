"""The family of permutations: that of datasketch 2, scheme "affine32".

Knows: how the parameters of ``a * h + b`` modulo 2**32, with odd ``a``, are drawn by numpy's frozen
RandomState. Does not know: how minima are taken (``kernel``), text, bands.
Source: ekzhu/datasketch 2.0, MinHash; Broder 1997.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def permutations(count: int, seed: int) -> NDArray[np.uint32]:
    """Draw the permutations of a seed, as datasketch does: uint32 (2, count), odd ``a`` and ``b``.

    Cost: some 200 us, so callers draw them once for many batches.
    """
    draw = np.random.RandomState(seed)
    a = draw.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = draw.randint(0, 1 << 32, count, dtype=np.uint32)
    return np.stack((a, b))
