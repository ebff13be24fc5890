"""Tabs of one page are not compared with each other, all else is."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from dedup.check.findings.report import REPEATED
from dedup.check.scope.alternatives import KNOWN, alternatives
from tests.support.growth import growth
from tests.support.repositories import PROSE, Repository, drifted

A, B = PROSE[:2]
IN = indent(A, "    ")
DRIFTED = indent(drifted(A), "    ")


@pytest.fixture
def repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Repository:
    return Repository(tmp_path / "site", capsys, monkeypatch)


#: A file, and a page with two tabs of the same words.
TABS: dict[str, tuple[str, str]] = {
    "Docusaurus": (
        "a.mdx",
        f'<Tabs>\n<TabItem value="a">\n\n{A}\n\n</TabItem>\n<TabItem value="b">\n\n{A}\n\n'
        "</TabItem>\n</Tabs>\n",
    ),
    "Mintlify, one of them edited": (
        "a.mdx",
        f"<Tabs>\n<Tab title='a'>\n\n{A}\n\n</Tab>\n<Tab>\n\n{drifted(A)}\n\n</Tab>\n</Tabs>\n",
    ),
    "a shortcode of Hugo": (
        "a.md", f'{{{{< tabs >}}}}\n{{{{< tab "a" >}}}}\n{A}\n{{{{< /tab >}}}}\n\n{{{{% tab %}}}}\n'
        f"{A}\n{{{{% /tab %}}}}\n{{{{< /tabs >}}}}\n",
    ),
    "GitBook": (
        "a.md",
        f'{{% tabs %}}\n{{% tab title="a" %}}\n{A}\n{{% endtab %}}\n\n{{% tab title="b" %}}\n'
        f"{A}\n{{% endtab %}}\n{{% endtabs %}}\n",
    ),
    "Material for MkDocs": ("a.md", f'=== "a"\n\n{IN}\n\n=== "b"\n\n{DRIFTED}\n\nEnd.\n'),
    "sphinx-design": (
        "a.rst",
        f".. tab-set::\n\n  .. tab-item:: a\n\n{IN}\n\n  .. tab-item:: b\n\n{IN}\n\nEnd.\n",
    ),
    "sphinx-tabs, at the end": (
        "a.rst", f".. tabs::\n\n  .. group-tab:: a\n\n{IN}\n\n  .. group-tab:: b\n\n{IN}\n",
    ),
    "MyST": (
        "a.md",
        f"::::{{tab-set}}\n:::{{tab-item}} a\n{A}\n:::\n:::{{tab-item}} b\n{A}\n:::\n::::\n",
    ),
    "docfx": ("a.md", f"# [a](#tab/a)\n\n{A}\n\n# [b](#tab/b)\n\n{A}\n\n***\n\nEnd.\n"),
    "Asciidoctor Tabs": (
        "a.adoc", f"= T\n\n[tabs]\n======\na::\n+\n--\n{A}\n--\nb::\n+\n--\n{A}\n--\n======\n",
    ),
    "inside a tab": (
        "a.mdx",
        f"<TabItem>\n\n{B}\n\n<Tab>\n\n{A}\n\n</Tab>\n<Tab>\n\n{A}\n\n</Tab>\n\n</TabItem>\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("path", "text"), TABS.values(), ids=TABS)
def test_tabs_side_by_side_are_not_compared(repository: Repository, path: str, text: str) -> None:
    repository.write(path, text)
    assert repository.check().findings == []
    repository.write("dedup.toml", "alternatives = false\n")
    assert len(repository.check().findings) == 1
    repository.remove("dedup.toml")
    repository.write(f"b{path[1:]}", f"{A}\n")
    assert len(repository.check().findings) == 1


#: Pages with a text that a reader sees twice.
SEEN: dict[str, str] = {
    "a tab and the page around": f"<Tab>\n\n{A}\n\n</Tab>\n\n{A}\n",
    "twice in one tab": f"<Tab>\n\n{A}\n\n{A}\n\n</Tab>\n",
    "tabs of two groups": f"<Tab>\n\n{A}\n\n</Tab>\n\nThen.\n\n<Tab>\n\n{A}\n\n</Tab>\n",
    "tabs that stand in code": (
        f"```\n<Tab>\n```\n\n{A}\n\n```\n</Tab><Tab>\n```\n\n{A}\n\n</Tab>\n"
    ),
    "another component": f"<Card>\n\n{A}\n\n</Card>\n<Card>\n\n{A}\n\n</Card>\n",
}


@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_what_a_reader_sees_twice_is_found(repository: Repository, text: str) -> None:
    repository.write("a.mdx", text)
    assert [rule for rule, _ in repository.check().found] == [REPEATED]


def test_a_component_of_ones_own_is_named_in_the_settings(repository: Repository) -> None:
    repository.write("a.mdx", SEEN["another component"])
    repository.write("dedup.toml", 'alternatives = ["Card"]\n')
    assert repository.check().findings == []
    repository.write("dedup.toml", "alternatives = [1]\n")
    answer = repository.run("check")
    assert answer.code == 2
    assert "dedup.toml:1: alternatives: 1 is no text in quotes" in answer.err


#: Pieces that are repeated many times, and the markup.
HARD = {
    "tags never closed": ("<Tab>\n", "mdx"),
    "tags side by side": ("<Tab>x</Tab>\n", "mdx"),
    "ends without begins": ("</Tab>", "mdx"),
    "shortcodes never ended": ("{{< tab ", "markdown"),
    "indented deeper and deeper": ("=== \"a\"\n", "markdown"),
    "directives": (".. tab-item:: x\n", "rst"),
    "sections": ("# [a](#tab/a)\n", "markdown"),
    "blocks": ("[tabs]\n====\na::\n", "asciidoc"),
}  # fmt: skip


@pytest.mark.parametrize(("piece", "markup"), HARD.values(), ids=HARD)
def test_hard_pages_take_time_in_proportion(piece: str, markup: str) -> None:
    def read(text: str) -> object:
        return alternatives(text, markup, KNOWN)

    assert growth(read, lambda size: piece * (size // len(piece))) == ""


@pytest.mark.parametrize("name", ["pane", "window-pane", "Panel"])
def test_names_that_contain_one_another(name: str) -> None:
    text = f"<{name}>\n\n{A}\n\n</{name}>\n<{name}>\n\n{B}\n\n</{name}>\n"
    assert len(alternatives(text, "markdown", ("window-pane", "pane", "Panel", "window"))) == 2
