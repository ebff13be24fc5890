"""Shards: inputs that can be read repeatedly, one document after another.

Knows: names, sizes, how the whole is estimated from a sample. Does not know: containers, markup,
the files of a job.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import NamedTuple, overload

import numpy as np
import xxhash
from numpy.typing import NDArray

from dedup.core.fingerprint import NOTHING
from dedup.encoded import Column, encode
from dedup.errors import InputError
from dedup.paragraph import Document, Paragraph, texts_of
from dedup.readers import CutRecords, DocumentPart, Record
from dedup.readers.byte_streams import Meter
from dedup.segment.plain import CutParagraphs

#: The paragraphs of one document in reading order. A long document may come in several parts.
Part = Sequence[Paragraph] | Sequence[str]


class Page(Sequence[Paragraph]):
    """The paragraphs of one document, and what else is known of it.

    paragraphs: those of plain text may be made only when they are asked for. name: differs for
    every document; host, date: where and when it was found, if known; identified: whether it has
    an id of its own.
    """

    __slots__ = ("date", "host", "identified", "name", "paragraphs", "source")

    def __init__(
        self,
        paragraphs: Iterable[Paragraph],
        source: str = "",
        name: str = "",
        host: str = "",
        date: str | None = None,
        identified: bool = False,
    ) -> None:
        self.paragraphs: Sequence[Paragraph] = (
            paragraphs if isinstance(paragraphs, Sequence) else [*paragraphs]
        )
        self.identified = identified
        self.source, self.name, self.host, self.date = source, name, host, date

    def __len__(self) -> int:
        return len(self.paragraphs)

    @overload
    def __getitem__(self, place: int) -> Paragraph: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Paragraph]: ...
    def __getitem__(self, place: int | slice) -> Paragraph | Sequence[Paragraph]:
        return self.paragraphs[place]

    def __iter__(self) -> Iterator[Paragraph]:
        return iter(self.paragraphs)

    @property
    def texts(self) -> Column | None:
        """The texts as UTF-8, if they are plain and were cut together with others."""
        return self.paragraphs.texts if isinstance(self.paragraphs, CutParagraphs) else None

    @property
    def head(self) -> Document | Paragraph:
        """An object with the source and record of all paragraphs."""
        found = self.paragraphs
        return found.document if isinstance(found, CutParagraphs) else found[0]

    @property
    def lines(self) -> NDArray[np.int64] | None:
        """The first and the last line of each: (2, n); None if paragraphs would have to be made."""
        return self.paragraphs.places[2:] if isinstance(self.paragraphs, CutParagraphs) else None


class Pages:
    """The paragraphs of neighbouring documents of one shard, as columns.

    texts: their texts; lines: the first and the last line of each, (2, n); starts: the first
    paragraph of each document, and the end, (m + 1,).
    """

    def __init__(self, cut: CutRecords, source: str) -> None:
        self._cut, self._source = cut, source
        cutting = cut.cutting
        self.texts = Column(cutting.texts)
        self.lines: NDArray[np.int64] = cutting.places[2:]
        self.starts = cutting.starts
        self.hosts = cut.records.hosts
        self.identified = cut.records.identified

    def __len__(self) -> int:
        return len(self.texts)

    def pages(self) -> Iterator[Page]:
        """Give the paragraphs of each document."""
        return (page_of(part, self._source) for part in self._cut.parts())

    def begins(self, some: slice) -> Iterator[tuple[int, int]]:
        """Say where in some of the paragraphs each document begins or goes on, and its number."""
        low = int(np.searchsorted(self.starts, some.start, "right")) - 1
        high = int(np.searchsorted(self.starts, some.stop, "left"))
        edges = np.clip(self.starts[low : high + 1], some.start, some.stop)
        filled = np.flatnonzero(edges[1:] > edges[:-1])
        return zip((edges[filled] - some.start).tolist(), (filled + low).tolist(), strict=True)

    def names(self) -> list[bytes]:
        """Write down the source, the name and the host of each document, as ``place_name``."""
        source = self._source
        every = zip(self._cut.records.names, self.hosts, strict=True)
        return [place_name(source, name, host) for name, host in every]


def page_of(part: DocumentPart, source: str) -> Page:
    """Make a page of what was read of a document."""
    record = part.document if isinstance(part.document, Record) else None
    return Page(
        part.paragraphs,
        source,
        f"{source}#{part.number}",
        record.host if record else "",
        record.date if record else None,
        record is not None and record.identified,
    )


def place_name(source: str, record: str | None, host: str) -> bytes:
    """Write down source, record and host of a document, as a list of JSON."""
    name = "null" if record is None else encode_basestring(record)
    own = f", {encode_basestring(host)}" if host else ""
    return encoded(f"[{encode_basestring(source)}, {name}{own}]")


#: How many shards are read to estimate the whole if no count is given, and paragraphs of each.
_SAMPLED, _ENOUGH = 3, 5_000


@dataclass(frozen=True, slots=True)
class Shard:
    """One input. ``read`` yields its documents, the same whenever it is called.

    Neighbouring parts with the same source and record are one document, also across shards. size:
    bytes; stamp: a value that changes with the content, such as a time of change or a hash. With
    the name they show whether a continued job has the inputs it began with. together: as ``read``,
    but may give documents together, and reports to a meter how many bytes were taken.
    """

    name: str
    read: Callable[[], Iterable[Part]]
    size: int = 0
    stamp: str = ""
    together: Callable[[Meter], Iterable[Part | Pages]] | None = None

    def parts(self, meter: Meter | None = None) -> Iterable[Part | Pages]:
        """Read its documents, some of them together if it can do that."""
        return self.read() if self.together is None else self.together(meter or Meter())

    @property
    def seen(self) -> list[str | int]:
        """Name, size and stamp, as a job writes them down."""
        return [self.name, self.size, self.stamp]


class Estimate(NamedTuple):
    """An estimate of the input: paragraphs, and the bytes of their texts."""

    paragraphs: int
    text_bytes: int


def estimate(shards: Sequence[Shard]) -> Estimate:
    """Estimate the whole from the first paragraphs of three shards, in proportion to their sizes.

    If there are only a few shards, all are sampled. Of rows and records about ``_ENOUGH``
    paragraphs of a shard are read. Cost: reading them.
    """
    chosen = list(shards)
    if len(shards) > 2 * _SAMPLED and all(shard.size > 0 for shard in shards):
        step = (len(shards) - 1) / (_SAMPLED - 1)
        chosen = [shards[round(step * k)] for k in range(_SAMPLED)]
    found = [_estimate(shard) for shard in chosen]
    paragraphs, size = (sum(column) for column in zip(*found, strict=True)) if found else (0, 0)
    share = 1.0
    if len(chosen) < len(shards):
        share = sum(shard.size for shard in shards) / sum(shard.size for shard in chosen)
    return Estimate(round(paragraphs * share), round(size * share))


def _estimate(shard: Shard) -> tuple[float, float]:
    """Estimate the paragraphs of a shard, and the bytes of their texts."""
    paragraphs = size = 0
    meter = Meter()
    parts = iter(shard.parts(meter))
    for part in parts:
        paragraphs += len(part)
        starts = encode(texts_in(part, shard.name)).starts
        size += int(starts[-1] - starts[0])
        if paragraphs >= _ENOUGH and 0 < meter.at < shard.size:
            if isinstance(parts, Generator):
                parts.close()
            return paragraphs * shard.size / meter.at, size * shard.size / meter.at
    return paragraphs, size


def documents(shards: Sequence[Shard], first: int, skip: int) -> Iterator[tuple[int, Part, int]]:
    """Read documents from a shard on; yield (shard, part, how many of its paragraphs to leave out).

    The first ``skip`` paragraphs of the first shard are left out.
    """
    for number, part, left_out in documents_together(shards, first, skip):
        if not isinstance(part, Pages):
            yield number, part, left_out
            continue
        for page in part.pages():
            if left_out >= len(page):
                left_out -= len(page)
                continue
            yield number, page, left_out
            left_out = 0


def documents_together(
    shards: Sequence[Shard], first: int, skip: int
) -> Iterator[tuple[int, Part | Pages, int]]:
    """Read what ``documents`` does; shards that can do it give documents together."""
    for number in range(first, len(shards)):
        for part in shards[number].parts():
            if skip >= len(part):
                skip -= len(part)
                continue
            yield number, part, skip
            skip = 0
        if skip:
            raise InputError(
                shards[number].name, f"it has {skip} paragraphs less than when the job began",
                "the inputs must stay as they are while a job runs",
            )  # fmt: skip


def texts_in(part: Part | Pages, shard: str) -> Sequence[str]:
    """Return the texts of a part. Raises TypeError, with the shard, for other values."""
    if isinstance(part, Pages):
        return part.texts
    if isinstance(part, Page) and part.texts is not None:
        return part.texts
    kinds = set(map(type, part))
    if kinds == {Paragraph}:
        return texts_of(part)  # type: ignore[arg-type]
    if not all(issubclass(kind, str) for kind in kinds):
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise TypeError(f"{shard} gives {names}; documents must be all Paragraph, or all str")
    return list(part)  # type: ignore[arg-type]


def encoded(text: str) -> bytes:
    """Write a text as bytes, lone surrogates too."""
    return text.encode("utf-8", "surrogatepass")


def print_wordless(prints: NDArray[np.uint64], texts: Sequence[str]) -> None:
    """Set the fingerprints of texts without a word to a hash of their characters, in place.

    So two texts without words are equal only if their characters are. prints: uint64 (n, 2).
    """
    for k in np.flatnonzero((prints == NOTHING).all(axis=1)).tolist():
        digest = xxhash.xxh3_128_digest(b"\0" + encoded(texts[k]))
        prints[k] = np.frombuffer(digest, dtype=">u8")
