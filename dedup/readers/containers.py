"""Which container a file is, by its suffix and its first bytes.

Knows: suffixes. Does not know: magic numbers (``magic``), how anything is read, how a page begins
(``sniffing``), what isn't read (``unread``).

A suffix says what a file is, and where it says nothing the first bytes do. But what begins as a
page of HTML is one, unless it is called a container of rows or records. How a file is packed is
said by its first bytes, for names lie: a server that unpacks what it sends leaves the suffix. Only
behind a URL the name must do, where it says both, to spare a request for each file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dedup.readers import magic
from dedup.readers.sniffing import is_page
from dedup.readers.unread import JSON, Unread, by_head, by_suffix, is_object, is_one_value

#: Bytes at the beginning of a file that are looked at.
HEAD = 8192

#: Characters before the suffix of a packing that say what was packed.
_CONTAINERS: Mapping[str, str] = MappingProxyType(
    {
        suffix: name
        for name, suffixes in (
            ("jsonl", "jsonl ndjson jl jsonlines json"),
            ("parquet", "parquet pq parq"),
            ("warc", "warc wet arc wat"),
            ("html", "html htm xhtml"),
            ("text", "txt text md markdown mdx rst adoc asciidoc"),
        )
        for suffix in suffixes.split()
    }
)

_PACKED: Mapping[str, str] = MappingProxyType(
    {
        "gz": "gzip",
        "gzip": "gzip",
        "zst": "zstd",
        "zstd": "zstd",
        "lz4": "lz4",
        "bz2": "bzip2",
        "xz": "xz",
    }
)

#: Suffixes of what servers make pages with; a mirror of a site keeps them.
_SERVED = frozenset(
    [
        "shtml",
        "shtm",
        "php",
        "php3",
        "php5",
        "phtml",
        "asp",
        "aspx",
        "jsp",
        "jspx",
        "cfm",
        "cgi",
        "do",
        "xht",
    ]
)

#: How any HTML begins.
_TAG = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!--|[a-z][a-z0-9]*[\s>/])", re.IGNORECASE)

ARC = (
    "an ARC archive, the format before WARC, which isn't read",
    "convert it with 'warcio recompress'",
)
WAT = (
    "a WAT archive, which holds metadata of pages and no text",
    "take the WET or the WARC of the same name",
)
UNREAD_PACKINGS = ("bzip2", "xz")


class Shard(NamedTuple):
    """A file to read: where it is, which container, how it is packed ("" for not at all)."""

    path: str
    container: str
    packing: str = ""


def suffixes(path: str) -> tuple[str, str]:
    """Give the suffix of the container and that of the packing of a path, in lower case.

    >>> suffixes("crawl/A.Warc.GZ"), suffixes("s3://b/x.jsonl"), suffixes("notes")
    (('warc', 'gz'), ('jsonl', ''), ('', ''))
    """
    name = name_of(path)
    stem, dot, packed = name.rpartition(".")
    packed = packed.lower()
    if not dot or packed not in _PACKED:
        return (packed if stem else ""), ""
    return (stem.rpartition(".")[2].lower() if "." in stem else ""), packed


def name_of(path: str) -> str:
    """Give the last part of a path or URL, without query and fragment.

    >>> name_of("https://example.org/a/x.jsonl.gz?token=1#2"), name_of("a/b.txt")
    ('x.jsonl.gz', 'b.txt')
    """
    _, slashes, rest = path.partition("://")
    if slashes:
        path = rest.partition("?")[0].partition("#")[0]
    return path.replace("\\", "/").rpartition("/")[2]


def container_by_name(path: str) -> str:
    """Name the container that the suffix of a path stands for; "" where it says nothing."""
    return _CONTAINERS.get(suffixes(path)[0], "")


def container_of(path: str, head: bytes) -> str | Unread:
    """Name the container of a file, or say what it is that isn't read. head: first bytes, unpacked.

    ``.json`` is JSONL where its first line holds a whole object.
    """
    suffix, named = suffixes(path)[0], container_by_name(path)
    if named == "jsonl":
        if suffix == "json":
            return "jsonl" if _is_jsonl(head) or not head.strip() else JSON
        return JSON if head.lstrip().startswith(b"[") and is_one_value(head) else "jsonl"
    if named in ("parquet", "warc"):
        return named
    if named == "html" or is_page(head):
        return "html"
    if named:
        return named
    return by_suffix(suffix) or _container_by_head(suffix, head)


def _container_by_head(suffix: str, head: bytes) -> str | Unread:
    """Name the container of a file whose suffix says nothing."""
    if head.startswith(magic.WARC) or magic.is_arc(head):
        return "warc"
    if head.startswith(magic.PARQUET):
        return "parquet"
    unread = by_head(head)
    if unread is not None:
        return unread
    if suffix in _SERVED and _TAG.match(head):
        return "html"
    return "jsonl" if _is_jsonl(head) and _has_object(head) else "text"


def packing_by_name(path: str) -> str:
    """Name the packing that the suffix of a path stands for; "" for none."""
    return _PACKED.get(suffixes(path)[1], "")


def is_wat(path: str) -> bool:
    """Say whether an archive is a WAT, by its name."""
    return suffixes(path)[0] == "wat"


def _has_object(head: bytes) -> bool:
    """Say whether the first line is an object of JSON with something in it, and all there."""
    line = head.removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")[0]
    return is_object(line.decode("utf-8", "replace"))


def _is_jsonl(head: bytes) -> bool:
    line = head.removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")[0].rstrip()
    cut = len(head) >= HEAD and b"\n" not in head.lstrip()
    return line.startswith(b"{") and len(line) > 1 and (cut or line.endswith(b"}"))
