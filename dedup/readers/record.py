"""What readers give: rows and records as documents, with the host of their URL, and damage.

Knows: the values, and which spellings of a URL's host are one host. Does not know: containers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields

from dedup.encoded import Column, encode
from dedup.paragraph import Document, Extent, Skipped

_WWW = "www."

#: A URL whose host needs no respelling, but that ``www.`` and a dot at the end may be left out.
_usual_url = re.compile(r"[a-z]++://([a-z0-9.-]++)(?=[/?#]|\Z)").match


@dataclass(frozen=True, slots=True, init=False)
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

    def __init__(
        self,
        text: str,
        source: str = "",
        record: str | None = None,
        number: int = 0,
        url: str | None = None,
        date: str | None = None,
        markup: str | None = None,
        identified: bool = False,
    ) -> None:
        """Take the values as they are. Cost: 0.8 us, half of what a dataclass's method takes."""
        _set_text(self, text)
        _set_source(self, source)
        _set_record(self, record)
        _set_number(self, number)
        _set_url(self, url)
        _set_date(self, date)
        _set_markup(self, markup)
        _set_identified(self, identified)

    @property
    def host(self) -> str:
        """The host of the URL, spelled as by ``host_of``; "" where there is none."""
        return host_of(self.url or "")


# Functions that set the fields of a new Record. Its fields can't be assigned, as it is frozen.
(
    _set_text, _set_source, _set_record, _set_number, _set_url, _set_date, _set_markup,
    _set_identified,
) = (getattr(Record, each.name).__set__ for each in fields(Record))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Records:
    """Some neighbouring rows or records of one container, each made when it is asked for.

    texts: the text of each as UTF-8, lone surrogates too.
    source, markup: of all of them.
    names, numbers, urls, dates, identified: of each, as ``record`` and so on of a ``Record``.
    made: all of them, where they were made already.
    """

    texts: Column
    source: str
    names: list[str | None]
    numbers: Sequence[int]
    urls: list[str | None]
    dates: list[str | None]
    markup: str | None
    identified: list[bool]
    made: Sequence[Record] | None = None

    @classmethod
    def of(cls, made: Sequence[Record]) -> Records:
        """Bundle records of one container."""
        return cls(
            Column(encode([each.text for each in made])),
            made[0].source,
            [each.record for each in made],
            [each.number for each in made],
            [each.url for each in made],
            [each.date for each in made],
            None,
            [each.identified for each in made],
            made,
        )

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Record]:
        if self.made is not None:
            yield from self.made
            return
        markup, source = self.markup, self.source
        columns = (self.texts, self.names, self.numbers, self.urls, self.dates, self.identified)
        for text, name, number, url, date, own in zip(*columns, strict=True):
            yield Record(text, source, name, number, url, date, markup, own)

    @property
    def hosts(self) -> list[str]:
        """The host of each, as ``Record.host``."""
        return [host_of(url) if url else "" for url in self.urls]


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
    usual = _usual_url(url)
    if usual and "xn--" not in usual[1] and usual[1][-1] != ".":
        bare = usual[1].removeprefix(_WWW)
        return bare if "." in bare else usual[1]
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
