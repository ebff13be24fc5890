"""Documents or paragraphs to sketched paragraphs, on an executor.

Knows: batches, the columns of a paragraph, exact copies inside a task. Does not know: Spark,
buckets.

Columns of the stage ``sketch``:
    place, doc        long      number in the order of reading; that of the document's first one
    first, last       int       lines; 0 where rows are paragraphs
    rank              long or double, only where ranks are given
    stays             boolean   whether it is never taken out; only with protection or references
    print             binary    fingerprint, 16 bytes; without a word, that of its characters
    competes          boolean   whether it is long enough to compete
    words             int       how many words it has
    local             long      place of an earlier one with this print in this task, or its own
    keys, sketch      binary    band keys uint32; sketch words uint64, then the scope if given
    text              string    what is compared
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

from dedup.encoded import batches, lengths
from dedup.options import Policy
from dedup.paragraph import Document, texts_of
from dedup.recipe import Recipe
from dedup.scale.competition import REFERENCE, Marks, marks_of
from dedup.scale.shards import encoded, print_wordless
from dedup.scale.spark.tasks.arrow import Rows, batch_of, binary, string_column, strings
from dedup.segment import segmenter
from dedup.stages import family, sketch_texts

if TYPE_CHECKING:
    from pyarrow import RecordBatch

#: The bits of a place that number a paragraph inside its document.
NUMBER_BITS = 20

#: Characters of the texts that are sketched at a time.
_CHARACTERS = 400_000

#: How many prints a task remembers, to find exact copies before they are shuffled.
_REMEMBERED = 1 << 17


class ReadParagraphs(NamedTuple):
    """Paragraphs that were read: a value for each in every field.

    ranks, scopes, stays, references: None where the job has none.
    """

    texts: Sequence[str]
    places: list[int]
    docs: list[int]
    lines: list[tuple[int, int]]
    ranks: list[Any] | None
    scopes: list[Any] | None
    stays: list[bool] | None
    references: list[bool] | None


class Sketching(NamedTuple):
    """The task of the stage ``sketch``.

    markup: of documents, None where rows are paragraphs; longest: whether paragraphs rank by their
    length; protect: regular expressions, a paragraph stays where one of them is found.
    """

    recipe: Recipe
    markup: str | None = None
    longest: bool = False
    protect: tuple[str, ...] = ()

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Sketch batches with columns id, text and, where given, doc, rank, scope, reference."""
        sketcher = Sketcher(self.recipe)
        marks = marks_of(Policy(protect=self.protect))
        for batch in batches:
            yield from sketcher.sketched(self._read(batch, marks))

    def _read(self, batch: RecordBatch, marks: Marks | None) -> ReadParagraphs:
        if self.markup is None:
            read = _paragraphs(batch)
            if marks is not None:
                read = read._replace(stays=np.asarray(marks.of(read.texts), dtype=bool).tolist())
        else:
            read = _cut(batch, self.markup, marks)
        if self.longest:
            read = read._replace(ranks=[-len(text) for text in read.texts])
        return read if read.references is None else _referring(read, read.references)


class Sketcher:
    """Sketches paragraphs batch by batch, and remembers their fingerprints."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe, self._family = recipe, family(recipe)
        self._seen: dict[bytes, tuple[Any, int]] = {}

    def sketched(self, read: ReadParagraphs) -> Iterator[RecordBatch]:
        """Sketch paragraphs, a batch at a time."""
        for begin, end in pairwise(batches(lengths(read.texts), _CHARACTERS)):
            yield self._batch(ReadParagraphs(*(each and each[begin:end] for each in read)))  # type: ignore[arg-type]

    def _batch(self, read: ReadParagraphs) -> RecordBatch:
        recipe, texts = self._recipe, read.texts
        made = sketch_texts(texts, recipe, self._family)
        prints, sketches = made.prints, made.sketches
        print_wordless(prints, texts)
        competes = made.words >= max(recipe.min_tokens, 1)
        if read.scopes is not None:
            scope = np.frombuffer(
                b"".join(xxhash.xxh3_128_digest(encoded(str(each))) for each in read.scopes),
                dtype=">u8",
            ).astype(np.uint64).reshape(-1, 2)  # fmt: skip
            prints = prints ^ scope
            sketches = np.concatenate((sketches, scope[:, :1]), axis=1)
        lines = np.array(read.lines, dtype=np.int32).reshape(-1, 2)
        columns: dict[str, Any] = {
            "place": np.array(read.places, dtype=np.int64),
            "doc": np.array(read.docs, dtype=np.int64),
            "first": lines[:, 0], "last": lines[:, 1],
        }  # fmt: skip
        if read.ranks is not None:
            columns["rank"] = _numbers(read.ranks)
        if read.stays is not None:
            columns["stays"] = np.array(read.stays, dtype=bool)
        return batch_of(
            **columns, print=binary(prints), competes=competes, words=made.words.astype(np.int32),
            local=self._local(prints, competes, read),
            keys=binary(np.ascontiguousarray(made.keys.T)), sketch=binary(sketches),
            text=string_column(texts),
        )  # fmt: skip

    def _local(
        self, prints: NDArray[np.uint64], competes: NDArray[np.bool_], read: ReadParagraphs
    ) -> Rows:
        """Give for each paragraph the first by rank with its print that this task has seen.

        A paragraph that ranks before all that were seen stands for itself; the stage ``copies``
        finds the others.
        """
        found = np.array(read.places, dtype=np.int64)
        ranks: Iterable[Any] = repeat(0) if read.ranks is None else read.ranks
        order = list(zip(ranks, read.places, strict=False))
        for k in np.flatnonzero(competes).tolist():
            key = prints[k].tobytes()
            seen = self._seen.get(key)
            if seen is not None and seen < order[k]:
                found[k] = seen[1]
            elif seen is not None or len(self._seen) < _REMEMBERED:
                self._seen[key] = order[k]
        return found


def _numbers(ranks: list[Any]) -> NDArray[Any]:
    if any(each is None or each != each for each in ranks):
        raise ValueError("a rank is null or NaN; every paragraph needs a number")
    return np.array(ranks)


def _paragraphs(batch: RecordBatch) -> ReadParagraphs:
    """Read rows that are paragraphs."""
    columns = {
        name: batch.column(name).to_pylist() for name in batch.schema.names if name != "text"
    }
    places, given = columns["id"], batch.column("text")
    if given.null_count:
        place = places[given.is_valid().index(False).as_py()]
        raise ValueError(f"text is null in the row with id {place}; leave such rows out")
    texts = strings(batch, "text")
    return ReadParagraphs(
        texts, places, columns.get("doc") or places, [(0, 0)] * len(texts),
        columns.get("rank"), columns.get("scope"), None, columns.get("reference"),
    )  # fmt: skip


def _referring(read: ReadParagraphs, references: list[bool]) -> ReadParagraphs:
    """Rank references before all others, and let them stay."""
    ranks: Iterable[Any] = repeat(0.0) if read.ranks is None else read.ranks
    stays: Iterable[bool] = repeat(False) if read.stays is None else read.stays
    made = list(zip(references, ranks, stays, strict=False))
    return read._replace(
        ranks=[
            REFERENCE if first else None if rank is None else float(rank) for first, rank, _ in made
        ],
        stays=[bool(first or stay) for first, _, stay in made],
    )


def _cut(batch: RecordBatch, markup: str, marks: Marks | None) -> ReadParagraphs:
    """Cut rows that are documents into their paragraphs."""
    whole = _paragraphs(batch)
    texts: list[str] = []
    places: list[int] = []
    lines: list[tuple[int, int]] = []
    stays: list[bool] | None = None if marks is None else []
    sizes = []
    markups = markups_of(batch, markup)
    for text, number, own in zip(whole.texts, whole.places, markups, strict=True):
        part = segmenter(own)(Document(text))
        if len(part) >> NUMBER_BITS:
            raise ValueError(f"the document {number} has {len(part)} paragraphs; cut it in parts")
        texts += texts_of(part)
        places += range(number << NUMBER_BITS, (number << NUMBER_BITS) + len(part))
        lines += [(each.first, each.last) for each in part]
        sizes.append(len(part))
        if marks is not None and stays is not None:
            stays += np.asarray(marks.of(part), dtype=bool).tolist()
    docs = [number << NUMBER_BITS for number in whole.places]
    ranks = whole.ranks and _spread(whole.ranks, sizes)
    scopes = whole.scopes and _spread(whole.scopes, sizes)
    references = whole.references and _spread(whole.references, sizes)
    return ReadParagraphs(
        texts, places, _spread(docs, sizes), lines, ranks, scopes, stays, references
    )


def markups_of(batch: RecordBatch, markup: str) -> list[str]:
    """Give the markup of each document: that of its row, or else that of the job."""
    if "markup" not in batch.schema.names:
        return [markup] * batch.num_rows
    return [own or markup for own in batch.column("markup").to_pylist()]


def sketch_schema(rank: str | None, stays: bool) -> str:
    """Give the columns of the stage. rank: the type of ranks, or None; stays: whether it is one."""
    more = (f"rank {rank}, " if rank else "") + ("stays boolean, " if stays else "")
    return (
        f"place long, doc long, first int, last int, {more}print binary, competes boolean, "
        "words int, local long, keys binary, sketch binary, text string"
    )


def _spread(column: list[Any], sizes: list[int]) -> list[Any]:
    """Repeat the value of each document for each of its paragraphs."""
    return [each for each, size in zip(column, sizes, strict=True) for _ in range(size)]
