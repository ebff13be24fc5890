"""The nearest of the names that there are.

Knows: how a wrong name is answered. Does not know: whose names they are.
"""

from __future__ import annotations

from collections.abc import Iterable


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
