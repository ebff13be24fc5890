"""How much of the input was read: what wasn't, by reason, and whether that is more than a little.

Knows: files, records, reasons. Does not know: containers, how it is told, exit codes.

Not all was read where a file was not read to its end, or not at all, or where more than a share of
the rows and records of a file were not. Damage within a document that was read is counted, and so
is what holds no text anyway, such as pictures; neither says that something is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dedup.errors import InputError
from dedup.paragraph import Document, Extent, Skipped

#: Share of the rows and records of a file that may go unread.
ALLOWED = 0.01

#: Places that are named for each reason, and reasons that are told apart.
NAMED, _REASONS = 3, 100

_OTHERS = "other reasons"

_NUMBER = re.compile(r"\d[\d,.]*")

Counted = TypeVar("Counted", bound=Document | Skipped)


class NothingRead(InputError):
    """Nothing could be read of what should have been."""


@dataclass(slots=True)
class Reason:
    """Why something was not read: in the words of the first place, how often, the first places."""

    extent: Extent
    words: str
    count: int = 0
    places: list[str] = field(default_factory=list)


class Coverage:
    """Counts what is read and what isn't. Memory: some numbers a file, and a hundred reasons."""

    def __init__(self) -> None:
        #: Documents that were read, and rows or records that were not, of each file.
        self._of: dict[str, tuple[int, int]] = {}
        self._reasons: dict[tuple[Extent, str], Reason] = {}

    def counted(self, found: Iterable[Counted]) -> Iterator[Counted]:
        """Count what goes by."""
        for each in found:
            if isinstance(each, Skipped):
                self.skip(each)
            else:
                self.read(each.source)
            yield each

    def read(self, source: str, documents: int = 1) -> None:
        """Count documents that were read."""
        before, unread = self._of.get(source, (0, 0))
        self._of[source] = before + documents, unread

    def skip(self, skipped: Skipped) -> None:
        """Count something that was not read."""
        source, extent = skipped.source, skipped.extent
        if extent == Extent.RECORD:
            documents, unread = self._of.get(source, (0, 0))
            self._of[source] = documents, unread + 1
        place = source if skipped.record is None else f"{source}: {skipped.record}"
        self._note(extent, skipped.reason, 1, [place])

    def add(self, other: Coverage) -> None:
        """Count what another one counted, of files that this one doesn't know."""
        self._of |= other._of
        for each in other.reasons:
            self._note(each.extent, each.words, each.count, each.places)

    @property
    def fields(self) -> dict[str, Any]:
        """The counts as JSON has them; ``of_fields`` reads them."""
        return {
            "read": {name: list(counts) for name, counts in self._of.items()},
            "unread": [
                {"what": each.extent.value, "reason": each.words, "count": each.count,
                 "places": each.places}
                for each in self.reasons
            ],
        }  # fmt: skip

    @classmethod
    def of_fields(cls, fields: Mapping[str, Any]) -> Coverage:
        """Make the counts of what ``fields`` gave."""
        found = cls()
        found._of = {name: (counts[0], counts[1]) for name, counts in fields["read"].items()}
        for each in fields["unread"]:
            found._note(Extent(each["what"]), each["reason"], each["count"], each["places"])
        return found

    def _note(self, extent: Extent, words: str, count: int, places: Iterable[str]) -> None:
        key = extent, _NUMBER.sub("#", words)
        if key not in self._reasons and len(self._reasons) >= _REASONS:
            key, words = (extent, _OTHERS), _OTHERS
        reason = self._reasons.setdefault(key, Reason(extent, words))
        reason.count += count
        reason.places += list(places)[: NAMED - len(reason.places)]

    @property
    def reasons(self) -> list[Reason]:
        """Why things were not read: whole files first, then the most frequent."""
        order = list(Extent)
        return sorted(
            self._reasons.values(), key=lambda each: (order.index(each.extent), -each.count)
        )

    @property
    def documents(self) -> int:
        """How many documents were read."""
        return sum(documents for documents, _ in self._of.values())

    @property
    def skipped(self) -> int:
        """How often something was passed over or not read, whatever the extent."""
        return sum(each.count for each in self._reasons.values())

    def require_some(self) -> None:
        """Raise NothingRead where something should have been read, for when nothing was."""
        for each in self.reasons:
            if each.extent in (Extent.FILE, Extent.RECORD):
                more = f"; {self.skipped - 1:,} more could not be read" if self.skipped > 1 else ""
                raise NothingRead(
                    each.places[0], f"{each.words}{more}; nothing was read",
                    "mend the input, or look at the options for reading in --help",
                )  # fmt: skip

    def count(self, extent: Extent) -> int:
        """Say how many files or records were not read, or not whole."""
        return sum(each.count for each in self._reasons.values() if each.extent == extent)

    def is_whole(self, allowed: float = ALLOWED) -> bool:
        """Say whether all was read, but for a share of the rows and records of each file."""
        if self.count(Extent.FILE):
            return False
        return all(
            unread <= allowed * (documents + unread) for documents, unread in self._of.values()
        )
