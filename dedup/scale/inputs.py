"""Files that ``dedup.readers`` can read, as shards of a job.

Knows: readers, segmenters, sizes and times of change. Does not know: what a job does with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from dedup import readers
from dedup.errors import InputError
from dedup.paragraph import Skipped
from dedup.readers import file
from dedup.readers.byte_streams import Meter
from dedup.readers.file import Unfit
from dedup.readers.remote import is_remote
from dedup.scale.shards import Page, Part, Shard
from dedup.segment import segmenter

#: Called with what is not read, in every pass: a second pass reports it again.
Tell = Callable[[Skipped], None]


def from_paths(
    paths: readers.Paths,
    markup: str = "auto",
    options: readers.ReadOptions | None = None,
    skipped: Tell | None = None,
) -> list[Shard]:
    """Make a shard of every file that the paths lead to, in the order of reading.

    markup: as for ``dedup.paragraphs``; with "auto" the source of HTML is cut as HTML. skipped:
    called with every file and record that is not read. Raises as ``dedup.readers.documents`` does.
    """
    options = options or readers.ReadOptions()
    tell = skipped or _pass_over
    found = []
    for each in readers.shards(paths, options.container):
        if isinstance(each, Skipped):
            tell(each)
        else:
            found.append(each)
    return from_shards(found, markup, options, tell)


def from_shards(
    shards: Sequence[readers.Shard],
    markup: str,
    options: readers.ReadOptions,
    skipped: Tell | None = None,
    named: frozenset[str] | None = None,
) -> list[Shard]:
    """Make a shard of a job of each file.

    named: the files that the user named, None for all. Other files of JSON Lines or Parquet may
    serve another purpose, so they are skipped if they hold no text.
    """
    segmenter(markup)
    tell = skipped or _pass_over
    found = []
    for each in shards:
        size, stamp = seen(each.path)
        asked = named is None or each.path in named
        read = partial(_parts, each, options, markup, tell, asked)
        metered = partial(_metered, each, options, markup, tell, asked)
        found.append(Shard(each.path, read, size, stamp, metered))
    return found


def _pass_over(skipped: Skipped) -> None:
    """Ignore what is skipped."""


def seen(path: str) -> tuple[int, str]:
    """Return the size and the time of change of a file; of a URL neither is known."""
    if path == file.STDIN:
        raise InputError("-", "standard input can't be read twice", "write it to a file first")
    if is_remote(path):
        return 0, ""
    seen = Path(path).stat()
    return seen.st_size, str(seen.st_mtime_ns)


def _parts(
    shard: readers.Shard,
    options: readers.ReadOptions,
    markup: str,
    tell: Tell,
    asked: bool,
) -> Iterator[Part]:
    try:
        yield from _pages(shard, options, markup, tell)
    except Unfit as error:
        if asked or options.strict:
            raise
        tell(readers.unfit(error))


def _metered(
    shard: readers.Shard,
    options: readers.ReadOptions,
    markup: str,
    tell: Tell,
    asked: bool,
    meter: Meter,
) -> Iterator[Part]:
    return _parts(shard._replace(meter=meter), options, markup, tell, asked)


def _pages(
    shard: readers.Shard, options: readers.ReadOptions, markup: str, tell: Tell
) -> Iterator[Part]:
    for piece in readers.document_parts(shard, options, markup):
        if isinstance(piece, Skipped):
            tell(piece)
            continue
        record = piece.document if isinstance(piece.document, readers.Record) else None
        yield Page(
            piece.paragraphs,
            shard.path,
            f"{shard.path}#{piece.number}",
            record.host if record else "",
            record.date if record else None,
            record is not None and record.identified,
        )
