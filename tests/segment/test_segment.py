"""Plain text to paragraphs: places that slice back, line ends, and the rule of "auto"."""

from __future__ import annotations

import re
import textwrap
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup.paragraph import Document, Paragraph
from dedup.segment import Section, cut_together, cutter, paragraphs
from tests.support import plain_text
from tests.support.articles import PARAGRAPHS, TITLE, pasted_article
from tests.support.places import DEV

PROSE = " ".join(PARAGRAPHS)
LINE_END = re.compile(r"\r\n|\r|\n")
TEXTS = st.text(
    st.sampled_from("ab \t\n\n\r\f\v\ufeff\u2028\u2029\x85é漢."), max_size=60
) | st.lists(st.sampled_from(["One.", " two", "\n", "\r\n", "\r", "\n\n", "  \n"])).map("".join)


def places(text: str, markup: str = "auto") -> list[tuple[int, int, str]]:
    return [(each.first, each.last, each.text) for each in paragraphs(text, markup)]


# What a few texts become, as (first line, last line, text).
CASES: list[tuple[str, str, str, list[tuple[int, int, str]]]] = [
    ("an empty text has none", "auto", "", []),
    ("white space has none", "auto", " \n\t\r\n\u3000", []),
    ("a byte-order mark alone has none", "auto", "\ufeff", []),
    ("one line without an end", "auto", "One", [(1, 1, "One")]),
    ("without blank lines, each line", "auto", "One\nTwo\n", [(1, 1, "One"), (2, 2, "Two")]),
    ("blank lines around don't count", "auto", "\n\nA\nB\n\n", [(3, 3, "A"), (4, 4, "B")]),
    ("blank lines part blocks", "auto", "A\nB\n\nC\n", [(1, 2, "A\nB"), (4, 4, "C")]),
    ("a line of spaces is blank", "auto", "A\n \t\nB\nC", [(1, 1, "A"), (3, 4, "B\nC")]),
    ("lines can be forced", "lines", "A\nB\n\nC", [(1, 1, "A"), (2, 2, "B"), (4, 4, "C")]),
    ("blank lines can be forced", "blank", "A\nB", [(1, 2, "A\nB")]),
    ("CRLF is one line end", "blank", "A\r\nB\r\n\r\nC", [(1, 2, "A\r\nB"), (4, 4, "C")]),
    ("CR alone is a line end", "auto", "A\r\rB\rC", [(1, 1, "A"), (3, 4, "B\rC")]),
    ("line ends may be mixed", "lines", "A\r\nB\rC\n\rD", [
        (1, 1, "A"), (2, 2, "B"), (3, 3, "C"), (5, 5, "D")]),
    ("LF CR is two line ends", "auto", "A\n\rB\rC", [(1, 1, "A"), (3, 4, "B\rC")]),
    ("a form feed and a vertical tab part paragraphs and end no line", "lines", "A\fB\vC\n\f\nD", [
        (1, 1, "A"), (1, 1, "B"), (1, 1, "C"), (3, 3, "D")]),
    ("U+0085 and U+2029 do too, U+2028 is white space", "auto", "A\u2028B\x85C\u2029D", [
        (1, 1, "A\u2028B"), (1, 1, "C"), (1, 1, "D")]),
    ("they part blocks as a blank line does", "blank", "A\nB\u2029C\nD", [
        (1, 2, "A\nB"), (2, 3, "C\nD")]),
    ("a page break above a line parts it", "blank", "A\n\fB\nC\f", [(1, 1, "A"), (2, 3, "B\nC")]),
    ("white space around is left out", "blank", " \n  A \n\tB  \n", [(2, 3, "A \n\tB")]),
    ("a byte-order mark is left out", "auto", "\ufeffA\nB", [(1, 1, "A"), (2, 2, "B")]),
    ("a byte-order mark inside stays", "auto", "A\n\ufeffB", [(1, 1, "A"), (2, 2, "\ufeffB")]),
    ("a stanza is a paragraph", "auto", "Tyger\nburning\n\nIn the\nforests\n", [
        (1, 2, "Tyger\nburning"), (4, 5, "In the\nforests")]),
    ("a list without blank lines, each line", "auto", "- one\n- two\n- three", [
        (1, 1, "- one"), (2, 2, "- two"), (3, 3, "- three")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("markup", "text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_cuts(markup: str, text: str, expected: list[tuple[int, int, str]]) -> None:
    assert places(text, markup) == expected


def wrap(width: int) -> str:
    return "\n\n".join(textwrap.fill(" ".join(PARAGRAPHS[k : k + 3]), width) for k in (0, 3, 6))


# Which of the two ways "auto" goes.
JUDGED = {
    "one paragraph a line": ("lines", pasted_article()),
    "a blank line below the title": ("lines", TITLE + "\n\n" + "\n".join(PARAGRAPHS)),
    "a blank line in the middle": ("lines", pasted_article() + "\n" + "\n".join(PARAGRAPHS)),
    "two long lines in a block": ("lines", "Title\n\n" + "\n".join(PARAGRAPHS[1:3])),
    "CRLF, and a blank line below the title": (
        "lines",
        TITLE + "\r\n\r\n" + "\r\n".join(PARAGRAPHS),
    ),
    "wrapped at 72 columns": ("blank", wrap(72)),
    "wrapped at 100 columns": ("blank", wrap(100)),
    "wrapped at 132 columns": ("blank", wrap(132)),
    "wrapped at 160 columns": ("blank", wrap(160)),
    "one paragraph a line, all parted by blank lines": ("blank", "\n\n".join(PARAGRAPHS)),
    "wrapped, with an unwrapped address": ("blank", wrap(72) + "\nhttps://" + 200 * "x"),
    "Chinese, one paragraph a line below a title": (
        "lines",
        "题目\n\n" + "\n".join((60 + 9 * k) * "渡" + "。" for k in range(8)),
    ),
    "Chinese wrapped at 40 characters": (
        "blank",
        "\n\n".join(textwrap.fill((150 + 9 * k) * "渡" + "。", 40) for k in range(8)),
    ),
}


SENTENCES = [
    "The ferry was late again this morning.",
    "Nobody minded, for the sun was out and the kiosk had fresh rolls.",
    "A choir from the next valley sang on the quay.",
    "The harbour master counted forty bicycles.",
    "Two of them had no owner.",
    "Children threw bread to the gulls until the bell was rung.",
    "Then everybody went on board.",
    "The crossing takes twelve minutes when the wind is from the west.",
    "In winter it takes longer, because of the ice.",
    "Tickets are sold by a man in a blue coat.",
    "He knows most of the passengers by name.",
    "On the other side there is a bus.",
    "It leaves whether the ferry has come or not.",
    "So people hurry.",
    "The bridge will be painted green in the second week of May.",
    "Until then it stays as it is.",
    "The council has asked for offers and got three of them.",
    "None was cheap.",
    "The mayor wants to think about it.",
    "She has until the summer.",
]
TYGER = """Tyger Tyger, burning bright,
In the forests of the night;
What immortal hand or eye,
Could frame thy fearful symmetry?

In what distant deeps or skies,
Burnt the fire of thine eyes?
On what wings dare he aspire?
What the hand, dare seize the fire?"""
ADDRESS = "Harbour office\n12 Quay Street\nOldtown 1234"
MAIL = """From: Ann
To: Ben

Hello Ben,
the boat leaves at nine, so be there at half past eight with the tickets and
something to eat.

> Could you tell me when the boat leaves, and whether I should bring anything
> for the children?

Yours
Ann"""


def every(count: int, lines: list[str]) -> str:
    """Put a blank line below each so many lines."""
    return "\n\n".join("\n".join(lines[k : k + count]) for k in range(0, len(lines), count))


JUDGED |= {
    "one sentence a line, a blank line between documents": ("lines", every(3, SENTENCES)),
    "two sentences to a document": ("lines", every(2, SENTENCES)),
    "a blank line below the title, then short sentences": (
        "lines",
        "Choir news\n\n" + "\n".join(SENTENCES[:4]),
    ),
    "one blank line in a list of sentences": (
        "lines",
        "\n".join(SENTENCES[:9]) + "\n\n" + "\n".join(SENTENCES[9:14]),
    ),
    "a heading directly above each paragraph": (
        "lines",
        "\n\n".join(f"Part {k}\n{PARAGRAPHS[k]}" for k in range(6)),
    ),
    "Japanese sentences, two to a document": (
        "lines",
        "\n\n".join(n * "渡し" + "。\n" + (n + 9) * "船が" + "。" for n in (8, 11, 20, 9)),
    ),
    "stanzas": ("blank", TYGER),
    "addresses": ("blank", ADDRESS + "\n\n" + ADDRESS.replace("12", "14")),
    "a mail": ("blank", MAIL),
    "wrapped without small letters at the beginning of lines": ("blank", wrap(72).upper()),
    "two wrapped lines to a paragraph": (
        "blank",
        "\n\n".join(textwrap.fill(each[:110], 72) for each in PARAGRAPHS),
    ),
}


@pytest.mark.parametrize(("markup", "text"), JUDGED.values(), ids=JUDGED.keys())
def test_auto_judges(markup: str, text: str) -> None:
    assert paragraphs(text) == paragraphs(text, markup)


def test_auto_judges_each_stretch_by_itself() -> None:
    wrapped = textwrap.fill(" ".join(PARAGRAPHS[:4]), 72)
    lines = "\n".join(PARAGRAPHS[:12])
    text = f"{TYGER}\n\n{lines}\n\n{wrapped}\n\n{TYGER}\n"
    found = [each.text for each in paragraphs(text)]
    stanzas = TYGER.split("\n\n")
    assert found == [*stanzas, *PARAGRAPHS[:12], wrapped, *stanzas]


@pytest.mark.parametrize(
    ("count", "whole"),
    [(plain_text.LONGEST, True), (plain_text.LONGEST + 1, False)],
    ids=["at", "above"],
)
def test_a_block_of_more_lines_than_the_bound_is_no_paragraph(count: int, whole: bool) -> None:
    text = "and on it goes\n" * count + "\nEnd."
    assert len(paragraphs(text)) == (2 if whole else count + 1)


def test_no_more_than_the_bound_is_looked_at_behind_a_block() -> None:
    wrapped = textwrap.fill(" ".join(PARAGRAPHS[:4]), 72)
    for between, whole in ((plain_text.LONGEST - 1, True), (plain_text.LONGEST, False)):
        text = "It ended here.\nSo did this." + "\n\nx" * between + "\n\n" + wrapped
        assert (paragraphs(text)[0].last == 2) == whole


def columns(line: str) -> int:
    return sum(2 if char >= "\u2e80" else 1 for char in line)


def line_ends(rows: list[str]) -> list[str]:
    """Name each line end between the first seven lines of a block, as the module's head does."""
    rows = rows[:7]
    widths = sorted(map(columns, rows))
    width = widths[-2] if len(rows) > 2 else widths[-1]
    found = []
    for line, after in pairwise(rows):
        if line.rstrip("\"')*")[-1:] in set(".!?。"):
            found.append("sentence's")
        elif columns(line) + 1 + columns(after.split()[0]) > width or (
            after[0].islower() and max(len(line), len(after)) <= 120
        ):
            found.append("wrapped")
        else:
            found.append("wide" if max(columns(line), columns(after)) >= 80 else "open")
    return found


def judged(blocks: list[list[str]], longest: int) -> list[str]:
    """Cut a text, given as its blocks of lines, by the rule in the module's head, word by word."""
    cut: list[str] = []
    for k, rows in enumerate(blocks):
        votes = line_ends(rows)
        for other in reversed(blocks[:k]):
            votes += line_ends(other) if len(votes) < 6 else []
        for j in range(k + 1, len(blocks)):
            if len(votes) < 6 and sum(map(len, blocks[k + 1 : j])) < longest:
                votes += line_ends(blocks[j])
        wrapped, others = votes.count("wrapped"), votes.count("sentence's") + votes.count("wide")
        lines = len(blocks) == 1 or len(rows) > longest
        lines = lines or (2 * wrapped < len(votes) and 2 * others >= len(votes))
        cut += rows if lines else ["\n".join(rows)]
    return cut


JUDGED_ROWS = st.sampled_from(
    [
        *("It ended here.", 'So did "this."', "(And this!)", "*Here?*", "到这里。", "Two goes"),
        *("on here", "Verse", "Old Town", "中文没有空格的一行", "x" * 120, "y" * 121, "Z" * 80),
        *("Z" * 79, "Yy" + "y" * 70, "A house with seven windows and", "Q" * 30 + " and so"),
        *("中" * 40, "中" * 39, "An", "Abc", "12 Quay Street"),
        *("An old house " + "z" * 67, "An old house " + "z" * 66, "An old house " + "z" * 107),
    ]
)


@given(
    st.lists(st.lists(JUDGED_ROWS, min_size=1, max_size=9), min_size=1, max_size=8),
    st.sampled_from([2, 4, 8, 1000]),
)
@example(  # half of the line ends are a sentence's or wide, one of them by a line of 80 columns
    [[*["An old house " + "z" * 106 + "."] * 2, "Z" * 80, "An", "Abc", "An", "Abc"], ["An"]], 1000
)
@settings(max_examples=600)
def test_auto_is_the_rule_word_by_word(blocks: list[list[str]], longest: int) -> None:
    text = "\n\n".join(map("\n".join, blocks))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_text, "LONGEST", longest)
        found = plain_text.segment(Document(text))
    assert [each.text for each in found] == judged(blocks, longest)


CUT = {"auto": plain_text.segment, "lines": plain_text.segment_lines,
       "blank": plain_text.segment_blocks}  # fmt: skip


def check_rule(text: str, character: int = 0, line: int = 0) -> None:
    """Cut a text, or a section that begins somewhere, and several at a time, as the oracle does."""
    whole = Section(text, "a", "b", character, line) if character else Document(text, "a", "b")
    for markup, oracle in CUT.items():
        expected = oracle(whole)
        cut = cutter(markup)
        assert list(cut(whole)) == expected
        assert list(cut(Document("One\n\ntwo"))) == oracle(Document("One\n\ntwo"))
        others = [Document("One\n\ntwo"), Document(text), Document(""), Document(text, "a", "b")]
        together = [*cut_together(others, markup)]
        wanted = [oracle(each) for each in others]
        assert [*map(list, together)] == wanted
        assert [list(each.texts or ()) for each in together] == [
            [paragraph.text for paragraph in each] for each in wanted
        ]


@given(st.lists(st.lists(JUDGED_ROWS, min_size=1, max_size=9), min_size=1, max_size=8))
@settings(max_examples=300)
def test_the_kernel_judges_blocks_as_the_rule_says(blocks: list[list[str]]) -> None:
    check_rule("\n\n".join(map("\n".join, blocks)))


@given(TEXTS | st.text(max_size=40), st.sampled_from([0, 70_000]))
@example("\ud800\n\udfffa\n\nb", 0)
@example("\u2029\u0085\r\n\r\n\x1c\u3000a\u00a0\u200b", 0)
@example("\ufeffa", 70_000)
def test_the_kernel_cuts_any_text_as_the_rule_says(text: str, character: int) -> None:
    check_rule(text, character, character // 10)


@pytest.mark.parametrize("begin", range(0, 0x30000, 0x4000))
def test_the_kernel_knows_white_space_small_letters_and_wide_ones(begin: int) -> None:
    for first in range(begin, begin + 0x4000, 0x400):
        chars = [*map(chr, range(first, first + 0x400))]
        text = "\n\n".join(f"{c}\nWord a{c}\n{c}x\nWord {c}{c}{c} a" for c in chars)
        for markup, oracle in CUT.items():
            assert list(cutter(markup)(Document(text))) == oracle(Document(text))


@pytest.mark.skipif(not DEV.is_dir(), reason="needs ../shared/data/dev")
def test_the_kernel_cuts_real_texts_as_the_rule_says() -> None:
    for path in sorted(DEV.rglob("*.md")) + sorted(DEV.rglob("*.txt")):
        check_rule(path.read_bytes().decode("utf-8", "replace"))


ROWS = st.sampled_from(
    [
        "One ends.",
        "Two goes",
        "on here",
        "Verse",
        "x" * 90,
        "",
        "",
        "  ",
        "\f",
        "A\u2029B",
        "\ufeff",
    ]
)
MANY = st.lists(st.tuples(ROWS, st.sampled_from(["\n", "\n", "\r\n", "\r"])), max_size=40).map(
    lambda rows: "".join(map("".join, rows))
)


def test_article_has_38_lines() -> None:
    found = paragraphs(pasted_article(), source="ferry.txt")
    assert [each.first for each in found] == list(range(1, 39))
    assert [each.text for each in found[20:]] == [each.text for each in found[2:20]]
    assert {each.source for each in found} == {"ferry.txt"}


@given(TEXTS | MANY, st.sampled_from(["auto", "blank", "lines"]))
def test_spans_slice_back_and_follow_each_other(text: str, markup: str) -> None:
    found = paragraphs(text, markup)
    after = 0
    for each in found:
        assert text[each.start : each.end] == each.text == each.text.strip() != ""
        assert after <= each.start
        assert not text[after : each.start].strip().strip("\ufeff")
        after = each.end
    assert not text[after:].strip().strip("\ufeff")


@given(TEXTS)
def test_line_numbers_are_those_of_an_editor(text: str) -> None:
    lines = LINE_END.split(text.removeprefix("\ufeff"))
    for each in paragraphs(text, "blank"):
        inside = LINE_END.split(each.text)
        assert each.last - each.first + 1 == len(inside)
        for number, line in enumerate(inside, each.first):
            assert line.strip() in lines[number - 1]


@given(TEXTS, st.sampled_from(["\n", "\r\n", "\r"]))
def test_the_kind_of_line_end_changes_no_line(text: str, end: str) -> None:
    text = LINE_END.sub("\n", text)
    changed = paragraphs(text.replace("\n", end))
    assert [(each.first, each.last) for each in changed] == [
        (each.first, each.last) for each in paragraphs(text)
    ]


def test_source_and_record_are_in_every_place() -> None:
    (only,) = paragraphs("A", "lines", source="a.txt", record="r1")
    assert only == Paragraph("A", "a.txt", "r1", 1, 1, 0, 1)


def test_an_unknown_markup_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"markup is 'md'; it must be one of 'auto', 'lines'"):
        paragraphs("A", "md")


def test_what_is_no_text_is_named() -> None:
    with pytest.raises(TypeError, match="text is a bytes, not a str"):
        paragraphs(b"A")  # type: ignore[arg-type]


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n"])
def test_ten_million_empty_lines(end: str) -> None:
    text = end * 10_000_000 + "A"
    assert places(text) == [(10_000_001, 10_000_001, "A")]


def test_one_line_of_100_million_characters() -> None:
    text = "word " * 20_000_000
    (only,) = paragraphs(text)
    assert (only.start, only.end, only.last) == (0, len(text) - 1, 1)


def test_lone_surrogates_and_nul_stay_as_they_are() -> None:
    assert [each.text for each in paragraphs("a\x00\ud800\nb")] == ["a\x00\ud800", "b"]
