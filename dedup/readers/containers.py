"""The table of containers, and which container a file is, by its suffix and first bytes.

Knows: the suffixes and first bytes of each container. Does not know: how a container is read or
written (a module each in ``readers`` and ``writers``), how a page of HTML begins (``media``), which
kinds of files are known but not read (``unsupported``), how a container is added (CONTRIBUTING.md).

The suffix decides, and if it says nothing, the first bytes. There is one exception: a file that
begins like a page of HTML is HTML, unless its suffix is that of a container of rows or records.

The packing of a file is found out by its first bytes, because its suffix may be wrong: some servers
unpack a file as they send it and keep the name. For a URL whose suffix names container and packing
the suffix is believed, to save a request for each file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from dedup.readers import packings
from dedup.readers.byte_streams import Meter
from dedup.readers.media import is_page
from dedup.readers.unsupported import (
    JSON,
    Unsupported,
    by_head,
    by_suffix,
    is_object,
    is_one_value,
)
from dedup.segment import markups

#: Bytes at the beginning of a file that are looked at.
HEAD = 8192

#: How every record of a WARC begins, and every ARC file, and every Parquet file.
WARC_MAGIC = b"WARC/"
_ARC_MAGIC = b"filedesc:"
_PARQUET_MAGIC = b"PAR1"


class Shard(NamedTuple):
    """A file to read.

    container: its name in the table, or "auto" for standard input before it is opened.
    packing: its name in ``packings``, "" for a file that isn't packed.
    meter: counts how much of the file has been read, for progress.
    """

    path: str
    container: str
    packing: str = ""
    meter: Meter | None = None


class Holds(Enum):
    """What a file of a container holds. Each record is packed on its own; rows are not."""

    DOCUMENT = "a document"
    ROWS = "rows"
    RECORDS = "records"


@dataclass(frozen=True, slots=True)
class Container:
    """One row of the table of containers.

    name: its name for ``container=`` and ``--container``.
    suffixes: the suffixes of its files, in lower case and without the dot.
    holds: a document, rows or records.
    reader: the module that reads it, imported with the first such file. It has ``read``, and
        ``first_fields`` if the container holds rows.
    writer: the module that writes it; it has ``write`` and ``undo``.
    magics: byte strings, one of which every file begins with. A container without them is text.
    begins: called with suffix and first bytes of a file whose suffix is in no row; says whether the
        file is this container.
    instead: called with suffix and first bytes of a file whose suffix is in this row; gives the
        kind of unsupported file that it really is, or None.
    packs_itself: whether the format has its own compression, so that no packing is looked for.
    in_sections: whether a long file can be read section by section.
    becomes: other forms that its documents can be written in (``--to``), by their suffixes.
    """

    name: str
    suffixes: tuple[str, ...]
    holds: Holds
    reader: str
    writer: str
    magics: tuple[bytes, ...] = ()
    begins: Callable[[str, bytes], bool] | None = None
    instead: Callable[[str, bytes], Unsupported | None] | None = None
    packs_itself: bool = False
    in_sections: bool = False
    becomes: tuple[str, ...] = ()


#: Suffixes of programs that make pages on a server. A mirror of a site keeps them in file names.
_SERVED = frozenset(
    ("shtml", "shtm", "php", "php3", "php5", "phtml", "asp", "aspx", "jsp", "jspx", "cfm", "cgi",
     "do", "xht")
)  # fmt: skip

#: How HTML begins, whole page or not.
_TAG = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!--|[a-z][a-z0-9]*[\s>/])", re.IGNORECASE)

ARC = (
    "an ARC archive, the format before WARC, which isn't read",
    "convert it with 'warcio recompress'",
)
WAT = (
    "a WAT archive, which holds metadata of pages and no text",
    "take the WET or the WARC of the same name",
)


def _is_served(suffix: str, head: bytes) -> bool:
    """Say whether a file is HTML that has the suffix of the program that made it."""
    return suffix in _SERVED and _TAG.match(head) is not None


def _is_rows(suffix: str, head: bytes) -> bool:
    """Say whether the first line is a whole JSON object with at least one field."""
    if not _is_jsonl(head):
        return False
    line = head.removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")[0]
    return is_object(line.decode("utf-8", "replace"))


def _is_jsonl(head: bytes) -> bool:
    line = head.removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")[0].rstrip()
    cut = len(head) >= HEAD and b"\n" not in head.lstrip()
    return line.startswith(b"{") and len(line) > 1 and (cut or line.endswith(b"}"))


def _json(suffix: str, head: bytes) -> Unsupported | None:
    """Recognise a file of one JSON value. ``.json`` is JSON Lines if a line is a whole object."""
    if suffix == "json":
        return None if _is_jsonl(head) or not head.strip() else JSON
    return JSON if head.lstrip().startswith(b"[") and is_one_value(head) else None


_PAGE_SUFFIXES = markups.named("html").suffixes

CONTAINERS: tuple[Container, ...] = (
    Container(
        "text",
        tuple(
            each for row in markups.MARKUPS.values() for each in row.suffixes if row.name != "html"
        ),
        Holds.DOCUMENT,
        "dedup.readers.texts.text",
        "dedup.writers.text",
        in_sections=True,
    ),
    Container(
        "html",
        _PAGE_SUFFIXES,
        Holds.DOCUMENT,
        "dedup.readers.texts.text",
        "dedup.writers.text",
        begins=_is_served,
    ),
    Container(
        "jsonl",
        ("jsonl", "ndjson", "jl", "jsonlines", "json"),
        Holds.ROWS,
        "dedup.readers.rows.jsonl",
        "dedup.writers.jsonl",
        begins=_is_rows,
        instead=_json,
    ),
    Container(
        "parquet",
        ("parquet", "pq", "parq"),
        Holds.ROWS,
        "dedup.readers.rows.parquet",
        "dedup.writers.parquet",
        magics=(_PARQUET_MAGIC,),
        packs_itself=True,
    ),
    Container(
        "warc",
        ("warc", "wet", "arc", "wat"),
        Holds.RECORDS,
        "dedup.readers.archives.warc",
        "dedup.writers.warc",
        magics=(WARC_MAGIC, _ARC_MAGIC),
        becomes=("jsonl", "wet"),
    ),
)


def names() -> tuple[str, ...]:
    """Give the names of all containers."""
    return tuple(each.name for each in CONTAINERS)


def named(name: str) -> Container:
    """Look up a container by its name. Raises KeyError."""
    found = next((each for each in CONTAINERS if each.name == name), None)
    if found is None:
        raise KeyError(name)
    return found


def suffixes(path: str) -> tuple[str, str]:
    """Give the suffix of a path for its container and that for its packing, in lower case.

    >>> suffixes("crawl/A.Warc.GZ"), suffixes("s3://b/x.jsonl"), suffixes("notes")
    (('warc', 'gz'), ('jsonl', ''), ('', ''))
    """
    name = name_of(path)
    stem, dot, packed = name.rpartition(".")
    packed = packed.lower()
    if not dot or not packings.by_suffix(packed):
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
    """Name the container that the suffix of a path stands for; "" for none."""
    found = _by_suffix(suffixes(path)[0])
    return found.name if found else ""


def _by_suffix(suffix: str) -> Container | None:
    return next((each for each in CONTAINERS if suffix in each.suffixes), None)


def container_of(path: str, head: bytes) -> str | Unsupported:
    """Name the container of a file, or give the kind of unsupported file that it is.

    Args:
        head: its first bytes, unpacked.
    """
    suffix = suffixes(path)[0]
    called = _by_suffix(suffix)
    if called and called.holds != Holds.DOCUMENT:
        return (called.instead and called.instead(suffix, head)) or called.name
    if is_page(head):
        return "html"
    if called:
        return called.name
    return by_suffix(suffix) or _container_by_head(suffix, head)


def _container_by_head(suffix: str, head: bytes) -> str | Unsupported:
    """Name the container of a file whose suffix is in no row."""
    for each in CONTAINERS:
        if each.magics and head.startswith(each.magics):
            return each.name
    unsupported = by_head(head)
    if unsupported is not None:
        return unsupported
    for each in CONTAINERS:
        if each.begins and each.begins(suffix, head):
            return each.name
    return "text"


def packing_by_name(path: str) -> str:
    """Name the packing that the suffix of a path stands for; "" for none."""
    return packings.by_suffix(suffixes(path)[1])


def is_arc(head: bytes) -> bool:
    """Say whether an archive is an ARC, by its first bytes."""
    return head.startswith(_ARC_MAGIC)


def is_wat(path: str) -> bool:
    """Say whether an archive is a WAT, by its name."""
    return suffixes(path)[0] == "wat"
