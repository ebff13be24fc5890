"""Whether single values that are given are within their bounds.

Knows: the bounds, how an error names them, which choice is nearest to a wrong one. Does not know:
what a value is for.

Each takes the name of the value as the caller knows it. NaN is within no bounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real


def check_share(name: str, value: float) -> None:
    """Raise TypeError or ValueError for what is no number above 0 and at most 1."""
    _require_number(name, value)
    if not 0.0 < value <= 1.0:
        raise ValueError(f"{name} is {value}; it must be above 0 and at most 1")


def check_probability(name: str, value: float) -> None:
    """Raise TypeError or ValueError for what is no number above 0 and below 1."""
    _require_number(name, value)
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} is {value}; it must be above 0 and below 1")


def check_part(name: str, value: float) -> None:
    """Raise TypeError or ValueError for what is no number from 0 to 1."""
    _require_number(name, value)
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} is {value}; it must be from 0 to 1")


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """Raise TypeError or ValueError for what is no whole number from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is {value!r}; it must be a whole number")
    if not low <= value <= high:
        raise ValueError(f"{name} is {value}; it must be from {low} to {high}")


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Raise ValueError for a value that is none of the choices."""
    known = tuple(choices)
    if value not in known:
        listed = ", ".join(map(repr, known))
        raise ValueError(f"{name} is {value!r}; it must be one of {listed}")


def instead_of(value: object, known: Iterable[str]) -> str:
    """Say what stands to choose, the nearest name first where one is near.

    >>> instead_of("treshold", ["threshold", "headings"])
    "is not known; did you mean 'threshold'?"
    """
    from difflib import get_close_matches

    names = list(known)
    near = get_close_matches(str(value).replace("_", "-").lower(), names, n=1, cutoff=0.6)
    if near:
        return f"is not known; did you mean {near[0]!r}?"
    return f"is not known; it must be one of {', '.join(names)}"


def _require_number(name: str, value: float) -> None:
    """Raise TypeError for what is no number; those of numpy are."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is {value!r}; it must be a number")
