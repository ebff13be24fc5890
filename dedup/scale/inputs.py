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
from dedup.scale.shards import Pages, Part, Shard, page_of
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
        together = partial(_together, each, options, markup, tell, asked)
        found.append(Shard(each.path, partial(_apart, together), size, stamp, together))
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


def _apart(together: Callable[[Meter], Iterator[Part | Pages]]) -> Iterator[Part]:
    """Read a shard document by document."""
    for part in together(Meter()):
        if isinstance(part, Pages):
            yield from part.pages()
        else:
            yield part


def _together(
    shard: readers.Shard,
    options: readers.ReadOptions,
    markup: str,
    tell: Tell,
    asked: bool,
    meter: Meter,
) -> Iterator[Part | Pages]:
    """Read a shard; documents that were read together come together."""
    try:
        for piece in readers.parts_together(shard._replace(meter=meter), options, markup):
            if isinstance(piece, Skipped):
                tell(piece)
            elif isinstance(piece, readers.CutRecords):
                yield Pages(piece, shard.path)
            else:
                yield page_of(piece, shard.path)
    except Unfit as error:
        if asked or options.strict:
            raise
        tell(readers.unfit(error))
