"""Check that single values are within their bounds.

Knows: the bounds, how an error words them, which choice is nearest to a wrong one. Does not know:
the purpose of a value.

Each function takes the name by which the caller knows the value. NaN is never within bounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real


def check_share(name: str, value: float) -> None:
    """Raise TypeError or ValueError unless the value is a number above 0 and at most 1."""
    _require_number(name, value)
    if not 0.0 < value <= 1.0:
        raise ValueError(f"{name} is {value}; it must be above 0 and at most 1")


def check_probability(name: str, value: float) -> None:
    """Raise TypeError or ValueError unless the value is a number above 0 and below 1."""
    _require_number(name, value)
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} is {value}; it must be above 0 and below 1")


def check_part(name: str, value: float) -> None:
    """Raise TypeError or ValueError unless the value is a number from 0 to 1."""
    _require_number(name, value)
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} is {value}; it must be from 0 to 1")


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """Raise TypeError or ValueError unless the value is a whole number from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is {value!r}; it must be a whole number")
    if not low <= value <= high:
        raise ValueError(f"{name} is {value}; it must be from {low} to {high}")


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Raise ValueError unless the value is one of the choices."""
    known = tuple(choices)
    if value not in known:
        listed = ", ".join(map(repr, known))
        raise ValueError(f"{name} is {value!r}; it must be one of {listed}")


def instead_of(value: object, known: Iterable[str]) -> str:
    """Name the choice that is most similar to a wrong one; without a similar one, name all.

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
    """Raise TypeError unless the value is a number, of Python or numpy."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is {value!r}; it must be a number")
