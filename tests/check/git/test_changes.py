"""What a branch, the index or some files add, in real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dedup.check.findings.report import REPEATED, SIMILAR
from dedup.check.git import changes as changed
from tests.support.places import ROOT
from tests.support.repositories import PROSE, Repository, drifted, page, wrapped

A, B, C, D, E = PROSE[:5]


@pytest.fixture
def repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Repository:
    """Two copies of old, and two more pages; then a branch."""
    made = Repository(tmp_path / "site", capsys, monkeypatch)
    made.write("a.md", page(A, B))
    made.write("b.md", page(A, C))
    made.write("c.md", page(D))
    made.commit("old")
    made.git("checkout", "-q", "-b", "topic")
    return made


def since_main(repository: Repository) -> list[tuple[str, list[str]]]:
    answer = repository.check("--changed-since", "main")
    assert answer.code == bool(answer.findings)
    return answer.found


def test_old_copies_are_not_told_in_a_branch_that_leaves_them_alone(
    repository: Repository,
) -> None:
    assert repository.check().found == [(REPEATED, ["b.md:3", "a.md:3"])]
    repository.write("c.md", page(D, E))
    repository.commit()
    assert since_main(repository) == []


@pytest.mark.parametrize("state", ["committed", "staged", "changed", "untracked"])
def test_a_pasted_paragraph_is_told_and_is_the_primary_place(
    repository: Repository, state: str
) -> None:
    path = "0.md" if state == "untracked" else "c.md"
    repository.write(path, page(D if path == "c.md" else E, B))
    if state == "staged":
        repository.git("add", "-A")
    elif state == "committed":
        repository.commit()
    answer = repository.check("--changed-since", "main")
    (finding,) = answer.findings
    assert answer.found == [(REPEATED, [f"{path}:5", "a.md:5"])]
    assert [place["changed"] for place in finding["places"]] == [True, False]
    assert answer.summary["ref"] == "main"


def test_one_more_copy_of_two_old_ones(repository: Repository) -> None:
    repository.write("0.md", page(A))
    assert since_main(repository) == [(REPEATED, ["0.md:3", "a.md:3", "b.md:3"])]


def test_an_edited_twin_is_told_as_similar(repository: Repository) -> None:
    repository.write("b.md", page(drifted(A), C))
    repository.commit()
    answer = repository.check("--changed-since", "main")
    assert answer.found == [(SIMILAR, ["b.md:3", "a.md:3"])]


def test_what_moved_or_was_wrapped_is_not_new(repository: Repository) -> None:
    repository.git("mv", "b.md", "moved.md")
    repository.write("a.md", page(B, wrapped(A)))
    repository.commit()
    assert since_main(repository) == []


def test_a_paragraph_that_moved_to_another_file_is_not_new(repository: Repository) -> None:
    repository.write("b.md", page(C))
    repository.write("c.md", page(D, A))
    assert since_main(repository) == []
    repository.remove("b.md")
    repository.write("sub/new.md", page(C))
    assert since_main(repository) == []


def test_a_paragraph_that_moved_and_was_copied_is_new(repository: Repository) -> None:
    repository.write("b.md", page(C))
    repository.write("c.md", page(D, A))
    repository.write("d.md", page(A))
    answer = repository.check("--changed-since", "main")
    assert answer.found == [(REPEATED, ["d.md:3", "a.md:3", "c.md:5"])]


def test_other_line_ends_and_other_quoting_are_not_new(repository: Repository) -> None:
    text = (repository.root / "b.md").read_text()
    repository.write("b.md", text.replace("\n", "\r\n"))
    assert since_main(repository) == []
    repository.write("b.md", "\n".join(f"> {line}".rstrip() for line in text.split("\n")))
    assert since_main(repository) == []


def test_a_line_taken_out_of_a_twin_is_told(repository: Repository) -> None:
    lines = wrapped(A, 50).split("\n")
    repository.write("b.md", page("\n".join(lines), C))
    repository.commit()
    repository.git("branch", "-f", "main")
    del lines[-1]
    repository.write("b.md", page("\n".join(lines), C))
    assert since_main(repository) == [(SIMILAR, ["b.md:3", "a.md:3"])]


def test_what_main_did_since_is_not_the_branch_s(repository: Repository) -> None:
    repository.write("d.md", page(E))
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.write("c.md", page(D, B))
    repository.commit()
    repository.git("checkout", "-q", "topic")
    assert since_main(repository) == []
    repository.git("merge", "-q", "main")
    assert since_main(repository) == []


def test_odd_names_in_diffs(repository: Repository) -> None:
    for name in (
        'sp ace "q".md', "t\tab.md", "n\u00e4me.md", "b\\s.md", "bell\a.md", "con\x17trol.md",
        "un\x1fit\x18.md", "del\x7f.md", "e\x1b[1m.md", "digits\x017.md",
    ):  # fmt: skip
        repository.write(name, page(E))
        repository.commit()
        repository.git("branch", "-f", "main")
        repository.write(name, page(E, B))
        assert since_main(repository) == [(REPEATED, [f"{name}:5", "a.md:5"])]
        repository.write(name, page(E))


def test_settings_of_a_user_change_nothing(repository: Repository) -> None:
    for setting in (
        "diff.noprefix=true", "diff.mnemonicPrefix=true", "color.ui=always", "diff.renames=false",
        "core.quotePath=true", "diff.context=9", "diff.interHunkContext=99", "core.pager=false",
        "diff.external=false", "diff.relative=true", "core.autocrlf=input",
    ):  # fmt: skip
        repository.git("config", *setting.split("="))
    repository.write("c.md", page(D, B))
    repository.git("mv", "b.md", "moved.md")
    assert since_main(repository) == [(REPEATED, ["c.md:5", "a.md:5"])]


def test_files_that_git_calls_binary_are_new_where_their_text_is(repository: Repository) -> None:
    repository.write(".gitattributes", "*.md -diff\n")
    repository.commit()
    repository.git("branch", "-f", "main")
    repository.write("c.md", page(D, B))
    assert since_main(repository) == [(REPEATED, ["c.md:5", "a.md:5"])]


def test_refs_that_can_not_be_had(repository: Repository, tmp_path: Path) -> None:
    for ref, message in (
        ("origin/main", "git ref 'origin/main' not found; in GitHub Actions use actions/checkout"),
        ("--output=x", "'--output=x' is no git ref"),
        ("", "'' is no git ref"),
        ("HEAD~99", "not found"),
        ("HEAD:a.md", "not found"),
    ):
        answer = repository.run("check", f"--changed-since={ref}")
        assert (answer.code, answer.out) == (2, "")
        assert message in answer.err
        assert answer.err.count("\n") == 1
    assert not (repository.root / "x").exists()


def test_without_a_common_ancestor(repository: Repository) -> None:
    repository.git("checkout", "-q", "--orphan", "other")
    repository.commit("other")
    answer = repository.run("check", "--changed-since", "main")
    assert answer.code == 2
    assert "'main' and HEAD have no common ancestor" in answer.err


def test_without_git_or_a_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Repository(tmp_path / "plain", capsys, monkeypatch, git=False)
    plain.write("a.md", page(A))
    assert (
        "--changed-since needs a git repository" in plain.run("check", "--changed-since", "x").err
    )
    assert "--staged needs a git repository" in plain.run("check", "--staged").err
    empty = Repository(tmp_path / "empty", capsys, monkeypatch)
    empty.write("a.md", page(A, A))
    assert "there is no commit yet" in empty.run("check", "--changed-since", "x").err
    empty.git("add", "-A")
    assert len(empty.check("--staged").findings) == 1
    assert empty.check().code == 1


def test_a_shallow_clone_says_what_to_do(
    repository: Repository,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repository.write("c.md", page(D, B))
    repository.commit("pasted")
    repository.git("checkout", "-q", "main")
    repository.write("d.md", page(E))
    repository.commit("on main")
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", "-b", "topic", repository.root.as_uri(), clone],
        check=True, capture_output=True,
    )  # fmt: skip
    there = Repository(clone, capsys, monkeypatch, git=False)
    answer = there.run("check", "--changed-since", "origin/main")
    assert answer.code == 2
    assert "git ref 'origin/main' not found; this clone is shallow" in answer.err
    assert "fetch-depth: 0" in answer.err
    there.git("fetch", "-q", "--depth", "1", "origin", "main:refs/remotes/origin/main")
    answer = there.run("check", "--changed-since", "origin/main")
    assert answer.code == 2
    assert "this clone is shallow and holds no common ancestor" in answer.err
    assert "git fetch --deepen" in answer.err
    assert there.check().code == 1, "without a ref nothing is asked of the history"
    there.git("fetch", "-q", "--unshallow")
    answer = there.check("--changed-since", "origin/main")
    assert answer.found == [(REPEATED, ["c.md:5", "a.md:5"])]


def test_only_some_files_are_reported_on_and_all_are_read(repository: Repository) -> None:
    repository.write("d.md", page(C))
    assert len(repository.check().found) == 2
    assert repository.check("--only", "d.md").found == [(REPEATED, ["d.md:3", "b.md:5"])]
    assert repository.check("--only", "a.md", "c.md").found == [(REPEATED, ["a.md:3", "b.md:3"])]
    assert repository.check("--only", "c.md").code == 0
    (finding,) = repository.check("--only", "d.md").findings
    assert [place["changed"] for place in finding["places"]] == [False, False]
    repository.write("sub/e.md", page(D))
    assert repository.check("--only", "sub").found == [(REPEATED, ["sub/e.md:3", "c.md:3"])]
    repository.write("x.py", "")
    assert repository.check("--only", "x.py").code == 0, "a hook passes what it likes"
    assert repository.run("check", "--only").code == 2
    assert repository.run("check", "--only", "none.md").code == 2


def test_what_is_staged_is_read_from_the_index(repository: Repository) -> None:
    repository.write("c.md", page(D, B))
    assert repository.check("--staged").found == []
    repository.git("add", "c.md")
    repository.write("c.md", page(D, C))
    repository.write("untracked.md", page(C))
    assert repository.check("--staged").found == [(REPEATED, ["c.md:5", "a.md:5"])]
    repository.remove("c.md")
    assert repository.check("--staged").found == [(REPEATED, ["c.md:5", "a.md:5"])]


def test_a_staged_move_is_not_new(repository: Repository) -> None:
    repository.git("mv", "b.md", "moved.md")
    assert repository.check("--staged").found == []
    repository.write("moved.md", page(A, C, B))
    repository.git("add", "-A")
    assert repository.check("--staged").found == [(REPEATED, ["moved.md:7", "a.md:5"])]


def test_options_that_contradict_each_other(repository: Repository) -> None:
    answer = repository.run("check", "--staged", "--changed-since", "main")
    assert answer.code == 2
    assert "ask for different changes" in answer.err


def test_lines_of_a_diff(repository: Repository) -> None:
    lines = [f"line {k}" for k in range(1, 21)]
    repository.write("n.md", "\n".join(lines))
    repository.commit()
    repository.git("branch", "-f", "main")
    lines[0] = "+++ b/other.md"
    lines[9:12] = ["@@ -1 +1 @@", "new"]
    del lines[15]
    repository.write("n.md", "\n".join(lines))
    changes = changed.since(str(repository.root), "main")
    found = changed.lines(str(repository.root), changes, {"n.md"})
    assert found == {"n.md": [(1, 1), (10, 11), (15, 16)]}
    assert [changed.touches(found["n.md"], k, k) for k in (1, 2, 9, 10, 11, 12, 15, 17)] == [
        True, False, False, True, True, False, True, False,
    ]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="the hook is a shell script")
def test_a_hook_stops_the_commit_of_a_copy_and_no_other(repository: Repository) -> None:
    hook = repository.write(
        ".git/hooks/pre-commit",
        f"#!/bin/sh\nPYTHONPATH='{ROOT}' exec '{sys.executable}' -m dedup.cli check --staged\n",
    )
    hook.chmod(0o755)
    repository.write("c.md", page(D, E))
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "nothing repeated by it")
    repository.write("c.md", page(D, B))
    repository.write("d.md", page(C))
    before = repository.git("rev-parse", "HEAD")
    for arguments in (["-a"], ["c.md"], ["-i", "c.md"]):
        repository.git("commit", "-q", "-m", "copy", *arguments, check=False)
        assert repository.git("rev-parse", "HEAD") == before, arguments
        repository.git("reset", "-q")
    repository.write("e.md", page("Nothing that anybody has written before."))
    repository.git("add", "e.md")
    repository.git("commit", "-q", "-m", "another file", "--", "e.md")
    assert repository.git("rev-parse", "HEAD") != before
    linked = repository.root.parent / "linked"
    repository.git("worktree", "add", "-q", "-b", "other", str(linked))
    (linked / "f.md").write_text(page(B))
    done = subprocess.run(
        ["git", "commit", "-q", "-m", "copy", "--", "f.md"], cwd=linked, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    subprocess.run(["git", "add", "f.md"], cwd=linked, check=True)
    done = subprocess.run(
        ["git", "commit", "-q", "-m", "copy"], cwd=linked, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "f.md:3:1" in done.stdout + done.stderr
