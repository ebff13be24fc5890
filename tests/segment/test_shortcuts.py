"""Shortcuts through plain text say what the long way says."""

from __future__ import annotations

from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from dedup.segment import inline as shared
from dedup.segment.markdown import inline
from dedup.segment.markdown.blocks import _MarkdownScanner, blocks, comments

#: Pieces of which lines are made: plain words, marks, white space of every sort.
PIECES = (
    "word", "two words", " ", "  ", "    ", "\t", "\n", "\n\n", "\r\n", "\u00a0", "\u3000", "\x1c",
    "\x85", "> ", "- ", "1. ", "# ", "```", "~~~", "| a | b |", "|---|---|", "===", "---", "***",
    "[a]: b", "[^1]: ", ": ", "!!! note", "<div>", "</div>", "<!-- ", " -->", "{{< a >}}", "$$",
    ":::", "*bold*", "_", "`code`", "[link](to)", "![image](to)", "&amp;", "\\", "import a", "é",
)  # fmt: skip

texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(texts, st.booleans(), st.booleans())
def test_plain_lines_are_read_as_any_line(text: str, headings: bool, mdx: bool) -> None:
    fast = blocks(text, headings, mdx=mdx), comments(text, mdx)
    with mock.patch.object(_MarkdownScanner, "_plain", lambda self, number: number):
        slow = blocks(text, headings, mdx=mdx), comments(text, mdx)
    assert fast == slow


@given(st.text() | texts)
def test_white_space_collapses_as_if_split(text: str) -> None:
    visible = any(char.isalnum() for char in text)
    assert shared.collapse(text) == (" ".join(text.split()) if visible else "")


@given(st.text("ab *_~`[]()<>&{}!\\/.;:#1\n") | texts)
def test_text_without_marks_needs_no_pattern(text: str) -> None:
    with (
        mock.patch.object(inline, "_MARKDOWN_MARKS", [""]),
        mock.patch.object(inline, "without_emphasis", lambda each: shared._EMPHASIS.sub("", each)),
    ):
        slow = inline.words_of(text)
    assert inline.words_of(text) == slow
