"""The commands check and baseline: exit codes, streams, options, environment."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dedup.check.findings.report import REPEATED, SIMILAR, VARIANT
from dedup.check.reports import FORMATS
from tests.support.places import ROOT
from tests.support.repositories import PROSE, Repository, drifted, page

A, B, C, D, E = PROSE[:5]


@pytest.fixture
def repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Repository:
    for name in ("DEDUP_OUTPUT_FORMAT", "DEDUP_CONFIG", "GITHUB_STEP_SUMMARY", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    made = Repository(tmp_path / "site", capsys, monkeypatch)
    made.write("a.md", page(A, B))
    return made


def test_a_clean_run_is_one_line(repository: Repository) -> None:
    answer = repository.run("check")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("No repeated paragraphs in 1 file (2 paragraphs, ")
    assert answer.out.count("\n") == 1
    assert repository.run("check", "-q").out == ""
    assert repository.run("check", "-s").out == ""


def test_exit_codes_follow_the_levels(repository: Repository) -> None:
    repository.write("b.md", page(drifted(A)))
    assert repository.check().code == 1
    assert repository.check("--fail-on", "error").code == 0
    assert repository.check("--fail-on", "never").code == 0
    assert repository.check("--exit-zero").code == 0
    assert len(repository.check("--exit-zero").findings) == 1
    repository.write("dedup.toml", 'fail-on = "error"\n')
    assert repository.check().code == 0
    assert repository.check("--fail-on", "warning").code == 1
    repository.write("dedup.toml", f'[rules]\n{SIMILAR} = "note"\n')
    assert repository.check().code == 0
    assert repository.check().findings[0]["level"] == "note"
    repository.write("dedup.toml", f'[rules]\n{SIMILAR} = "error"\n')
    assert repository.check("--fail-on", "error").code == 1
    assert repository.check("--isolated", "--fail-on", "error").code == 0


def test_rules_are_switched_one_by_one(repository: Repository) -> None:
    repository.write("b.md", page(drifted(B), A, C.replace("412,000", "987,000")))
    repository.write("c.md", page(C))
    rules = {
        (): [REPEATED, SIMILAR],
        ("--select", REPEATED): [REPEATED],
        ("--select", f"{SIMILAR},{REPEATED}"): [REPEATED, SIMILAR],
        ("--ignore", REPEATED): [SIMILAR],
        ("--select", VARIANT): [VARIANT],
        ("--select", VARIANT, "--select", REPEATED): [REPEATED, VARIANT],
    }
    for options, expected in rules.items():
        assert sorted(each["rule"] for each in repository.check(*options).findings) == sorted(
            expected
        )
    repository.write("dedup.toml", f"[rules]\n{REPEATED} = false\n{VARIANT} = true\n")
    assert {each["rule"] for each in repository.check().findings} == {SIMILAR, VARIANT}


def test_min_words_and_threshold(repository: Repository) -> None:
    repository.write(
        "b.md", page(drifted(A), "The ferry sails at nine.", "The ferry sails at nine.")
    )
    assert len(repository.check().findings) == 1
    assert len(repository.check("--min-words", "5").findings) == 2
    assert repository.check("--min-words", "99").findings == []
    assert repository.check("--threshold", "0.99").findings == []
    repository.write("dedup.toml", "min-words = 5\nthreshold = 0.99\n")
    assert [each["words"] for each in repository.check().findings] == [5]
    assert repository.check("--threshold", "1").code == 1


def test_files_and_markups_are_compared_with_each_other(repository: Repository) -> None:
    repository.write("b.mdx", f"import X from 'x'\n\n<X>\n\n> {A}\n\n</X>\n")
    repository.write("c.rst", f"* {A}\n")
    repository.write("d.adoc", f"NOTE: {A}\n")
    repository.write("e.html", f"<ul><li><em>{A}</em></ul>\n")
    (finding,) = repository.check().findings
    assert len(finding["places"]) == 5
    assert finding["rule"] == REPEATED


def test_headings_are_compared_where_asked_for(repository: Repository) -> None:
    title = "# How the town council voted to keep the old ferry running"
    for path in ("c.md", "d.md"):
        repository.write(path, f"{title}\n")
    assert repository.check("--min-words", "8").code == 0
    repository.write("dedup.toml", "headings = true\n")
    assert repository.check("--min-words", "8").code == 1


def test_findings_go_to_stdout_and_the_rest_to_stderr(repository: Repository) -> None:
    repository.write("b.md", page(A))
    repository.write("bad.md", b"caf\xe9")
    answer = repository.run("check", "-v")
    assert answer.code == 2
    assert "bad.md" not in answer.out
    assert "bad.md: not UTF-8" in answer.err
    assert "1 file left out; dedup check --files lists" in answer.err
    quiet = repository.run("check", "-q")
    assert quiet.out.startswith("repeated-paragraph:")
    assert quiet.err.count("\n") == 1
    assert (repository.run("check", "-s").err, repository.run("check", "-s").code) == ("", 2)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written_to_stdout_and_to_files(
    repository: Repository, form: str, tmp_path: Path
) -> None:
    repository.write("b.md", page(A, drifted(B)))
    target = tmp_path / "out" / "report"
    answer = repository.run("check", "--output-format", form, "--report", f"{form}={target}")
    assert answer.code == 1
    assert "b.md" in answer.out
    written = target.read_text("utf-8")
    for text in (answer.out, written):
        assert "\x1b" not in text
        assert str(repository.root) not in text
    assert re.sub(r"\d+\.\d+", "", written) == re.sub(r"\d+\.\d+", "", answer.out)


def test_several_reports_at_once(repository: Repository, tmp_path: Path) -> None:
    repository.write("b.md", page(A))
    one, two = tmp_path / "a.sarif", tmp_path / "b.json"
    answer = repository.run("check", "--report", f"sarif={one}", "--report", f"json={two}")
    assert answer.out.startswith("repeated-paragraph:")
    assert json.loads(one.read_text())["version"] == "2.1.0"
    assert len(json.loads(two.read_text())["findings"]) == 1


def test_a_report_that_can_not_be_written_is_an_error(repository: Repository) -> None:
    answer = repository.run("check", "--report", "json=/proc/none/x")
    assert answer.code == 2
    assert "can't be written" in answer.err


def test_the_job_summary_is_written_for_github_alone(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    repository.write("b.md", page(A))
    repository.run("check")
    assert summary.read_text() == "before\n"
    answer = repository.run("check", "--output-format", "github")
    assert "::error title=dedup" in answer.out
    assert summary.read_text().startswith("before\n")
    assert "b.md" in summary.read_text()


def test_environment(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write("b.md", page(drifted(A)))
    monkeypatch.setenv("DEDUP_OUTPUT_FORMAT", "concise")
    assert repository.run("check").out.startswith("b.md:3:1: similar-paragraph")
    repository.write("ci/strict.toml", "threshold = 0.99\n")
    monkeypatch.setenv("DEDUP_CONFIG", "ci/strict.toml")
    assert repository.check().code == 0
    assert repository.check("--isolated").code == 1
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "::" not in repository.run("check", "--isolated").out.replace(":::", "")


@pytest.mark.parametrize(
    ("options", "variables", "coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    variables: dict[str, str],
    coloured: bool,
) -> None:
    repository.write("b.md", page(A))
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b" in repository.run("check", *options).out) is coloured


MISTAKES: dict[str, tuple[list[str], str]] = {
    "an unknown option": (["--treshold", "1"], "No such option"),
    "an unknown format": (["--output-format", "xml"], "'xml' is not one of"),
    "an unknown format for a file": (["--report", "sarf=x"], "did you mean 'sarif'?"),
    "no file for a report": (["--report", "sarif"], "'sarif' is not of the form FORMAT=FILE"),
    "an unknown rule": (["--select", "repeated"], "did you mean 'repeated-paragraph'?"),
    "an unknown preset": (["--preset", "docosaurus"], "did you mean 'docusaurus'?"),
    "no words": (["--min-words", "0"], "0 is not in the range"),
    "a percentage": (["--threshold", "80"], "80.0 is not in the range"),
    "no settings": (["--config", "none.toml"], "none.toml: can't be read"),
    "two wills": (["--baseline", "x", "--no-baseline"], "contradict each other"),
    "wrong settings": (["--config", "bad.toml"], 'bad.toml:2: min-words: "x" is no whole number'),
}


@pytest.mark.parametrize(("options", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_one_line_and_exit_code_2(
    repository: Repository, options: list[str], message: str
) -> None:
    repository.write("bad.toml", '\nmin-words = "x"\n')
    answer = repository.run("check", *options)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("command", ["check", "baseline"])
def test_an_error_of_ours_is_no_finding(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("dedup.check.job.find", broken)
    answer = repository.run(command)
    assert (answer.code, answer.out) == (2, "")
    assert "RuntimeError: broken" in answer.err
    assert answer.err.endswith("nothing can be said of the repository\n")


def test_an_interrupted_check_says_so(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dedup.check.job.find", interrupted)
    assert repository.run("check").code == 130


def test_a_first_run_shows_ten_groups_and_how_to_go_on(repository: Repository) -> None:
    for k in range(60):
        text = " ".join(f"word{k}x{n}" for n in range(20 + k))
        repository.write(f"p/{k:02}.md", page(text, text))
    answer = repository.run("check")
    assert answer.out.count("copies of the same") == 10
    assert "of the same 79-word paragraph" in answer.out
    assert "... 50 more groups. First time? Accept today's state with: dedup baseline" in answer.out
    assert repository.run("check", "--max-findings", "0").out.count("copies of the same") == 60
    repository.run("baseline")
    assert repository.check().code == 0


def test_findings_come_in_the_order_of_their_places(repository: Repository) -> None:
    for path in ("z.md", "b/c.md", "b.md"):
        repository.write(path, page(*{"z.md": (A, C), "b.md": (C, B)}.get(path, (B, A))))
    found = repository.check().findings
    keys = [(each["places"][0]["source"], each["places"][0]["first"]) for each in found]
    assert keys == sorted(keys)
    for each in found:
        others = [(place["source"], place["first"]) for place in each["places"][1:]]
        assert others == sorted(others)


def test_help_teaches(repository: Repository) -> None:
    answer = repository.run("check", "--help")
    for words in ("--changed-since", "dedup baseline", "repeated-paragraph", "Exit code 0"):
        assert words in answer.out
    assert "merge=union" in repository.run("baseline", "--help").out
    assert "check" in repository.run("--help").out


def test_finding_loads_nothing_of_the_check(repository: Repository) -> None:
    program = (
        "import sys; from dedup.cli import main; main(['find', sys.argv[1]]); "
        "print([name for name in sys.modules if f'{name}.'.startswith('dedup.check.')])"
    )
    path = repository.write("x.txt", "One.\n\nTwo.\n")
    done = subprocess.run(
        [sys.executable, "-c", program, path],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.endswith("[]\n")


def test_the_answer_is_the_same_each_time(repository: Repository) -> None:
    for k in range(30):
        repository.write(f"{k}.md", page(PROSE[k % 7], drifted(PROSE[(k + 3) % 7])))
    command = [
        sys.executable,
        "-m",
        "dedup.cli",
        "check",
        "--output-format",
        "concise",
        "--max-findings",
        "0",
    ]
    outs = set()
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, cwd=repository.root, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 1
        outs.add(done.stdout.rpartition(b"Found")[0])
    assert len(outs) == 1


def test_one_finding_is_explained_in_full(repository: Repository) -> None:
    for name in "bcdefghijklmn":
        repository.write(f"{name}.md", page(A, C if name < "d" else D))
    repository.write("z.md", page(drifted(A), "Short.", E))
    shown = repository.run("check", "--explain", "z.md:3")
    assert (shown.code, shown.err) == (1, "")
    assert shown.out.startswith("repeated-paragraph: ")
    assert all(f"  {name}.md:3\n" in shown.out for name in "bcdefghijklmn")
    assert "{+quite+}" in shown.out
    (found,) = [f for f in repository.check().findings if len(f["places"]) > 10]
    again = repository.run("check", "--explain", found["fingerprint"][:8])
    assert again.out == shown.out
    assert repository.run("check", "--explain", "./z.md").out == shown.out


@pytest.mark.parametrize("name", ["z.md:99", "none.md", "0123456789", "", ":", "z.md:"])
def test_a_finding_that_there_is_not_is_refused_with_what_lists_them(
    repository: Repository, name: str
) -> None:
    repository.write("z.md", page(A))
    answer = repository.run("check", "--explain", name)
    assert (answer.code, answer.out) == (2, "")
    assert "dedup check --output-format concise lists them" in answer.err
    repository.run("baseline")
    assert "--no-baseline finds accepted ones" in repository.run("check", "--explain", "z.md").err


def test_a_first_run_writes_settings_with_proposals_and_a_baseline(
    repository: Repository,
) -> None:
    texts = [" ".join(f"w{n}x{k}" for k in range(30)) for n in range(12)]
    repository.write("mkdocs.yml", "")
    for folder in ("text/de", "text/en"):
        for k in range(4):
            repository.write(f"{folder}/{k}.md", page(*texts[3 * k : 3 * k + 3]))
    repository.write("part.md", "\n\n".join(PROSE[5:8]))
    repository.write("whole.md", page(*PROSE[5:8], *PROSE[8:14]))
    answer = repository.run("check", "--init")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("dedup.toml: written; what it proposes is commented out.\n")
    assert "dedup-baseline.json: 5 groups accepted (" in answer.out
    assert repository.check().code == 0
    written = (repository.root / "dedup.toml").read_text("utf-8")
    assert "# Seen: mkdocs in ." in written
    assert '#     "text/{lang}/**",  # text/de/, text/en/ hold mostly the same paths' in written
    assert '#     "/part.md",  # 3 paragraphs, 100% of part.md, stand in whole.md too' in written
    lines = [
        line.removeprefix("# ") if re.match(r"# (?:isolate|boilerplate|    |\])", line) else line
        for line in written.splitlines()
    ]
    repository.write("dedup.toml", "\n".join(lines))
    assert repository.check("--no-baseline").findings == []
    again = repository.run("check", "--init")
    assert (again.code, again.out) == (2, "")
    assert "dedup.toml: there are settings already" in again.err


@pytest.mark.parametrize("options", [["a.md"], ["--isolated"], ["--staged"], ["--only", "a.md"]])
def test_a_first_run_is_about_the_whole_repository(
    repository: Repository, options: list[str]
) -> None:
    assert repository.run("check", "--init", *options).code == 2
    assert not (repository.root / "dedup.toml").exists()
