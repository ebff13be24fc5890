"""Rows of fields, written as lines of JSON.

Knows: the arrays of ``dedup_lines``. Does not know: what a field means.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.encoded import Encoded
from dedup.kernel import structures as c
from dedup.kernel.calls import at, checked, loaded


class FieldKind(IntEnum):
    """What a field of a line holds; ``kernel.h`` explains the kinds."""

    WHOLE_NUMBER = 0
    WRITTEN = 1
    TEXT = 2
    TEXT_IF_ANY = 3


class Field(NamedTuple):
    """A field of ``n`` lines.

    label: what stands before its value, such as ``"first": ``. begin: int64 (n,), contiguous, the
    numbers; or with end and among: the spans of the values among these bytes.
    """

    kind: FieldKind
    label: bytes
    begin: NDArray[np.int64]
    end: NDArray[np.int64] | None = None
    among: NDArray[np.uint8] | None = None


#: The most bytes that a number and the signs between fields take, and that a byte of a text takes.
_SMALL, _ESCAPED = 26, 6


def lines(fields: list[Field]) -> Encoded:
    """Write rows as lines of JSON in ASCII, as ``json.dumps`` of a dict would.

    Cost: 1 ns a byte and 20 ns a number.
    """
    rows = len(fields[0].begin)
    room = rows * (4 + sum(len(each.label) + _SMALL for each in fields))
    for each in fields:
        if each.end is not None:
            size = int((each.end - each.begin).sum())
            room += size * (1 if each.kind == FieldKind.WRITTEN else _ESCAPED)
    out, starts = np.empty(room, dtype=np.uint8), np.empty(rows + 1, dtype=np.int64)
    described = (c.Field * len(fields))(
        *(c.Field(each.kind, each.label, len(each.label), *map(at, each[2:])) for each in fields)
    )
    size = checked(loaded().dedup_lines(described, len(fields), rows, at(out), room, at(starts)))
    return Encoded(out[:size], starts)
