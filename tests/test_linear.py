"""Time grows with the input and not faster: of every regular expression and of every scanner.

The expressions are found by importing the package, so a new one is tested without being named
here; their inputs are made from their own structure. Scanners get each special construct of their
markup repeated, alternated with others, nested, and opened without being closed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from functools import partial

import pytest

import dedup
from dedup.check.config import file as config
from dedup.check.config import suppression
from dedup.check.files.documents import Text, read
from dedup.check.files.globs import compile_family, compile_glob, compile_globs
from dedup.errors import ConfigError
from dedup.options import Policy
from dedup.options.criteria import CONTAINED
from dedup.readers.archives.records import records
from dedup.reports import wording
from dedup.scale import competition
from dedup.scale.shards import Page
from dedup.segment import comments, markups, paragraphs
from dedup.segment.asciidoc import inline as asciidoc
from dedup.segment.markdown import inline as markdown
from dedup.segment.rst import inline as rst
from tests.support import expressions
from tests.support.expressions import Piece
from tests.support.growth import growth

#: These modules match expressions with the lines of a text, so line ends never stand in them.
LINES = tuple(f"dedup.segment.{name}.blocks." for name in ("rst", "asciidoc", "markdown"))

#: Expressions that are made of what a user gives, or of one of a few names.
MADE = (
    "dedup.check.files.globs: re.compile('|'.join(ways), re.S)",
    "dedup.check.files.globs: re.compile(f'{regex}\\\\Z', re.S)",
    "dedup.options.policy: re.compile(pattern)",
)

EXPRESSIONS = {each.place: each for each in expressions.expressions()}


def faults(call: Callable[[str], object], pieces: Sequence[Piece], largest: int = 1 << 17) -> str:
    """List the inputs for which a call grows too fast."""
    found = ((piece, growth(call, piece.make, largest)) for piece in pieces)
    return "\n".join(f"{piece}: {fault}" for piece, fault in found if fault)


@pytest.mark.parametrize("place", EXPRESSIONS)
def test_every_expression(place: str) -> None:
    expression = EXPRESSIONS[place]
    one_line = expression.anchored and place.startswith(LINES)
    assert not faults(expression.run, expressions.inputs(expression, not one_line))


def test_expressions_are_held_by_modules_where_they_are_found() -> None:
    assert tuple(expressions.hidden()) == MADE
    assert len(EXPRESSIONS) > 120


def test_no_expression_repeats_a_group_possessively() -> None:
    # Python before 3.11.5 goes on where the last try of such a group failed.
    found = [place for place, each in EXPRESSIONS.items() if expressions.keeps_groups(each.pattern)]
    assert not found
    made = [*map(compile_glob, GLOBS), *compile_family(["**/*a*/**/*", "docs/{a}-{b}-{c}/**"])]
    assert not [glob.pattern for glob in made if expressions.keeps_groups(glob.regex)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("(?:ab?c)*+", True),
        ("(?:a|bc)?+", True),
        ("x(?:y(?P<a>(?:ab){2,3}+)|z)", True),
        ("(?=(?:ab)++)c", True),
        (r"[ab]*+\s?+.++[^c]{2,3}+", False),
        ("(?>(?:ab?c)*)", False),
    ],
)
def test_a_possessive_repeat_of_a_group_is_found(source: str, expected: bool) -> None:
    assert expressions.keeps_groups(re.compile(source)) is expected


SLOW = {
    "nested repeats": r"(?:a+)+b",
    "two repeats that take the same": r"\[\s*([^\]\n]+?)\s*\]",
    "a search that begins everywhere": r"<!--(?:(?!-->)[\s\S])*+-->",
    "a run that is searched from each of its characters": r"[*_]+(?!\w)",
    "ticks that are counted again": r"`{3,}\S*$",
    "an option and its argument": r"(?:-\w|--?[\w-]{2,})(?:[ =]?[\w<]\S*)?(?:\s{2,}|$)",
    "quotes that hide the end": r"</?[a-z]+(?:[^>\"'=]++|=\s*+\"[^\"]*+\"|[=\"'])*+>",
    "alternatives that overlap": r"^(?:a|aa)+$",
}


@pytest.mark.parametrize("source", SLOW.values(), ids=SLOW)
def test_inputs_are_found_that_show_a_slow_expression(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.growth.NEVER", 0.5)
    found = expressions.Expression("here", re.compile(source), anchored=False)
    # Small inputs are enough to show it, and the larger ones are what takes long.
    assert any(growth(found.run, piece.make, 1 << 13) for piece in expressions.inputs(found))


COMMON = ("a ", "a\n", "\n\n", "\\", "\t", "    ", "\r", "\u00a0", "é", "中")
BRACKETS = ("[", "]", "(", ")", "<", ">", "{", "}", "[a](", "[a][", "![", "![a](", '[a](b "', "](<")
TAGS = (
    *(
        "<a",
        "</a",
        "<a>",
        "</a>",
        "<p>",
        "<div>",
        "<!--",
        "-->",
        "<!",
        "<?",
        "&",
        "&#",
        "&amp",
        "=",
        '"',
    ),
    *(
        '</a =">"',
        '<a =">"',
        "<a b='",
        "<sup class=footnote",
        "<script>",
        "</script",
        "<br>",
        "<svg>",
    ),
    *("<a {", "<A {", "<A>", "<p><b><i>", "'<a \"", "<td>", "<template>", "<form>"),
)
TEMPLATES = (
    *(
        "{{<",
        "{{%",
        ">}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{{ a }}",
        "{{< code >}}\n",
        "{/*",
        "*/}",
        "{a",
        "{a{b",
    ),
    *(
        ":::",
        "::: a\n",
        "::a[",
        ":a:\n",
        "import {\n",
        "export {",
        "$$",
        "\\begin{",
        "--8<--\n",
        "/// a\n",
    ),
    *("<<<", "@[", "!include ", "{{<a\n", "{%a\n", "{:.a", "!!! a\n"),
)
CONSTRUCTS: dict[str, tuple[str, ...]] = {
    "markdown": (
        *(*COMMON, *BRACKETS, *TAGS, *TEMPLATES),
        *(
            "*",
            "_",
            "~",
            "**a",
            "a*",
            "`",
            "``",
            "```\n",
            "~~~",
            "~~~\n",
            "`a",
            "\\`",
            "> ",
            ">",
            "- ",
            "1. ",
        ),
        *(
            "> - ",
            "- - ",
            "[^a]: ",
            "[^a]",
            "[a]: ",
            "[a]: b\n",
            '[a]: b "',
            "[!a] ",
            "# ",
            "===\n",
            "---\n",
        ),
        *(
            "|-",
            "| - |",
            "a|b\n-|-\n",
            ": a\n",
            "+++\n",
            ";;;\n",
            "```{note}\n",
            "<pre>\n",
            "<!-- a -->",
            "<div>\n",
            "    <p>a\n",
            "**Note:** ",
            "]({{",
            "[a]: {{ ",
            "[!a[b](",
        ),
    ),
    "rst": (
        *(
            *COMMON,
            *BRACKETS,
            "*",
            "_",
            "|",
            "`",
            "``",
            "``a`",
            ":",
            ":a:",
            ":a:`",
            "`<a",
            "`a <b>`_",
            "|a|",
        ),
        *(
            "-",
            "--",
            "--a",
            "--a,",
            "-a, ",
            "/A",
            "- ",
            "1. ",
            "#. ",
            "(a) ",
            "| ",
            ".. ",
            "..\n",
            ".. a\n",
        ),
        *(
            ".. a::\n",
            ".. a:: b\n",
            " .. a::\n",
            ".. |a| ",
            ".. [a] ",
            ".. _a: ",
            "::\n",
            ":a: b\n",
            ">>> ",
        ),
        *(
            "===\n",
            "=== ===\n",
            "+-",
            "+-+",
            "+-+\n",
            "[#a]_",
            "[1]_",
            "a::\n\n",
            "a::\n\n> ",
            "\\ ",
            "__ a\n",
        ),
    ),
    "asciidoc": (
        *(
            *COMMON,
            *BRACKETS,
            "*",
            "_",
            "`",
            "+",
            "++",
            "++a",
            "#",
            "^",
            "~",
            "''",
            "```",
            "```a\n",
            "----\n",
        ),
        *(
            "a:",
            "a::",
            "a:a[",
            ".a:",
            "link:",
            "link:a[",
            "footnote:[",
            "image::a[",
            "include::",
            "a:: b\n",
        ),
        *(
            "a;;\n",
            "((",
            "(((a",
            "<<",
            "<<a,",
            "[[",
            "[[a",
            "[.a]",
            "[a",
            "[source]\n",
            "====\n",
            "|===\n",
        ),
        *(
            "//",
            "// a\n",
            "////\n",
            ":a:",
            ":a: b \\\n",
            "* ",
            ". ",
            "1. ",
            "<1> ",
            "[ ] ",
            "NOTE: ",
            "= ",
            "== a\n",
        ),
        *("+\n", "{a", "{empty}", "a\n===\n", "--\n", "'''\n", "&#", ".a\n"),
        *("ifdef::a[]\n", "ifdef::a[b]\n", "endif::[]\n", "{a}[", "{a}/", "a:b[c=", 'a:b["'),
    ),
    "html": (
        *COMMON,
        *TAGS,
        *TEMPLATES[:12],
        "---\n",
        "<p",
        "<p>a",
        "<li>a",
        "<br>a",
        "<table><tr><td>a",
    ),
    "auto": (*COMMON, ".", ". ", "a.\n", "a" * 130 + "\n", "!?", "a\n\nb\nc"),
}
CONSTRUCTS["mdx"] = CONSTRUCTS["markdown"]

#: Every pair of constructs would take minutes: these steps through the list are taken.
STEPS = (1, 7)


def soup(constructs: Sequence[str]) -> list[Piece]:
    """Repeat each construct alone, in front of what never closes it, and beside others."""
    found = [Piece("", each, "") for each in constructs]
    found += [Piece("a", each, "a") for each in constructs if len(each) < 4]
    for step in STEPS:
        for k, one in enumerate(constructs):
            other = constructs[(k + step) % len(constructs)]
            found.append(Piece("", one + other, ""))
            if step == STEPS[0]:
                found.append(Piece(one, other, one))
    return found


@pytest.mark.parametrize("markup", CONSTRUCTS)
def test_every_segmenter(markup: str) -> None:
    call = partial(paragraphs, markup=markup)
    pieces = soup(CONSTRUCTS[markup])
    # MDX is Markdown and something more: not every pair is tried twice.
    assert not faults(call, pieces[:: 3 if markup == "mdx" else 1], 1 << 13)
    assert not faults(call, pieces[:: max(len(pieces) // 10, 1)])


def test_every_segmenter_is_tested() -> None:
    assert {*CONSTRUCTS, "lines", "blank"} == {*markups.names()}


@pytest.mark.parametrize("markup", ["markdown", "mdx", "rst", "asciidoc", "html"])
def test_comments(markup: str) -> None:
    marked = {"rst": ".. a\n", "asciidoc": "// a\n"}.get(markup, "<!-- a -->")
    near = (
        "`",
        "``",
        "\\",
        "\\`",
        "<!--",
        "-->",
        "{/*",
        "*/}",
        "//",
        "////\n",
        ".. ",
        "\n\n",
        "> ",
        "<a",
    )
    pieces = [
        Piece(marked, one + other, marked)
        for one in near
        for other in ("", "a", *near[:: 1 + (one != "`")])
    ]
    assert not faults(partial(comments, markup=markup), pieces, 1 << 13)
    spoken = [Piece("", f"{marked[:-3]} dedup-disable{marked[-3:]}\n", "")]
    assert not faults(partial(suppression.directives, markup=markup), spoken, 1 << 15)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("markdown", markdown.words_of),
        ("rst", rst.words_of),
        ("asciidoc", asciidoc.words_of),
    ],
)
def test_inline_markup(name: str, words: Callable[[str], str]) -> None:
    singles = [Piece(head, each, "a") for each in CONSTRUCTS[name] for head in ("", "a")]
    assert not faults(words, singles, 1 << 15)
    assert not faults(words, soup(CONSTRUCTS[name]), 1 << 13)


@pytest.mark.parametrize("markup", ["markdown", "rst", "asciidoc", "html"])
def test_markers_in_front(markup: str) -> None:
    syntax = markups.syntax_of(markup)
    assert syntax is not None
    assert not faults(syntax.emptied, soup(CONSTRUCTS[markup]), 1 << 12)


#: Globs that a translation to nested repeats takes years for.
GLOBS = (
    *("*a*a*a*a*a*b", "**/a/**/a/**/a/**/b", "**/*a*/**/*a*/**/*b", "**a**a**a**b", "*?*?*?*?b"),
    *(
        "*{a,aa}*{a,aa}*b",
        "{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}b",
        "a**/a**/a**/b",
        "*[ab]*[!b]*[ab]*c",
    ),
    *("**/*/**/*/**/b", "*.{md,rst}", "docs/**", "**/api/*.md", "*a*/"),
)
PATHS = (
    *(
        Piece("", "a", ""),
        Piece("", "a/", ""),
        Piece("", "ab/", ""),
        Piece("", "aa/", "c"),
        Piece("", "/", ""),
    ),
    *(Piece("", "aa", "/aa"), Piece("docs/", "a/b", ".md"), Piece("", "aab", "/c")),
)


@pytest.mark.parametrize("pattern", GLOBS)
def test_globs(pattern: str) -> None:
    assert not faults(compile_glob(pattern).regex.match, PATHS)


def test_globs_in_one_expression() -> None:
    assert not faults(compile_globs(GLOBS).first, PATHS)


@pytest.mark.parametrize(
    "pattern",
    ["*a*a*", "**/*a*/**/*", "{lang}/**", "docs/{a}-{b}-{c}/**", "**/*.{lang}.md", "v{version}*x"],
)
def test_globs_that_sort_paths(pattern: str) -> None:
    paths = [*PATHS, Piece("docs/", "a-", ""), Piece("v", "1.", ""), Piece("", "de", "")]
    (glob,) = compile_family([pattern])

    def call(text: str) -> object:
        return glob.regex.match(text[-4000:]), text.count("a")

    assert not faults(call, paths, 1 << 13)


@pytest.mark.parametrize("unit", ["[", "{a,", "{", "{,", "*", "**/", "[!]", "?", "{a}", "a"])
def test_making_a_glob(unit: str) -> None:
    def call(text: str) -> None:
        try:
            compile_glob(text)
        except ValueError:
            return

    # The compiler of expressions itself takes a while, and refuses what nests too deeply.
    assert not growth(call, Piece("", unit, "").make, 1 << 13)


def test_patterns_of_an_order() -> None:
    policy = Policy(keep="order", order=("*a*a*a*a*b", "*[ab]*?*c", "wiki*"))

    def call(text: str) -> object:
        return competition._place(policy.order, Page([], text, text))

    assert not faults(call, PATHS)


SETTINGS = (
    "[",
    "[[",
    "[ ",
    "a.",
    '"',
    "'",
    "a",
    " ",
    "=",
    "a = ",
    '"a".',
    "[a]\n",
    "a=1\n",
    "]",
    ".",
    "\t",
)


def test_the_line_of_a_setting() -> None:
    pieces = soup(SETTINGS)
    assert not faults(lambda text: config._line_of(text, ("rules", "baseline")), pieces, 1 << 15)


def test_a_file_of_settings_that_is_wrong_far_down(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "dedup.toml"

    def call(text: str) -> None:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError):
            config.load(str(path), str(tmp_path), "")

    assert not growth(call, Piece('baseline = """\n[', " ", '"""\nx = 1\n').make)


HEAD = "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 1\r\n\r\na"
ARCHIVES = {
    "line feeds between records": Piece(HEAD, "\n", HEAD),
    "line ends between records": Piece(HEAD, "\r\n", HEAD),
    "returns between records": Piece(HEAD, "\r", HEAD),
    "line ends before all records": Piece("", "\r\n", HEAD),
    "words between records": Piece(HEAD + "\r\n\r\n", "xyz ", HEAD),
    "lines between records": Piece(HEAD + "\r\n\r\n", "xyz\r\n\r\n", HEAD),
    "short records": Piece("", HEAD + "\r\n\r\n", ""),
    "records of bare line feeds": Piece("", (HEAD + "\r\n\r\n").replace("\r", ""), ""),
    "heads without an end": Piece("", "WARC/1.0\r\nA: b\r\n", ""),
    "beginnings of heads": Piece("", "WARC/1.0\r\nA:", ""),
    "heads without a length": Piece("", "WARC/1.0\r\nA: b\r\n\r\n", ""),
    "lengths beyond the end": Piece("", HEAD.replace("h: 1", "h: 99999") + "\r\n\r\n", ""),
    "lengths beyond the limit": Piece("", HEAD.replace("h: 1", "h: 9999999") + "\r\n\r\n", ""),
    "a long line in a head": Piece(
        "WARC/1.0\r\nA: ", "b", "\r\nContent-Length: 1\r\n\r\na\r\n\r\n"
    ),
    "a line that goes on": Piece(
        "WARC/1.0\r\nA: b", "\r\n c", "\r\nContent-Length: 1\r\n\r\na\r\n\r\n"
    ),
    "many lengths": Piece("WARC/1.0", "\r\nContent-Length: x", "\r\n\r\na\r\n\r\n"),
    "marks of versions": Piece(HEAD, "\r\n\r\nWARC/", ""),
}


@pytest.mark.parametrize("piece", ARCHIVES.values(), ids=ARCHIVES)
def test_archives(piece: Piece) -> None:
    def call(text: str) -> None:
        for _ in records(io.BytesIO(text.encode()), "", 1 << 20):
            pass

    assert not growth(call, piece.make, 1 << 21)


def test_marks_of_programs_and_wording() -> None:
    from dedup.check.files.discovery import SourceFile

    def said(text: str) -> object:
        return read("", SourceFile("a.md", "markdown", True), text.encode())

    assert isinstance(said("One.\n"), Text)
    assert not faults(
        lambda text: wording.common_end(text, text[:-1]),
        [Piece("", "!", " a"), Piece("", " ", "a"), Piece("", "!", "")],
    )
    assert not faults(said, soup(("<!--", "{/*", "-->", "generated ", "dedup: ", "---\n")), 1 << 14)


#: Paragraphs made of the same words: the row of so many rows, each made of ever more of them.
NESTED: dict[str, Callable[[list[str], int, int], list[str]]] = {
    "beginnings": lambda words, row, rows: words[: len(words) * row // rows],
    "ends": lambda words, row, rows: words[len(words) * (rows - row) // rows :],
    "middles": lambda words, row, rows: words[
        len(words) * (rows - row) // (2 * rows) : len(words) * (rows + row) // (2 * rows)
    ],
    "beginnings that end otherwise": lambda words, row, rows: [
        *words[: len(words) * row // rows], f"and{row}so{row}on"
    ],
    "ends after another word": lambda words, row, rows: [
        f"so{row}then", *words[len(words) * (rows - row) // rows :]
    ],
    "other words": lambda words, row, rows: [f"{word}{row}" for word in words[: len(words) // 2]],
}  # fmt: skip


@pytest.mark.parametrize("contained", CONTAINED)
@pytest.mark.parametrize("nest", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize("step", [5, 60])
def test_paragraphs_inside_each_other(
    nest: Callable[[list[str], int, int], list[str]], contained: str, step: int
) -> None:
    def make(size: int) -> str:
        rows = 1 + int((size / 4 / step) ** 0.5)
        words = [f"w{k * 7919 % 100_003}" for k in range(rows * step)]
        return "\n".join(" ".join(nest(words, row + 1, rows)) for row in range(rows))

    def call(text: str) -> object:
        return dedup.find(text.split("\n"), contained=contained, workers=1)

    assert not growth(call, make, 1 << 21)
