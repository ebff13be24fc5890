"""The laws that every segmenter keeps, and helpers to look at what it has found."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random
from time import process_time

import pytest
from hypothesis import strategies as st

from dedup.segment import markups
from dedup.segment.block import Block

Cut = Callable[[str], list[Block]]

#: The names of all markups but plain text.
MARKED = tuple(each.name for each in markups.MARKUPS.values() if each.load)


def placed(cut: Cut, text: str) -> list[tuple[int, int, str]]:
    """Cut a text into (first line, last line, prose), lines counted from 1."""
    starts = [0, *(found.end() for found in re.finditer(r"\r\n?|\n", text))]
    return [
        (bisect_right(starts, each.start), bisect_right(starts, each.end - 1), each.prose)
        for each in cut(text)
    ]


def proses(cut: Cut, text: str) -> list[str]:
    return [each.prose for each in cut(text)]


def check_laws(cut: Cut, text: str) -> None:
    """Spans are ordered, apart, inside the text and without white space at their ends."""
    behind = 0
    for block in cut(text):
        assert behind <= block.start < block.end <= len(text)
        source = text[block.start : block.end]
        assert source == source.strip()
        assert not source.startswith("\ufeff") or block.start > 0
        assert block.prose == " ".join(block.prose.split())
        assert re.search(r"[^\W_]", block.prose)
        behind = block.end


def check_line_ends(cut: Cut, text: str) -> None:
    """Other line ends change neither words nor lines."""
    text = re.sub(r"\r\n?", "\n", text)
    expected = placed(cut, text)
    for end in ("\r\n", "\r"):
        assert placed(cut, text.replace("\n", end)) == expected
    mixed = "".join(part + ("\r\n", "\n")[k % 2] for k, part in enumerate(text.split("\n")))
    assert placed(cut, mixed) == placed(cut, mixed.replace("\r\n", "\n"))


def check_any_end(cut: Cut, text: str) -> None:
    """A text that breaks off anywhere is cut without an error."""
    for end in range(len(text)):
        check_laws(cut, text[:end])


def check_further_down(cut: Cut, text: str, above: str = "Above.") -> None:
    """What stands above a blank line changes nothing below it but the numbers of lines."""
    below = [(first + 3, last + 3, words) for first, last, words in placed(cut, text)]
    assert placed(cut, f"{above}\n\n\n{text}") == [(1, 1, "Above."), *below]


def soup(pieces: str, *longer: str) -> st.SearchStrategy[str]:
    """Make texts of pieces of markup, words and any characters, in any order.

    pieces: parted by spaces; longer: pieces with spaces or line ends in them.
    """
    common = [
        "\n",
        "\n\n",
        " ",
        "    ",
        "\t",
        "word",
        "Two words.",
        "\r\n",
        "\r",
        "é",
        "中文",
        "\x00",
    ]
    every = [*common, *pieces.split(), *longer]
    piece = st.one_of(st.sampled_from(every), st.text(max_size=3))
    return st.one_of(st.lists(piece, max_size=40), shuffled(every)).map("".join)


def shuffled(pieces: Sequence[str], most: int = 30) -> st.SearchStrategy[list[str]]:
    """Draw lists of pieces in which each piece is as likely as any other.

    Hypothesis prefers what it drew before, and so may leave a piece out of hundreds of examples.
    """

    def drawn(seed: int) -> list[str]:
        random = Random(seed)
        return random.choices(pieces, k=random.randint(1, most))

    return st.integers(0, 2**48).map(drawn)


def seconds(read: Callable[[str], object], text: str) -> float:
    """Measure the processor's time, the best of two runs."""
    best = float("inf")
    for _ in range(2):
        begin = process_time()
        read(text)
        best = min(best, process_time() - begin)
    return best


def grows_linearly(cut: Cut, piece: str, size: int = 20_000) -> bool:
    """Say whether eight times the text takes about eight times as long, not sixty-four."""
    return linear(cut, "", piece, size)


def linear(read: Callable[[str], object], head: str, piece: str, size: int = 20_000) -> bool:
    """Say the same of a piece repeated below a head."""
    long = seconds(read, head + piece * (8 * size // len(piece)))
    return long < 0.1 or long < 24 * seconds(read, head + piece * (size // len(piece)))


def every_source(
    cases: Mapping[str, tuple[str, object]], without: Collection[str] = ()
) -> pytest.MarkDecorator:
    """Run a test on the source of every case but for those that are named."""
    some = {name: source for name, (source, _) in cases.items() if name not in without}
    return pytest.mark.parametrize("source", some.values(), ids=some)
