"""Markups by name: places that slice back, lines, suffixes, and imports that wait."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import segment
from dedup.paragraph import Document, Paragraph
from dedup.segment import blocks, comments, markup_of, markups, paragraphs, segmenter
from tests.support.segment_laws import MARKED, soup

LINE_END = re.compile(r"\r\n|\r|\n")
TEXTS = soup(
    "# - * > 1. ``` ~~~ | --- === :: .. ..note:: // //// ---- **** [a]: <p> </p> <div> <li> <!--"
    " --> {{< >}} {/* */} `a` *b* +"
)

# A small document, and (first line, last line, prose) of what is read in it.
CASES: dict[str, tuple[str, list[tuple[int, int, str]]]] = {
    "markdown": ("---\na: b\n---\n# A\n\n*One*\n> two\n\n    x\n", [(6, 6, "One"), (7, 7, "two")]),
    "mdx": ("import A from 'a'\n\n<A>\n    **One** {/* x */}\n</A>\n", [(4, 4, "One")]),
    "rst": ("A\n=\n\n- *One*\n\n.. note:: two\n   three\n", [(4, 4, "One"), (6, 7, "two three")]),
    "asciidoc": ("= A\n\n* *One*\n+\ntwo\n\n----\nx\n----\n", [(3, 3, "One"), (5, 5, "two")]),
    "html": ("<h1>A</h1>\n<p>\n<b>One</b>\n</p><li>two", [(2, 4, "One"), (4, 4, "two")]),
}


@pytest.mark.parametrize("markup", CASES)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_places_and_prose(markup: str, end: str, mark: str) -> None:
    text, expected = CASES[markup]
    text = mark + text.replace("\n", end)
    found = paragraphs(text, markup)
    assert [(each.first, each.last, each.prose) for each in found] == expected
    assert [text[each.start : each.end] for each in found] == [each.text for each in found]


@pytest.mark.parametrize("markup", ["markdown", "rst", "asciidoc", "html"])
def test_headings_are_read_where_asked_for(markup: str) -> None:
    proses = [each.prose for each in paragraphs(CASES[markup][0], markup, headings=True)]
    assert proses[0] == "A"
    document = Document(CASES[markup][0], "a", "b")
    found = segmenter(markup, headings=True)(document)
    assert [each.prose for each in found] == proses
    assert {(each.source, each.record) for each in found} == {("a", "b")}


def test_plain_text_knows_no_headings() -> None:
    assert paragraphs("# A\n\nB", headings=True) == paragraphs("# A\n\nB")
    assert [each.prose for each in paragraphs("# A\n\nB")] == ["# A", "B"]


@given(TEXTS, st.sampled_from(MARKED), st.booleans())
def test_spans_slice_back_and_lines_are_those_of_an_editor(
    text: str, markup: str, headings: bool
) -> None:
    after = 0
    for each in paragraphs(text, markup, "s", headings=headings):
        assert text[each.start : each.end] == each.text == each.text.strip()
        assert after <= each.start
        assert each.first == 1 + len(LINE_END.findall(text, 0, each.start))
        assert each.last == each.first + len(LINE_END.findall(each.text))
        assert each.prose
        after = each.end


@given(TEXTS, st.sampled_from(MARKED))
def test_headings_are_added_and_change_nothing_else(text: str, markup: str) -> None:
    with_headings = blocks(text, markup, headings=True)
    assert set(blocks(text, markup)) <= set(with_headings)
    assert [each.start for each in with_headings] == sorted({each.start for each in with_headings})


def test_paragraphs_of_equal_text_and_other_prose_are_not_equal() -> None:
    assert Paragraph("*A*", prose="A") != Paragraph("*A*")


# Lines that name a file, or a part of one, which is put in there.
INCLUDES = {
    "markdown": (
        *('--8<-- "a.md"', ';--8<-- "a.md:x"', "--8<--\na.md\nb.md\n--8<--", "{! a.md !}"),
        *("{!> a.py [ln:1-3,5] !}", "{* a.py ln[1:3] hl[2] *}", "{{#include a.md:1:9}}"),
        *("{% include a.html %}", '{%\n   include-markdown "a.md"\n   start="x"\n%}'),
        *('{{< readfile file="a.md" code="true" >}}', '{{% include "a.md" %}}', "{{> a }}"),
        *("{{ include('a.md') }}", "{{ read_file('a.md') }}", "<!--@include: ./a.md-->"),
        *("<<< @/a.js", "@import 'a.md'", "@[code](a.js)", "```{include} a.md\n```"),
        *(":::{include} a.md\n:::", "::include{file=a.md}", "[!INCLUDE [words here](a.md)]"),
        *("> [!INCLUDE[words here](a.md)]", "[!code-csharp[Main](a.cs?name=b)]", "![[a#b]]"),
        *("!include a.md", "!!!include(a.md)!!!", '<include src="a.md" />', "<<[Words here](a.py)"),
        *("[TOC]", "[[_TOC_]]", "- --8<-- 'a.md'"),
    ),
    "mdx": ("import A from './_a.mdx'\n\n<A />", "<A b={1}>\n</A>", "export * from './a'"),
    "rst": (
        *(".. include:: a.rst", ".. literalinclude:: a.py\n   :lines: 1-3", ".. mdinclude:: a.md"),
        *(".. include:: a.rst\n   :start-after: Words of it.\n", ".. raw:: html\n   :file: a.html"),
        *(".. automodule:: a\n   :members:", ".. csv-table:: Words of it.\n   :file: a.csv"),
    ),
    "asciidoc": (
        *("include::a.adoc[]", "include::partial$a.adoc[tag=b,leveloffset=+1]", "toc::[]"),
        *("include::{dir}/a b.adoc[lines=1..9]", "image::a.png[Words of it]"),
    ),
    "html": ('<!--#include virtual="a.html" -->', '<?php include "a.php"; ?>', '{% include "a" %}'),
}


@pytest.mark.parametrize(
    ("markup", "line"), [(name, line) for name, lines in INCLUDES.items() for line in lines]
)
def test_an_include_is_no_prose_and_is_not_followed(markup: str, line: str) -> None:
    words = ["One two three.", "Four five six."]
    before, after = (f"<p>{each}</p>" if markup == "html" else each for each in words)
    text = f"{before}\n\n{line}\n\n{after}\n"
    assert [each.prose for each in paragraphs(text, markup)] == words


SUFFIXES = {
    "README.md": "markdown",
    "a/b.c/d.markdown": "markdown",
    "A.MDX": "mdx",
    "docs\\index.rst": "rst",
    "x.adoc": "asciidoc",
    "index.en.html": "html",
    "a.htm": "html",
    "notes.txt": "auto",
    "main.py": None,
    "Makefile": None,
    "a.md/b": None,
    ".md": None,
    "": None,
}


@pytest.mark.parametrize(("path", "markup"), SUFFIXES.items(), ids=SUFFIXES.keys())
def test_suffixes_name_the_markup(path: str, markup: str | None) -> None:
    assert markup_of(path) == markup
    assert markup is None or markup in markups.names()


def test_a_markup_is_imported_when_it_is_first_needed() -> None:
    code = (
        "import sys, dedup\n"
        "dedup.paragraphs('A'), dedup.segment.markup_of('a.md')\n"
        "names = ('markdown', 'rst', 'asciidoc', 'html', 'inline')\n"
        "assert not [n for n in names if f'dedup.segment.{n}' in sys.modules]\n"
        "dedup.paragraphs('A', 'rst')\n"
        "assert [n for n in names if f'dedup.segment.{n}' in sys.modules] == ['rst', 'inline']\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_table_of_the_readme_is_that_of_the_markups() -> None:
    page = (Path(segment.__file__).parent / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (`.*?`) \| (.*?) \|$", page, re.MULTILINE))
    for each in markups.MARKUPS.values():
        row = next(suffixes for names, suffixes in rows.items() if f"`{each.name}`" in names)
        assert [f"`.{suffix}`" for suffix in each.suffixes if f"`.{suffix}`" not in row] == []


def test_no_two_markups_have_a_name_or_a_suffix_in_common() -> None:
    assert len(set(markups.names())) == len(markups.MARKUPS)
    suffixes = [suffix for each in markups.MARKUPS.values() for suffix in each.suffixes]
    assert len(set(suffixes)) == len(suffixes)


def test_comments_are_found_as_they_are_written() -> None:
    for each in markups.MARKUPS.values():
        if each.comment:
            words = [found.text for found in comments(each.comment.format("a b"), each.name)]
            assert words == ["a b"]
