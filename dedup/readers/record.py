"""What readers give: rows and records of containers, and what in them was damaged.

Knows: nothing but the values, and how a host stands in a URL. Does not know: containers.
"""

from __future__ import annotations

from dataclasses import dataclass

from dedup.paragraph import Document, Skipped


@dataclass(frozen=True, slots=True)
class Record(Document):
    """A document that was one row or record of a container.

    ``record`` names it for people: its id, its URL, or its place; ``number`` is that place, from
    1: the line of JSONL, the row of Parquet, the record of an archive. ``markup`` says how the text
    is written where the container knows it.
    """

    number: int = 0
    url: str | None = None
    date: str | None = None
    markup: str | None = None

    @property
    def host(self) -> str:
        """The host of the URL, in lower case, without port and user; empty where there is none."""
        return host_of(self.url or "")


@dataclass(frozen=True, slots=True)
class Damaged(Skipped):
    """Something that should have been a document and could not be read; ``strict`` stops at it."""


def host_of(url: str) -> str:
    """Give the host of a URL, in lower case; empty where there is none. Raises nothing.

    >>> host_of("https://user@Example.org:8080/a?b#c"), host_of("line 3")
    ('example.org', '')
    """
    _, slashes, rest = url.partition("://")
    if not slashes:
        return ""
    place = rest
    for mark in "/?#\\":
        place = place.partition(mark)[0]
    place = place.rpartition("@")[2]
    host = place[: place.find("]") + 1] if place.startswith("[") else place.partition(":")[0]
    return host.strip().rstrip(".").lower()
