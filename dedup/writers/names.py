"""What the file is called that a shard is written to.

Knows: suffixes. Does not know: folders, containers.
"""

from __future__ import annotations

from dedup.errors import InputError
from dedup.readers.containers import Shard, name_of, suffixes
from dedup.readers.file import STDIN


def output_name(shard: Shard, to: str | None = None) -> str:
    """Name the file that a shard is written to: its own name, but for pages that become text.

    Never a path: what a URL has before its last slash, and what follows its name, is left out.
    Raises InputError where nothing is left.

    >>> output_name(Shard("crawl/a.wet.gz", "warc", "gzip"))
    'a.wet.gz'
    >>> output_name(Shard("https://example.org/a.warc.gz?x=1", "warc", "gzip"))
    'a.jsonl.gz'
    >>> output_name(Shard("a.warc", "warc"), "wet")
    'a.wet'
    """
    name = "standard-input" if shard.path == STDIN else name_of(shard.path)
    if name in ("", ".", "..") or "\0" in name:
        raise InputError(shard.path, "has no name to write it by", "read it from a file")
    kind, packed = suffixes(name)
    if shard.container != "warc" or (to or ("wet" if kind == "wet" else "jsonl")) == kind:
        return name
    stem = name[: len(name) - len(packed) - 1] if packed else name
    if kind in ("warc", "wet", "arc"):
        stem = stem.rpartition(".")[0]
    to = to or "jsonl"
    packing = "gz" if packed == "lz4" and to == "jsonl" else packed
    return f"{stem}.{to}" + (f".{packing}" if packing else "")
