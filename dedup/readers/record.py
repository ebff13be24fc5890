"""What readers give: rows and records as documents, with the host of their URL, and damage.

Knows: the values, and which spellings of a URL's host are one host. Does not know: containers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dedup.paragraph import Document, Extent, Skipped

_WWW = "www."


@dataclass(frozen=True, slots=True)
class Record(Document):
    """A document that was one row or record of a container.

    number: its place in the container, from 1: the line of JSON Lines, the row of Parquet, the
        record of an archive. The field ``record`` names the document for people: by its id, its
        URL or this place.
    markup: how the text is written, where the container knows it.
    identified: whether the document has an id of its own.
    """

    number: int = 0
    url: str | None = None
    date: str | None = None
    markup: str | None = None
    identified: bool = field(default=False, compare=False)

    @property
    def host(self) -> str:
        """The host of the URL, spelled as by ``host_of``; "" where there is none."""
        return host_of(self.url or "")


@dataclass(frozen=True, slots=True)
class Damaged(Skipped):
    """Something that should have been a document and could not be read.

    Reading goes on behind it, unless ``strict`` is set: then reading stops with an InputError.
    """

    extent: Extent = field(default=Extent.RECORD, compare=False)


def host_of(url: str) -> str:
    """Give the host of a URL in one spelling, "" where the URL has none. Raises nothing.

    The user, the port, ``www.`` and a dot at the end are left out, and the rest is in lower case.
    A name that the DNS writes as ``xn--...`` is given in the letters it stands for.

    >>> host_of("https://user@www.Example.org:8080/a?b#c"), host_of("line 3")
    ('example.org', '')
    >>> host_of("http://xn--mnchen-3ya.de/") == host_of("http://WWW.München.de.")
    True
    """
    _, slashes, rest = url.partition("://")
    if not slashes:
        return ""
    place = rest
    for mark in "/?#\\":
        place = place.partition(mark)[0]
    place = place.rpartition("@")[2]
    host = place[: place.find("]") + 1] if place.startswith("[") else place.partition(":")[0]
    return _spelled(host)


def _spelled(host: str) -> str:
    """Spell a host in the way that ``host_of`` describes."""
    host = host.strip().rstrip(".").lower()
    if not host.isascii() or "xn--" in host:
        host = _in_letters(host)
    bare = host.removeprefix(_WWW)
    return bare if "." in bare else host


def _in_letters(host: str) -> str:
    """Write a host name in letters, not as ``xn--...``; unchanged where it is no valid name."""
    import idna

    try:
        return idna.decode(idna.encode(host, uts46=True))
    except (idna.IDNAError, UnicodeError):
        return host
