"""Documents of a retrieval framework: a batch of texts, each without the paragraphs seen before.

Knows: batches of named texts, an index that is opened when it is first needed, and how many
paragraphs were taken out. Does not know: the classes of any framework; ``langchain``,
``llama_index`` and ``haystack`` have a module each.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import NamedTuple, Unpack
from weakref import finalize

from dedup.index import Index
from dedup.index.redis.server import read_address
from dedup.index.stores import on_server
from dedup.integrations import repeats
from dedup.integrations.repeats import CleanedFields, Repeat
from dedup.removal import FindOptions
from dedup.search import find
from dedup.segment import segmenter

#: What may be given as an index: an open one, a path or address, or None for no index.
IndexLike = Index | str | os.PathLike[str] | None

#: What stands for the password in an address that may be written down.
_MASK = ":***@"


class Counts(NamedTuple):
    """How many documents and paragraphs were read, and what was taken out of them.

    emptied: documents that have no text left. removed: paragraphs that were taken out.
    """

    documents: int = 0
    emptied: int = 0
    paragraphs: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class CleanedText:
    """A text without its copies; removed: the paragraphs that were taken out of it."""

    text: str
    removed: tuple[Repeat, ...]

    @property
    def is_emptied(self) -> bool:
        """Whether paragraphs were taken out of the text and only white space is left."""
        return bool(self.removed) and not self.text.strip()

    @property
    def notes(self) -> list[dict[str, object]]:
        """The removed paragraphs as dicts; see ``Repeat.to_dict``."""
        return [each.to_dict() for each in self.removed]


class BatchCleaner:
    """Takes copies out of batches of texts, with an index or within each batch.

    Several threads may use one object at once.

    Args:
        index: an open index; or the path or address of one, which is opened when it is first
            needed, and closed with this object; or None, which compares only the texts of one batch
            with each other.
        markup: what separates paragraphs, as in ``dedup.paragraphs``.
        revisits: "keep" leaves what the index has stored for the page of the same key, so that a
            page may be given again, changed or not; "remove" takes it out.
        options: the options of ``dedup.Index`` for a path, of ``dedup.find`` for None. An open
            index has its own settings.

    Raises:
        ValueError, TypeError: an argument is wrong; the message names it.
    """

    def __init__(
        self, index: IndexLike, markup: str, revisits: str, **options: Unpack[FindOptions]
    ) -> None:
        segmenter(markup)
        repeats.check_revisits(revisits)
        _check(index, options)
        self._markup, self._revisits, self._options = markup, revisits, options
        self._index = index if index is None or isinstance(index, Index) else os.fspath(index)
        self._opened = index if isinstance(index, Index) else None
        self._lock = Lock()
        self._closing: finalize[[], BatchCleaner] | None = None
        self.counts = Counts()

    def check_shared(self) -> None:
        """Raise TypeError where another process could not ask the same index."""
        if self._index is None:
            raise TypeError(
                "without an index each process would compare its own share of the documents only;"
                " give the path of an index, or use one process"
            )
        if isinstance(self._index, Index) or self._index == ":memory:":
            raise TypeError(
                "an open index or one in memory can't be sent to another process; give the path of"
                " an index in a file or the address of a server, which processes share"
            )

    def __reduce__(self) -> tuple[object, ...]:
        """Let another process open the same index."""
        if self._index is not None:
            self.check_shared()
        make = partial(BatchCleaner, **self._options)
        return make, (self._index, self._markup, self._revisits)

    def clean(self, texts: Sequence[tuple[str, str]]) -> list[CleanedText]:
        """Take the copies out of a batch of texts, given as pairs of key and text.

        Texts of the same key are parts of one page, which is added to the index in one step. Pages
        are added in the order in which their first parts stand. Returns one answer for each text.
        """
        places: dict[str, list[int]] = {}
        for place, (key, _) in enumerate(texts):
            places.setdefault(key, []).append(place)
        pages = [
            repeats.cut_page(
                {_field(part): texts[place][1] for part, place in enumerate(parts)}, key,
                self._markup,
            )
            for key, parts in places.items()
        ]  # fmt: skip
        index = self.open()
        if index is None:
            matches = repeats.find_in(pages, **self._options)
        else:
            matches = [repeats.add_page(page, index, self._revisits) for page in pages]
        cleaned: dict[int, CleanedText] = {}
        for page, own, parts in zip(pages, matches, places.values(), strict=True):
            cleaned.update(zip(parts, _parts(repeats.take_out(page, own)), strict=True))
        answers = [cleaned[place] for place in range(len(texts))]
        self._count(answers, sum(len(page.paragraphs) for page in pages))
        return answers

    def open(self) -> Index | None:
        """Return the index, and open it first if that is needed. Raises what ``Index`` raises."""
        with self._lock:
            if self._opened is None and isinstance(self._index, str):
                self._opened = Index(self._index, **self._options)  # type: ignore[misc]
                self._closing = finalize(self, self._opened.close)
            return self._opened

    def close(self) -> None:
        """Close the index, if it was opened here. The next batch opens it again."""
        with self._lock:
            if self._closing is not None:
                self._closing()
                self._closing = self._opened = None

    def _count(self, answers: Sequence[CleanedText], paragraphs: int) -> None:
        with self._lock:
            old = self.counts
            self.counts = Counts(
                old.documents + len(answers),
                old.emptied + sum(each.is_emptied for each in answers),
                old.paragraphs + paragraphs,
                old.removed + sum(len(each.removed) for each in answers),
            )


def name_of(
    metadata: Mapping[str, object], key: str | None, usual: Sequence[str], place: int
) -> str | None:
    """Return the name of a document from its metadata; None if it has none.

    Args:
        key: the field that holds the name. None takes the first of the ``usual`` fields that holds
            a text, a number or a path.
        place: the place of the document in its batch, for a message.

    Raises:
        ValueError: ``key`` is given, and the document has no such value.
    """
    for field in usual if key is None else (key,):
        value = metadata.get(field)
        if isinstance(value, str | int | os.PathLike) and str(value):
            return str(value)
    if key is not None:
        raise ValueError(
            f"document {place} has {metadata.get(key)!r} in its metadata under {key!r}; key must"
            " be a field that holds the name of every document"
        )
    return None


def address_of(index: IndexLike) -> str | None:
    """Return the path or address of an index, without a password, so that it may be stored."""
    if isinstance(index, Index):
        return index.path
    address = None if index is None else os.fspath(index)
    if address is None or not on_server(address):
        return address
    return read_address(address).plain


def written_address(index: IndexLike) -> str | None:
    """Return the path or address of an index. Raises ValueError if it must not be stored."""
    address = address_of(index)
    if address is not None and _MASK in address:
        raise ValueError(
            f"the address {address} holds a password, which must not be written down; give it by"
            " a variable of the environment: index=Secret.from_env_var('NAME')"
        )
    if isinstance(index, Index) and address == ":memory:":
        raise ValueError(
            "an open index in memory can't be written down; give the path of an index in a file"
        )
    return address


def _check(index: IndexLike, options: FindOptions) -> None:
    """Raise ValueError or TypeError for options that don't fit the index."""
    if isinstance(index, Index):
        if options:
            raise ValueError(
                f"{', '.join(options)} can't be chosen for an open index, which has its own"
                " settings; leave it out, or give the path of the index"
            )
    elif index is None:
        find([], **options)
    elif not isinstance(index, str | os.PathLike):
        raise TypeError(
            f"index is a {type(index).__name__}; it must be an open index, a path, an address or"
            " None"
        )
    else:
        Index(":memory:", **options).close()  # type: ignore[misc]


def _field(part: int) -> str:
    """Name a part of a page by its number; the first part has the name ""."""
    return str(part + 1) if part else ""


def _parts(answer: CleanedFields) -> list[CleanedText]:
    """Split what was found in a page into its parts, in order."""
    removed: dict[str, list[Repeat]] = {name: [] for name in answer.values}
    for each in answer.removed:
        removed[each.field].append(each)
    return [CleanedText(str(text), tuple(removed[name])) for name, text in answer.values.items()]
