"""reStructuredText: what is prose, at which lines, and with which words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from dedup.core.tokens import words
from dedup.segment.rst.blocks import blocks
from dedup.segment.rst.inline import words_of
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

# What is prose: reStructuredText, and (first line, last line, words) of each block.
CASES: dict[str, tuple[str, list[tuple[int, int, str]]]] = {
    "blank lines part paragraphs": ("One\ntwo.\n\nThree.", [(1, 2, "One two."), (4, 4, "Three.")]),
    "text right below a transition stays": (
        "One here.\n\n-----\nTwo here.\n\n----\n\nThree here.\n\n---\nFour here.\n",
        [(1, 1, "One here."), (4, 4, "Two here."), (8, 8, "Three here."), (11, 11, "Four here.")],
    ),
    "titles and transitions are left out": (
        "====\nOne\n====\n\nTwo\n---\n\nThree.\n\n----\n\nFour.",
        [(8, 8, "Three."), (12, 12, "Four.")],
    ),
    "a title may be longer than its line": ("A long title\n----\n\nOne.", [(4, 4, "One.")]),
    "bullets part items": (
        "- One\n  goes on\n- two\n\n  three\n\n* four",
        [(1, 2, "One goes on"), (3, 3, "two"), (5, 5, "three"), (7, 7, "four")],
    ),
    "numbers part items": (
        "1. One\n2. two\n#. three\n(a) four\niv) five",
        [(1, 1, "One"), (2, 2, "two"), (3, 3, "three"), (4, 4, "four"), (5, 5, "five")],
    ),
    "what hangs on a mark ends where a line is not indented": (
        ":a: One.\nTwo.\n\n.. [1] Three.\nFour.",
        [(1, 1, "One."), (2, 2, "Two."), (4, 4, "Three."), (5, 5, "Four.")],
    ),
    "nested items are apart": (
        "- - One\n  - two\n    goes on\n- three",
        [(1, 1, "One"), (2, 3, "two goes on"), (4, 4, "three")],
    ),
    "a directive in an item is one": (
        "- .. image:: a.png\n       :alt: Words\n\n  One.\n- .. note:: two\n     three\n",
        [(4, 4, "One."), (5, 6, "two three")],
    ),
    "an initial begins no list": ("A. Person wrote\nthis.", [(1, 2, "A. Person wrote this.")]),
    "terms and definitions are apart": (
        "term\n    Meaning\n    goes on.\nother : class\n    More.",
        [(1, 1, "term"), (2, 3, "Meaning goes on."), (4, 4, "other : class"), (5, 5, "More.")],
    ),
    "block quotes are prose": (
        "One.\n\n    Said so.\n\n    -- Someone",
        [(1, 1, "One."), (3, 3, "Said so."), (5, 5, "-- Someone")],
    ),
    "the bodies of fields are prose": (
        ":param a: The one\n    goes on.\n:returns: Nothing.",
        [(1, 2, "The one goes on."), (3, 3, "Nothing.")],
    ),
    "a role begins no field": (":ref:`here` is: it", [(1, 1, "here is: it")]),
    "a line block is one paragraph": (
        "| One\n| two\n|   three\n\nFour.",
        [(1, 3, "One two three"), (5, 5, "Four.")],
    ),
    "literal blocks are left out": (
        "One::\n\n    x = 1\n\n    y = 2\n\nTwo.\n\n::\n\n  z\n\nThree.",
        [(1, 1, "One::"), (7, 7, "Two."), (13, 13, "Three.")],
    ),
    "a literal block in an item ends with it": (
        "- One::\n\n      x\n\n  two\n- three",
        [(1, 1, "One::"), (5, 5, "two"), (6, 6, "three")],
    ),
    "quoted literal blocks are left out": (
        "One::\n\n> x\n> y\n\nTwo.",
        [(1, 1, "One::"), (6, 6, "Two.")],
    ),
    "doctests are left out": ("One.\n\n>>> 1 + 1\n2\n\nTwo.", [(1, 1, "One."), (6, 6, "Two.")]),
    "option lists are left out": (
        "-f FILE  Read it.\n--all   Read all,\n        really.\n\nOne.",
        [(5, 5, "One.")],
    ),
    "a dash begins no option list": ("-- not an option", [(1, 1, "-- not an option")]),
    "grid tables are left out": (
        "+---+---+\n| a | b |\n+===+===+\n| c | d |\n+---+---+\n\nOne.",
        [(7, 7, "One.")],
    ),
    "simple tables are left out, blank rows too": (
        "===  ===\na    b\n===  ===\nc    d\n\ne    f\n===  ===\n\nOne.",
        [(9, 9, "One.")],
    ),
    "a table that never ends goes to a blank line": ("=== ===\na   b\n\nOne.", [(4, 4, "One.")]),
    "code, images, includes and unknown directives are left out": (
        ".. code-block:: py\n   :linenos:\n\n   x = 1\n\n.. image:: a.png\n   :alt: b\n"
        ".. include:: c.rst\n.. mystery:: d\n\n   e\n\nOne.",
        [(13, 13, "One.")],
    ),
    "an unknown directive is prose where it holds a sentence": (
        ".. mystery:: a\n   :b: c\n\n   One two.\n\n.. math:: a.\n\n   b + c.",
        [(4, 4, "One two.")],
    ),
    "an unknown directive may end the document": (
        "One.\n\n.. mystery::",
        [(1, 1, "One.")],
    ),
    "blank lines may follow it": ("One.\n\n.. mystery::\n\n\n", [(1, 1, "One.")]),
    "its options may end the document": (
        "One.\n\n.. mystery:: a\n   :b: c",
        [(1, 1, "One.")],
    ),
    "its option may be all there is": (".. mystery::\n   :b:", []),
    "comments and targets are left out": (
        ".. One\n   two\n\n   three\n.. _a: http://b\n__ http://c\n.. |d| image:: e\n\nOne.",
        [(9, 9, "One.")],
    ),
    "an empty comment hides nothing": ("..\n\n    One.", [(3, 3, "One.")]),
    "a note may speak at once": (
        ".. note:: One\n   goes on.\n\n   Two.",
        [(1, 2, "One goes on."), (4, 4, "Two.")],
    ),
    "a note may speak below": (
        ".. warning::\n   One.\n\n.. tip::\n   :class: a\n\n   Two.",
        [(2, 2, "One."), (7, 7, "Two.")],
    ),
    "an admonition's title is left out": (
        ".. admonition:: Title\n   :class: a\n\n   One.",
        [(4, 4, "One.")],
    ),
    "a version is no word": (
        ".. versionadded:: 3.2\n   One.\n\n.. versionchanged:: 3.3 Two.",
        [(2, 2, "One."), (4, 4, "Two.")],
    ),
    "a described object has prose below": (
        ".. py:function:: a(b)\n              c(d)\n\n   One.\n\n.. autoclass:: e",
        [(4, 4, "One.")],
    ),
    "footnotes and citations are prose": (
        ".. [1] One\n   goes on.\n.. [#a] Two.\n.. [ABC] Three.",
        [(1, 2, "One goes on."), (3, 3, "Two."), (4, 4, "Three.")],
    ),
    "nothing is nothing": ("", []),
    "what autodoc describes has prose below": (
        ".. autoclass:: a.B\n   :members:\n\n   One.\n\n   .. automethod:: c\n\n"
        "      Two\n      on.\n",
        [(4, 4, "One."), (8, 9, "Two on.")],
    ),
    "the caption and the legend of a picture are prose": (
        ".. figure:: a.png\n   :alt: b\n\n   One.\n\n   Two.\n",
        [(4, 4, "One."), (6, 6, "Two.")],
    ),
    "an unknown directive may end with something else than a sentence": (
        ".. mystery::\n\n   One two.\n\n   - three\n\n   .. code:: py\n\n      four",
        [(3, 3, "One two."), (5, 5, "three")],
    ),
    "a remark in code is no sentence": (".. mystery::\n\n   # One two.\n\n   a = b", []),
    "two versions are no words": (".. deprecated-removed:: 3.1 3.2 One.", [(1, 1, "One.")]),
}


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES.keys())
def test_prose(source: str, expected: list[tuple[int, int, str]]) -> None:
    assert placed(blocks, source) == expected
    check_laws(blocks, source)
    check_line_ends(blocks, source)


@every_source(CASES)
def test_what_stands_above_changes_nothing(source: str) -> None:
    check_further_down(blocks, source)


@every_source(CASES)
def test_a_document_may_break_off_anywhere(source: str) -> None:
    check_any_end(blocks, source)


#: Every directive of docutils 0.19 and Sphinx 7, its domains and extensions that has a body:
#: whether prose stands there.
DIRECTIVES = {
    True: (
        "admonition attention caution class compound container danger epigraph error figure "
        "highlights hint important line-block note pull-quote sidebar tip topic warning "
        "acks cssclass deprecated describe glossary hlist ifconfig object only rst-class seealso "
        "todo version-added version-changed version-deprecated version-removed versionadded "
        "versionchanged versionremoved "
        "autoattribute autoclass autodata autodecorator autoexception autofunction automethod "
        "automodule autoproperty autotype "
        "c:member c:var c:function c:macro c:struct c:union c:enum c:enumerator c:type "
        "cpp:class cpp:struct cpp:union cpp:function cpp:member cpp:var cpp:type cpp:concept "
        "cpp:enum cpp:enum-struct cpp:enum-class cpp:enumerator "
        "js:function js:method js:class js:data js:attribute js:module "
        "py:function py:data py:class py:exception py:method py:classmethod py:staticmethod "
        "py:attribute py:property py:type py:module py:decorator py:decoratormethod "
        "rst:directive rst:directive:option rst:role cmdoption option confval envvar "
        "function data class exception method classmethod staticmethod attribute property module "
        "decorator decoratormethod"
    ),
    False: (
        "code csv-table date footer header list-table math meta parsed-literal raw replace "
        "restructuredtext-test-directive role table "
        "autosummary code-block digraph doctest graph graphviz productionlist sourcecode "
        "testcleanup testcode testoutput testsetup toctree c:alias cpp:alias "
        "contents default-role image include rubric sectnum target-notes title unicode "
        "centered codeauthor default-domain highlight index inheritance-diagram literalinclude "
        "moduleauthor sectionauthor tabularcolumns todolist program py:currentmodule "
        "c:namespace c:namespace-push c:namespace-pop"
    ),
}


@pytest.mark.parametrize(
    ("name", "speaks"),
    [(name, speaks) for speaks, names in DIRECTIVES.items() for name in names.split()],
)
def test_directives(name: str, speaks: bool) -> None:
    body = "   One two three.\n\n   And\n   four."
    expected = ["One two three.", "And four."] if speaks else []
    for source in (f".. {name}::\n\n{body}\n", f".. {name}::\n   :a: b\n\n{body}\n"):
        assert proses(blocks, f"{source}\nAfter.") == [*expected, "After."]
    found = proses(blocks, f".. {name}:: 1.0\n\n{body}\n\nAfter.")
    assert [each for each in found if each != "1.0"] == [*expected, "After."]


def test_rubrics_are_headings() -> None:
    source = ".. rubric:: One two\n\n.. centered:: Three\n\nFour."
    assert proses(lambda text: blocks(text, headings=True), source) == ["One two", "Three", "Four."]
    assert proses(blocks, source) == ["Four."]


INLINE = {
    "emphasis and literals": ("*a* **b** ``c*`` a*b", "a b c* a*b"),
    "roles": (":ref:`a` :py:func:`b <c.d>` :class:`~e.f.G` :meth:`!h.i`", "a b G h.i"),
    "links": ("`a <http://b>`_ `c`_ d_ `e`__ `<http://f>`_", "a c d e http://f"),
    "references to notes": ("a [1]_ b [#x]_ c [ABC]_", "a b c [ABC]"),
    "substitutions": ("a |b c| d", "a b c d"),
    "escapes": (r"a\ b \*c\*", "ab *c*"),
    "comparison in a role": (":math:`a < b`", "a < b"),
    "an unmatched tick": ("a ` b", "a b"),
}


@pytest.mark.parametrize(("source", "expected"), INLINE.values(), ids=INLINE.keys())
def test_words(source: str, expected: str) -> None:
    assert words(words_of(source)) == words(expected)


def test_the_deepest_item_is_the_hundredth() -> None:
    assert proses(blocks, "- " * 100 + "One") == ["One"]
    assert proses(blocks, "- " * 101 + "One") == ["- One"]


def test_headings_on_request() -> None:
    found = blocks("====\nOne\n====\n\n*Two*\n-----\n\nThree.", headings=True)
    assert [each.prose for each in found] == ["One", "Two", "Three."]


MARKS = (
    ".. :: - * 1. a) | ` `` :a: :a:` <a> _ __ [1] [1]_ === --- ~~~~ = == +-+ >>> -f "
    "--all note:: code:: _a: |a| \\ # ** ::"
)
LONGER = (".. mystery::", ".. mystery:: a\n", ".. note::", "\n   :a: b\n", "\n\n   ")


def test_any_text_keeps_the_laws() -> None:
    met = Census([*MARKS.split(), *LONGER])

    @given(soup(MARKS, *LONGER))
    @settings(max_examples=300)
    def law(text: str) -> None:
        met.read(text)
        check_laws(lambda each: blocks(each, headings=True), text)
        check_line_ends(blocks, text)

    law()
    met.require(3)


PIECES = [
    ".. ",
    ".. a\n",
    ".. note:: a\n",
    ".. note::\n  ",
    "== ==\n",
    "== ==\n\n",
    "== ==\na\n",
    "+-+\n",
    "|a",
    "| a\n",
    ":a:",
    ":a: b\n",
    "a:",
    "`a <",
    "`",
    "``a",
    "\\ ",
    "::\n",
    "a::\n\n",
    "-f a\n",
    ">>> a\n",
    "- ",
    "- a\n",
    "1. a\n",
    "a\n===\n",
    "----\n",
    "==",
    "[1]_",
    "*",
    "\t",
    " ",
    "a\n b\n",
]


@pytest.mark.parametrize("piece", PIECES)
def test_time_is_linear(piece: str) -> None:
    assert grows_linearly(blocks, piece)


def test_ever_deeper_indentation() -> None:
    depth = 1_500
    text = "".join(" " * level + "word\n" for level in range(depth))
    assert len(blocks(text)) == depth
