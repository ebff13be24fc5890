"""How documents are taken out of containers.

Knows: the options, their defaults and bounds. Does not know: what any container does with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from dedup.options.fields import check_choices, option
from dedup.readers import bounds, containers
from dedup.readers.file import check_encoding
from dedup.sizes import written_size

#: What ``pages`` may be: how a page of HTML becomes a document.
PAGES = ("auto", "text", "main", "source")

#: Bytes of one row, record or packed text; longer ones are passed over, named.
MAX_BYTES = 64 << 20

#: How often the bytes of a row or record are held at least while it is read.
_HELD = 5


class ContainerOptions(TypedDict, total=False):
    """The options of ``ReadOptions`` as ``documents`` and ``read`` take them."""

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
    """How documents are taken out of containers.

    encoding, errors: as ``bytes.decode`` takes them. Of pages in HTML files "utf-8" means that what
    names no encoding is guessed; WET takes ``errors`` alone, for it is UTF-8. container: the
    name of one for whatever the paths are called, or "auto". id_field: None means "id" where a
    row has it, else the URL, else the line or row. pages: the "source" of files can be written
    back. max_bytes: rows, records and packed texts longer than this are passed over; what is in
    memory at once is some four times as much for usual text. max_memory: bytes that one document
    may take while it is read, cut and written, whatever stands in it; None means sixteen times
    ``max_bytes``, or 64 MB. What would take more is passed over, named. A job sets it to a share of
    its own memory. Raises TypeError or ValueError, naming the field, for what can't be.
    """

    encoding: str = option(
        "utf-8", "Encoding of texts and JSON Lines, and of HTML files that name none. Byte-order"
        " marks are recognised.", "NAME",
    )  # fmt: skip
    errors: str = option(
        "strict", "What to do with bytes that are not in that encoding: 'strict' stops, 'replace'"
        " marks and 'ignore' drops them, 'surrogateescape' carries them through unchanged.", "HOW",
    )  # fmt: skip
    container: str = option(
        "auto", "What the files are, whatever they are called; 'auto' goes by suffix and first"
        " bytes.", choices=("auto", *containers.names()),
    )  # fmt: skip
    text_field: str = option(
        "text", "Field or column that holds the text, in JSON Lines and Parquet; of one within"
        " another the path, such as doc.text.", "NAME",
    )  # fmt: skip
    id_field: str | None = option(
        None, "Field or column that names a row in reports.  [default: id, else the URL]", "NAME"
    )
    url_field: str = option("url", "Field or column that holds the URL.", "NAME")
    date_field: str = option("date", "Field or column that holds the date.", "NAME")
    pages: str = option(
        "auto", "What a page of HTML gives: its 'text', that of its 'main' content, or its"
        " 'source'; 'auto' is the source of files and the text of what archives hold.",
        choices=PAGES,
    )  # fmt: skip
    partial: bool = option(
        False, "Read responses of status 206 in archives too, which hold a part of a page."
    )
    strict: bool = option(False, "Stop at what is damaged, instead of passing over it.")
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
        """Bytes of memory that one document may take."""
        usual = max(bounds.TIMES * self.max_bytes, bounds.LEAST)
        return usual if self.max_memory is None else min(usual, self.max_memory)

    @property
    def longest(self) -> int:
        """Bytes that one row or record may have, as unpacked, to be looked at."""
        most = self.max_bytes
        return most if self.max_memory is None else min(most, self.max_memory // _HELD)

    def too_large(self, size: int) -> str:
        """Say that a document takes too much memory, of that size."""
        most = written_size(self.room)
        takes = f"it takes some {written_size(size)} of memory at once, more than {most}"
        return f"{takes}{self.beyond(size)}"

    def beyond(self, size: int | None = None) -> str:
        """Say what would let a document be read that is too large, where --memory does.

        size: the memory that it would take; None for one that is longer than ``longest``.
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
