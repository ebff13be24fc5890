"""The baseline: what it accepts, what it doesn't, how branches merge, what is malformed."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from dedup.check.findings import baseline
from dedup.check.findings.baseline import Entry
from dedup.check.findings.report import REPEATED, RULES, SIMILAR
from tests.support.repositories import PROSE, Repository, drifted, page, wrapped

A, B, C, D, E = PROSE[:5]
NAME = "dedup-baseline.json"


@pytest.fixture
def repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Repository:
    """A text in two places, and two like texts; all accepted."""
    made = Repository(tmp_path / "site", capsys, monkeypatch)
    made.write("a.md", page(A, B))
    made.write("b.md", page(drifted(B), A))
    made.write("c.md", page(C))
    assert made.check().code == 1
    answer = made.run("baseline")
    assert answer.code == 0
    assert answer.out == f"{NAME}: 2 groups accepted (3 texts, 3 new, 0 taken out).\n"
    made.commit()
    return made


def test_what_is_accepted_is_silent_and_counted(repository: Repository) -> None:
    answer = repository.check()
    assert (answer.code, answer.findings) == (0, [])
    assert (answer.summary["accepted"], answer.summary["stale"]) == (2, 0)
    assert answer.summary["baseline"] == NAME
    assert len(repository.check("--no-baseline").findings) == 2


def test_moving_renaming_and_wrapping_change_nothing(repository: Repository) -> None:
    repository.remove("a.md")
    repository.remove("b.md")
    repository.write(
        "z/y.rst", f"{wrapped(B)}\n\n* {wrapped(A).replace(chr(10), chr(10) + '  ')}\n"
    )
    repository.write("0.md", page(f"**{A}**", "Short.", wrapped(drifted(B), 30)))
    answer = repository.check()
    assert (answer.code, answer.summary["stale"]) == (0, 0)
    assert repository.run("baseline").out == f"{NAME} is up to date: 2 groups accepted (3 texts).\n"


def test_a_third_copy_is_new(repository: Repository) -> None:
    repository.write("c.md", page(C, A))
    answer = repository.check()
    assert answer.found == [(REPEATED, ["c.md:5", "a.md:3", "b.md:5"])]
    assert answer.findings[0]["note"] == ("2 copies are accepted in the baseline, now there are 3")
    assert repository.run("baseline").code == 0
    assert repository.check().code == 0


def test_editing_an_accepted_copy_is_new_and_says_so(repository: Repository) -> None:
    repository.write("b.md", page(drifted(A), drifted(B)))
    answer = repository.check()
    assert answer.found == [(SIMILAR, ["b.md:3", "a.md:3"])]
    assert answer.findings[0]["note"] == (
        "accepted in the baseline as copies, and one of them differs now"
    )
    assert answer.summary["stale"] == 1


def test_editing_an_accepted_like_text_is_new(repository: Repository) -> None:
    repository.write("b.md", page(A, drifted(drifted(B))))
    answer = repository.check()
    assert [rule for rule, _ in answer.found] == [SIMILAR]
    assert "a like paragraph is accepted" in answer.findings[0]["note"]


def test_one_more_copy_of_a_like_text_is_told_once(repository: Repository) -> None:
    repository.write("c.md", page(C, B))
    assert repository.check().found == [(REPEATED, ["c.md:5", "a.md:5"])]


def test_stale_entries_are_counted_and_pruned(repository: Repository) -> None:
    repository.write("a.md", page(B))
    assert repository.check().summary["stale"] == 1
    answer = repository.run("check")
    assert "1 entry is stale (dedup baseline --prune)" in answer.out
    repository.write("c.md", page(C, C))
    answer = repository.run("baseline", "--prune")
    assert answer.out == f"{NAME}: 1 group accepted (2 texts, 0 new, 1 taken out).\n"
    assert repository.check().found == [(REPEATED, ["c.md:5", "c.md:3"])]
    assert repository.check().summary["stale"] == 0


def test_pruning_lowers_the_number_of_copies(repository: Repository) -> None:
    repository.write("c.md", page(A, A))
    repository.run("baseline")
    repository.write("c.md", page(A))
    assert repository.check().summary["stale"] == 1
    repository.run("baseline", "--prune")
    repository.write("c.md", page(A, A))
    assert repository.check().code == 1


def test_a_rule_that_is_off_makes_nothing_stale(repository: Repository) -> None:
    answer = repository.check("--select", REPEATED)
    assert (answer.summary["stale"], answer.summary["accepted"]) == (0, 1)
    repository.run("baseline", "--prune", "--select", REPEATED)
    assert repository.check().code == 0


def test_some_paths_add_to_the_baseline_and_count_nothing_stale(repository: Repository) -> None:
    repository.write("sub/d.md", page(D, D))
    assert repository.check("sub").summary["stale"] == 0
    repository.run("baseline", "sub")
    assert repository.check().code == 0


def test_the_file_has_no_places_no_dates_and_an_entry_a_line(repository: Repository) -> None:
    text = (repository.root / NAME).read_text()
    assert "a.md" not in text
    assert not re.search(r"\b(?:line|20\d\d)\b", text)
    lines = text.splitlines()[4:-3]
    assert lines == sorted(lines)
    assert all(line.endswith(",") for line in lines)
    assert json.loads(text)["version"] == 1
    repository.run("baseline")
    assert (repository.root / NAME).read_text() == text


def branches(repository: Repository, union: bool) -> str:
    """Let two branches accept a text each, and merge them; returns what git says."""
    if union:
        repository.write(".gitattributes", f"{NAME} merge=union\n")
        repository.commit()
    repository.git("checkout", "-q", "-b", "one")
    repository.write("d.md", page(D, D))
    repository.run("baseline")
    repository.commit()
    repository.git("checkout", "-q", "-b", "two", "main")
    repository.write("e.md", page(E, E))
    repository.run("baseline")
    repository.commit()
    return repository.git("merge", "-q", "one", "-m", "merge", check=False)


def test_two_branches_merge_into_a_baseline_that_accepts_both(repository: Repository) -> None:
    branches(repository, union=True)
    answer = repository.check()
    assert (answer.code, answer.summary["accepted"], answer.summary["stale"]) == (0, 4, 0)


def test_two_new_baselines_merge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Repository(tmp_path / "new", capsys, monkeypatch)
    made.write("a.md", page(A, A))
    made.commit()
    branches(made, union=True)
    answer = made.check()
    assert (answer.code, answer.summary["accepted"]) == (0, 3)


def test_each_branch_adds_a_copy_and_the_merge_has_one_too_many(repository: Repository) -> None:
    repository.write(".gitattributes", f"{NAME} merge=union\n")
    repository.commit()
    for branch, path in (("one", "d.md"), ("two", "e.md")):
        repository.git("checkout", "-q", "-b", branch, "main")
        repository.write(path, page(A))
        repository.run("baseline")
        repository.commit()
    repository.git("merge", "-q", "one", "-m", "merge")
    answer = repository.check()
    assert answer.code == 1
    assert answer.findings[0]["note"] == "3 copies are accepted in the baseline, now there are 4"


def test_conflict_marks_are_told_with_the_line_and_what_to_do(repository: Repository) -> None:
    text = (repository.root / NAME).read_text().splitlines(keepends=True)
    text[5:5] = ["<<<<<<< HEAD\n", "=======\n", ">>>>>>> one\n"]
    repository.write(NAME, "".join(text))
    answer = repository.run("check")
    assert (answer.code, answer.out) == (2, "")
    assert f"{NAME}:6: a merge conflict stands in the baseline; keep the lines" in answer.err
    assert "merge=union" in answer.err
    assert repository.run("baseline").code == 2, "it must not be overwritten"


def with_entry(value: str) -> str:
    """Write a baseline with an entry of this value."""
    return baseline.dump({(REPEATED, "0" * 16): Entry(1)}).replace(
        '{"copies": 1, "words": 0, "text": ""}', value
    )


MALFORMED: dict[str, tuple[str, str]] = {
    "no JSON": ('{\n"version": 1,\n', "dedup-baseline.json:3: the baseline is no JSON"),
    "empty": ("", "dedup-baseline.json:1: the baseline is no JSON"),
    "a list": ("[]", "there is no object 'accepted' in it"),
    "another version": ('{"version": 9, "accepted": {}}', "its version is 9 instead of 1"),
    "other words": ('{"version": 1, "words": "x", "accepted": {}}', "it counts words by 'x'"),
    "an odd key": (baseline.dump({}).replace("~", "x"), "entry 'x' has no rule, fingerprint"),
    "no copies": (
        baseline.dump({(REPEATED, "0" * 16): Entry(1)}).replace('"copies": 1', '"copies": 0'),
        "has no rule, fingerprint or number of copies",
    ),
    "deep": ("[" * 100_000, "the baseline is malformed"),
    "a long number": (with_entry("9" * 100_000), "the baseline is malformed"),
    "a list of words": (with_entry('{"copies": 2, "words": [1]}'), "has no number of words"),
    "words that are no number": (with_entry('{"copies": 2, "words": NaN}'), "no number of words"),
    "endless words": (with_entry('{"copies": 2, "words": 1e999}'), "has no number of words"),
    "words below nothing": (with_entry('{"copies": 2, "words": -1}'), "has no number of words"),
    "a text that is none": (with_entry('{"copies": 2, "text": {}}'), "or a text that is none"),
    "copies that are true": (with_entry('{"copies": true}'), "or number of copies"),
    "copies beyond counting": (with_entry('{"copies": 99999999999}'), "or number of copies"),
    "copies in a text": (with_entry('{"copies": "2"}'), "or number of copies"),
    "an entry that is a list": (with_entry("[]"), "or number of copies"),
    "a version that is true": ('{"version": true, "accepted": {}}', "its version is True instead"),
    "a control in a key": ('{"version": "\x1b"}', "the baseline is no JSON"),
}


@pytest.mark.parametrize(("text", "message"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_baseline_is_an_error(repository: Repository, text: str, message: str) -> None:
    repository.write(NAME, text)
    answer = repository.run("check")
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err
    assert answer.err.count("\n") == 1
    assert repository.check("--no-baseline").code == 1


def test_a_named_baseline_must_be_there(repository: Repository) -> None:
    for options in (["--baseline", "other.json"], ["--baseline", "sub/other.json"]):
        answer = repository.run("check", *options)
        assert answer.code == 2
        assert "no such baseline; write it with: dedup baseline" in answer.err
    repository.write("dedup.toml", 'baseline = "ci/known.json"\n')
    assert "ci/known.json: no such baseline" in repository.run("check").err
    repository.run("baseline")
    assert (repository.root / "ci" / "known.json").is_file()
    answer = repository.check()
    assert (answer.code, answer.summary["baseline"]) == (0, "ci/known.json")
    repository.remove(NAME)
    repository.write("dedup.toml", "")
    assert repository.check().code == 1, "nobody named it"


def test_no_baseline_is_written_where_a_file_can_not_be_read(repository: Repository) -> None:
    before = (repository.root / NAME).read_text()
    repository.write("c.md", page(C, C))
    repository.write("bad.md", b"caf\xe9")
    answer = repository.run("baseline")
    assert (answer.code, answer.out) == (2, "")
    assert f"{NAME} is left as it was" in answer.err
    assert (repository.root / NAME).read_text() == before


def test_a_check_writes_no_file(repository: Repository) -> None:
    before = sorted(repository.root.rglob("*"))
    repository.check("--no-baseline", "--changed-since", "main", "--statistics")
    assert sorted(each for each in repository.root.rglob("*") if ".git" not in each.parts) == [
        each for each in before if ".git" not in each.parts
    ]


def test_a_new_version_of_the_docs_adds_nothing(repository: Repository) -> None:
    repository.write("dedup.toml", 'isolate = ["v/*/**"]\n')
    repository.write("v/1/d.md", page(D, D))
    repository.run("baseline")
    repository.write("v/2/d.md", page(D, D))
    assert repository.check().code == 0
    repository.write("v/2/e.md", page(D))
    assert len(repository.check().findings) == 1


def test_sections_with_the_same_text_have_fingerprints_of_their_own(
    repository: Repository,
) -> None:
    repository.write("dedup.toml", 'isolate = ["v/*/**"]\n')
    repository.write("v/one/d.md", page(D, D))
    repository.write("v/two/d.md", page(D, D))
    findings = repository.check().findings
    assert [len(each["places"]) for each in findings] == [2, 2]
    assert len({each["fingerprint"] for each in findings}) == 2


def test_fingerprints_stay_where_paragraphs_move(repository: Repository) -> None:
    before = {each["fingerprint"] for each in repository.check("--no-baseline").findings}
    repository.git("mv", "a.md", "zz.md")
    repository.write("b.md", page("New above.", drifted(B), A))
    after = {each["fingerprint"] for each in repository.check("--no-baseline").findings}
    assert before == after


def test_what_is_written_is_read() -> None:
    entries = {
        (rule, f"{k:016x}"): Entry(k + 1, 30, 'quo"te \\ \u00e9 \u6f22')
        for k, rule in enumerate(RULES)
    }
    text = baseline.dump(entries)
    assert baseline._entries(json.loads(text)) == entries
    assert baseline.merged(entries, {}) == entries
    assert baseline.stale(entries, entries, RULES) == []
    assert baseline.pruned(entries, {}, RULES) == {}
    assert baseline.pruned(entries, {}, ()) == entries


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
def test_a_baseline_that_is_no_file_is_never_opened(repository: Repository) -> None:
    path = repository.root / NAME
    for make, message in (
        (os.mkfifo, "the baseline is a pipe, which is not read"),
        (Path.mkdir, "the baseline can't be read: Is a directory"),
    ):
        path.unlink()
        make(path)
        for command in ("check", "baseline"):
            answer = repository.run(command)
            assert answer.code == 2
            assert message in answer.err
        if path.is_dir():
            path.rmdir()
            path.touch()


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize("target", ["../other.json", "inner.json", "/dev/zero"])
def test_a_baseline_is_not_written_through_a_link(repository: Repository, target: str) -> None:
    path = repository.root / NAME
    content = path.read_bytes()
    path.unlink()
    for place in ("other.json", "site/inner.json"):
        (repository.root.parent / place).write_bytes(content)
    path.symlink_to(target)
    repository.write("d.md", page(D, D))
    answer = repository.run("baseline")
    assert answer.code == 2
    assert "link" in answer.err
    assert path.is_symlink()
    for place in ("other.json", "site/inner.json"):
        assert (repository.root.parent / place).read_bytes() == content


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize("option", [["baseline", "--baseline"], ["check", "--report"]])
def test_nothing_is_written_through_a_folder_that_is_a_link(
    repository: Repository, option: list[str]
) -> None:
    (repository.root / "out").symlink_to("..")
    path = "out/x.json"
    answer = repository.run(*option, path if option[0] == "baseline" else f"json={path}")
    assert answer.code == 2
    assert "out is a link, and nothing is written through it" in answer.err
    assert not (repository.root.parent / "x.json").exists()


def test_a_text_of_the_baseline_that_is_no_text_is_kept(repository: Repository) -> None:
    content = (repository.root / NAME).read_text()
    halved = re.sub(r'"text": "', r'"text": "\\ud800', content)
    repository.write(NAME, halved)
    repository.write("d.md", page(D, D))
    assert repository.run("baseline", "d.md").code == 0
    assert "\\ud800" in (repository.root / NAME).read_text()
    assert repository.run("check").code == 0
