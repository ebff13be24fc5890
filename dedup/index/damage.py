"""What a store holds that this program can't have written, told as an error of the store.

Knows: which errors reading such things raises. Does not know: stores.

A file or a server may be a stranger's. What is read of it is checked where it is read, and what is
wrong raises Damage, with the place; ``told`` makes a StoreError of it, and of the errors that some
other nonsense leads to.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeGuard

from dedup.index.steps import StoreError

#: What to do about it.
REMEDY = "'dedup index check' says what is wrong; take a copy from before, or make it anew"

#: Numbers of paragraphs are below this, and so are counts of them.
MOST_NUMBERS = 1 << 32

_NONSENSE = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
    struct.error,
)


class Damage(ValueError):
    """Something in a store can't be what was written there; the text says what and where."""


def damaged(place: str, error: Damage) -> StoreError:
    """Make the error of a store that is damaged."""
    return StoreError(place, f"it is damaged: {error}", REMEDY)


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turn what damage leads to into a StoreError. place: the store, as errors name it."""
    try:
        yield
    except Damage as error:
        raise damaged(place, error) from error
    except MemoryError as error:
        reason = "there is not enough memory for what it says that it holds"
        raise StoreError(place, reason, REMEDY) from error
    except _NONSENSE as error:
        reason = f"what it holds can't be read ({type(error).__name__}: {error})"
        raise StoreError(place, reason, REMEDY) from error


def is_number(value: object, most: int = MOST_NUMBERS) -> TypeGuard[int]:
    """Say whether a cell is a whole number from 0 to ``most``."""
    return type(value) is int and 0 <= value <= most
