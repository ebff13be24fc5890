"""The coverage: how much of the input was read, what wasn't, and why.

Knows: counts of documents, and reasons with places. Does not know: containers, how a report words
the coverage, exit codes.

The input counts as not read whole if a file was not read to its end, or not at all, or if more than
a share of a file's rows and records were not read. Damage inside a document that was read is
counted, and so are files that hold no text, such as pictures; neither makes the input incomplete.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dedup.errors import InputError
from dedup.paragraph import Document, Extent, Skipped

#: The share of a file's rows and records that may be unread in input that counts as read whole.
ALLOWED = 0.01

#: The most places that are noted for a reason, and the most reasons that are counted apart.
NAMED, _REASONS = 3, 100

_OTHERS = "other reasons"

_NUMBER = re.compile(r"\d[\d,.]*")

Counted = TypeVar("Counted", bound=Document | Skipped)


class NothingRead(InputError):
    """Nothing could be read, though there was something that should have been."""


@dataclass(slots=True)
class Reason:
    """A reason why something was not read.

    words: the reason as it was worded for the first place. Reasons that differ only in numbers
    count as one. places: the first few places.
    """

    extent: Extent
    words: str
    count: int = 0
    places: list[str] = field(default_factory=list)


class Coverage:
    """Counts what is read and what isn't.

    Cost: memory for two numbers for each file, and for a hundred reasons.
    """

    def __init__(self) -> None:
        #: For each file: documents that were read, and rows or records that were not.
        self._of: dict[str, tuple[int, int]] = {}
        self._reasons: dict[tuple[Extent, str], Reason] = {}

    def counted(self, found: Iterable[Counted]) -> Iterator[Counted]:
        """Count each document and each Skipped, and give it on."""
        for each in found:
            if isinstance(each, Skipped):
                self.skip(each)
            else:
                self.read(each.source)
            yield each

    def read(self, source: str, documents: int = 1) -> None:
        """Count documents of a file that were read."""
        before, unread = self._of.get(source, (0, 0))
        self._of[source] = before + documents, unread

    def skip(self, skipped: Skipped) -> None:
        """Count a file, record or part that was not read."""
        source, extent = skipped.source, skipped.extent
        if extent == Extent.RECORD:
            documents, unread = self._of.get(source, (0, 0))
            self._of[source] = documents, unread + 1
        place = source if skipped.record is None else f"{source}: {skipped.record}"
        self._note(extent, skipped.reason, 1, [place])

    def add(self, other: Coverage) -> None:
        """Add the counts of another coverage, which are of other files."""
        self._of |= other._of
        for each in other.reasons:
            self._note(each.extent, each.words, each.count, each.places)

    @property
    def fields(self) -> dict[str, Any]:
        """The counts as values for JSON. ``of_fields`` reads them."""
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
        """Make a coverage from what ``fields`` gave."""
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
        """The reasons for whole files first, then for records and parts; frequent ones first."""
        order = list(Extent)
        return sorted(
            self._reasons.values(), key=lambda each: (order.index(each.extent), -each.count)
        )

    @property
    def documents(self) -> int:
        """The number of documents that were read."""
        return sum(documents for documents, _ in self._of.values())

    @property
    def skipped(self) -> int:
        """The number of files, records and parts that were not read, whatever the extent."""
        return sum(each.count for each in self._reasons.values())

    def require_some(self) -> None:
        """Raise NothingRead if a file or record was not read. Call it where nothing was read."""
        for each in self.reasons:
            if each.extent in (Extent.FILE, Extent.RECORD):
                more = f"; {self.skipped - 1:,} more could not be read" if self.skipped > 1 else ""
                raise NothingRead(
                    each.places[0], f"{each.words}{more}; nothing was read",
                    "mend the input, or look at the options for reading in --help",
                )  # fmt: skip

    def count(self, extent: Extent) -> int:
        """Count what was not read in one extent, such as files."""
        return sum(each.count for each in self._reasons.values() if each.extent == extent)

    def is_whole(self, allowed: float = ALLOWED) -> bool:
        """Say whether all files were read to their end, and enough rows and records of each.

        Args:
            allowed: the share of a file's rows and records that may be unread.
        """
        if self.count(Extent.FILE):
            return False
        return all(
            unread <= allowed * (documents + unread) for documents, unread in self._of.values()
        )
