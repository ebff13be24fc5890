"""The answer of a finished job: the decision for every paragraph, and its place.

Knows: the columns of the answer, shards, documents, lines. Does not know: texts, how they were
compared, how they are cut out.

Columns are mapped or read from the work folder when they are asked for; only ``found`` holds
everything in memory. Names take the most space, so they are read and not mapped: mapped pages count
as memory of the process once they were touched.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.errors import InputError
from dedup.found import Found
from dedup.recipe import Recipe
from dedup.scale.stages.answer import ANSWER
from dedup.scale.storage.column import Column
from dedup.scale.storage.folder import Facts, read_finished, read_inputs

Rows = NDArray[np.int64]

#: The name of a document that has none, as JSON.
_NO_NAME = b'["", null]'

_REMEDY = "the work folder is damaged; remove it to start anew"


class Slice(NamedTuple):
    """The answer for the paragraphs of one shard. first: the number of its first paragraph.

    kept: bool (n,); match: int64 (n,), the number, among all paragraphs, of the kept paragraph that
    it repeats or is a variant of, and its own number if nothing matches; similarity: float32 (n,);
    kind: uint8 (n,), a ``dedup.Kind``; copies: uint32 (n,), how many copies it has. The arrays are
    mapped from files, so only what is looked at is read.
    """

    first: int
    kept: NDArray[np.bool_]
    match: NDArray[np.int64]
    similarity: NDArray[np.float32]
    kind: NDArray[np.uint8]
    copies: NDArray[np.uint32]


class Homes(NamedTuple):
    """The places of ``n`` paragraphs.

    names: source and record of their documents; name: int64 (n,), which of these; lines: int64
    (2, n), first and last line.
    """

    names: list[tuple[str, str | None]]
    name: Rows
    lines: Rows


class Decisions:
    """The answer of a finished job in a work folder. Raises InputError if there is none."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self._mapped: dict[str, NDArray[Any]] = {}
        settings, facts = read_finished(work)
        self._facts: Facts = facts
        self.threshold: float = settings["threshold"]
        self.variants: str = settings["variants"]
        self.recipe = Recipe.stored(str(work), facts["recipe"])
        self.expected_recall = self.recipe.expected_recall(self.threshold)
        self.uncompared: int = facts["uncompared"]
        self._require_whole()
        begins = self._read("shards", "<u4").astype(np.int64)
        self._begins = np.append(begins, facts["paragraphs"])

    @property
    def shards(self) -> list[str]:
        """The names of the shards, in order; read when asked for. Raises InputError."""
        return [name for name, _, _ in read_inputs(self.work)]

    def _require_whole(self) -> None:
        """Raise InputError if a column has not the length that follows from the manifest."""
        count, documents = len(self), int(self._facts["documents"])
        sizes = {name: count * np.dtype(dtype).itemsize for name, dtype in ANSWER.items()}
        sizes |= {"lines": 8 * count, "lengths": 4 * count}
        sizes |= {"documents": 4 * documents, "name_ends": 8 * documents}
        for name, size in sizes.items():
            self._require_size(name, size)
        ends = self._read("name_ends", "<u8")
        self._require_size("names", int(ends[-1]) if len(ends) else 0)

    def _require_size(self, name: str, size: int) -> None:
        path = self.work / name
        found = path.stat().st_size if path.is_file() else -1
        if found != size:
            raise InputError(str(path), f"has {found} bytes instead of {size}", _REMEDY)

    def __len__(self) -> int:
        """How many paragraphs there are."""
        return int(self._facts["paragraphs"])

    def of_shard(self, number: int) -> Slice:
        """The answer for the paragraphs of one shard, in the order in which it gives them."""
        return self._slice(int(self._begins[number]), int(self._begins[number + 1]))

    def every(self) -> Slice:
        """The answer for all paragraphs, shard after shard."""
        return self._slice(0, len(self))

    def found(self) -> Found:
        """The answer in memory as ``find`` returns it, without its paragraphs."""
        every = self.every()
        return Found(
            np.array(every.kept), np.array(every.match), np.array(every.similarity),
            np.array(every.kind), self.threshold, self.recipe, self.expected_recall,
            self.uncompared, (), self.variants,
        )  # fmt: skip

    def places(self, numbers: Sequence[int] | Rows) -> list[dict[str, str | int | None]]:
        """Return the places of paragraphs, by number: source, record, first and last line.

        See ``homes``.
        """
        homes, home, lines = self.homes(numbers)
        found: list[dict[str, str | int | None]] = []
        for place, first, last in zip(home.tolist(), *lines.tolist(), strict=True):
            source, record = homes[place]
            found.append({"source": source, "record": record, "first": first, "last": last})
        return found

    def homes(self, numbers: Sequence[int] | Rows) -> Homes:
        """Return the places of paragraphs, by number, as columns.

        Paragraphs that were given as plain texts have a source of "" and lines 0. Cost: 1 to 10 us
        each, with reads of a few bytes; so ask for many at once.
        """
        wanted, back = np.unique(np.asarray(numbers, dtype=np.int64), return_inverse=True)
        starts = self._read("documents", "<u4")
        document = np.searchsorted(starts, wanted, side="right") - 1
        distinct, name = np.unique(document, return_inverse=True)
        names = [(source, record) for source, record, _ in self.names(distinct)]
        lines = self._gather("lines", "u4", 2, wanted)[back]
        return Homes(names, name[back], np.ascontiguousarray(lines.T, dtype=np.int64))

    def names(self, documents: Rows) -> list[tuple[str, str | None, str]]:
        """Source, record and host ("" for none) of documents: int64 (m,), rising and distinct."""
        ends = self._read("name_ends", "<u8").view("<i8")
        stops = ends[documents]
        begins = np.where(documents > 0, ends[np.maximum(documents - 1, 0)], 0)
        if (np.diff(np.stack((begins, stops), axis=1).ravel(), prepend=0) < 0).any():
            raise InputError(str(self.work / "name_ends"), "is damaged: it falls", _REMEDY)
        with self._column("names", "u1") as column:
            raw = [*chain.from_iterable(column.spans(begins, stops - begins))]
        joined = b",".join([each or _NO_NAME for each in raw])
        try:
            rows = json.loads(b"[%b]" % joined)
            found = [(source, record, host[0] if host else "") for source, record, *host in rows]
            "".join([name for each in found for name in each if name])  # TypeError for no text
        except (ValueError, TypeError, RecursionError):
            found = []
        return found if len(found) == len(raw) else [self._name(each) for each in raw]

    def _name(self, raw: bytes) -> tuple[str, str | None, str]:
        """Read source, record and host of a document. Raises InputError for damaged bytes."""
        if not raw:
            return "", None, ""
        try:
            source, record, *host = json.loads(raw.decode("utf-8", "surrogatepass"))
            "".join((source, record or "", *host))  # TypeError where one is no text
        except (ValueError, TypeError, RecursionError) as error:
            raise InputError(str(self.work / "names"), f"is damaged ({error})", _REMEDY) from error
        return source, record, host[0] if host else ""

    @property
    def lengths(self) -> NDArray[np.uint32]:
        """Bytes of the text of every paragraph: uint32 (n,), mapped."""
        return self._read("lengths", "<u4")

    @property
    def words(self) -> NDArray[np.uint32]:
        """Words, or characters where these are compared, of each: uint32 (n,), mapped."""
        return self._read("words", "<u4")

    @property
    def marks(self) -> NDArray[np.bool_] | None:
        """Which paragraphs were marked: bool (n,), mapped; None where nothing was."""
        return self._read("marks", "u1").view(bool) if (self.work / "marks").exists() else None

    @property
    def documents(self) -> NDArray[np.uint32]:
        """The number of the first paragraph of every document: uint32 (m,), rising, mapped.

        Documents without a paragraph are not among them.
        """
        return self._read("documents", "<u4")

    def begin_of(self, number: int) -> int:
        """The number of the first paragraph of a shard, or of the end of all."""
        return int(self._begins[number])

    def _slice(self, start: int, stop: int) -> Slice:
        kept, match, similarity, kind, copies = (
            self._read(name, "<" + dtype)[start:stop] for name, dtype in ANSWER.items()
        )
        return Slice(start, kept.view(bool), match, similarity, kind, copies)

    def _read(self, name: str, dtype: str) -> NDArray[Any]:
        if name not in self._mapped:
            path = self.work / name
            empty = not path.stat().st_size
            self._mapped[name] = (
                np.empty(0, dtype=dtype) if empty else np.memmap(path, dtype=dtype, mode="r")
            )
        return self._mapped[name]

    def _gather(self, name: str, dtype: str, width: int, rows: Rows) -> NDArray[Any]:
        with self._column(name, dtype, width) as column:
            return column.gather(rows)

    def _column(self, name: str, dtype: str, width: int = 0) -> closing[Column]:
        return closing(Column(self.work / name, dtype, width))
