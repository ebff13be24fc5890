"""The answer of ``find``: which paragraphs are kept, what each copy repeats, groups and runs.

Knows: positions in the sequence that the caller passed; it copies no text. Does not know: how the
answer was found, files, how it is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from importlib import import_module
from operator import attrgetter, ne
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.runs import runs as chain
from dedup.errors import MissingExtra
from dedup.paragraph import Paragraph, text_of
from dedup.progress import Progress
from dedup.recipe import Recipe
from dedup.stages import signatures

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from datasketch import LeanMinHash

    from dedup.audit import Audit
    from dedup.contained import Containment


class Kind(IntEnum):
    """How a paragraph relates to the kept paragraph that it matches.

    UNIQUE: it matches none. EXACT: it has the same words. NEAR: it is an edited copy. VARIANT: it
    is as similar as a copy, but states another fact; it is kept. CONTAINED: it stands inside a
    longer paragraph; it is kept unless the caller wants such paragraphs removed.
    """

    UNIQUE = 0
    EXACT = 1
    NEAR = 2
    VARIANT = 3
    CONTAINED = 4


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One kept paragraph and its copies, as positions; copies: int64 (c,), rising, never empty."""

    kept: int
    copies: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Run:
    """A pasted block: consecutive copies whose kept paragraphs are consecutive too.

    The first four are positions, both ends included. ``paragraphs`` is the number of copies;
    between two of them there may be one other paragraph. ``similarity`` is the mean similarity of
    the copies.
    """

    kept: int
    kept_last: int
    copy: int
    copy_last: int
    paragraphs: int
    similarity: float


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The answer for ``n`` paragraphs; each array has one entry for each, in the caller's order.

    kept: bool (n,). match: int64 (n,), the position of the kept paragraph that it repeats or of
    which it is a variant; its own position if it matches none. similarity: float32 (n,), to its
    match; 1 to itself. kind: uint8 (n,), a ``Kind``. ``expected_recall`` is the promised share of
    the pairs at or above ``threshold`` that were compared. ``uncompared`` counts the pairs that
    were left out because a bucket was too full or a text too long. ``variants`` is how variants
    were treated: "report", "remove" or "ignore".
    """

    kept: NDArray[np.bool_]
    match: NDArray[np.int64]
    similarity: NDArray[np.float32]
    kind: NDArray[np.uint8]
    threshold: float
    recipe: Recipe
    expected_recall: float
    uncompared: int
    paragraphs: Sequence[str] | Sequence[Paragraph] = field(repr=False)
    variants: str = "report"

    def groups(self) -> list[Group]:
        """List every kept paragraph that has copies, in reading order. Cost: one sort."""
        copies = np.flatnonzero(~self.kept)
        copies = copies[np.argsort(self.match[copies], kind="stable")]
        heads = self.match[copies]
        cuts = np.flatnonzero(np.diff(heads)) + 1
        return [
            Group(int(self.match[part[0]]), part) for part in np.split(copies, cuts) if len(part)
        ]

    def runs(self) -> list[Run]:
        """List the pasted blocks of at least two paragraphs, in reading order of the copy.

        Texts without places count as one document. Cost: linear.
        """
        copies = np.flatnonzero(~self.kept)
        match, similarity = self.match[copies], self.similarity[copies].astype(np.float64)
        found = chain(copies, match, documents(self.paragraphs))
        return [
            Run(
                int(match[first]),
                int(match[last]),
                int(copies[first]),
                int(copies[last]),
                last - first + 1,
                float(similarity[first : last + 1].mean()),
            )
            for first, last in zip(found.first.tolist(), found.last.tolist(), strict=True)
        ]

    @property
    def contained(self) -> tuple[Containment, ...]:
        """The kept paragraphs that stand inside longer kept ones, whole or nearly.

        Each use searches for them again. Cost: 12 us and 2 kB for each kept paragraph.
        """
        from dedup.contained import contained

        texts = self._texts()
        return contained(texts, self.kept, self.threshold, self.recipe)

    def audit(self, sample: int = 1000, progress: Progress | None = None) -> Audit:
        """Compare a random sample with all paragraphs, to measure which share of the pairs escaped.

        The recipe's seed decides the sample; ``progress`` is called as by ``find``. Cost: 0.1 us
        for each of sample * n pairs.
        """
        from dedup.audit import audit

        texts = self._texts()
        recipe = self.recipe
        return audit(
            texts,
            self.kept,
            self.threshold,
            recipe.tokens,
            recipe.min_tokens,
            sample,
            recipe.seed,
            recipe.variants_at if self.variants != "remove" else None,
            progress,
        )

    def text(self, position: int) -> str:
        """Return the text of a paragraph as it was compared: without markup."""
        return text_of(self.paragraphs[position])

    def to_dicts(self) -> list[dict[str, object]]:
        """List a dict for each paragraph: position, kept, match, similarity, kind, and its place.

        The place (source, record, first, last) is included if the input was Paragraphs.
        """
        columns = self._columns()
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def to_pandas(self) -> pandas.DataFrame:
        """Make a pandas DataFrame of ``to_dicts``. Raises MissingExtra without pandas."""
        frame: pandas.DataFrame = _table_package("pandas").DataFrame(self._columns())
        return frame

    def to_polars(self) -> polars.DataFrame:
        """Make a polars DataFrame of ``to_dicts``. Raises MissingExtra without polars."""
        frame: polars.DataFrame = _table_package("polars").DataFrame(self._columns())
        return frame

    def to_arrow(self) -> pyarrow.Table:
        """Make an Arrow table of ``to_dicts``. Raises MissingExtra without pyarrow."""
        table: pyarrow.Table = _table_package("pyarrow").table(self._columns())
        return table

    def to_datasketch(self) -> list[LeanMinHash]:
        """Make datasketch's LeanMinHash of every paragraph, ready for its MinHashLSH.

        It computes the signatures again by this answer's recipe. Cost: 8 us a paragraph and the
        time of datasketch, which imports scipy (0.6 s).
        """
        from datasketch import LeanMinHash

        texts = self._texts()
        return [
            LeanMinHash(seed=self.recipe.seed, hashvalues=row, scheme="affine32")
            for row in signatures(texts, self.recipe)
        ]

    def _texts(self) -> list[str]:
        return [text_of(each) for each in self.paragraphs]

    def _columns(self) -> dict[str, list[object]]:
        names = [kind.name.lower() for kind in Kind]
        columns: dict[str, list[object]] = {
            "position": list(range(len(self.kept))),
            "kept": self.kept.tolist(),
            "match": self.match.tolist(),
            "similarity": np.round(self.similarity.astype(np.float64), 6).tolist(),
            "kind": [names[kind] for kind in self.kind.tolist()],
        }
        if len(self.paragraphs) and isinstance(self.paragraphs[0], Paragraph):
            for name in ("source", "record", "first", "last"):
                columns[name] = list(map(attrgetter(name), self.paragraphs))
        return columns


class Answer(NamedTuple):
    """Some of the columns of ``Found``: kept, match, similarity and kind of some paragraphs."""

    kept: NDArray[np.bool_]
    match: NDArray[np.int64]
    similarity: NDArray[np.floating]
    kind: NDArray[np.int64]


def over_copies(
    position: NDArray[np.int64],
    head: NDArray[np.int64],
    kept: NDArray[np.bool_],
    partner: NDArray[np.int64],
    similarity: NDArray[np.floating],
) -> Answer:
    """Give every paragraph the decision on the paragraph that stands for its words, its head.

    Of several paragraphs with the same words, only the head is compared. All arrays are (n,).
    position, head: the paragraph and its head; kept, partner, similarity: the decision on the head,
    the partner by position. A paragraph whose head is kept repeats the head, even if the head is a
    variant of another paragraph.
    """
    exact = kept & (head != position)
    kinds = np.where(partner == head, Kind.UNIQUE, np.where(kept, Kind.VARIANT, Kind.NEAR))
    return Answer(
        kept & ~exact, np.where(exact, head, partner),
        np.where(exact, similarity.dtype.type(1.0), similarity),
        np.where(exact, Kind.EXACT, kinds),
    )  # fmt: skip


def documents(paragraphs: Sequence[str] | Sequence[Paragraph]) -> NDArray[np.int64]:
    """Number the documents from 0: int64 (n,), the document of every paragraph.

    A document is a stretch of paragraphs with the same source and record. If the input is texts,
    all of them are one document.
    """
    number = np.zeros(len(paragraphs), dtype=np.int64)
    if len(paragraphs) and isinstance(paragraphs[0], Paragraph):
        names = list(map(attrgetter("source", "record"), paragraphs))
        changes = np.fromiter(map(ne, names[1:], names[:-1]), dtype=bool, count=len(names) - 1)
        np.cumsum(changes, out=number[1:])
    return number


def _table_package(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtra(name, "tables") from error
