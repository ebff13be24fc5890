"""How the kernel reads texts: normal form, tokens and their hashes.

Knows: the arrays of ``dedup_read``. Does not know: the texts that Python must read
(``core.tokens``).
"""

from __future__ import annotations

from ctypes import byref
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.encoded import Encoded
from dedup.kernel import structures as c
from dedup.kernel.calls import NO_ROOM, at, checked, loaded
from dedup.ragged import Ragged


class Reading(NamedTuple):
    """``n`` texts as the kernel read them, with a row for each.

    tokens: the hashes of the tokens; normal: uint8, the normal forms, each followed by a line end;
    cased: uint8, the same with capitals kept, empty if not asked for; begin, end: int64, where each
    token stands in the normal form of its text, empty if not asked for; special: bool (n,), the
    rows that are left empty because only Python can read them; units: the code points of the
    tokens with a space between words, empty if not asked for.
    """

    tokens: Ragged[np.uint64]
    normal: Ragged[np.uint8]
    cased: NDArray[np.uint8]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    special: NDArray[np.bool_]
    units: Ragged[np.uint64]


def read(
    texts: Encoded,
    folded: bool = False,
    units: bool = False,
    places: bool = False,
) -> Reading:
    """Read texts: normal form, tokens, hashes. See ``dedup_read`` in ``kernel.h``.

    Args:
        texts: texts in UTF-8.
        folded: whether the texts are in normal form already.
        units: whether to give the code points of the tokens.
        places: whether to give the places of the tokens, and the texts with their capitals.

    Cost: 1 us for an English paragraph of 65 words, 1 to 3 us in other scripts.

    """
    rows, size = len(texts.starts) - 1, int(texts.starts[-1] - texts.starts[0])
    # Some characters become several, so there is more room. Pages of memory that nobody writes to
    # cost nothing.
    room = (size + size // 4 + rows + 32, size + rows + 16)
    while True:
        found = _read(texts, folded, units, places, room)
        if found is not None:
            return found
        room = (room[0] * 4, room[1] * 4)


def _read(
    texts: Encoded,
    folded: bool,
    units: bool,
    places: bool,
    room: tuple[int, int],
) -> Reading | None:
    rows = len(texts.starts) - 1
    normal, values = np.empty(room[0], dtype=np.uint8), np.empty(room[1], dtype=np.uint64)
    normal_starts, starts = np.empty(rows + 1, dtype=np.int64), np.empty(rows + 1, dtype=np.int64)
    begin, end = (np.empty(room[1] if places else 0, dtype=np.int64) for _ in range(2))
    special = np.empty(rows, dtype=np.bool_)
    points = np.empty(room[1] if units else 0, dtype=np.uint64)
    point_starts = np.zeros(rows + 1, dtype=np.int64)
    cased = np.empty(room[0] if places else 0, dtype=np.uint8)
    out = c.Reading(
        at(normal), len(normal), at(cased) if places else None, at(normal_starts), at(values),
        len(values), at(starts),
        at(begin) if places else None, at(end) if places else None, at(special),
        at(points) if units else None, len(points), at(point_starts),
    )  # fmt: skip
    result = loaded().dedup_read(at(texts.bytes), at(texts.starts), rows, folded, byref(out))
    if result == NO_ROOM:
        return None
    count = checked(result)
    size = int(normal_starts[-1])
    return Reading(
        Ragged(values[:count], starts), Ragged(normal[:size], normal_starts), cased[:size],
        begin[:count], end[:count], special, Ragged(points[: int(point_starts[-1])], point_starts),
    )  # fmt: skip
