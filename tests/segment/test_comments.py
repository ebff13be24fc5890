"""Comments: where authors wrote to each other, and where it only looks like that."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from dedup.segment import comments
from tests.support.census import Census
from tests.support.segment_laws import MARKED, linear, soup

# A text in a markup, and the comments in it.
CASES: dict[str, tuple[str, str, list[str]]] = {
    "a line of its own": ("markdown", "<!-- a -->\n\nText.", ["a"]),
    "in a paragraph": ("markdown", "Text <!-- a --> and <!--b-->\nmore.", ["a", "b"]),
    "over several lines": (
        "markdown",
        "<!--\na\n\nb\n-->\nText <!-- c\nd -->.",
        ["a\n\nb", "c\nd"],
    ),
    "in an item and a quote": ("markdown", "- <!-- a -->\n\n> x <!-- b -->\n", ["a", "b"]),
    "in a heading": ("markdown", "# A <!-- a -->\n\nB <!-- b -->\n===\n", ["a", "b"]),
    "in a table": ("markdown", "| <!-- a --> |\n|---|\n| <!-- b --> |\n", ["a", "b"]),
    "in a footnote and an admonition": (
        "markdown",
        "[^1]: x <!-- a -->\n\n!!! note\n    <!-- b -->\n    x\n",
        ["a", "b"],
    ),
    "beside a shortcode": ("markdown", "{{< x >}} <!-- a -->\n", ["a"]),
    "in HTML in Markdown": (
        "markdown",
        "<div>\n<!-- a --> x\n</div>\n\n<p><!-- b -->\n",
        ["a", "b"],
    ),
    "with a fence in it": ("markdown", "<!--\n```\n-->\n<!-- b -->", ["```", "b"]),
    "not in fenced code": ("markdown", "```\n<!-- a -->\n```\n~~~html\n<!-- b -->", []),
    "not in fenced code of an item": ("markdown", "- a\n  ```\n  <!-- a -->\n  ```\n", []),
    "not in indented code": ("markdown", "Text.\n\n    <!-- a -->\n\n\t<!-- b -->\n", []),
    "not in code of a sentence": ("markdown", "A `<!-- a -->` and ``x ` <!-- b -->`` c.", []),
    "after a backtick that opens nothing": ("markdown", "A ` b <!-- a --> ``c.", ["a"]),
    "after a tick behind a backslash": ("markdown", "\\`` <!-- a -->", ["a"]),
    "after two ticks behind a backslash": ("markdown", "A \\``` b <!-- a -->\n", ["a"]),
    "after a tick behind a backslash, and code": (
        "markdown",
        "\\`` x <!-- a --> `<!-- b -->` <!-- c -->",
        ["b", "c"],
    ),
    "after a tick behind a backslash in MDX": ("mdx", "\\`` {/* a */} \\```", ["a"]),
    "after a tick behind a backslash in an item": ("markdown", "- \\`` <!-- a -->", ["a"]),
    "not behind a backslash": ("markdown", "A \\<!-- a -->", []),
    "not in front matter": ("markdown", "---\na: <!-- a -->\n---\n<!-- b -->", ["b"]),
    "not in scripts": ("markdown", "<script>\n// <!-- a -->\n</script>\n", []),
    "not in HTML's code": ("markdown", "<pre>\n<!-- a -->\n</pre>\n", []),
    "not in mathematics": ("markdown", "$$\n<!-- a -->\n$$\n", []),
    "not without an end": ("markdown", "x <!-- a\n\ny --> <!-- b", []),
    "not empty": ("markdown", "<!-- --> x <!---->\n\n<!-- -->", []),
    "not in braces": ("markdown", "{/* a */}", []),
    "in braces in MDX": ("mdx", "{/* a */}\n\nx {/* b\nc */} <!-- d -->", ["a", "b\nc", "d"]),
    "over several lines in MDX": ("mdx", "{/*\na\n*/}\n- {/* b */}", ["a", "b"]),
    "not in code in MDX": ("mdx", "`{/* a */}`\n\n```\n{/* b */}\n```\n", []),
    "HTML": ("html", "<!-- a --><p>b<!--c\nd--></p><nav><!-- e --></nav>", ["a", "c\nd", "e"]),
    "not in code in HTML": ("html", "<pre><!-- a --></pre><code>b<!-- c --></code>", []),
    "not in a script, a style or a field": (
        "html",
        "<script><!-- a --></script><style><!-- b --></style><textarea><!-- c --></textarea>",
        [],
    ),
    "not in an attribute": ("html", "<p title='<!-- a -->'>b</p>", []),
    "not HTML's front matter": ("html", "---\na: <!-- a -->\n---\n<!-- b -->", ["b"]),
    "reStructuredText": ("rst", ".. a b\n\nText.\n\n..\n   c\n\n   d\n\nText.", ["a b", "c\n\nd"]),
    "nested in reStructuredText": ("rst", "- x\n\n  .. a\n\n     b\n\n* y", ["a\n\nb"]),
    "a directive is none": ("rst", ".. note:: a\n\n.. |x| replace:: b\n\n.. code::\n\n   .. c", []),
    "a target or a note is none": ("rst", ".. _a:\n\n.. [1] b\n\n.. __: c\n\n__ d\n\n..\n", []),
    "not in a literal block": ("rst", "Text::\n\n   .. a\n\n.. b", ["b"]),
    "under a note in reStructuredText": ("rst", ".. note::\n\n   x\n\n   .. a\n", ["a"]),
    "AsciiDoc": (
        "asciidoc",
        "// a\n\nText.\n//b\nMore.\n\n////\nc\n\nd\n////\n",
        ["a", "b", "c\n\nd"],
    ),
    "below AsciiDoc's title": ("asciidoc", "= A\n// a\nAuthor\n:b: c\n\nText.", ["a"]),
    "not in AsciiDoc's listings": (
        "asciidoc",
        "----\n// a\n----\n[source]\n// b\nx\n\n  // c\n",
        ["b"],
    ),
    "three slashes are none": ("asciidoc", "/// a\n\nText.", []),
    "an AsciiDoc block without an end is none": ("asciidoc", "////\na\n", []),
    "plain text has none": ("auto", "<!-- a -->\n.. b\n// c", []),
}


@pytest.mark.parametrize(("markup", "text", "expected"), CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_comments(markup: str, text: str, expected: list[str], end: str) -> None:
    found = comments("\ufeff" + text.replace("\n", end), markup)
    assert [each.text.replace("\r\n", "\n").replace("\r", "\n") for each in found] == expected


def test_places() -> None:
    text = "A <!-- b -->\n\n- {/* c */}\n"
    assert [text[each.start : each.end] for each in comments(text, "mdx")] == [
        "<!-- b -->",
        "{/* c */}",
    ]
    text = "A\n\n.. b\n   c\n\n   d\n\nE"
    assert [text[each.start : each.end] for each in comments(text, "rst")] == [".. b\n   c\n\n   d"]
    text = "////\nb\n////\n\n// c \n"
    assert [text[each.start : each.end] for each in comments(text, "asciidoc")] == [
        "////\nb\n////",
        "// c",
    ]


def test_an_unknown_markup_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="markup is 'md'; it must be one of 'auto', 'lines'"):
        comments("A", "md")


MARKS = "<!-- --> {/* */} ``` ` ~~~ // //// .. .. a > - | |---| # <p> <pre> </pre> <script> {{< >}}"

COMMENTS = (
    "\n<!-- One. -->\n",
    "\n\n.. One\n\n",
    "\n// One\n",
    "\n////\nOne\n////\n",
    "\n{/* One */}\n",
)


@pytest.mark.parametrize("markup", MARKED)
def test_comments_stand_apart_and_in_order(markup: str) -> None:
    met = Census([*MARKS.split(), "a comment"])

    @given(soup(MARKS, *COMMENTS) | soup("> - a", *COMMENTS))
    @settings(max_examples=200)
    def law(text: str) -> None:
        behind = 0
        found = comments(text, markup)
        met.meet([*(mark for mark in MARKS.split() if mark in text), *["a comment"][: len(found)]])
        for each in found:
            assert behind <= each.start < each.end <= len(text)
            assert each.text == each.text.strip() != ""
            assert each.text.split() == inside(text[each.start : each.end]).split()
            behind = each.end

    law()
    met.require(1)


def inside(source: str) -> str:
    """Take the marks off a comment."""
    if source.startswith(("<!--", "{/*")):
        return source[4 if source[0] == "<" else 3 : -3]
    return " ".join(source.split()[1:-1]) if source.startswith("///") else source[2:]


PIECES = [
    "<!-- ",
    "<!-- a -->",
    "<!-- a -->\n",
    "x <!-- a\n",
    "{/* ",
    "`a ``b ",
    "` <!--",
    "> " * 50 + "\n",
    "- <!-- a -->\n",
    ".. a\n",
    ".. a\n\n   b\n",
    "// a\n",
    "////\n",
    "<pre><!-- a -->",
]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("markup", MARKED)
def test_cost_is_linear(piece: str, markup: str) -> None:
    assert linear(lambda text: comments(text, markup), "<!-- x -->\n", piece)
