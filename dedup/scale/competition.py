"""Which paragraphs compete, which of several copies is kept, and which paragraphs are protected.

Knows: what a rank, a scope and marks are, and how a policy sets them for the paragraphs of a
document. Does not know: how a job runs, containers, files.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dedup.errors import InputError
from dedup.options import Policy
from dedup.paragraph import text_of
from dedup.scale.shards import Page, Part

#: The rank of references: before all others.
REFERENCE = -math.inf

_DIGITS = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?")


class Rank(NamedTuple):
    """A rank and its name for the manifest: a number for each paragraph; the least comes first."""

    name: str
    of: Callable[[Part], ArrayLike]


class Scope(NamedTuple):
    """A scope and its name for the manifest: paragraphs are compared only within one scope."""

    name: str
    of: Callable[[Part], str]


class Marks(NamedTuple):
    """Marks and their name for the manifest: a bool for each paragraph of a document."""

    name: str
    of: Callable[[Part], ArrayLike]


#: Is told once all is read, and raises where that can't be what was meant: ``hosts``, whether any
#: page has a host; ``ids``, whether any has an id; ``ranked``, whether any rank is a finite number.
Check = Callable[[dict[str, Any]], None]


class Given(NamedTuple):
    """What a caller gives beside the texts: rank, scope, marks, and a check after reading."""

    rank: Rank | None = None
    scope: Scope | None = None
    marks: Marks | None = None
    check: Check | None = None

    @property
    def names(self) -> dict[str, str | None]:
        """The names of rank, scope and marks, for the manifest."""
        named = {"rank": self.rank, "scope": self.scope, "marks": self.marks}
        return {what: each and each.name for what, each in named.items()}


NOTHING_GIVEN = Given()


def rank_of(policy: Policy, references: frozenset[str] = frozenset()) -> Rank | None:
    """Return the rank of a policy; None for the order of reading.

    references: the names of the shards that come before all others.
    """
    if policy.keep == "first":
        return None
    name = ",".join((policy.keep, *policy.order))

    def of(part: Part) -> NDArray[np.float64]:
        if _is_of(part, references):
            return np.full(len(part), REFERENCE)
        return _ranks(policy, part)

    return Rank(name, of)


def _ranks(policy: Policy, part: Part) -> NDArray[np.float64]:
    if policy.keep == "longest":
        return -np.array([len(text_of(each)) for each in part], dtype=np.float64)
    page = part if isinstance(part, Page) else Page([])
    if policy.keep == "newest":
        return np.full(len(part), -_seconds(page.date, page.name), dtype=np.float64)
    return np.full(len(part), _place(policy.order, page), dtype=np.float64)


def _place(order: Sequence[str], page: Page) -> float:
    """Return the number of the first pattern that fits a source or host; if none, one more."""
    for place, pattern in enumerate(order):
        if fnmatchcase(page.source, pattern) or fnmatchcase(page.host, pattern):
            return place
    return math.inf


def scope_of(policy: Policy) -> Scope | None:
    """Return the scope of a policy; None if all paragraphs are compared."""
    if policy.scope in ("all", "across"):
        return None
    return Scope(policy.scope, _host if policy.scope == "host" else _name)


def marks_of(policy: Policy) -> Marks | None:
    """Return the marks of protected paragraphs; None if the policy has no pattern."""
    if not policy.protect:
        return None
    patterns = policy.patterns()

    def of(part: Part) -> Sequence[bool]:
        texts = (each if isinstance(each, str) else each.text for each in part)
        return [any(pattern.search(text) for pattern in patterns) for text in texts]

    return Marks("\n".join(policy.protect), of)


def require_met(policy: Policy, hosts: bool, ranked: bool, fields: str) -> None:
    """Raise ValueError if a policy needs what no document has.

    hosts, ranked: whether any document has a host, and one that tells it from others; fields:
    those of the rows, for a message; "" where there are no rows.
    """
    if policy.keep == "newest" and not ranked:
        raise ValueError(
            "keep is 'newest', and no document has a date; "
            + (f"name the field of dates: rows have {fields}" if fields else "keep the first")
        )
    if policy.keep == "order" and not ranked:
        listed = ", ".join(map(repr, policy.order))
        raise ValueError(
            f"order is {listed}, which fits no source and no host; "
            + (f"hosts are those of URLs, and rows have the fields {fields}" if fields
               else "name sources by their paths, such as '*/wiki/*'")
        )  # fmt: skip
    if policy.scope == "host" and fields and not hosts:
        raise ValueError(
            f"scope is 'host', and no document has a URL; name its field: rows have {fields}"
        )


def require_distinct(references: Iterable[str], paths: Iterable[str]) -> None:
    """Raise InputError if a reference is also input: all of its text would be removed."""
    known = {os.path.realpath(each) for each in references}
    for path in paths:
        if os.path.realpath(path) in known:
            raise InputError(
                path, "is to be cleaned and a reference too", "leave it out of one of the two"
            )


def _is_of(part: Part, references: frozenset[str]) -> bool:
    return isinstance(part, Page) and part.source in references


def _host(part: Part) -> str:
    if not isinstance(part, Page):
        return ""
    return part.host or part.source


def _name(part: Part) -> str:
    return part.name if isinstance(part, Page) else ""


def _seconds(date: str | None, name: str) -> float:
    """Read a date as seconds since 1970; a document without a date counts as the oldest."""
    if date is None or not date.strip():
        return REFERENCE
    text = date.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        digits = _DIGITS.fullmatch(text)
        if digits is None:
            raise InputError(
                name, f"its date is {text!r}, which is no date of ISO 8601",
                "name another field with --date-field, or keep the first",
            ) from None  # fmt: skip
        year, month, day, hour, minute, second = (int(part or 0) for part in digits.groups())
        found = datetime(year, month or 1, day or 1, hour, minute, second)
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return found.timestamp()
