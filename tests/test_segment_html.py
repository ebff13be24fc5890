"""HTML is cut where a browser would break a line, and only where there is prose."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from dedup.segment.html import blocks
from tests.census import Census
from tests.segment_laws import check_laws, check_line_ends, grows_linearly, placed, proses, soup

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
    "code and tables are left out": (
        "<pre>x = 1</pre><table><tr><td><p>cell</p></table><p>Text.</p>",
        ["Text."],
    ),
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


@pytest.mark.parametrize("piece", NESTS + OPENS)
def test_time_is_linear(piece: str) -> None:
    assert grows_linearly(blocks, piece)


def test_a_hundred_thousand_levels() -> None:
    depth = 100_000
    assert proses(blocks, "<div>" * depth + "Deep." + "</div>" * depth) == ["Deep."]
