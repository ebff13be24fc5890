"""What a job takes out, beside what ``find`` decides: who competes with whom, who wins, who stays.

Knows: the choices, their bounds, the rank, scope and marks of a document's paragraphs. Does not
know: how a job is run, containers, files.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from dedup.checks import check_choice, check_share
from dedup.errors import InputError
from dedup.paragraph import text_of
from dedup.scale.shards import Page, Part
from dedup.scale.spilling import Marks, Rank, Scope

#: What ``keep`` and ``scope`` may be.
KEEP = ("first", "longest", "newest", "order")
SCOPES = ("all", "host", "document", "across")

#: What may become of the paragraph that is kept of boilerplate.
BOILERPLATE = ("keep", "drop")

#: The rank of what is never changed: before all others.
REFERENCE = -math.inf

_DIGITS = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?")


#: What only a job on one machine does.
_ONE_MACHINE = ("max_loss", "min_share", "boilerplate", "drop_documents")


@dataclass(frozen=True, slots=True)
class Policy:
    """Who competes with whom, who of several copies is kept, and what stays all the same.

    keep: of several copies the "first" by reading order, the "longest", the "newest" by the dates
        of their documents (those without one come last), or the one whose source or host comes
        first in ``order``, a list of patterns such as ``wiki*``; of equals the first.
    scope: copies are looked for in "all", within a "host" (a file where there are no URLs), or
        within a "document"; "across" takes out only what repeats another document, so that a
        refrain stays.
    min_copies: only what occurs at least so often is taken out.
    protect: regular expressions; a paragraph in which one is found is never taken out. How long a
        search takes is up to them: "(a+)+b" takes years for a paragraph of a hundred letters.
    max_loss: nothing is written where more than this share of a source's text would go.
    min_share: only what stands on at least this share of the pages of its host, and on two of them,
        is taken out; None takes out what stands anywhere. A page is a document with a paragraph.
    boilerplate: "keep" the one that is kept of what occurs so often, or "drop" that too.
    drop_documents: documents go whole where at least this share of their words goes; None lets what
        is left of them stay. One stays that holds what is protected, or what another document
        repeats.
    """

    keep: str = "first"
    order: tuple[str, ...] = ()
    scope: str = "all"
    min_copies: int = 2
    protect: tuple[str, ...] = ()
    max_loss: float = 1.0
    min_share: float | None = None
    boilerplate: str = "keep"
    drop_documents: float | None = None

    def __post_init__(self) -> None:
        choices = (
            ("keep", self.keep, KEEP), ("scope", self.scope, SCOPES),
            ("boilerplate", self.boilerplate, BOILERPLATE),
        )  # fmt: skip
        for name, value, known in choices:
            check_choice(name, value, known)
        if (self.keep == "order") != bool(self.order):
            raise ValueError(
                f"keep is {self.keep!r} and order has {len(self.order)} patterns; an order is for "
                "keep='order', which needs one"
            )
        if self.min_copies < 2:
            raise ValueError(f"min_copies is {self.min_copies}; it must be 2 or more")
        for name in ("max_loss", "min_share", "drop_documents"):
            share: float | None = getattr(self, name)
            if share is not None:
                check_share(name, share)
        if self.boilerplate == "drop":
            self._require_boilerplate()
        for pattern in self.protect:
            try:
                re.compile(pattern)
            except re.error as error:
                reason = f"it is no regular expression: {error}"
                raise ValueError(f"protect is {pattern!r}; {reason}") from None

    def _require_boilerplate(self) -> None:
        """Raise ValueError where it isn't said what is boilerplate."""
        if self.min_copies == 2 and self.min_share is None:
            raise ValueError(
                "boilerplate is 'drop', which leaves nothing of what is repeated; say how often it "
                "must be, with min_copies above 2 or min_share"
            )
        if self.scope == "across":
            raise ValueError(
                "boilerplate is 'drop' and scope 'across'; the one takes out every copy, the other "
                "keeps those within a document"
            )

    def named(self) -> dict[str, object]:
        """The policy as manifests have it."""
        return {name: list(each) if isinstance(each, tuple) else each
                for name, each in asdict(self).items()}  # fmt: skip

    def rank(self, references: frozenset[str] = frozenset()) -> Rank | None:
        """Say in which order paragraphs compete; None for that of reading.

        references: shards that come before all others.
        """
        if self.keep == "first":
            return None
        name = ",".join((self.keep, *self.order))

        def of(part: Part) -> NDArray[np.float64]:
            return np.full(len(part), REFERENCE) if _is_of(part, references) else self._ranks(part)

        return Rank(name, of)

    def _ranks(self, part: Part) -> NDArray[np.float64]:
        if self.keep == "longest":
            return -np.array([len(text_of(each)) for each in part], dtype=np.float64)
        page = part if isinstance(part, Page) else Page([])
        if self.keep == "newest":
            return np.full(len(part), -_seconds(page.date, page.name), dtype=np.float64)
        return np.full(len(part), self._place(page), dtype=np.float64)

    def _place(self, page: Page) -> float:
        """Say which pattern of the order fits a document's source or host first; the last, none."""
        for place, pattern in enumerate(self.order):
            if fnmatchcase(page.source, pattern) or fnmatchcase(page.host, pattern):
                return place
        return math.inf

    def scoped(self) -> Scope | None:
        """Say within what copies are looked for; None for everything."""
        if self.scope in ("all", "across"):
            return None
        return Scope(self.scope, _host if self.scope == "host" else _name)

    def require_met(self, hosts: bool, ranked: bool, fields: str) -> None:
        """Raise ValueError where the policy is about what none of the documents has.

        hosts, ranked: whether any document has a host, and one that tells it from others; fields:
        those of the rows, for a message; "" where there are no rows.
        """
        if self.keep == "newest" and not ranked:
            raise ValueError(
                "keep is 'newest', and no document has a date; "
                + (f"name the field of dates: rows have {fields}" if fields else "keep the first")
            )
        if self.keep == "order" and not ranked:
            listed = ", ".join(map(repr, self.order))
            raise ValueError(
                f"order is {listed}, which fits no source and no host; "
                + (f"hosts are those of URLs, and rows have the fields {fields}" if fields
                   else "name sources by their paths, such as '*/wiki/*'")
            )  # fmt: skip
        if self.scope == "host" and fields and not hosts:
            raise ValueError(
                f"scope is 'host', and no document has a URL; name its field: rows have {fields}"
            )

    def of_one_machine(self) -> list[str]:
        """Name what is asked for that only a job on one machine does, and no cluster."""
        usual = Policy()
        names = [name for name in _ONE_MACHINE if getattr(self, name) != getattr(usual, name)]
        return [*names, *(["scope"] if self.scope == "across" else [])]

    def marks(self) -> Marks | None:
        """Say which paragraphs are protected; None where no pattern is given."""
        if not self.protect:
            return None
        patterns = [re.compile(pattern) for pattern in self.protect]

        def of(part: Part) -> Sequence[bool]:
            texts = (each if isinstance(each, str) else each.text for each in part)
            return [any(pattern.search(text) for pattern in patterns) for text in texts]

        return Marks("\n".join(self.protect), of)


def require_distinct(references: Iterable[str], paths: Iterable[str]) -> None:
    """Raise InputError where a reference is to be cleaned too: nothing of it would be left."""
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
    """Read a date as seconds since 1970; what has none is as old as can be."""
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
