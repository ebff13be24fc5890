"""Short plain documents that are shortened together, in a few calls of the kernel.

Knows: what is left of each document, and the lines of its removals. Does not know: which paragraphs
go (``selection``), texts that are cut section by section, markup, how a file is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.dump.removal import Chosen, Columns, Going, reasons_of, written
from dedup.dump.selection import Selection
from dedup.encoded import Encoded
from dedup.paragraph import Document
from dedup.segment.plain import CutParagraphs, CutTexts


class Rest(NamedTuple):
    """What is left of a document, and its removals.

    gone, size: how many paragraphs go, and the bytes of their texts. first, others: their lines in
    the record, the first without what ``removal.completed`` adds.
    """

    text: str
    gone: int
    size: int
    first: bytes
    others: bytes


class Batch:
    """Short plain documents, one after another in a file. ``decide`` comes before the others."""

    def __init__(self, cut: CutTexts) -> None:
        self._cut = cut
        self._whole: dict[int, list[Going]] = {}
        self._rests: dict[int, Rest] = {}

    def decide(self, selection: Selection, document: int) -> None:
        """Ask which paragraphs of all these documents go, and take them out.

        document: the number of the first of them in its file. Raises what the selection raises.
        """
        starts = self._cut.cutting.starts
        chosen = selection.together(int(starts[-1])) or self._one_by_one(selection)
        if len(chosen.rows):
            place = np.searchsorted(starts, chosen.rows, side="right") - 1
            self._take_out(chosen, place, document)

    def _one_by_one(self, selection: Selection) -> Chosen:
        """Ask for each document by itself, and note those that go whole."""
        going: list[Going] = []
        rows: list[int] = []
        starts = self._cut.cutting.starts.tolist()
        for number, paragraphs in enumerate(self._cut.paragraphs()):
            found = selection.going(paragraphs)
            if found and found[0].whole:
                self._whole[number] = found
                continue
            going += found
            rows += [starts[number] + each.paragraph for each in found]
        return Chosen(np.array(rows, dtype=np.int64), reasons_of(going))

    def _take_out(self, chosen: Chosen, place: NDArray[np.int64], document: int) -> None:
        """Take paragraphs out, and write their lines. place: the document of each."""
        texts, cutting, rows = self._cut.texts, self._cut.cutting, chosen.rows
        rests = kernel.removed(texts, cutting, rows)
        spans = cutting.spans.take(rows, axis=1)
        lines = written(
            Columns(
                texts.bytes, spans, rests.before, rests.after, cutting.places.take(rows, axis=1),
                place + document, rows - cutting.starts[place], place,
            ),
            chosen.reasons,
            self._cut.documents,
        )  # fmt: skip
        self._divide(place, rests.rests, lines, spans[1] - spans[0])

    def _divide(
        self,
        place: NDArray[np.int64],
        rests: Encoded,
        lines: Encoded,
        sizes: NDArray[np.int64],
    ) -> None:
        """Divide what is left, and the lines, among the documents."""
        begins = np.flatnonzero(np.diff(place, prepend=-1))
        ends = np.append(begins[1:], len(place))
        numbers = place[begins]
        columns = (
            numbers, ends - begins, np.add.reduceat(sizes, begins),
            rests.starts[numbers], rests.starts[numbers + 1],
            lines.starts[begins], lines.starts[begins + 1], lines.starts[ends],
        )  # fmt: skip
        rest, line = rests.bytes.tobytes(), lines.bytes.tobytes()
        for number, gone, size, start, stop, first, others, end in zip(
            *(each.tolist() for each in columns), strict=True
        ):
            text = rest[start:stop].decode("utf-8", "surrogatepass")
            self._rests[number] = Rest(text, gone, size, line[first:others], line[others:end])

    @property
    def documents(self) -> Sequence[Document]:
        """The documents, in order."""
        return self._cut.documents

    def rest(self, number: int) -> Rest | None:
        """Return what is left of a document; None if nothing of it goes, or all of it."""
        return self._rests.get(number)

    def whole(self, number: int) -> list[Going]:
        """Return what goes of a document that goes whole; nothing for any other."""
        return self._whole.get(number, [])

    def paragraphs(self, number: int) -> CutParagraphs:
        """Return the paragraphs of a document."""
        return self._cut.paragraphs_of(number)
