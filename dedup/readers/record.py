"""What readers give: rows and records of containers, and what in them was damaged.

Knows: nothing but the values. Does not know: containers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dedup.paragraph import Document, Extent, Skipped
from dedup.readers.host import host_of


@dataclass(frozen=True, slots=True)
class Record(Document):
    """A document that was one row or record of a container.

    ``record`` names it for people: its id, its URL, or its place; ``number`` is that place, from
    1: the line of JSONL, the row of Parquet, the record of an archive. ``markup`` says how the text
    is written where the container knows it. ``identified`` says whether it has an id of its own.
    """

    number: int = 0
    url: str | None = None
    date: str | None = None
    markup: str | None = None
    identified: bool = field(default=False, compare=False)

    @property
    def host(self) -> str:
        """The host of the URL in its one spelling; empty where there is none. See ``host_of``."""
        return host_of(self.url or "")


@dataclass(frozen=True, slots=True)
class Damaged(Skipped):
    """Something that should have been a document and could not be read; ``strict`` stops at it."""

    extent: Extent = field(default=Extent.RECORD, compare=False)
