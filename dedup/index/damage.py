"""Damage: what a store holds but this program can't have written, explained as a StoreError.

Knows: which errors are raised by reading it. Does not know: stores.

A stranger may have written a file or a server's keys. What is read is checked where it is read; if
it is wrong, Damage is raised, which names the place. ``explained`` turns Damage into a StoreError,
and so other errors to which unchecked nonsense leads.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeGuard

from dedup.index.protocol import StoreError

#: What a user can do about damage.
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
    """Something in a store can't be what was written there; the message says what and where."""


def damaged(place: str, error: Damage) -> StoreError:
    """Make the StoreError for a store that is damaged."""
    return StoreError(place, f"it is damaged: {error}", REMEDY)


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn errors that damage leads to into a StoreError; place: the store, as it is named."""
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
    """Say whether a value is a whole number from 0 to ``most``."""
    return type(value) is int and 0 <= value <= most
