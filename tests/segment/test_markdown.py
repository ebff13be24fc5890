"""Markdown and MDX: what is prose, at which lines, and with which words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.core.tokens import words
from dedup.segment.lines import front_matter, split_lines
from dedup.segment.markdown.blocks import blocks
from dedup.segment.markdown.inline import words_of
from tests.support.census import Census
from tests.support.places import DEV
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

HUGO = DEV / "content_hugo_rust"

# What is prose: Markdown, and (first line, last line, words) of each block.
CASES: dict[str, tuple[str, list[tuple[int, int, str]]]] = {
    "blank lines part paragraphs": ("One\ntwo.\n\nThree.", [(1, 2, "One two."), (4, 4, "Three.")]),
    "a blank line of some spaces ends no item": (
        "-   One.\n \n    Two.\n\n 1.   Three.\n  \n      Four.",
        [(1, 1, "One."), (3, 3, "Two."), (5, 5, "Three."), (7, 7, "Four.")],
    ),
    "every item is a paragraph": (
        "- One\n- two\n  goes on\n",
        [(1, 1, "One"), (2, 3, "two goes on")],
    ),
    "an item may have several": (
        "1. One\n\n   two\n2. three",
        [(1, 1, "One"), (3, 3, "two"), (4, 4, "three")],
    ),
    "nested items are apart": (
        "- - One\n  - two\n- three",
        [(1, 1, "One"), (2, 2, "two"), (3, 3, "three")],
    ),
    "a task's box is no word": ("- [x] Done\n- [ ] Open", [(1, 1, "Done"), (2, 2, "Open")]),
    "a number in mid-paragraph begins no list": (
        "It was in\n1986. A year.",
        [(1, 2, "It was in 1986. A year.")],
    ),
    "quote marks are no words": (
        "> One\n> two\nlazy\n\n> > three",
        [(1, 3, "One two lazy"), (5, 5, "three")],
    ),
    "an alert's mark is no prose": ("> [!NOTE]\n> Mind this.", [(2, 2, "Mind this.")]),
    "headings of both forms are left out": ("# One\n\nTwo\n===\n\nThree.", [(6, 6, "Three.")]),
    "fenced code is left out": (
        "A\n```py\nx = 1\n\n# y\n```\nB\n~~~\n```\n~~~",
        [(1, 1, "A"), (7, 7, "B")],
    ),
    "a fence in an item ends with it": (
        "- a\n  ```\n  code\nText.",
        [(1, 1, "a"), (4, 4, "Text.")],
    ),
    "a fence in a quote ends with it": ("> ```\n> code\n\nText.", [(4, 4, "Text.")]),
    "a fence that never ends goes to the end": ("```\ncode\n\nmore", []),
    "indented code is left out": (
        "Text.\n\n    code\n\n\tcode\n\nMore.",
        [(1, 1, "Text."), (7, 7, "More.")],
    ),
    "an indented line goes on with a paragraph": ("Text\n        on.", [(1, 2, "Text on.")]),
    "tables are left out": (
        "Text:\n| a | b |\n|---|:-:|\n| c | d |\n\nMore.",
        [(1, 1, "Text:"), (6, 6, "More.")],
    ),
    "tables need no outer bars": ("a|b\n:--|--\nc|d", []),
    "a bar is no table": ("One | two\nthree.", [(1, 2, "One | two three.")]),
    "definitions of links are left out": (
        "[a]: http://a.b 'title'\n[c d]: <e f>\n  \"title\"\n[g]:\n  h\nText.",
        [(6, 6, "Text.")],
    ),
    "a footnote is prose": (
        "Text.[^1]\n\n[^1]: The note\n    goes on.\n\n    More.",
        [(1, 1, "Text."), (3, 4, "The note goes on."), (6, 6, "More.")],
    ),
    "terms and definitions are prose": (
        "Term\n: First.\n  On.\n\n  Second.\n: Third.",
        [(1, 1, "Term"), (2, 3, "First. On."), (5, 5, "Second."), (6, 6, "Third.")],
    ),
    "comments are left out": (
        "<!-- one\n\ntwo -->\nText.\n<!-- x -->\nMore.",
        [(4, 4, "Text."), (6, 6, "More.")],
    ),
    "prose in raw HTML is found": (
        "<div>\n<p>One\ntwo</p>\n</div>\n\nThree.",
        [(2, 3, "One two"), (6, 6, "Three.")],
    ),
    "Markdown in raw HTML is found": ("<details>\n\n- One\n\n</details>", [(3, 3, "One")]),
    "scripts and tables in raw HTML are not": (
        "<script>\n\na b c\n</script>\n<table>\n<tr><td>x</table>",
        [],
    ),
    "a rule is nothing": ("One.\n\n* * *\n\nTwo.", [(1, 1, "One."), (5, 5, "Two.")]),
    "YAML front matter is left out": ("---\ntitle: T\n---\nText.", [(4, 4, "Text.")]),
    "TOML front matter is left out": ("+++\ntitle = 'T'\n+++\nText.", [(4, 4, "Text.")]),
    "JSON front matter is left out": ('{\n  "title": "T"\n}\nText.', [(4, 4, "Text.")]),
    "a rule at the beginning is no front matter": ("---\n\nText.\n\n---\n", [(3, 3, "Text.")]),
    "a byte order mark hides no front matter": ("\ufeff---\na: b\n---\nText.", [(4, 4, "Text.")]),
    "shortcodes on their own lines are left out": (
        '{{< figure src="a" >}}\nOne.\n{{% note %}}\nTwo.\n{{% /note %}}\n{% include a.md %}',
        [(2, 2, "One."), (4, 4, "Two.")],
    ),
    "a shortcode may take several lines": ('{{< figure\n  src="a"\n>}}\nOne.', [(4, 4, "One.")]),
    "what a code shortcode holds is code": (
        "{{< code-toggle file=x >}}\na = 1\n\n[b]\n{{< /code-toggle >}}\nOne.\n"
        "{% highlight py %}\nx\n{% endhighlight %}",
        [(6, 6, "One.")],
    ),
    "a code shortcode that is never closed is one line": (
        "{{< highlight >}}\nOne.",
        [(2, 2, "One.")],
    ),
    "a shortcode in a sentence is no word": ("Use {{< new 1.2 />}} this.", [(1, 1, "Use this.")]),
    "includes are left out": ('--8<-- "a.md"\n{!b.md!}\n{{#include c.md}}\nOne.', [(4, 4, "One.")]),
    "containers are prose inside": (
        ":::note[Title]\nOne.\n:::\n::: {.tip}\n- Two.\n:::",
        [(2, 2, "One."), (5, 5, "Two.")],
    ),
    "a container's options are left out": (":::{note}\n:class: x\n\nOne.\n:::", [(4, 4, "One.")]),
    "a fenced directive is prose": (
        "```{warning}\n:name: x\nOne.\n```\nTwo.\n```\ncode\n```",
        [(3, 3, "One."), (5, 5, "Two.")],
    ),
    "a link's definition may end the document": (
        "One.\n\n[a]: http://b",
        [(1, 1, "One.")],
    ),
    "so may one that is all there is": ("[a]: <b c>", []),
    "and one with its target on the line below": ("[a]:\nhttp://b", []),
    "and one whose title stands below": ("[a]: http://b\n'Title'", []),
    "and one without a target is text": ("[a]:", [(1, 1, "a:")]),
    "a line that begins with a tag is text": (
        "<b>One</b> *two*\n<i>three</i> **four**.",
        [(1, 2, "One two three four.")],
    ),
    "and so is one with an address": ("<https://a.b> is *one*.", [(1, 1, "https://a.b is one.")]),
    "a tag alone on its line begins raw HTML, but parts no paragraph": (
        "<custom-tag>\n*One*\n\nTwo\n<custom-tag>\n*three*",
        [(2, 2, "*One*"), (4, 6, "Two three")],
    ),
    "a quote's mark may be indented by three": (
        "> One\n   > two.\n\nThree.",
        [(1, 2, "One two."), (4, 4, "Three.")],
    ),
    "and one indented by four is text of the quote": (
        "> One\n    > two.",
        [(1, 2, "One > two.")],
    ),
    "an admonition's indented text is prose": (
        '!!! note "T"\n    One.\n\n    - Two.\n\n        code\n\n=== "Tab"\n    Three.\n\nFour.',
        [(2, 2, "One."), (4, 4, "Two."), (6, 6, "code"), (9, 9, "Three."), (11, 11, "Four.")],
    ),
    "displayed mathematics is left out": (
        "One.\n$$\na + b\n$$\n\\[\nc\n\\]\nTwo.",
        [(1, 1, "One."), (8, 8, "Two.")],
    ),
    "imports and exports are left out": (
        (
            "import A from './a'\nimport {\n  B,\n} from 'b'\n"
            "\nexport const c = {\n\n  d: 1,\n}\n\nOne."
        ),
        [(11, 11, "One.")],
    ),
    "a sentence may begin with import": ("import duties rose.", [(1, 1, "import duties rose.")]),
    "components are left out, their text not": (
        (
            "'<Tabs>\n<Tab\n  value={{a: '>'}}\n  label=\"b\"\n"
            ">\nOne.\n</Tab>\n</Tabs>\n<Card>Two.</Card>"
        ),
        [(6, 6, "One."), (9, 9, "Two.")],
    ),
    "comments of MDX are left out": (
        "{/* one\ntwo */}\nText {/* x */} here.",
        [(3, 3, "Text here.")],
    ),
    "attribute lists are left out": (
        "One.\n{: .lead #a}\n\nTwo {.b} here.",
        [(1, 1, "One."), (4, 4, "Two here.")],
    ),
    "pictures alone are no prose": ("![A long description](a.png)\n\n[![b](c)](d)", []),
    "nothing is nothing": ("", []),
    "targets of links may be calls and outputs of templates": (
        "[a]: {{ site.a }}/b 'T'\n[c]: {% link d.md %}\n[e]:\n  {{ 'f g' | h }}\nText.",
        [(5, 5, "Text.")],
    ),
    "what says that a paragraph is a note is no word": (
        "> **Note:** One.\n\n> __Warning__\n> two.\n\nTIP: three.\n\n> [!TIP]\n> four.\n\n"
        "- *Hint*: five.",
        [(1, 1, "One."), (3, 4, "two."), (6, 6, "three."), (9, 9, "four."), (11, 11, "five.")],
    ),
    "a sentence that begins with such a word is one": (
        "**Note** that one.\n\nNote: two.\n\nTIPS: three.\n\n**Notes:** four.",
        [
            (1, 1, "Note that one."),
            (3, 3, "Note: two."),
            (5, 5, "TIPS: three."),
            (7, 7, "Notes: four."),
        ],
    ),
}


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES.keys())
def test_prose(source: str, expected: list[tuple[int, int, str]]) -> None:
    assert placed(blocks, source) == expected
    check_laws(blocks, source)
    if not source.startswith("\ufeff"):
        check_line_ends(blocks, source)


#: What is something else where it does not begin the document.
HEADS = ("TOML front matter is left out", "JSON front matter is left out")


@every_source(CASES, HEADS)
def test_what_stands_above_changes_nothing(source: str) -> None:
    check_further_down(blocks, source)


@every_source(CASES)
def test_a_document_may_break_off_anywhere(source: str) -> None:
    check_any_end(blocks, source)


INLINE = {
    "emphasis": ("**a** _b_ ~~c~~ ***d***", "a b c d"),
    "snake case and products": ("a_b 2*3 x**y", "a_b 2*3 x**y"),
    "links": ("[a](b 'c') [d](<e f>) [g](h(i)j) [k][l] [m][]", "a d g k m"),
    "a link around a picture": ("[![a](b)](c) d", "d"),
    "brackets in brackets": ("[a [b] c](d)", "a b c"),
    "code is kept as it is": ("`a[0](b)` ``c ` d`` `<p>` `&lt;`", "a[0](b) c ` d <p> &lt;"),
    "an unmatched tick": ("`a and ``b", "a and b"),
    "tags and breaks": ("a<b>c</b> <br/>d<i x='>'>e</i>", "ac de"),
    "autolinks": ("<https://a.b/c> <a@b.c>", "https://a.b/c a@b.c"),
    "references": ("a &amp; b&#99; &nosuch;", "a & bc &nosuch;"),
    "escapes": (r"\*a\* \[b\] 1\. c", "*a* [b] 1. c"),
    "footnotes": ("a[^1] b.[^note]", "a b."),
    "comparison signs": ("a < b > c, d<e", "a < b > c, d<e"),
    "roles": ("{ref}`a` and {abbr}`b`", "a and b"),
    "a target that a template gives": (
        "One [two]({{ site.a }}/b) [three]({{ 'c d' | e }}{% link f.md %}#g 'T') [four](h{i}j) "
        '![five]({{ k }}) [six]({{< ref "l" >}}).',
        "One two three four six.",
    ),
    "an include in a sentence": (
        "One [!include[a](../b.md)] two [!INCLUDE [c d](~/e.md)] three {% include f.html g=h %} "
        "four.",
        "One two three four.",
    ),
    "an emoji before a label": (":warning: **Warning:** One.", "One."),
    "a label in tags": ("<strong>Note:</strong> One, <b>Tip</b> two.", "One, Tip two."),
    "a label of signs and words": ("\u26a0\ufe0f **Important!** One.", "One."),
}


@pytest.mark.parametrize(("source", "expected"), INLINE.values(), ids=INLINE.keys())
def test_words(source: str, expected: str) -> None:
    assert words(words_of(source)) == words(expected)


@pytest.mark.parametrize("mark", ["> ", "- "])
def test_the_deepest_container_is_the_hundredth(mark: str) -> None:
    assert proses(blocks, mark * 100 + "One") == ["One"]
    assert proses(blocks, mark * 101 + "One") == [f"{mark}One"]


def test_headings_on_request() -> None:
    found = blocks("# One #\n\nTwo *a*\n---\n\nThree.", headings=True)
    assert [each.prose for each in found] == ["One", "Two a", "Three."]


def test_mdx_has_no_indented_code_and_no_raw_html() -> None:
    source = "<div>\n    One *two*.\n</div>\n\n{list.map(a => (\n  <b>{a}</b>\n))}\n\nThree."
    found = [each.prose for each in blocks(source, mdx=True)]
    assert found == ["One two.", "Three."]


def test_a_span_is_whole_lines() -> None:
    source = "- > One\n  > two  \n\nThree."
    first = blocks(source)[0]
    assert source[first.start : first.end] == "- > One\n  > two"
    assert first.prose == "One two"


MARKS = (
    "> - * 1. # ``` ~~~ ` ** _ [ ]( ) [a]: [^a]: <div> </div> <!-- --> <b> <A { } {{< "
    ">}} {{<highlight>}} {% %} $$ ::: :a: !!! === --- +++ | |-| : import export \\ & "
    "&amp; {/* */} ```{note} ~ ! [!NOTE] <pre>"
)
LONGER = (
    "<div>\n```\n",
    "\n\n    <p>",
    "**Note:** ",
    "[a]({{ b }})",
    "\n\n[a]: b",
    "\n\n[a]:\n",
    "   > ",
    "!!! note\n    ",
    "\n\n- [ ] ",
)


def test_any_text_keeps_the_laws() -> None:
    met = Census([*MARKS.split(), *LONGER])

    @given(soup(MARKS, *LONGER), st.booleans())
    @settings(max_examples=400)
    def law(text: str, mdx: bool) -> None:
        met.read(text)
        check_laws(lambda each: blocks(each, headings=True, mdx=mdx), text)
        check_line_ends(lambda each: blocks(each, mdx=mdx), text)

    law()
    met.require(3)


PIECES = [
    "> ",
    "- ",
    "1. ",
    "- > ",
    "`",
    "``a`",
    "[",
    "[a](",
    "![a](",
    '](a "',
    "[a]: ",
    "<a ",
    '<a "',
    "<A {",
    "<A {\n",
    "{{<",
    "{{<\n",
    "{{< code >}}\n",
    "{% ",
    "{#",
    "{/*\n",
    "{:",
    "$$\n",
    "```\n",
    "```{note}\n",
    "| a\n|-\n",
    ": a\n",
    "!!! note\n",
    "[^a]: ",
    "export {\n",
    "<!--",
    "<div>\n\n",
    "\\",
    "&",
    "*",
    "**a",
    "\t",
    " ",
    "a\n",
    "\n",
    "a\n===\n",
    "--8<--\n",
    ":::\n:a: b\n",
    "\x00",
]


@pytest.mark.parametrize("piece", PIECES)
def test_time_is_linear(piece: str) -> None:
    assert grows_linearly(blocks, piece, 20_000)
    assert grows_linearly(lambda text: blocks(text, mdx=True), piece, 20_000)


def _block_of(level: int) -> st.SearchStrategy[list[str]]:
    """Make the lines of one well-formed block."""
    line = st.sampled_from(
        ["Some words here", "more `code` words", "and *others*, too", "the end."]
    )
    text = st.lists(line, min_size=1, max_size=3)
    leaf = st.one_of(
        text,
        line.map(lambda each: ["# " + each]),
        line.map(lambda each: [each, "---"]),
        text.map(lambda each: ["```", *each, "```"]),
        text.map(lambda each: ["~~~ py", *each, "", "~~~"]),
        text.map(lambda each: ["    " + row for row in each]),
        st.just(["| a | b |", "|---|---|", "| c | d |"]),
        st.just(["[ref]: http://example.org 'Title'"]),
        text.map(lambda each: ["<!-- " + each[0], *each[1:], "-->"]),
        st.just(["***"]),
    )
    if not level:
        return leaf
    inner = _document(level - 1, 2)
    return st.one_of(
        leaf,
        inner.map(lambda rows: ["> " + row if row else ">" for row in rows]),
        inner.map(lambda rows: _hung("- ", rows)),
        inner.map(lambda rows: _hung("12. ", rows)),
        inner.map(lambda rows: _hung("*   ", rows)),
    )


def _hung(mark: str, rows: list[str]) -> list[str]:
    return [mark + rows[0], *(" " * len(mark) + row if row else "" for row in rows[1:])]


def _document(level: int, size: int) -> st.SearchStrategy[list[str]]:
    block = _block_of(level)
    return st.lists(block, min_size=1, max_size=size).map(
        lambda found: [row for rows in found for row in [*rows, ""]][:-1]
    )


@given(_document(3, 5))
def test_lines_are_those_of_markdown_it(rows: list[str]) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    parser = markdown_it.MarkdownIt("commonmark", {"maxNesting": 200}).enable("table")
    text = "\n".join(rows)
    expected = {
        (token.map[0] + 1, token.map[1])
        for token in parser.parse(text)
        if token.type == "paragraph_open"
    }
    assert {(first, last) for first, last, _ in placed(blocks, text)} == expected


needs_dev = pytest.mark.skipif(not HUGO.is_dir(), reason=f"no {HUGO.name} beside the repository")


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


@needs_dev
def test_no_block_of_a_real_site_stands_in_code_or_front_matter() -> None:
    markdown_it = pytest.importorskip("markdown_it")
    parser = markdown_it.MarkdownIt("commonmark", {"maxNesting": 200}).enable("table")
    paths = sorted((HUGO / "tree").rglob("*.md"))
    assert paths
    for path in paths:
        text = _read(path)
        lines = split_lines(text)
        head = front_matter(lines)
        rows = [""] * head + lines.texts[head:]
        silent = set(range(1, head + 1))
        for token in parser.parse("\n".join(rows)):
            if token.type in ("fence", "table_open"):
                silent.update(range(token.map[0] + 1, token.map[1] + 1))
        check_laws(blocks, text)
        for first, last, _ in placed(blocks, text):
            assert silent.isdisjoint(range(first, last + 1)), f"{path.name}:{first}"
