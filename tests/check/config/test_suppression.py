"""Comments that switch rules off: in every markup, what they are about, those of no use."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedup.check.config.suppression import ALL, BITS, directives, scopes, switched_off
from dedup.check.findings.report import REPEATED, SIMILAR
from dedup.segment import paragraphs
from tests.support.repositories import PROSE, Repository, drifted, page

A, B = PROSE[:2]


@pytest.fixture
def repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Repository:
    made = Repository(tmp_path / "site", capsys, monkeypatch)
    made.write("a.md", page(A))
    return made


#: The paragraph with a comment before it, in every markup.
MARKUPS: dict[str, str] = {
    "b.md": f"# B\n\n<!-- dedup-disable-next -- by design -->\n\n{A}\n",
    "tight.md": f"<!-- dedup-disable-next-line -->\n{A}\n",
    "b.mdx": f"import X from './x'\n\n{{/* dedup-disable-next */}}\n\n{A}\n",
    "html.mdx": f"<!-- dedup-disable-next -->\n\n{A}\n",
    "b.rst": f"B\n=\n\n.. dedup-disable-next\n\n{A}\n",
    "b.adoc": f"= B\n\n// dedup-disable-next\n{A}\n",
    "b.html": f"<body><!-- dedup-disable-next --><p>{A}</p></body>\n",
    "file.md": f"{A}\n\n<!-- dedup-disable-file -->\n",
    "file.rst": f".. dedup-disable-file -- a copy\n\n{A}\n",
    "on.md": f"<!-- dedup-disable -->\n\n{A}\n\n<!-- dedup-enable -->\n\nNo more.\n",
    "rule.md": f"<!-- dedup-disable {REPEATED}, {SIMILAR} -->\n\n{A}\n",
    "item.md": f"- <!-- dedup-disable-next --> {A}\n- x\n",
    "end.md": f"No more. <!-- dedup-disable-next -->\n\n{A}\n",
    "yaml.md": f"---\ntitle: x\ndedup: false\n---\n\n{A}\n",
    "toml.md": f"+++\ndedup = false\n+++\n\n{A}\n",
    "json.md": f'{{\n  "title": "x",\n  "dedup": false\n}}\n\n{A}\n',
    "yaml.adoc": f"---\ndedup: false\n---\n\n{A}\n",
    "yaml.html": f"---\ndedup: false\n---\n<p>{A}</p>\n",
}


@pytest.mark.parametrize("path", MARKUPS)
def test_a_marked_paragraph_leaves_the_comparison(repository: Repository, path: str) -> None:
    repository.write(path, MARKUPS[path])
    answer = repository.check("--report-unused")
    assert (answer.code, answer.findings) == (0, [])
    assert '"unused": []' in answer.out


#: What looks like a comment of ours and is none, or means something else.
NO_COMMENTS: dict[str, str] = {
    "code.md": f"```html\n<!-- dedup-disable-next -->\n```\n\n{A}\n",
    "inline.md": f"Write `<!-- dedup-disable-next -->` above it.\n\n{A}\n",
    "other.md": f"<!-- see dedup-disable-next -->\n\n{A}\n",
    "after.md": f"{A}\n\n<!-- dedup-disable-next -->\n",
    "enabled.md": f"<!-- dedup-disable -->\n\n{B}\n\n<!-- dedup-enable -->\n\n{A}\n",
    "second.md": f"<!-- dedup-disable-next -->\n\n{B}\n\n{A}\n",
    "rule.md": f"<!-- dedup-disable {SIMILAR} -->\n\n{A}\n",
    "literal.rst": f"Write::\n\n   .. dedup-disable-next\n\n{A}\n",
    "listing.adoc": f"----\n// dedup-disable-next\n----\n\n{A}\n",
    "yaml.md": f"---\nparams:\n  dedup: false\n---\n\n{A}\n",
    "true.md": f"---\ndedup: true\n---\n\n{A}\n",
    "prose.md": f"dedup: false\n\n{A}\n",
}


@pytest.mark.parametrize("path", NO_COMMENTS)
def test_what_is_no_comment_or_about_something_else_changes_nothing(
    repository: Repository, path: str
) -> None:
    repository.write(path, NO_COMMENTS[path])
    answer = repository.check()
    assert answer.code == 1
    assert [rule for rule, _ in answer.found] == [REPEATED]


def test_marking_either_copy_silences_a_pair(repository: Repository) -> None:
    repository.write("b.md", page(A))
    assert repository.check().code == 1
    repository.write("a.md", page("<!-- dedup-disable-next -->", A))
    assert repository.check().code == 0


def test_two_other_copies_are_still_found(repository: Repository) -> None:
    repository.write("a.md", page("<!-- dedup-disable-next -->", A))
    repository.write("b.md", page(A))
    repository.write("c.md", page(A))
    assert repository.check().found == [(REPEATED, ["c.md:3", "b.md:3"])]


def test_one_rule_may_be_switched_off_and_the_other_stay(repository: Repository) -> None:
    repository.write("b.md", page(f"<!-- dedup-disable-next {SIMILAR} -->", drifted(A)))
    assert repository.check().found == []
    repository.write("c.md", page(drifted(A)))
    assert repository.check().found == [(REPEATED, ["c.md:3", "b.md:5", "a.md:3"])]
    assert repository.check("--select", SIMILAR).found == [(SIMILAR, ["c.md:3", "a.md:3"])]


def test_rules_are_switched_on_again_one_by_one() -> None:
    text = "\n\n".join(
        (
            "One.",
            "<!-- dedup-disable -->",
            "Two.",
            f"<!-- dedup-enable {SIMILAR} -->",
            "Three.",
            "<!-- dedup-enable -->",
            "Four.",
        )
    )
    parts = paragraphs(text, "markdown")
    off = switched_off(scopes(directives(text, "markdown"), parts), len(parts))
    assert off == [0, ALL, ALL - BITS[SIMILAR], 0]


def test_lines_and_reasons_of_comments() -> None:
    text = "a\r\n\r\n<!-- dedup-disable-next\n  similar-paragraph -- because\n  of this -->\n"
    (found,) = directives(text, "markdown")
    assert (found.line, found.rules) == (3, BITS[SIMILAR])
    assert found.comment == "dedup-disable-next similar-paragraph -- because of this"


def test_comments_of_no_use_are_listed(repository: Repository) -> None:
    repository.write(
        "b.md",
        page(
            "<!-- dedup-disable-next -->",
            A,
            "<!-- dedup-disable-next -->",
            B,
            f"<!-- dedup-disable-next {SIMILAR} -->",
            PROSE[2],
            "<!-- dedup-disable-next -->",
        ),
    )
    answer = repository.run("check", "--report-unused", "--output-format", "concise")
    assert answer.code == 0
    assert answer.out.splitlines()[:3] == [
        "unused: b.md:7: dedup-disable-next (nothing is found there)",
        f"unused: b.md:11: dedup-disable-next {SIMILAR} (nothing is found there)",
        "unused: b.md:15: dedup-disable-next (no paragraph follows it)",
    ]


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("dedup-disable-nxt", "dedup-disable-nxt is not known; did you mean 'dedup-disable-next'?"),
        ("dedup-disable-next repeated", "rule 'repeated' is not known; did you mean"),
    ],
)
def test_comments_that_can_not_be_understood_are_told_at_once(
    repository: Repository, comment: str, reason: str
) -> None:
    repository.write("b.md", page(f"<!-- {comment} -->", A))
    answer = repository.check()
    assert answer.code == 1
    assert f"b.md:3: {reason}" in answer.err


def test_rules_may_be_off_for_some_files_by_the_settings(repository: Repository) -> None:
    repository.write("legal/b.md", page(A))
    repository.write("dedup.toml", f'[per-file-ignores]\n"legal/**" = ["{REPEATED}"]\n')
    assert repository.check().code == 0
    repository.write("c.md", page(A))
    assert repository.check().found == [(REPEATED, ["c.md:3", "a.md:3"])]


@pytest.mark.parametrize(
    "comment",
    ["dedup-paragraphs is what we use", "dedup", "dedup-", "Dedup-disable"],
)
def test_comments_about_something_else(comment: str) -> None:
    assert directives(f"<!-- {comment} -->\n", "markdown") == []


def test_a_long_comment_costs_no_square() -> None:
    (found,) = directives(f"<!-- dedup-disable {' ' * 200_000}x\n-->\n", "markdown")
    assert found.reason.startswith("rule 'x' is not known")


def test_many_comments_cost_no_square() -> None:
    text = "<!-- dedup-disable -->\n\nOne two.\n\n" * 20_000
    parts = paragraphs(text, "markdown")
    found = scopes(directives(text, "markdown"), parts)
    assert len(found) == len(parts) == 20_000
    assert switched_off(found, len(parts)) == [ALL] * 20_000
