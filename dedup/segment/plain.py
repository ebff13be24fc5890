r"""Cuts plain text into paragraphs, as a whole or in sections.

Knows: the rule, how many texts are cut in one call, how paragraphs are made when they are asked
for. Does not know: how the rule is carried out (``kernel``), any markup, files, encodings.

Lines end with ``\n``, ``\r\n`` or ``\r``, also mixed in one text. Only these are counted, as
editors do. A form feed, a vertical tab, U+0085 and U+2029 separate paragraphs as a blank line does,
but end no line. U+2028 is white space inside a line. A byte-order mark at the beginning is not a
part of the first paragraph, and white space around a paragraph is not a part of it.

The rule of "auto". A block is the text between two blank lines.

1. If a text is one block, every line is a paragraph: articles, lists, logs. The same holds for a
   block of more than 1,000 lines.
2. A block of one line is a paragraph. In a block of several lines either each line is a paragraph,
   or the whole block is one. The line ends of its first seven lines decide which. A line end is

   - a *sentence's*, if the line ends with the mark of a sentence, perhaps with quotes and brackets
     behind it;
   - else *wrapped*, if the first word of the next line would not have fitted into the width, which
     is the width of the block's second longest line, or of the longer of two; also if the next line
     begins with a small letter and neither line is longer than 120 columns;
   - else *wide*, if one of the two lines has 80 columns or more, which lines of verse don't have;
   - else *open*, as in verse, addresses and lists of names.

   If less than half of the line ends are wrapped, and half or more are a sentence's or wide, the
   lines are paragraphs. A block of fewer than six line ends is judged together with other blocks of
   several lines: with the nearest before it, one after the other, until there are six line ends;
   and if these are too few, with blocks behind it that begin within the next 1,000 lines.

So the text before a block and at most 1,000 lines behind it decide how the block is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.encoded import Column, Encoded, encode
from dedup.kernel import ParagraphRule
from dedup.paragraph import Document, Paragraph
from dedup.segment.sections import Section


class CutParagraphs(Sequence[Paragraph]):
    """The paragraphs of one plain text, each made when it is asked for.

    Args:
        document: the text, or a section of a text. Places are those in the whole text.
        places: the place of each paragraph, as in ``kernel.Cutting``.
        texts: the paragraphs as UTF-8; None for a text that was cut by itself.

    """

    __slots__ = ("_at", "_columns", "_made", "document", "places", "texts")

    def __init__(
        self, document: Document, places: NDArray[np.int64], texts: Column | None = None
    ) -> None:
        self.document, self.places, self.texts = document, places, texts
        self._at = document.start if isinstance(document, Section) else 0
        self._columns: list[list[int]] = []
        self._made: dict[int, Paragraph] = {}

    def __len__(self) -> int:
        return int(self.places.shape[1])

    @overload
    def __getitem__(self, place: int) -> Paragraph: ...
    @overload
    def __getitem__(self, place: slice) -> list[Paragraph]: ...
    def __getitem__(self, place: int | slice) -> Paragraph | list[Paragraph]:
        if isinstance(place, slice):
            return [self[k] for k in range(*place.indices(len(self)))]
        if place < 0:
            place += len(self)
        made = self._made.get(place)
        if made is None:
            if not self._columns:
                self._columns = self.places.tolist()
            made = self._paragraph(*(each[place] for each in self._columns))
            self._made[place] = made
        return made

    def __iter__(self) -> Iterator[Paragraph]:
        return map(self._paragraph, *self.places.tolist())

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where each paragraph begins and ends in the document."""
        return [*zip(*self.places[:2].tolist(), strict=True)]

    def _paragraph(self, start: int, stop: int, first: int, last: int) -> Paragraph:
        document, at = self.document, self._at
        text = document.text[start - at : stop - at]
        return Paragraph(text, document.source, document.record, first, last, start, stop)


class TextCutter:
    """Cuts one text after the other by one rule. Only one thread may use it."""

    def __init__(self, rule: ParagraphRule) -> None:
        self._cutter = kernel.Cutter(rule)

    def cut(self, document: Document) -> CutParagraphs:
        """Cut a text, or a section of one. Cost: 10 us, 1 ns a byte and 0.1 us a line."""
        raw = document.text.encode("utf-8", "surrogatepass")
        if isinstance(document, Section):
            return CutParagraphs(document, self._cutter.places(raw, document.start, document.line))
        return CutParagraphs(document, self._cutter.places(raw))


class CutTexts(NamedTuple):
    """Plain texts that were cut in one call. texts: these as UTF-8."""

    documents: Sequence[Document]
    texts: Encoded
    cutting: kernel.Cutting

    def paragraphs(self) -> Iterator[CutParagraphs]:
        """Yield the paragraphs of each text."""
        raw, ends = self.cutting.texts
        for document, (begin, end) in zip(
            self.documents, pairwise(self.cutting.starts.tolist()), strict=True
        ):
            texts = Column(Encoded(raw, ends[begin : end + 1]))
            yield CutParagraphs(document, self.cutting.places[:, begin:end], texts)

    def paragraphs_of(self, number: int) -> CutParagraphs:
        """Give the paragraphs of one text."""
        begin, end = self.cutting.starts[number : number + 2].tolist()
        return CutParagraphs(self.documents[number], self.cutting.places[:, begin:end])


def cut_texts(documents: Sequence[Document], rule: ParagraphRule) -> CutTexts:
    """Cut many texts in one call. Cost: 1 ns a byte and 0.1 us a line."""
    texts = encode([each.text for each in documents])
    return CutTexts(documents, texts, kernel.paragraphs(texts, rule))
