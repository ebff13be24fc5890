"""HTML is cut where a browser would break a line, and only where there is prose."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.segment.block import Block
from dedup.segment.html import blocks, page_text
from tests.support.census import Census
from tests.support.segment_laws import (
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

CASES = {
    "every paragraph is its own": (
        "<p>One here.</p><p>Two there.</p>",
        ["One here.", "Two there."],
    ),
    "paragraphs need no end tag": ("<p>One here.<p>Two there.", ["One here.", "Two there."]),
    "text needs no paragraph": ("<div>Loose <b>text</b> here.</div>", ["Loose text here."]),
    "text needs no element at all": ("Just text.", ["Just text."]),
    "items of nested lists are apart": (
        "<ul><li>One<ul><li>Two</ul><li>Three</ul>",
        ["One", "Two", "Three"],
    ),
    "terms and definitions are apart": ("<dl><dt>Term<dd>Meaning</dl>", ["Term", "Meaning"]),
    "quotes, captions and details are prose": (
        "<blockquote>Said so.</blockquote><figure><img alt='no'><figcaption>Shown.</figcaption>"
        "</figure><details><summary>More</summary>Inside.</details>",
        ["Said so.", "Shown.", "More", "Inside."],
    ),
    "the mark of a footnote is no word": (
        "<p>One<sup class='footnote-reference'><a href='#1'>1</a></sup> two<sup>2</sup>.</p>",
        ["One two2."],
    ),
    "headings are left out": ("<h1>Head</h1><p>Text.</p>", ["Text."]),
    "references are decoded": (
        "<p>Tom &amp; J&#233;r&#x00F4;me &lt;here&gt;&nbsp;now</p>",
        ["Tom & Jérôme <here> now"],
    ),
    "inline tags part no word": ("<p>un<i>frigg</i>ing<!-- x -->ly</p>", ["unfriggingly"]),
    "one break is a space": ("<p>One<br>two</p>", ["One two"]),
    "two breaks part paragraphs": ("<p>One<br/> <br>two</p>", ["One", "two"]),
    "a header, a footer, an aside and navigation are left out": (
        "<header>A</header><nav><ul><li>B</ul></nav><p>Text.</p><aside>C</aside><footer>D</footer>",
        ["Text."],
    ),
    "scripts, styles and templates are left out": (
        "<script>if (a<b) '<p>'</script><style>p{}</style><template><p>x</template><p>Text.</p>",
        ["Text."],
    ),
    "code and tables of figures are left out": (
        "<pre>x = 1</pre><table><tr><th>Year<th>Boats<tr><td>1900<td>two</table><p>Text.</p>",
        ["Text."],
    ),
    "a table with a caption is one of figures": (
        "<table><caption>Boats</caption><tr><td>A<br><br>B</table><p>Text.</p>",
        ["Text."],
    ),
    "a table with a head is one of figures": (
        "<table><thead><tr><td>Year</thead><tr><td><p>a<p>b</table><p>Text.</p>",
        ["Text."],
    ),
    "tables that lay a page out are read": (
        "<TABLE WIDTH=100%><TR><TD><FONT SIZE=2>Menu<BR>Links</FONT></TD><TD><FONT>One."
        "<BR><BR>Two.</FONT></TD></TR></TABLE>",
        ["Menu Links", "One.", "Two."],
    ),
    "tables in tables are layout, the inner one may hold figures": (
        "<table><tr><th>Club<td>Left<td><table><tr><th>Year<td>1900</table>Right</table>",
        ["Club", "Left", "Right"],
    ),
    "a heading cell above prose makes no figures": (
        "<table><tr><th>News<tr><td>One.<p>Two.</table>",
        ["News", "One.", "Two."],
    ),
    "cells need no end tag, nor does the table": ("<table><tr><td>A<td>B<tr><td>C", list("ABC")),
    "a closing tag in a cell closes nothing outside": (
        "<nav><table><tr><td>a</nav></td></tr></table>b</nav>Text.",
        ["Text."],
    ),
    "what is hidden is left out": (
        "<div hidden>A</div><p style='color:red; display: none'>B</p><p class='hidden x'>C</p>"
        "<span HIDDEN=''>D<div>E</div></span><ul><li hidden>F<li>G</ul>",
        ["C", "G"],
    ),
    "two breaks around a space that doesn't break": ("<p>A<br>&nbsp;<br>B</p>", ["A", "B"]),
    "code in a sentence is part of it": (
        "<p>Call <code>run()</code> now.</p>",
        ["Call run() now."],
    ),
    "a picture drawn in a sentence is not": (
        "<p>Press <svg><text>no</text></svg><button>no</button> now.</p>",
        ["Press now."],
    ),
    "a form's labels are left out, its paragraphs not": (
        "<form><label>Name</label><input><p>We keep no addresses.</p></form>",
        ["We keep no addresses."],
    ),
    "an unclosed element ends with the one around it": (
        "<div><nav>menu</div><p>Text.</p>",
        ["Text."],
    ),
    "a stray end tag does no harm": ("</div></nav><p>Text.</b></p>", ["Text."]),
    "a head without an end tag hides nothing": (
        "<html><head><title>T</title><meta charset=utf-8><body>Text.",
        ["Text."],
    ),
    "attributes may hold anything": ("<p title=\"a>b\" data-x='<p>'>Text.</p>", ["Text."]),
    "a comment may hold anything": ("<p>One <!-- <p> -- > --> two.</p>", ["One two."]),
    "a comment that never ends ends the document": ("<p>One.</p><!-- <p>Two.</p>", ["One."]),
    "a number too large is no reason to fail": (f"<p>a &#{'9' * 5000};</p>", ["a \ufffd"]),
    "a less-than sign is text": ("<p>a < b and 1<2</p>", ["a < b and 1<2"]),
    "front matter is left out": ("---\ntitle: T\n---\n<p>Text.</p>", ["Text."]),
    "an instruction may stand directly before a tag": ("<?xml?><p>One.", ["One."]),
    "so may a declaration": ("<!DOCTYPE html><p>One.</p>", ["One."]),
    "and one directly before text": ("<!doctype html>One <b>two</b>.", ["One two."]),
    "and what looks like an end tag": ("</ ><p>One.", ["One."]),
    "a break after the first word of all": ("One<br>two", ["One two"]),
    "a break after the first letter of all": ("O<br/>two <i>three</i>", ["O two three"]),
    "two breaks after the first word of all": ("One<br><br>two", ["One", "two"]),
    "a break before the first word of all": ("<br>One<br>two", ["One two"]),
    "template tags are left out": ("<p>{% if a %}Text.{% endif %}</p>", ["Text."]),
    "symbols alone are no prose": ("<p>***</p><p>&mdash;</p>", []),
}


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES.keys())
def test_prose(source: str, expected: list[str]) -> None:
    assert proses(blocks, source) == expected
    check_laws(blocks, source)


#: What is something else where it does not begin the document.
HEADS = ("front matter is left out",)


@every_source(CASES, HEADS)
def test_what_stands_above_changes_nothing(source: str) -> None:
    check_further_down(blocks, source, "<p>Above.</p>")


@every_source(CASES)
def test_a_document_may_break_off_anywhere(source: str) -> None:
    check_any_end(blocks, source)


def test_headings_on_request() -> None:
    found = blocks("<h2>Head</h2><p>Text.</p>", headings=True)
    assert [each.prose for each in found] == ["Head", "Text."]


SPANS = {
    "a whole paragraph takes its tags along": (
        "x<p class=a> Text. </p>",
        1,
        "<p class=a> Text. </p>",
    ),
    "an unclosed one does not": ("<p> Text. <p>", 0, "Text."),
    "inline tags at the ends stay whole": (
        "<div><b>One</b> <i>two</i> </div>",
        0,
        "<b>One</b> <i>two</i>",
    ),
    "half a tag pair is left alone": ("<div><b>One<div>x</div></b></div>", 0, "One"),
    "the part before a nested list goes without tags": ("<li>One<ul><li>a</ul></li>", 0, "One"),
    "a byte order mark is outside": ("\ufeffText.", 0, "Text."),
}


@pytest.mark.parametrize(("source", "which", "expected"), SPANS.values(), ids=SPANS.keys())
def test_span(source: str, which: int, expected: str) -> None:
    block = blocks(source)[which]
    assert source[block.start : block.end] == expected


def test_lines() -> None:
    source = "<body>\n<p>One\ntwo</p>\n\n<ul>\n  <li>three</li>\n</ul>"
    assert placed(blocks, source) == [(2, 3, "One two"), (6, 6, "three")]


MARKS = (
    "<p> </p> <div> </div> <li> <ul> </ul> <b> </b> <br> <pre> </pre> <script> "
    "</script> <nav> </nav> <table> <td> </table> <form> <!-- --> <! <? </ < > & "
    "'&amp; &#1; <body> <h1> </h1> <svg> <a=' <a=\" <p/> ' \" = <img> --- {% <?xml?> <!x>"
)


PAGES = {
    "every block is one": (
        "<title>no</title><h1>A</h1><div>B<p>C</div><ul><li>D<li>E<ul><li>F</ul></ul><dl><dt>G<dd>H"
        "</dl><blockquote>I</blockquote><figure><figcaption>J</figcaption></figure>"
        "<address>K</address><details><summary>L</summary>M</details><fieldset><legend>N</legend>"
        "O</fieldset>P<hr>Q",
        list("ABCDEFGHIJKLMNOPQ"),
    ),
    "navigation, headers, footers and asides are read": (
        "<header>A</header><nav><a>B</a></nav><aside>C</aside><footer><div>D</div><div>E</div>",
        list("ABCDE"),
    ),
    "each cell is one, of figures too": (
        "<table><caption>A</caption><thead><tr><th>B<th>C</thead><tr><td>D<td>E<table><td>F</table>G"
        "</table>H",
        list("ABCDEFGH"),
    ),
    "one break is a line end, two part": ("<p>A<br>b<br/>c<br> <br>D</p>", ["A\nb\nc", "D"]),
    "white space is collapsed": ("<p> A\n  <b>b</b>\t&nbsp; c&#8195;</p>", ["A b c"]),
    "preformatted text stays": (
        "A<pre>\n\n  b\r\n    <b>c</b> &lt;d&gt;\n\n e  \n</pre>F",
        ["A", "  b\n    c <d>\n\n e", "F"],
    ),
    "inline elements part no word": ("<p>un<i>frigg</i><wbr>ing<!-- x -->ly</p>", ["unfriggingly"]),
    "scripts, styles, templates and what replaces a script are not": (
        "<head><style>a{}</style><script>if (a<b) '<p>'</script></head><body><noscript><p>x"
        "</noscript><template><p>y</template><svg><title>z</title></svg><select><option>o</select>A",
        ["A"],
    ),
    "what is hidden is not": (
        "<p hidden>x<p>A<div style=display:none>y<div>z</div></div><b hidden>u<p>v</p></b>B",
        ["A", "B"],
    ),
    "forms, marks of footnotes and template tags are": (
        "<form><label>A</label><p>b<sup class=reference><a href=#1>[1]</a></sup> {% c %}</form>",
        ["A", "b[1] {% c %}"],
    ),
    "symbols alone are": ("<p>***</p><p>&mdash;</p>A", ["***", "—", "A"]),
    "a tag or comment without an end ends the page": ("<p>A</p><p>B<a href=", ["A", "B"]),
    "a page of nothing": ("<body> <p>&nbsp;</p><br><br></body>", []),
}


@pytest.mark.parametrize(("source", "expected"), PAGES.values(), ids=PAGES.keys())
def test_the_text_of_a_page(source: str, expected: list[str]) -> None:
    assert page_text(source) == "\n\n".join(expected)


#: How trees of blocks are written, for a plain reference: element, what may stand in it.
LEAVES = st.sampled_from(["One ends.", "two", "Drei &amp; four", "<b>fi</b>ve", "<!-- no -->six"])
OPEN = ["div", "section", "article", "blockquote", "main", "center", "fieldset", "footer", "nav"]
CLOSED = ["p", "h2", "address", "pre", "summary"]
TREES = st.recursive(
    LEAVES | st.tuples(st.sampled_from(CLOSED), LEAVES.map(lambda leaf: [leaf])),
    lambda inner: st.tuples(
        st.sampled_from([*OPEN, "ul", "table", "hidden", "script"]), st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)


def written(tree: Any) -> str:
    """Write a tree as HTML, without the end tags that may be left out."""
    if isinstance(tree, str):
        return tree
    name, inside = tree
    parts = [written(each) for each in inside]
    if name == "ul":
        return "<ul>" + "".join(f"<li>{part}" for part in parts) + "</ul>"
    if name == "table":
        return "<table>" + "".join(f"<tr><td>{part}<td>" for part in parts) + "</table>"
    if name == "script":
        return "<script>'<p>'</script>"
    tag = "div hidden" if name == "hidden" else name
    return f"<{tag}>{''.join(parts)}</{tag.split()[0]}>"


def shown(tree: Any) -> list[str]:
    """Give the paragraphs of a tree: plain, slow and obviously right; "" where blocks part."""
    if isinstance(tree, str):
        return [re.sub("<[^>]*>", "", tree).replace("&amp;", "&")]
    name, inside = tree
    if name == "script":
        return []
    border = [""] if name in ("ul", "table") else []
    parts = [piece for each in inside for piece in [*border, *shown(each), *border]]
    return ["", *([] if name == "hidden" else parts), ""]


@given(st.lists(TREES, max_size=5))
def test_the_text_of_a_page_is_that_of_its_tree(trees: list[Any]) -> None:
    pieces = [piece for tree in trees for piece in shown(tree)]
    runs = [list(run) for _, run in groupby(pieces, lambda each: not each)]
    expected = ["".join(run) for run in runs if run[0]]
    assert page_text("".join(map(written, trees))) == "\n\n".join(expected)


MESSY = [
    "<p>A<div>B</p>C</div>D",
    "<b><p>A</b>B</p>C",
    "<a><div>A</a>B</div>C",
    "<table>A<tr><td>B</div><p>C<table><tr><td>D</table>E</td></tr></table>F",
    "<ul><li>A<div>B<li>C</ul>D",
    "<dl><dt>A<dd>B<p>C<dt>D</dl>E",
    "<div hidden><table><tr><td>A</div>B</table>C</div>D",
    "<span hidden><div>A</div>B</span></div>C",
    "<h1>A<h2>B</h1>C",
    "<form><table><tr><td>A</form><td>B<td>C</table>D",
    "</p></div></td>A<br><br>B</br>C",
    "<nav><ul><li hidden>A<ul><li>B</ul>C<li>D</nav>E",
    "<select><option>A<option>B</select>C<button>D<p>E</button>F",
]


@pytest.mark.parametrize("source", MESSY)
def test_a_page_is_read_as_browsers_do(source: str) -> None:
    parse = pytest.importorskip("resiliparse.parse.html").HTMLTree.parse
    # Text that stands in a table outside its cells goes above it in a browser.
    found, expected = page_text(source), page_text(parse(source).body.html)
    assert sorted(found.split("\n\n")) == sorted(expected.split("\n\n"))


def test_any_text_keeps_the_laws() -> None:
    met = Census(MARKS.split())

    @given(soup(MARKS))
    @settings(max_examples=300)
    def law(text: str) -> None:
        met.read(text)
        check_laws(blocks, text)
        check_line_ends(blocks, text)

    law()
    met.require(3)


NESTS = ["<div>", "<b>", "<p>", "<li>a", "<nav>", "<p><b>", "<svg>", "<b>x<br><br>", "</p>"]
OPENS = [
    "<",
    "</",
    "<!",
    "<!--",
    "<?",
    "<a",
    '<a "',
    "<a ='",
    "<script>",
    "&#1",
    "&",
    "<b>x",
    "a<br>",
]


TABLES = [
    "<table>",
    "<td>",
    "<table><tr><td></div>",
    "<td></tr>",
    "<table><th>a",
    "<template><tr>",
    "<i hidden>",
    "<li></ul>",
    "<a hidden=' ",
    "<a style='display:",
    "<pre><br>",
]


@pytest.mark.parametrize("piece", TABLES + NESTS + OPENS)
def test_time_of_a_page_is_linear(piece: str) -> None:
    assert grows_linearly(lambda text: [Block(0, 0, page_text(text))], piece)


@pytest.mark.parametrize("piece", TABLES + NESTS + OPENS)
def test_time_is_linear(piece: str) -> None:
    assert grows_linearly(blocks, piece)


def test_a_hundred_thousand_levels() -> None:
    depth = 100_000
    assert proses(blocks, "<div>" * depth + "Deep." + "</div>" * depth) == ["Deep."]
