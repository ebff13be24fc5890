"""MDX, and components and HTML in Markdown: what indentation and tags change."""

from __future__ import annotations

import pytest

from dedup.segment.markdown.blocks import blocks, comments
from tests.support.growth import growth
from tests.support.segment_laws import check_any_end, check_line_ends, placed

Expected = list[tuple[int, int, str]]

MDX: dict[str, tuple[str, Expected]] = {
    "a fence may be indented as one likes, and so may its end": (
        "<Tabs>\n  <Tab>\n      ```js\n      one()\n\n      two()\n          ```\n  </Tab>\n"
        "</Tabs>\n\nAfter.",
        [(11, 11, "After.")],
    ),
    "a fence of tildes too, in a list in a component": (
        "<Steps>\n    1. First.\n\n        ~~~\n        a\n\n        b\n        ~~~\n\n"
        "       More.\n</Steps>\nAfter.",
        [(2, 2, "First."), (10, 10, "More."), (12, 12, "After.")],
    ),
    "a fence may interrupt a paragraph however far it is indented": (
        "Text\n        ```\n        a\n        ```\nAfter.",
        [(1, 1, "Text"), (5, 5, "After.")],
    ),
    "a fence directly below tags is one": (
        "<Tab>\n```sh\na\n\nb\n```\n</Tab>\nAfter.",
        [(8, 8, "After.")],
    ),
    "a fence directly below a tag with words beside it is one": (
        "<p>Said so.\n```sh\na\n\nb\n```\nAfter.",
        [(1, 1, "Said so."), (7, 7, "After.")],
    ),
    "so is what else Markdown begins below HTML": (
        "<p>Said so.</p>\n# Heading\n<p>And</p>\n- item *one*\n<div>b</div>\n"
        "<Card>\nIn a `card`.\n",
        [(1, 1, "Said so."), (3, 3, "And"), (4, 4, "item one"), (5, 5, "b"), (7, 7, "In a card.")],
    ),
    "indented content of tags is prose at any depth": (
        "<A>\n    <Bb>\n        <Cc>\n            One *two*.\n\n                Three.\n"
        "            - four\n              five\n        </Cc>\n    </Bb>\n</A>",
        [(4, 4, "One two."), (6, 6, "Three."), (7, 8, "four five")],
    ),
    "quotes and items may be indented as one likes": (
        "<Aa>\n        > One\n        > two\n\n        -      three\n               four\n</Aa>",
        [(2, 3, "One two"), (5, 6, "three four")],
    ),
    "comments are none in an indented fence": (
        "<Aa>\n      ```\n      {/* no */}\n      ```\n      {/* yes */}\n      One.\n</Aa>",
        [(6, 6, "One.")],
    ),
}

MARKDOWN: dict[str, tuple[str, Expected]] = {
    "a fence directly below a line of HTML is one where it is closed": (
        "<details><summary>More</summary>\n```sh\na\n\nb\n```\n</details>\n\nAfter.",
        [(1, 1, "More"), (9, 9, "After.")],
    ),
    "one that is never closed is HTML": (
        "<div>\n```sh\nOne.\n</div>\n\nAfter.",
        [(2, 3, "```sh One."), (6, 6, "After.")],
    ),
    "a fence below HTML is closed in its container": (
        "> <div>\n> ~~~\n> a\n> ~~~\n\n- <div>\n  ~~~\n\nAfter.\n~~~",
        [(9, 9, "After.")],
    ),
    "HTML that is indented inside an element is no code": (
        '<div class="a">\n\n    <p>One *two*.</p>\n\n      <b>Three</b> four.\n\n    </div>\n\n'
        "    <p>five</p>",
        [(3, 3, "One *two*."), (5, 5, "Three four.")],
    ),
    "but code that is indented there is": (
        "<details>\n\n    make all\n\n    <dependency>a</dependency>\n\n</details>",
        [],
    ),
    "nor is a table's content prose": (
        "<div>\n<table>\n<tr><td>\n\n    <p>One.</p>\n\n</table>\n\n    <p>Two.</p>\n</div>",
        [(9, 9, "Two.")],
    ),
    "an element that is never closed has nothing in it": (
        "<div>\n\n    <p>One.</p>\n",
        [],
    ),
    "indented HTML outside any element is code": ("One:\n\n    <p>Two.</p>", [(1, 1, "One:")]),
    "indentation means nothing in a component": (
        "<Tabs>\n\n    <Tab>\n        One.\n\n        ```\n        a\n\n        b\n        ```\n"
        "    </Tab>\n</Tabs>\n\n    code\n\nTwo.",
        [(4, 4, "One."), (16, 16, "Two.")],
    ),
    "a component that closes itself has nothing in it": (
        "<Note a={() => 1} />\n\n    code\n\nOne.\n</Note>",
        [(5, 5, "One.")],
    ),
}


@pytest.mark.parametrize(("source", "expected"), MDX.values(), ids=MDX)
def test_mdx(source: str, expected: Expected) -> None:
    assert placed(lambda text: blocks(text, mdx=True), source) == expected


@pytest.mark.parametrize(("source", "expected"), MARKDOWN.values(), ids=MARKDOWN)
def test_markdown(source: str, expected: Expected) -> None:
    assert placed(blocks, source) == expected


@pytest.mark.parametrize("mdx", [True, False])
def test_any_end_and_any_line_ends(mdx: bool) -> None:
    for source, _ in (*MDX.values(), *MARKDOWN.values()):
        check_any_end(lambda text: blocks(text, mdx=mdx), source)
        check_line_ends(lambda text: blocks(text, mdx=mdx), source)


def test_the_depth_of_a_fence_does_not_matter() -> None:
    below = "Here it goes on.\n\n- And here.\n"
    for indent in range(13):
        space = " " * indent
        for mark in ("```", "~~~~"):
            source = f"<Aa>\n{space}{mark}sh\n{space}a\n\n{space}{mark}\n</Aa>\n\n{below}"
            found = placed(lambda text: blocks(text, mdx=True), source)
            assert found == [(8, 8, "Here it goes on."), (10, 10, "And here.")]
            assert placed(blocks, source) == found


def test_comments_are_found_where_they_are_no_code() -> None:
    source = MDX["comments are none in an indented fence"][0]
    assert [each.text for each in comments(source, mdx=True)] == ["yes"]
    source = "<div>\n```\n<!-- no -->\n```\n<!-- yes -->\n</div>"
    assert [each.text for each in comments(source)] == ["yes"]


@pytest.mark.parametrize("mdx", [True, False])
@pytest.mark.parametrize(
    "piece",
    ["<div>\n", "<div>\n\n    <p>a\n\n", "<div>\n```\n\n", "<div>\n````\n~~~\n", "<Aa>\n    a\n\n",
     "<Aa>\n\n", "</Aa>\n", "<Aa></Aa>\n", "<div>\n```a\n", "> <div>\n> ```\n\n", "<Aa b=>\n"],
)  # fmt: skip
def test_time_is_linear(piece: str, mdx: bool) -> None:
    assert not growth(lambda text: blocks(text, mdx=mdx), lambda size: piece * (size // len(piece)))
    closed = "</Aa></div>"
    assert not growth(
        lambda text: blocks(text, mdx=mdx), lambda size: piece * (size // len(piece)) + closed
    )
