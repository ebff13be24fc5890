"""The check of branches that exclude each other, and of merge conflicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedup.check.findings.report import REPEATED, SIMILAR
from tests.support.repositories import PROSE, Repository, drifted, page

A, B = PROSE[:2]


@pytest.fixture
def repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Repository:
    return Repository(tmp_path / "site", capsys, monkeypatch)


def found(repository: Repository) -> list[tuple[str, list[str]]]:
    """List the rules and places of what the check finds."""
    return [
        (each["rule"], sorted(f"{place['source']}:{place['first']}" for place in each["places"]))
        for each in repository.check().findings
    ]


def choice(one: str, other: str) -> str:
    return f"ifdef::cloud[]\n{one}\nendif::[]\nifndef::cloud[]\n{other}\nendif::[]\n"


def test_what_no_reader_sees_twice_is_not_found(repository: Repository) -> None:
    repository.write("a.adoc", f"= T\n\n{choice(A, A)}\n{choice(B, drifted(B))}")
    assert found(repository) == []
    repository.write("a.adoc", f"= T\n\nifdef::x[{A}]\nifndef::x[{A}]\n")
    assert found(repository) == []


def test_what_some_reader_sees_twice_is_found(repository: Repository) -> None:
    repository.write("a.adoc", f"= T\n\n{choice(A, B)}\n{choice(A, 'Other.')}")
    assert found(repository) == [(REPEATED, ["a.adoc:11", "a.adoc:4"])]
    repository.write("a.adoc", f"= T\n\n{choice(A, A)}\n{A}\n")
    assert found(repository) == [(REPEATED, ["a.adoc:10", "a.adoc:4", "a.adoc:7"])]
    repository.write("a.adoc", f"= T\n\nifdef::x[{A}]\nifdef::y[{A}]\n")
    assert found(repository) == [(REPEATED, ["a.adoc:3", "a.adoc:4"])]


def test_branches_of_another_file_are_compared(repository: Repository) -> None:
    repository.write("a.adoc", f"= T\n\n{choice(A, B)}")
    repository.write("b.adoc", f"= T\n\n{choice('Other.', A)}\n")
    repository.write("c.adoc", f"= T\n\n{drifted(B)}\n")
    assert found(repository) == [
        (REPEATED, ["a.adoc:4", "b.adoc:7"]),
        (SIMILAR, ["a.adoc:7", "c.adoc:3"]),
    ]


def test_text_for_one_output_is_not_compared_with_text_for_another(repository: Repository) -> None:
    for_html, for_latex = (f".. only:: {name}\n\n   {{}}\n\n" for name in ("html", "latex"))
    repository.write("a.rst", for_html.format(A) + for_latex.format(drifted(A)))
    repository.write("b.rst", for_latex.format(A) + for_html.format(B))
    assert found(repository) == [(SIMILAR, ["a.rst:7", "b.rst:3"])]
    repository.write("b.rst", for_latex.format(B) + for_html.format(B))
    assert found(repository) == []
    repository.write("c.rst", f"{B}\n")
    assert found(repository) == [(REPEATED, ["b.rst:3", "b.rst:7", "c.rst:1"])]


def test_branches_that_are_like_a_text_of_another_file_are_one_finding(
    repository: Repository,
) -> None:
    # The drifted copy excludes the first text, and both are like one of another file.
    repository.write("a.adoc", f"= T\n\n{choice(A, drifted(A))}")
    repository.write("b.adoc", f"= T\n\n{drifted(A).replace('quite', 'quite so')}\n")
    assert found(repository) == [(SIMILAR, ["a.adoc:4", "a.adoc:7", "b.adoc:3"])]


def test_a_merge_conflict_is_told_as_such(repository: Repository) -> None:
    sides = f"<<<<<<< HEAD\n{A}\n=======\n{drifted(A)}\n>>>>>>> topic\n"
    repository.write("a.md", f"# T\n\n{sides}\n{B}\n")
    answer = repository.run("check")
    assert answer.code == 0
    assert answer.out.startswith("No repeated paragraphs in 1 file (3 paragraphs")
    assert answer.err.startswith("dedup: a.md:3: a merge conflict that was not settled; ")
    repository.write("b.md", page(drifted(A)))
    assert found(repository) == [(REPEATED, ["a.md:4", "a.md:6", "b.md:3"])]


def test_a_conflict_in_code_is_an_example(repository: Repository) -> None:
    repository.write("a.md", f"# T\n\n```\n<<<<<<< HEAD\n{A}\n=======\nb\n>>>>>>> c\n```\n\n{B}\n")
    answer = repository.run("check")
    assert (answer.code, answer.err) == (0, "")
