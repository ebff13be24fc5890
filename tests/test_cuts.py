"""Taking paragraphs out of markup: only they go, and what is left reads as before."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.cli import main
from dedup.cuts import apply, plan, without
from dedup.removal import clean
from dedup.segment import comments, markups, paragraphs
from tests.support.articles import PARAGRAPHS
from tests.support.census import Census
from tests.support.places import DEV
from tests.support.segment_laws import MARKED, linear, soup

TREE = DEV / "content_hugo_rust" / "tree"


def cut(text: str, kept: str, markup: str) -> str:
    """Take out the paragraphs whose place in ``kept`` is a dot; none may have to be left in."""
    found = paragraphs(text, markup)
    assert len(found) == len(kept)
    result, left = without(text, found, [each != "." for each in kept], markup)
    assert left == []
    return result


# What is left of a text when the paragraphs with a dot go.
CASES = {
    "a paragraph and the blank line after it": ("markdown", "K.K", "A\n\nB\n\nC\n", "A\n\nC\n"),
    "the last and the blank line before": ("markdown", "K.", "A\n\nB\n", "A\n"),
    "the first": ("markdown", ".K", "A\n\nB", "B"),
    "all": ("markdown", "..", "\ufeffA\n\nB\n", "\ufeff"),
    "front matter and headings stay": (
        "markdown",
        "..",
        "---\na: b\n---\n\n# One\n\nA\n\n## Two\n\nB\n",
        "---\na: b\n---\n\n# One\n\n## Two\n",
    ),
    "code between two stays": (
        "markdown",
        "K..K",
        "A\n\nB\n\n```\nx\n```\n\nC\n\nD\n",
        "A\n\n```\nx\n```\n\nD\n",
    ),
    "code and a table at the end stay": (
        "markdown",
        "..",
        "A\n\n    x\n\nB\n\n| a |\n|---|\n",
        "    x\n\n| a |\n|---|\n",
    ),
    "a blank line that parts stays": ("markdown", "K.K", "- A\n- B\n\nC\n", "- A\n\nC\n"),
    "an item of a list": ("markdown", "K.K", "1. A\n2. B\n3. C\n", "1. A\n3. C\n"),
    "an item of a loose list": ("markdown", "K.K", "- A\n\n- B\n\n- C\n", "- A\n\n- C\n"),
    "a mark stays that holds more": (
        "markdown",
        ".K",
        "1. A\n\n   B\n",
        "1. <!-- -->\n\n   B\n",
    ),
    "a mark stays that holds code": (
        "markdown",
        "K.",
        "A\n\n- B\n  ```\n  x\n  ```\n",
        "A\n\n- <!-- -->\n  ```\n  x\n  ```\n",
    ),
    "a mark goes with all that it holds": (
        "markdown",
        "K....K",
        "- A\n- B\n  - C\n\n    D\n  - E\n- F\n",
        "- A\n- F\n",
    ),
    "a definition that holds an item": (
        "markdown",
        "K.K",
        "A\n: B\n\n  - C\n",
        "A\n: <!-- -->\n\n  - C\n",
    ),
    "lines of a quote": ("markdown", "K.K", "> A\n>\n> B\n>\n> C\n", "> A\n>\n> C\n"),
    "the last lines of a quote": ("markdown", "K.", "> A\n>\n> B\n", "> A\n"),
    "a line of plain text that looks like an empty line of a quote": (
        "lines",
        "K.K.K",
        "A\n> B\n>\n> C\nD\n",
        "A\n>\nD\n",
    ),
    "a quote in a list": (
        "markdown",
        ".K",
        "- > A\n  >\n  > B\n",
        "- > <!-- -->\n  >\n  > B\n",
    ),
    "a lazy line goes with its paragraph": ("markdown", ".K", "> A\na\n\nB", "B"),
    "a list may not become a paragraph's end": (
        "markdown",
        "K.K",
        "A\n1. B\n2. C\n",
        "A\n1. <!-- -->\n2. C\n",
    ),
    "a rule may not become a heading's": (
        "markdown",
        "K.",
        "A\n- B\n---\n",
        "A\n- <!-- -->\n---\n",
    ),
    "code may not become an item's": (
        "markdown",
        "K.",
        "- A\n\nB\n\n    x\n",
        "- A\n\n<!-- -->\n\n    x\n",
    ),
    "in MDX nothing is written otherwise": (
        "mdx",
        "K.K",
        "A\n1. B\n2. C\n",
        "A\n1. {/* */}\n2. C\n",
    ),
    "HTML in Markdown": ("markdown", "K.K", "A\n\n<p>B</p>\n\nC\n", "A\n\nC\n"),
    "words in a tag of others": ("markdown", ".K", "<div>A</div>\n\nB\n", "<div></div>\n\nB\n"),
    "a paragraph of HTML": ("html", "K.K", "<p>A</p>\n<p>B</p>\n<p>C</p>", "<p>A</p>\n<p>C</p>"),
    "on a line with others": ("html", "K.K", "<p>A</p><p>B</p><p>C</p>", "<p>A</p><p>C</p>"),
    "HTML on both sides may not become one": (
        "html",
        "K.K",
        "A<p class=b>B</p>C",
        "A<p class=b></p>C",
    ),
    "an indented element": (
        "html",
        "K.",
        "<ul>\n  <li>A</li>\n  <li>\n    B\n  </li>\n</ul>\n",
        "<ul>\n  <li>A</li>\n</ul>\n",
    ),
    "a cell of a table that lays out the page goes, its tags stay": (
        "html",
        "K.",
        "<table><td>a</td><td>B</td></table>\n",
        "<table><td>a</td><td></td></table>\n",
    ),
    "a figure of a table and a script stay": (
        "html",
        ".",
        "<table><thead></thead><td>a</td></table>\n<p>B</p>\n<script>c</script>\n",
        "<table><thead></thead><td>a</td></table>\n<script>c</script>\n",
    ),
    "a block quote in reStructuredText": ("rst", "K.K", "A\n\n   B\n\nC\n", "A\n\nC\n"),
    "the mark of a literal block stays": (
        "rst",
        "K.K",
        "A\n\nB::\n\n   x\n\nC\n",
        "A\n\n::\n\n   x\n\nC\n",
    ),
    "a note that holds more": (
        "rst",
        ".K",
        ".. note:: A\n   a\n\n   B\n",
        ".. note:: ..\n\n   B\n",
    ),
    "a note": ("rst", "K.K", "A\n\n.. note:: B\n\nC\n", "A\n\nC\n"),
    "a version stays with its directive": (
        "rst",
        ".K",
        ".. versionadded:: 3.2 A\n\n   B\n",
        ".. versionadded:: 3.2 ..\n\n   B\n",
    ),
    "an item of reStructuredText that holds others": (
        "rst",
        ".K",
        "#. A\n\n   - B\n",
        "#. ..\n\n   - B\n",
    ),
    "terms may not become one": ("rst", "K.KK", "A\n  B\nC\n  D\n", "A\n  ..\n\nC\n  D\n"),
    "definitions may not become one": (
        "rst",
        "KK.K",
        "A\n  B\nC\n  D\n",
        "A\n  B\n..\n\n  D\n",
    ),
    "titles and directives stay": (
        "rst",
        ".",
        "T\n=\n\nA\n\n.. image:: b\n\n.. code::\n\n   c\n",
        "T\n=\n\n.. image:: b\n\n.. code::\n\n   c\n",
    ),
    "AsciiDoc's blocks stay": (
        "asciidoc",
        "K.K",
        "= T\n\nA\n\n[source]\n----\nx\n----\n\nB\n\n|===\n|c\n|===\n\nD\n",
        "= T\n\nA\n\n[source]\n----\nx\n----\n\n|===\n|c\n|===\n\nD\n",
    ),
    "an item that is gone on with": (
        "asciidoc",
        ".KK",
        "* A\n+\nB\n* C\n",
        "* {empty}\n+\nB\n* C\n",
    ),
    "what goes on with an item": ("asciidoc", "K.K", "* A\n+\nB\n* C\n", "* A\n+\n* C\n"),
    "a term above its definition": ("asciidoc", ".K", "A::\n  B\n", "{empty}::\n  B\n"),
}


@pytest.mark.parametrize(("markup", "kept", "text", "left"), CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_is_left(markup: str, kept: str, text: str, left: str, end: str) -> None:
    assert cut(text.replace("\n", end), kept, markup) == left.replace("\n", end)


MARKUP = {
    "markdown": "# - * > 1. 2. ``` ~~~ | |---| --- === : [^a]: ![a](b) <p> </p> <div> </div>",
    "mdx": "# - > 1. ``` {/* */} <A> </A> import --- === : { }",
    "rst": "- * 1. #. .. ..note:: ::  ==== ---- :a: | >>> +--+ .. .. [1]",
    "asciidoc": "* ** . - + ---- ==== .... |=== :: NOTE: [source] [quote] // //// .T = == <1>",
    "html": "<p> </p> <div> </div> <li> </li> <br> <b> </b> <pre> </pre> <h1> </h1> <td>",
}
#: Of each markup, marks that hold more than their paragraph, and what can't go at all.
HOLDING = {
    "markdown": ("\n\n* One\n\n  two\n\n", "\n\nOne\n1. two\n2. three\n\n"),
    "mdx": ("\n\n* One\n\n  two\n\n", "\n\nOne\n1. two\n2. three\n\n"),
    "rst": ("\n\n.. note:: One\n\n   two\n\n", "\n\n1. :a: b::\n\n"),
    "asciidoc": ("\n\n* One\n+\ntwo\n\n",),
    "html": ("One<p class=b>two</p>three", "<b>One</b><p>two</p>"),
}
SOUPS = {markup: soup(MARKUP[markup], *HOLDING[markup]) for markup in MARKED}


@pytest.mark.parametrize("markup", MARKED)
def test_what_is_left_are_the_kept_paragraphs(markup: str) -> None:
    met = Census([*MARKUP[markup].split(), *HOLDING[markup], "only words"])

    @given(SOUPS[markup], st.randoms())
    @settings(max_examples=200)
    def law(text: str, random: Random) -> None:
        met.read(text)
        found = paragraphs(text, markup)
        kept = [random.random() < 0.5 for _ in found]
        planned, left = plan(text, found, kept, markup)
        result = apply(text, planned)
        assert [each.prose for each in paragraphs(result, markup)] == [
            each.prose for k, each in enumerate(found) if kept[k] or k in left
        ]
        assert not any(kept[k] for k in left)
        met.counts["only words"] += any(each.instead for each in planned)

    law()
    met.require(2)


@given(
    st.sampled_from(MARKED).flatmap(lambda name: st.tuples(st.just(name), SOUPS[name])),
    st.randoms(),
)
def test_nothing_but_paragraphs_and_blank_lines_goes(case: tuple[str, str], random: Random) -> None:
    markup, text = case
    found = paragraphs(text, markup)
    syntax = markups.syntax_of(markup)
    assert syntax is not None
    gone = [each for each in found if random.random() < 0.5]
    result, _ = without(text, found, [each not in gone for each in found], markup)
    pattern, at = "", 0
    for each in gone:
        shells = "|".join(re.escape(squeezed(x)) for x in (syntax.emptied(each.text), each.text))
        pattern += re.escape(squeezed(text[at : each.start])) + f"(?:{shells}|)"
        at = each.end
    assert re.fullmatch(pattern + re.escape(squeezed(text[at:])), squeezed(result))


def squeezed(text: str) -> str:
    """Leave white space and quote marks out."""
    return "".join(text.split()).replace(">", "")


@pytest.mark.skipif(
    not TREE.exists(), reason="the set content_hugo_rust is not beside this checkout"
)
def test_real_documents_keep_what_is_kept() -> None:
    random = Random(7)
    left_in = removed = 0
    for path in sorted(TREE.rglob("*.md")):
        text = path.read_bytes().decode()
        found = paragraphs(text, "markdown")
        kept = [random.random() < 0.7 for _ in found]
        result, left = without(text, found, kept, "markdown")
        assert [each.prose for each in paragraphs(result, "markdown")] == [
            each.prose for k, each in enumerate(found) if kept[k] or k in left
        ], path
        assert result.count("```") == text.count("```")
        left_in += len(left)
        removed += kept.count(False)
    assert removed > 3_000
    assert left_in == 0


PAGE = """\
---
title: Ferry
---

# {0}

{0}

```sh
{1}
```

> {0}
>
> - {1}
>   and on

| {2} |
|-----|

{1} and on

<!-- {0} -->

## {2}

{2}
"""


def test_a_page_keeps_all_but_its_copies() -> None:
    cleaned = clean(PAGE.format(*PARAGRAPHS[1:4]), "markdown")
    left = PAGE.replace("> {0}\n>\n", "").replace("{1} and on\n\n", "").format(*PARAGRAPHS[1:4])
    assert cleaned.text == left
    assert [(each.paragraph.first, each.partner.first) for each in cleaned.removed] == [
        (13, 7),
        (21, 15),
    ]
    assert [each.paragraph.text[:2] for each in cleaned.removed] == ["> ", PARAGRAPHS[2][:2]]
    assert cleaned.left == ()
    assert clean(left, "markdown").text == left


def test_the_command_takes_copies_out_of_markup(tmp_path: Path) -> None:
    text = PAGE.format(*PARAGRAPHS[1:4])
    (tmp_path / "a.md").write_text(text, "utf-8")
    out = tmp_path / "b.md"
    assert main(["clean", str(tmp_path / "a.md"), "--markup", "markdown", "-o", str(out)]) == 0
    assert out.read_text("utf-8") == clean(text, "markdown").text
    with gzip.open(f"{out}.removed.jsonl.gz") as record:
        gone = [json.loads(line)["text"] for line in record]
    assert gone == [each.paragraph.text for each in clean(text, "markdown").removed]


def test_what_can_not_go_stays_and_is_said() -> None:
    text = "1. :a: b::\n"
    found = paragraphs(text, "rst")
    assert without(text, found, [False], "rst") == (text, [0])


PIECES = {
    "items": ("markdown", "- A b\n  - c\n"),
    "marks that hold more": ("markdown", "1. A b\n\n   ```\n   c\n   ```\n"),
    "quotes": ("markdown", "> A\n>\n\n"),
    "lists that would run into text": ("markdown", "A\n1. B\n2. C\n\n"),
    "one line of HTML": ("html", "<p>A</p>b"),
    "lines of HTML": ("html", "<p>A</p>\n\n\n"),
    "literal blocks": ("rst", "A::\n\n   b\n\n"),
    "items with more": ("asciidoc", "* A\n+\nB\n"),
    "CR alone": ("markdown", "A\r\rB\r\r\r"),
}


@pytest.mark.parametrize(("markup", "piece"), PIECES.values(), ids=PIECES.keys())
def test_cost_is_linear(markup: str, piece: str) -> None:
    def halve(text: str) -> None:
        found = paragraphs(text, markup)
        without(text, found, [k % 2 == 0 for k in range(len(found))], markup)

    assert linear(halve, "", piece, 2_000)
    assert linear(halve, "", piece + 200 * "\n", 10_000)


@pytest.mark.parametrize("mark", ["word ", "> ", "- ", "<b>", "\x00", "[", "`a"])
@pytest.mark.parametrize("markup", MARKED)
def test_one_long_line(markup: str, mark: str) -> None:
    text = mark * (300_000 // len(mark)) + "x"
    found = paragraphs(text, markup)
    assert [(each.first, each.last) for each in found] in ([(1, 1)], [])
    assert without(text, found, [False] * len(found), markup)[1] == []
    assert comments(text, markup) == []


@pytest.mark.parametrize(
    "opening", ["```\n", "<!--\n", "{/*\n", "<div\n", "////\n", "{{<\n", "$$\n"]
)
@pytest.mark.parametrize("markup", MARKED)
def test_what_never_ends_costs_no_more(markup: str, opening: str) -> None:
    text = opening + 2_000 * f"a b\n\n{opening}\n"
    found = paragraphs(text, markup)
    result, _ = without(text, found, [k % 2 == 0 for k in range(len(found))], markup)
    assert len(paragraphs(result, markup)) == (len(found) + 1) // 2
