"""The options for reading documents from containers.

Knows: their defaults, bounds and help, and the memory that one document may take. Does not know:
what a reader does with an option.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from dedup.options.fields import check_choices, option
from dedup.readers import bounds, containers
from dedup.readers.file import check_encoding
from dedup.sizes import written_size

#: The choices for ``pages``: how a page of HTML becomes a document.
PAGES = ("auto", "text", "main", "source")

#: The default bound on the bytes of a row, a record or a packed text.
MAX_BYTES = 64 << 20

#: Copies of the bytes of a row or record that are in memory while it is read, at least.
_HELD = 5


class ContainerOptions(TypedDict, total=False):
    """The fields of ``ReadOptions`` as keyword arguments of ``documents`` and ``read``."""

    container: str
    text_field: str
    id_field: str | None
    url_field: str
    date_field: str
    pages: str
    partial: bool
    strict: bool
    max_bytes: int
    max_memory: int | None


@dataclass(frozen=True)
class ReadOptions:
    """How documents are read from containers.

    encoding: of texts, JSON Lines and HTML files. An HTML file that names its own encoding is read
        in that one. With "utf-8" the encoding of an HTML file that names none is guessed. WET is
        always UTF-8.
    errors: what to do with bytes that are not in the encoding, as for ``bytes.decode``.
    container: the name of the container of all files, or "auto" to find it out for each.
    text_field, id_field, url_field, date_field: names of fields of rows, or paths to fields within
        others. For id_field None means "id" if a row has that, else its URL, else its place.
    pages: what to read of a page of HTML. Only the "source" of an HTML file can be written back.
    partial: whether to read responses of status 206 in archives.
    strict: whether to stop at damage with an InputError.
    max_bytes: the longest row, record or packed text that is read. Usual text takes some four times
        its bytes in memory.
    max_memory: the most memory in bytes that one document may take while it is read, cut and
        written. None means sixteen times ``max_bytes``, at least 64 MB. A job sets this to a share
        of its own memory.

    A document beyond ``max_bytes`` or ``max_memory`` becomes a Damaged that says so.

    Raises:
        TypeError, ValueError: a field is of a wrong type or out of bounds; the message names it.
    """

    encoding: str = option(
        "utf-8", "Encoding of texts and JSON Lines, and of HTML files that name none. A byte-order"
        " mark in a file overrules it.", "NAME",
    )  # fmt: skip
    errors: str = option(
        "strict", "What to do with bytes that are not in the encoding: 'strict' leaves the text or"
        " row unread, 'replace' puts U+FFFD in their place, 'ignore' drops them,"
        " 'surrogateescape' keeps them unchanged.", "HOW",
    )  # fmt: skip
    container: str = option(
        "auto", "Container of the files, whatever their names say. 'auto' goes by suffix and first"
        " bytes.", choices=("auto", *containers.names()),
    )  # fmt: skip
    text_field: str = option(
        "text", "Field of JSON Lines or column of Parquet that holds the text. A dot leads to a"
        " field within another, such as doc.text.", "NAME",
    )  # fmt: skip
    id_field: str | None = option(
        None,
        "Field or column that names a row in reports.  [default: id, else the URL, else the"
        " line or row]",
        "NAME",
    )
    url_field: str = option("url", "Field or column that holds the URL.", "NAME")
    date_field: str = option("date", "Field or column that holds the date.", "NAME")
    pages: str = option(
        "auto", "What to read of a page of HTML: its 'text', the text of its 'main' content, or its"
        " 'source'. 'auto' reads the source of HTML files, and the text of pages in archives.",
        choices=PAGES,
    )  # fmt: skip
    partial: bool = option(
        False, "Also read responses of status 206 in archives, which hold a part of a page."
    )
    strict: bool = option(False, "Stop at damage with an error, instead of passing over it.")
    max_bytes: int = MAX_BYTES
    max_memory: int | None = None

    def __post_init__(self) -> None:
        check_encoding(self.encoding, self.errors)
        check_choices(self)
        _check_size("max_bytes", self.max_bytes)
        if self.max_memory is not None:
            _check_size("max_memory", self.max_memory)
        for name in ("text_field", "url_field", "date_field"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"{name} is {getattr(self, name)!r}; it must be a str")

    @property
    def room(self) -> int:
        """The bytes of memory that one document may take."""
        usual = max(bounds.TIMES * self.max_bytes, bounds.LEAST)
        return usual if self.max_memory is None else min(usual, self.max_memory)

    @property
    def longest(self) -> int:
        """The most bytes that a row or record may have, unpacked, to be read at all."""
        most = self.max_bytes
        return most if self.max_memory is None else min(most, self.max_memory // _HELD)

    def too_large(self, size: int) -> str:
        """Word the reason why a document isn't read that would take ``size`` bytes of memory."""
        most = written_size(self.room)
        takes = f"it takes some {written_size(size)} of memory at once, more than {most}"
        return f"{takes}{self.beyond(size)}"

    def beyond(self, size: int | None = None) -> str:
        """Word the remedy for a document that is too large: more --memory; "" if that doesn't help.

        Args:
            size: the memory that it would take; None for a document longer than ``longest``.
        """
        if self.max_memory is None or (size is None and self.longest == self.max_bytes):
            return ""
        more = "" if size is None else f" {written_size(bounds.memory_for(size))} or"
        return f"; give the job{more} more --memory to have it read"


def _check_size(name: str, size: object) -> None:
    if isinstance(size, bool) or not isinstance(size, int):
        raise TypeError(f"{name} is {size!r}; it must be a whole number")
    if size < 1:
        raise ValueError(f"{name} is {size}; it must be 1 or more")
