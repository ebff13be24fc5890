"""Shards: inputs that can be read again and again, one document after another.

Knows: names, sizes, how a sample of them tells how much there is. Does not know: containers,
markup, files of a job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

from dedup.core.fingerprint import NOTHING
from dedup.errors import InputError
from dedup.paragraph import Paragraph, texts_of

#: The paragraphs of one document, in reading order; of a long one some, and the others after them.
Part = Sequence[Paragraph] | Sequence[str]


class Page(list[Paragraph]):
    """The paragraphs of one document, and what is known of it beside its text.

    name: tells it from all others; host, date: where and when it was found, where that is known;
    identified: whether it has an id of its own.
    """

    __slots__ = ("date", "host", "identified", "name", "source")

    def __init__(
        self,
        paragraphs: Iterable[Paragraph],
        source: str = "",
        name: str = "",
        host: str = "",
        date: str | None = None,
        identified: bool = False,
    ) -> None:
        super().__init__(paragraphs)
        self.identified = identified
        self.source, self.name, self.host, self.date = source, name, host, date


#: Shards that are read to estimate the whole where no count is given.
_SAMPLED = 3


@dataclass(frozen=True, slots=True)
class Shard:
    """One input. ``read`` gives its documents, the same whenever it is called.

    Neighbouring parts of one source and record are one document, also from shard to shard. size:
    bytes; stamp: changes when the content does (a time of change, a hash). Together with the name
    they say whether a job that is resumed has the inputs it began with.
    """

    name: str
    read: Callable[[], Iterable[Part]]
    size: int = 0
    stamp: str = ""

    @property
    def seen(self) -> list[str | int]:
        """Name, size and stamp, as a job notes them."""
        return [self.name, self.size, self.stamp]


class Estimate(NamedTuple):
    """How much there is: paragraphs, and the bytes of their texts."""

    paragraphs: int
    text_bytes: int


def estimate(shards: Sequence[Shard]) -> Estimate:
    """Estimate the whole by its sizes from three shards read to the end; few are all read.

    Cost: reading those.
    """
    chosen = list(shards)
    if len(shards) > 2 * _SAMPLED and all(shard.size > 0 for shard in shards):
        step = (len(shards) - 1) / (_SAMPLED - 1)
        chosen = [shards[round(step * k)] for k in range(_SAMPLED)]
    paragraphs = size = 0
    for shard in chosen:
        for part in shard.read():
            paragraphs += len(part)
            size += sum(len(encoded(text)) for text in texts_in(part, shard.name))
    share = 1.0
    if len(chosen) < len(shards):
        share = sum(shard.size for shard in shards) / sum(shard.size for shard in chosen)
    return Estimate(round(paragraphs * share), round(size * share))


def documents(shards: Sequence[Shard], first: int, skip: int) -> Iterator[tuple[int, Part, int]]:
    """Read documents from a shard on: (shard, part, how many of its paragraphs to leave out).

    The first ``skip`` paragraphs of that shard are left out.
    """
    for number in range(first, len(shards)):
        for part in shards[number].read():
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


def texts_in(part: Part, shard: str) -> list[str]:
    """List the texts of a part. Raises TypeError, naming the shard, for what is none."""
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
    """Give texts without a word the fingerprint of their characters, in place.

    Of texts without words only those of the same characters are the same. prints: uint64 (n, 2).
    """
    for k in np.flatnonzero((prints == NOTHING).all(axis=1)).tolist():
        digest = xxhash.xxh3_128_digest(b"\0" + encoded(texts[k]))
        prints[k] = np.frombuffer(digest, dtype=">u8")
