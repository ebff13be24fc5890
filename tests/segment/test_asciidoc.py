"""AsciiDoc: what is prose, at which lines, and with which words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from dedup.core.tokens import words
from dedup.segment import html
from dedup.segment.asciidoc.blocks import blocks
from dedup.segment.asciidoc.inline import words_of
from dedup.segment.markdown.blocks import blocks as markdown_blocks
from dedup.segment.rst.blocks import blocks as rst_blocks
from tests.support.census import Census
from tests.support.segment_laws import (
    Cut,
    check_any_end,
    check_further_down,
    check_laws,
    check_line_ends,
    every_source,
    grows_linearly,
    placed,
    proses,
    soup,
)

# What is prose: AsciiDoc, and (first line, last line, words) of each block.
CASES: dict[str, tuple[str, list[tuple[int, int, str]]]] = {
    "blank lines part paragraphs": ("One\ntwo.\n\nThree.", [(1, 2, "One two."), (4, 4, "Three.")]),
    "titles of both forms are left out": ("== One\n\nTwo\n---\n\nThree.", [(6, 6, "Three.")]),
    "the document's header is left out": (
        "= Title\nA. Author <a@b.c>\nv1.0\n:toc:\n\nOne.",
        [(6, 6, "One.")],
    ),
    "attributes are left out": (":a: b\n:c: d \\\n  e\n:!f:\nOne.", [(5, 5, "One.")]),
    "attribute lists, anchors and block titles are left out": (
        "[[a]]\n.Title\n[.lead]\nOne.",
        [(4, 4, "One.")],
    ),
    "comments are left out, in a paragraph too": (
        "// no\nOne\n// no\ntwo.\n\n////\nno\n\nno\n////\nThree.",
        [(2, 4, "One two."), (11, 11, "Three.")],
    ),
    "verbatim blocks are left out": (
        "[source,py]\n----\na\n\nb\n----\n....\nc\n....\n++++\nd\n++++\nOne.",
        [(13, 13, "One.")],
    ),
    "a verbatim block may hold other marks": ("----\n....\n----\nOne.", [(4, 4, "One.")]),
    "a verbatim block that never ends goes to the end": ("----\na\n\nb", []),
    "fenced code is left out": ("```py\na\n```\nOne.", [(4, 4, "One.")]),
    "code without marks is left out": (
        "[source]\na\nb\n\nOne.\n\n[source,py]\n--\nc\n\nd\n--\nTwo.",
        [(5, 5, "One."), (13, 13, "Two.")],
    ),
    "literal paragraphs are left out": (
        "One.\n\n  a b\n  c\n\nTwo.",
        [(1, 1, "One."), (6, 6, "Two.")],
    ),
    "tables are left out": ("|===\n|a |b\n\n|c |d\n|===\nOne.", [(6, 6, "One.")]),
    "example, sidebar, quote and open blocks are prose": (
        "====\nOne.\n====\n****\nTwo.\n****\n[quote, A]\n____\nThree.\n____\n--\nFour.\n--",
        [(2, 2, "One."), (5, 5, "Two."), (9, 9, "Three."), (12, 12, "Four.")],
    ),
    "admonitions are prose": (
        "[NOTE]\n====\nOne.\n====\n\nTIP: Two\nthree.",
        [(3, 3, "One."), (6, 7, "Two three.")],
    ),
    "every item is a paragraph": (
        "* One\ngoes on\n** two\n- three\n. four\n1. five",
        [(1, 2, "One goes on"), (3, 3, "two"), (4, 4, "three"), (5, 5, "four"), (6, 6, "five")],
    ),
    "an item may have several": (
        "* One\n+\nTwo.\n* [x] three",
        [(1, 1, "One"), (3, 3, "Two."), (4, 4, "three")],
    ),
    "terms and definitions": (
        "a:: One.\nb::\n  Two.\nc::\n\n  Three.\n\nFour: five.",
        [
            (1, 1, "One."),
            (2, 2, "b"),
            (3, 3, "Two."),
            (4, 4, "c"),
            (6, 6, "Three."),
            (8, 8, "Four: five."),
        ],
    ),
    "includes, pictures and conditions are left out": (
        "include::a.adoc[]\nimage::b.png[c]\nifdef::d[]\nOne.\nendif::[]\nTwo.\ntoc::[]",
        [(4, 4, "One."), (6, 6, "Two.")],
    ),
    "rules and page breaks are nothing": (
        "One.\n\n'''\n\n<<<\n\nTwo.",
        [(1, 1, "One."), (7, 7, "Two.")],
    ),
    "an attribute that goes on may end the document": ("One.\n\n:a: b \\", [(1, 1, "One.")]),
    "front matter is left out": ("---\na: b\n---\nOne.", [(4, 4, "One.")]),
    "nothing is nothing": ("", []),
    "branches that stand one below the other are apart": (
        "ifdef::a[]\nOne.\nendif::[]\nifndef::a[]\nTwo\nthree.\nendif::[]\n"
        'ifeval::["{b}" == "c"]\nFour.\nendif::[]\nFive.',
        [(2, 2, "One."), (5, 6, "Two three."), (9, 9, "Four."), (11, 11, "Five.")],
    ),
    "a branch of one line is one": (
        "ifdef::a[One *two*.]\nifndef::a[Three.]\nifdef::a[* four]\n* five\nifdef::b[* six]",
        [(1, 1, "One two."), (2, 2, "Three."), (3, 3, "four"), (4, 4, "five"), (5, 5, "six")],
    ),
    "a branch of one line may say what is no prose": (
        "ifdef::a[:b: c]\nifdef::a[include::d.adoc[]]\nifdef::a[----]\ne\n----\nOne.",
        [(6, 6, "One.")],
    ),
    "branches within a paragraph are part of it": (
        "One\nifdef::a[two]\nifndef::a[]\nthree\nendif::[]\nfour.\n\nFive.",
        [(1, 6, "One two three four."), (8, 8, "Five.")],
    ),
    "an item's branches go on with it": (
        "* One\nifdef::a[]\ntwo\n* three\nendif::[]\n* four",
        [(1, 3, "One two"), (4, 4, "three"), (6, 6, "four")],
    ),
}


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES.keys())
def test_prose(source: str, expected: list[tuple[int, int, str]]) -> None:
    assert placed(blocks, source) == expected
    check_laws(blocks, source)
    check_line_ends(blocks, source)


#: What is something else where it does not begin the document.
HEADS = ("the document's header is left out", "front matter is left out")


@every_source(CASES, HEADS)
def test_what_stands_above_changes_nothing(source: str) -> None:
    check_further_down(blocks, source)


@every_source(CASES)
def test_a_document_may_break_off_anywhere(source: str) -> None:
    check_any_end(blocks, source)


INLINE = {
    "emphasis": ("*a* _b_ `c` **d**e", "a b c de"),
    "links": ("https://a.b[c] link:d[e^] xref:f.adoc#g[h i] <<j,k l>> <<m>>", "c e h i k l m"),
    "a bare address": ("https://a.b/c and d", "https://a.b/c and d"),
    "pictures and anchors": ("a image:b.png[c] anchor:d[] [[e]]f", "a f"),
    "footnotes and keys": ("a footnote:[b c] kbd:[Ctrl]", "a b c Ctrl"),
    "index terms": ("a ((b)) (((c, d)))", "a b"),
    "roles": ("[.big]#a# b", "a b"),
    "references": ("a &amp; b{nbsp}c", "a & b c"),
    "a hard break": ("a +\nb", "a b"),
    "macros with only named attributes show their target": (
        "a javadoc:org.b.C[format=full] link:d.html[window=_blank] e:f#g()[] "
        'xref:h.adoc[role=i,k="l, m"] https://n.o/p[q = r] code-java:s.T#u()[v-w=x]',
        "a org.b.C d.html f#g() h.adoc https://n.o/p s.T#u()",
    ),
    "attributes behind a text are no words": (
        'a link:b[c d, window=_blank] https://e.f[g^,role=h] link:i["j, k",l=m] link:n[o, p] '
        "mailto:q@r.s[t,u v]",
        "a c d g j, k o, p t",
    ),
    "what looks like an attribute in words that are shown": (
        "a footnote:[b = c, d] stem:[e = f] kbd:[g=h] btn:[i=j]",
        "a b = c, d e = f g=h i=j",
    ),
    "code that looks like a macro": ("a `b:<c>[,<d>,...]`", "a b <c> <d>"),
    "menus": ("a menu:File[Save > As]", "a File Save As"),
    "links by attributes": (
        "a {b-c}[d e^] ({f}/g/{h}.html[i,window=_blank]) link:{j}/k[l] {m}[] {n}/o[p=q]",
        "a d e i l {m} {n}/o",
    ),
    "attributes that are no links": ("a {b} {c}d {empty}[e] f{g}[h]", "a b c d e f g h"),
}


@pytest.mark.parametrize(("source", "expected"), INLINE.values(), ids=INLINE.keys())
def test_words(source: str, expected: str) -> None:
    assert words(words_of(source)) == words(expected)


def test_headings_on_request() -> None:
    found = blocks("= One\n\n== Two ==\n\nThree\n-----\n\nFour.", headings=True)
    assert [each.prose for each in found] == ["One", "Two", "Three", "Four."]


MARKS = (
    "= == : :a: :: a:: [a] [source] [[ ]] .a . * ** - + // //// ---- .... ++++ |=== "
    "==== **** ____ -- ``` ''' <<< a::b[] include:: NOTE: ` # _ << >> (( )) {a} & "
    "a:b[c] ] {a}[b ifdef::a[] ifdef::a[b] ifndef::a[] endif::[] <<<<<<< ======= >>>>>>>"
)


def test_any_text_keeps_the_laws() -> None:
    met = Census(MARKS.split())

    @given(soup(MARKS))
    @settings(max_examples=300)
    def law(text: str) -> None:
        met.read(text)
        check_laws(lambda each: blocks(each, headings=True), text)
        check_line_ends(blocks, text)

    law()
    met.require(3)


PIECES = [
    "[a]\n",
    "[source]\n",
    "[source]\na\n\n",
    "----\n",
    "....\n",
    "====\n",
    "|===\n",
    "a::b[",
    "a::[",
    "a:[",
    "a:-",
    "a:b[",
    "* a\n",
    "a::\n",
    "a:: ",
    "+\n",
    "++",
    "+",
    "(((",
    "((",
    "<<",
    "{",
    "&",
    "//a\n",
    ".a\n",
    "= a ",
    ":a: \\\n",
    "a\n-\n",
    "http://a[",
    "footnote:[",
    "`",
    "*",
    " ",
    "\t",
    " a\n",
    ";;",
]


@pytest.mark.parametrize("piece", PIECES)
def test_time_is_linear(piece: str) -> None:
    assert grows_linearly(blocks, piece)


SAME = {
    "markdown": (
        markdown_blocks,
        "> Before you start, make sure that you have **access** to the [settings](http://a.b) of\n"
        "> the machine & a copy of `backup.toml` at hand.",
    ),
    "html": (
        html.blocks,
        "<ul><li>Before you start, make sure that you have <b>access</b> to the <a href=b>settings"
        "</a>\n of the machine &amp; a copy of <code>backup.toml</code> at hand.</li></ul>",
    ),
    "rst": (
        rst_blocks,
        ".. note:: Before you start, make sure that you have **access** to the\n   `settings "
        "<http://a.b>`_ of the machine & a copy of ``backup.toml`` at hand.",
    ),
    "asciidoc": (
        blocks,
        "NOTE: Before you start, make sure that you have *access* to the http://a.b[settings]\n"
        "of the machine & a copy of `backup.toml` at hand.",
    ),
}


@pytest.mark.parametrize(("cut", "source"), SAME.values(), ids=SAME.keys())
def test_every_markup_gives_the_same_words(cut: Cut, source: str) -> None:
    assert proses(cut, source) == [
        "Before you start, make sure that you have access to the settings of the machine & a copy "
        "of backup.toml at hand."
    ]
