"""Documents that are shortened together lose the same as one by one, and have the same lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.cuts import apply, plan
from dedup.dump.batch import Batch
from dedup.dump.removal import Going, completed, removals
from dedup.dump.selection import Selection
from dedup.paragraph import Document, Paragraph
from dedup.segment import cut_texts, segmenter
from tests.support.places import DEV

PLACE: dict[str, str | int | None] = {"source": "k\u00e9", "record": None, "first": 1, "last": 2}

#: Pieces of plain text: line ends and other ends of paragraphs, white space, what JSON escapes.
PIECES = (
    "\n", "\n", "\n", "\n\n", "\r\n", "\r", " ", "\t", "\f", "\v", "\x85", "\u2028", "\u2029",
    "\u3000", "\x1c", "\x00", "\x7f", "One two.", "three", "\u00e9", "\U0001f600", "\ud800",
    "\ufeff", ">", "> four", '"', "\\",
)  # fmt: skip

TEXTS = st.lists(
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join), min_size=1, max_size=4
)


class Every(Selection):
    """Takes the paragraphs whose bit is set, one bit after the other; documents by number whole."""

    def __init__(self, chosen: int, whole: frozenset[int] = frozenset()) -> None:
        self._chosen, self._whole, self._number = chosen, whole, -1

    def going(self, paragraphs: list[Paragraph], continued: bool = False) -> list[Going]:  # type: ignore[override]
        self._number += 1
        bits, self._chosen = self._chosen, self._chosen >> len(paragraphs)
        if self._number in self._whole:
            return [Going(k, 0.5, "document", None, True) for k in range(len(paragraphs))]
        return [
            Going(k, (k + 1) / 3, "edited" if k % 2 else "boilerplate", PLACE if k % 2 else None)
            for k in range(len(paragraphs))
            if bits >> k & 1
        ]

    def finish(self) -> None:
        """Do nothing."""


def compare(texts: list[str], markup: str, chosen: int) -> None:
    """Hold a batch to what is done with its documents one by one."""
    documents = [Document(text, "s\u00fc", f"r{k}" if k % 2 else None)
                 for k, text in enumerate(texts)]  # fmt: skip
    batch = Batch(cut_texts(documents, markup))
    batch.decide(Every(chosen), 7)
    each_one = Every(chosen)
    for number, document in enumerate(documents):
        paragraphs = segmenter(markup)(document)
        assert [*batch.paragraphs(number)] == paragraphs
        going = each_one.going(paragraphs)
        rest = batch.rest(number)
        assert batch.whole(number) == []
        assert (rest is None) == (not going)
        if rest is None:
            continue
        kept = [True] * len(paragraphs)
        for one in going:
            kept[one.paragraph] = False
        cuts, _ = plan(document.text, paragraphs, kept, markup)
        found = removals(document.text, paragraphs, going, cuts, 7 + number)
        assert rest.text == apply(document.text, cuts)
        assert rest.gone == len(found)
        assert rest.size == sum(len(one.text.encode("utf-8", "surrogatepass")) for one in found)
        assert rest.first + rest.others == b"".join(one.line() for one in found)
        assert rest.first == found[0].line()


@pytest.mark.parametrize("markup", ["lines", "blank", "auto"])
def test_a_batch_is_its_documents_one_by_one(markup: str) -> None:
    @given(TEXTS, st.integers(0, 2**40))
    @settings(max_examples=400, deadline=None)
    def law(texts: list[str], chosen: int) -> None:
        compare(texts, markup, chosen)

    law()


@pytest.mark.skipif(not DEV.exists(), reason="the labelled sets are not here")
@pytest.mark.parametrize("markup", ["lines", "auto"])
def test_real_texts_lose_the_same_together(markup: str) -> None:
    texts = [each.read_text(encoding="utf-8") for each in sorted(DEV.rglob("*.md"))[:200]]
    assert texts
    draw = np.random.default_rng(3)
    compare(texts, markup, int.from_bytes(draw.bytes(20_000), "little"))


def test_a_document_that_goes_whole_is_left_to_the_caller() -> None:
    documents = [Document(text, "s") for text in ("a\nb\n", "c\nd\n", "e\nf\n")]
    batch = Batch(cut_texts(documents, "lines"))
    batch.decide(Every(0b100001, frozenset({1})), 0)
    first, last = batch.rest(0), batch.rest(2)
    assert first is not None
    assert last is not None
    assert (first.text, batch.rest(1), last.text) == ("b\n", None, "e\n")
    assert [each.paragraph for each in batch.whole(1)] == [0, 1]


def test_what_undoes_a_change_is_added_to_a_line() -> None:
    line = b'{"text": "a"}\n'
    assert completed(line) is line
    added = b', "at": 3, "size": 5, "dropped": true, "raw": "\\udcff"}\n'
    assert completed(line, 3, 5, b"\xff", True) == line[:-2] + added
