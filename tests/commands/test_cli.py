"""The command line: the main job on real input, formats, bad input, exit codes."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path

import pytest

from dedup.cli import main
from tests.support.articles import PARAGRAPHS, PASTED, TITLE, edited_article, pasted_article
from tests.support.places import ROOT

SEED = ROOT.parent / "shared" / "data" / "seed" / "000_998be1bf658dc753.txt"
SENTENCE = "lines 21-38 repeat lines 3-20: 18 paragraphs, identical"

Capture = pytest.CaptureFixture[str]
CaptureBytes = pytest.CaptureFixture[bytes]


def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "dedup.cli", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        check=False,
    )


def call(*arguments: str | Path) -> int:
    """Run the command in this process."""
    return main([str(each) for each in arguments])


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture
def article(tmp_path: Path) -> Path:
    return write(tmp_path / "ferry.txt", pasted_article())


@pytest.mark.parametrize(("given", "threads"), [(None, "1"), ("2", "2")])
def test_a_command_keeps_numpy_from_starting_threads(given: str | None, threads: str) -> None:
    program = (
        "import os, sys; from dedup.cli import main; early = 'numpy' in sys.modules; "
        "main(['find', 'tests/ferry.txt', '--format', 'json']); "
        "print(early, os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules, file=sys.stderr)"
    )
    others = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    env = others if given is None else {**others, "OPENBLAS_NUM_THREADS": given}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=ROOT, env=env)
    assert done.stderr.decode().split() == ["False", threads, "True"]


# The article in other clothes; all are one finding of 18 paragraphs.
CLOTHES: dict[str, str] = {
    "as it is": pasted_article(),
    "with CRLF line ends": pasted_article("\r\n"),
    "with CR line ends": pasted_article("\r"),
    "with a byte-order mark": "\ufeff" + pasted_article(),
    "without a last line end": pasted_article().rstrip(),
    "with mixed line ends": "".join(
        line.rstrip("\n") + end
        for line, end in zip(
            pasted_article().splitlines(keepends=True), cycle(["\r\n", "\n", "\r"]), strict=False
        )
    ),
}


@pytest.mark.parametrize("text", CLOTHES.values(), ids=CLOTHES.keys())
def test_find_tells_of_one_block(tmp_path: Path, capsys: Capture, text: str) -> None:
    assert call("find", write(tmp_path / "a.txt", text)) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[:2] == [f"{tmp_path / 'a.txt'}:21-38", f"  {SENTENCE}"]
    assert out.count("repeat") == 2  # the block, and the sums
    assert "1 file, 38 paragraphs, 1 run, 18 groups, " in out.splitlines()[-1]
    assert err == ""


@pytest.mark.parametrize("text", CLOTHES.values(), ids=CLOTHES.keys())
def test_clean_prints_the_first_20_lines(tmp_path: Path, text: str) -> None:
    done = run("clean", write(tmp_path / "a.txt", text))
    lines = io.StringIO(text, newline="").readlines()
    assert done.stdout.decode() == "".join(lines[:20])
    assert done.stderr.decode().splitlines()[0] == (
        "lines 21-38 repeat lines 3-20 (18 paragraphs, identical)"
    )
    assert done.stderr.decode().splitlines()[1].startswith("took out 18 of 38 paragraphs, ")
    assert done.returncode == 0


def test_standard_input_is_read_as_a_dash() -> None:
    done = run("find", "-", stdin=pasted_article().encode())
    assert done.stdout.decode().splitlines()[:2] == ["-:21-38", f"  {SENTENCE}"]
    assert run("clean", "-", stdin=pasted_article().encode()).stdout.decode() == (
        "\n".join((TITLE, *PARAGRAPHS)) + "\n"
    )


def test_edited_copies_are_in_the_block_and_marked(tmp_path: Path, capsys: Capture) -> None:
    assert call("find", write(tmp_path / "a.txt", edited_article())) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[1] == (
        "  lines 21-38 repeat lines 3-20: 18 paragraphs, 12 identical, 3 with the same words, "
        "3 edited, similarity 0.99"
    )
    assert "crowns for [-a-]{+one+} new engine" in out
    assert "1 run, 18 groups" in out.splitlines()[-1]


def test_the_copy_may_stand_before_the_original_in_another_file(
    tmp_path: Path, capsys: Capture
) -> None:
    write(tmp_path / "a.txt", "\n".join(PASTED) + "\n")
    write(tmp_path / "b.txt", "\n".join((TITLE, *PARAGRAPHS)) + "\n")
    assert call("find", tmp_path) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"{tmp_path / 'b.txt'}:3-20",
        f"  lines 3-20 repeat {tmp_path / 'a.txt'}:1-18: 18 paragraphs, identical",
    ]


def test_json_has_the_documented_form(article: Path, capsys: Capture) -> None:
    assert call("find", article, "--format", "json") == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report) == ["version", "summary", "groups", "runs", "variants", "contained"]
    assert report["version"] == 1

    def place(first: int, last: int) -> dict[str, object]:
        return {"source": str(article), "record": None, "first": first, "last": last}

    assert report["runs"] == [
        {"kept": place(3, 20), "copy": place(21, 38), "paragraphs": 18, "similarity": 1.0}
    ]
    assert len(report["groups"]) == 18
    words = [group["words"] for group in report["groups"]]
    assert words == sorted(words, reverse=True)
    for group in report["groups"]:
        line = group["kept"]["first"]
        copy = {**place(line + 18, line + 18), "similarity": 1.0, "kind": "exact"}
        assert group == {"kept": place(line, line), "copies": [copy], "words": group["words"]}
    summary = report["summary"]
    assert summary.pop("seconds") >= 0
    assert summary == {
        "files": 1, "skipped": 0, "paragraphs": 38, "runs": 1, "groups": 18, "copies": 18,
        "variants": 0, "contained": 0, "words": sum(words), "threshold": 0.8, "recall": 1.0,
            "all_read": True, "unread": [],
        "uncompared": 0, "audit": None,
    }  # fmt: skip


def test_json_of_edited_copies_says_near(tmp_path: Path, capsys: Capture) -> None:
    assert call("find", write(tmp_path / "a.txt", edited_article()), "--format", "json") == 0
    copies = [c for g in json.loads(capsys.readouterr().out)["groups"] for c in g["copies"]]
    assert sorted({copy["kind"] for copy in copies}) == ["exact", "near"]
    assert all((copy["kind"] == "near") == (copy["similarity"] < 1) for copy in copies)


def test_jsonl_has_a_line_for_each_finding(article: Path, capsys: Capture) -> None:
    assert call("find", article, "--format", "jsonl") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["type"] for line in lines] == ["run"] + 18 * ["group"] + ["summary"]


def test_limit_shows_some_and_says_how_many_more(tmp_path: Path, capsys: Capture) -> None:
    texts = [*PARAGRAPHS[:9], *reversed(PARAGRAPHS[:9])]
    path = write(tmp_path / "a.txt", "\n".join(texts))
    assert call("find", path, "--limit", "2") == 0
    out = capsys.readouterr().out
    assert out.count("repeated once") == 2
    assert "and 7 more groups (--limit 0 shows all)" in out.splitlines()
    assert call("find", path, "--limit", "0") == 0
    assert capsys.readouterr().out.count("repeated once") == 9


# Texts in which nothing repeats, options, and what is said of them: what was compared, and what
# would show more.
NOTHING: dict[str, tuple[str, Sequence[str], Sequence[str]]] = {
    "short paragraphs": (
        "One.\nTwo.\n", [],
        ["too little to compare: of 2 paragraphs, 0 have 8 words or more",
         "to compare more: --min-tokens 3 for shorter ones, --markup lines for each line"],
    ),
    "unlike paragraphs": (
        f"{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}\n\nShort.\n", [],
        ["no two of 2 paragraphs of 8 words or more share 80 % of their words in the same order, "
         "1 shorter ones stay",
         "to see more: --threshold 0.7, --min-tokens 3, or --histogram, which shows how alike they "
         "are"],
    ),
    "a low threshold": (
        f"{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}\n", ["--threshold", "0.5"],
        ["no two of 2 paragraphs of 8 words or more share 50 % of their words in the same order",
         "to see more: --min-tokens 3, or --histogram, which shows how alike they are"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "options", "said"), NOTHING.values(), ids=NOTHING)
def test_nothing_repeated_is_said_with_what_was_compared(
    text: str, options: Sequence[str], said: Sequence[str], tmp_path: Path, capsys: Capture
) -> None:
    assert call("find", write(tmp_path / "a.txt", text), *options) == 0
    first, *lines, last = capsys.readouterr().out.splitlines()
    assert first == "nothing repeats"
    assert lines == said
    assert last.startswith("1 file, ")


def test_help_names_the_three_uses_and_every_command(capsys: Capture) -> None:
    assert call("--help") == 0
    shown = capsys.readouterr().out
    for command in ("find docs/", "clean crawl/ -o new/", "check", "index add seen.db page.txt"):
        assert f"\n    dedup {command}" in shown
    names = [line.split()[0] for line in shown.split("Commands:\n")[1].splitlines()]
    assert names == ["find", "explain", "clean", "restore", "check", "baseline", "index"]
    assert "..." not in shown.split("Commands:\n")[1], "no sentence is cut"


def test_commands_and_options_are_completed(tmp_path: Path) -> None:
    for words, expected in (("dedup cl", "plain,clean"), ("dedup find --thr", "plain,--threshold")):
        env = {
            **os.environ, "_DEDUP_COMPLETE": "bash_complete", "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "dedup.cli"], env=env, capture_output=True, text=True, cwd=ROOT
        )
        assert (done.returncode, done.stdout.split(), done.stderr) == (0, [expected], "")


# Arguments that can't be answered, and what standard error says of them.
REFUSED: dict[str, tuple[Callable[[Path], Sequence[str | Path]], str]] = {
    "a missing file": (
        lambda path: ["find", path / "no.txt"],
        "dedup: {path}/no.txt: no such file or folder; check the path",
    ),
    "a folder without text": (
        lambda path: ["find", write(path / "x.png", b"\0").parent],
        "dedup: {path}: no text in this folder, only 1 binary; name a text file, or a folder that"
        " holds some",
    ),
    "an empty folder": (
        lambda path: ["clean", path],
        "dedup: {path}: an empty folder; name a text file, or a folder that holds some",
    ),
    "bytes that are not UTF-8": (
        lambda path: ["find", write(path / "a.txt", b"One\r\nf\xfcnf\n")],
        "dedup: {path}/a.txt: byte 6, in line 2, is not utf-8 (fc 6e 66 0a: invalid start byte);"
        " give its encoding with --encoding, or let --errors replace mark such bytes",
    ),
    "a threshold of 2": (
        lambda path: ["find", path, "--threshold", "2"],
        "dedup find: threshold is 2.0; it must be above 0 and at most 1",
    ),
    "a threshold of 0": (
        lambda path: ["clean", path, "--threshold", "0"],
        "dedup clean: threshold is 0.0; it must be above 0 and at most 1",
    ),
    "a threshold that is no number": (
        lambda path: ["find", path, "--threshold", "nan"],
        "dedup find: threshold is nan; it must be above 0 and at most 1",
    ),
    "a recall of 1.5": (
        lambda path: ["find", path, "--recall", "1.5"],
        "dedup find: recall is 1.5; it must be above 0 and at most 1",
    ),
    "min-tokens below 0": (
        lambda path: ["find", path, "--min-tokens", "-1"],
        "dedup find: min_tokens is -1; it must be from 0 to 2147483647",
    ),
    "no workers": (
        lambda path: ["find", path, "--workers", "0"],
        "dedup find: workers is 0; it must be 1 or more",
    ),
    "an unknown markup": (
        lambda path: ["find", path, "--markup", "word"],
        "dedup find: markup is 'word'; it must be one of 'auto', 'lines', 'blank'",
    ),
    "an unknown encoding": (
        lambda path: ["find", path, "--encoding", "klingon"],
        "dedup find: encoding is 'klingon'; Python knows no such encoding",
    ),
    "an unknown way with errors": (
        lambda path: ["explain", "a", "b", "--errors", "loud"],
        "dedup explain: errors is 'loud'; it must be one of 'strict', ",
    ),
    "an unknown option": (
        lambda path: ["find", path, "--treshold", "1"],
        "dedup find: No such option",
    ),
    "an unknown command": (
        lambda path: ["fnd", path],
        "dedup: command 'fnd' is not known; did you mean 'find'?",
    ),
    "a file in the place of a command": (
        lambda path: [write(path / "a b.txt", "a")],
        "dedup: command '{path}/a b.txt' is not known; what repeats in that file or folder says: "
        "dedup find '{path}/a b.txt'",
    ),
    "no path": (
        lambda path: ["find"],
        "dedup find: Missing argument 'PATH...'. dedup find --help has examples",
    ),
    "several texts to standard output": (
        lambda path: ["clean", write(path / "a.txt", "a"), write(path / "b.txt", "b")],
        "dedup clean: the input is 2 texts; name a folder for them with -o",
    ),
    "several texts into a file": (
        lambda path: ["clean", write(path / "a" / "b.txt", "b"), path, "-o", write(path / "c", "")],
        "dedup clean: {path}/c is a file; -o must name a folder for several files",
    ),
    "an output that can't be written": (
        lambda path: ["clean", write(path / "a.txt", "a"), "-o", path / "a.txt" / "b.txt"],
        "dedup: {path}/a.txt/b.txt: can't be written: ",
    ),
    "a file to explain that is missing": (
        lambda path: ["explain", f"@{path}/no.txt", "b"],
        "dedup: {path}/no.txt: no such file or folder; check the path",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_done_is_one_clear_line(
    tmp_path: Path,
    capsys: Capture,
    arguments: Callable[[Path], Sequence[str | Path]],
    message: str,
) -> None:
    assert call(*arguments(tmp_path)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith(message.replace("{path}", str(tmp_path)))


@pytest.mark.parametrize("errors", ["replace", "ignore", "surrogateescape", "backslashreplace"])
def test_wrong_bytes_may_be_let_through(tmp_path: Path, capsys: Capture, errors: str) -> None:
    raw = b"f\xfcnf\n" + pasted_article().encode()
    path = write(tmp_path / "a.txt", raw)
    for form in ("text", "json", "jsonl"):
        assert call("find", path, "--errors", errors, "--format", form) == 0
        assert capsys.readouterr().err == ""


def test_wrong_bytes_carried_through_come_out_unchanged(tmp_path: Path) -> None:
    line = b"one tw\xfc three four five six seven eight nine ten\n"
    path = write(tmp_path / "a.txt", line + line)
    record = tmp_path / "record.jsonl"
    done = run("clean", path, "--errors", "surrogateescape", "--removed", record)
    assert done.stdout == line
    assert json.loads(record.read_bytes())["text"] == line.decode(errors="surrogateescape").strip()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-8"])
def test_a_byte_order_mark_says_the_encoding(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "a.txt", ("\ufeff" + pasted_article()).encode(encoding))
    kept = "\ufeff" + "\n".join((TITLE, *PARAGRAPHS)) + "\n"
    assert run("clean", path).stdout == kept.encode(encoding)


def test_another_encoding_is_asked_for_and_given_back(tmp_path: Path) -> None:
    text = pasted_article().replace("“", "«").replace("”", "»").replace("–", "-")
    path = write(tmp_path / "a.txt", text.encode("latin-1"))
    kept = "".join(text.splitlines(keepends=True)[:20])
    assert run("clean", path, "--encoding", "latin-1").stdout == kept.encode("latin-1")


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no UTF-8")
@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_a_name_that_is_no_utf_8_is_shown(tmp_path: Path, form: str) -> None:
    path = write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")), pasted_article())
    done = run("find", path, "--format", form)
    assert done.stderr == b""
    if form == "text":
        assert done.stdout.startswith(os.fsencode(path) + b":21-38\n")
    else:
        assert b'\\udcff.txt"' in done.stdout


def test_ten_million_empty_lines(tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path / "a.txt", 10_000_000 * "\n" + pasted_article())
    assert call("find", path) == 0
    assert "lines 10000021-10000038 repeat lines 10000003-10000020: " in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_a_broken_pipe_is_quiet(tmp_path: Path, form: str) -> None:
    texts = [f"{k} {text}" for k in range(200) for text in PARAGRAPHS]
    path = write(tmp_path / "a.txt", "\n".join(texts + texts))
    command = [sys.executable, "-m", "dedup.cli", "find", str(path)]
    with subprocess.Popen(
        [*command, "--format", form, "--limit", "0", "--threshold", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() in (0, 141)


def in_terminal(environment: dict[str, str], *arguments: str | Path) -> str:
    """Run the command with standard output on a pseudo-terminal."""
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    variables = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen(
        [sys.executable, "-m", "dedup.cli", *map(str, arguments)],
        stdout=slave,
        stderr=slave,
        cwd=ROOT,
        env={**variables, "TERM": "xterm", **environment},
    ) as running:
        os.close(slave)
        written = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            written += part
        os.close(master)
        assert running.wait() == 0
    return written.decode()


def test_colour_is_for_terminals_that_want_it(tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path / "a.txt", edited_article())
    assert "\x1b[31m[-a-]\x1b[0m\x1b[32m{+one+}" in in_terminal({}, "find", path)
    assert "\x1b" not in in_terminal({"NO_COLOR": "1"}, "find", path)
    assert "\x1b" not in in_terminal({"TERM": "dumb"}, "find", path)
    assert call("find", path) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_what_a_terminal_would_obey_is_not_shown(tmp_path: Path, capsys: Capture) -> None:
    text = "\x1b[31mred \x07 one two three four five six seven eight\n"
    assert call("find", write(tmp_path / "a.txt", text + text)) == 0
    out = capsys.readouterr().out
    assert "\ufffd[31mred \ufffd one" in out
    assert "\x1b" not in out


def test_clean_writes_a_file_and_the_record_beside_it(
    article: Path, tmp_path: Path, capsysbinary: CaptureBytes
) -> None:
    output = tmp_path / "new" / "clean.txt"
    assert call("clean", article, "-o", output) == 0
    assert capsysbinary.readouterr().out == b""
    assert output.read_text() == "\n".join((TITLE, *PARAGRAPHS)) + "\n"
    assert sorted(each.name for each in output.parent.iterdir()) == [
        "clean.txt",
        "clean.txt.cleaned.json",
        "clean.txt.removed.jsonl.gz",
    ]
    with gzip.open(f"{output}.removed.jsonl.gz") as file:
        record = [json.loads(line) for line in file]
    assert [each["first"] for each in record] == [*range(21, 39)]
    text = article.read_text()
    for each in record:
        assert text[each["start"] : each["end"]] == each["text"]
        assert each["kept"]["first"] == each["first"] - 18
        assert (each["kind"], each["similarity"]) == ("exact", 1.0)


def test_clean_in_place(article: Path, tmp_path: Path) -> None:
    article.chmod(0o640)
    assert call("clean", article, "-o", article, "--removed", tmp_path / "r.jsonl") == 0
    assert article.read_text() == "\n".join((TITLE, *PARAGRAPHS)) + "\n"
    assert article.stat().st_mode & 0o777 == 0o640


def test_clean_writes_a_folder(tmp_path: Path, capsys: Capture) -> None:
    write(tmp_path / "in" / "a.txt", "\n".join(PASTED) + "\n")
    write(tmp_path / "in" / "b" / "c.txt", "\n".join((TITLE, *PARAGRAPHS)) + "\n")
    output = tmp_path / "out"
    assert call("clean", tmp_path / "in", "-o", output) == 0
    assert (output / "a.txt").read_bytes() == (tmp_path / "in" / "a.txt").read_bytes()
    assert (output / "b" / "c.txt").read_text() == "\n".join((TITLE, PARAGRAPHS[0])) + "\n"
    with gzip.open(output / "removed.jsonl.gz") as file:
        assert len(file.readlines()) == 18
    assert capsys.readouterr().err.splitlines()[0] == (
        f"{tmp_path}/in/b/c.txt: lines 3-20 repeat {tmp_path}/in/a.txt:1-18 "
        "(18 paragraphs, identical)"
    )


def test_clean_says_when_nothing_went(tmp_path: Path, capsys: Capture) -> None:
    assert call("clean", write(tmp_path / "a.txt", "One.\n")) == 0
    assert capsys.readouterr() == ("One.\n", "took out 0 of 1 paragraph, 0 words\n")


def test_explain_marks_what_differs(tmp_path: Path, capsys: Capture) -> None:
    old = write(tmp_path / "old.txt", "The ferry sails at nine in summer.\n")
    assert call("explain", old, "The ferry sails at ten in summer!") == 0
    assert capsys.readouterr().out == (
        "similarity 0.86, variant\n\nThe ferry sails at [-nine-]{+ten+} in summer!\n\n"
        '+4.2  "nine" -> "ten": number replaced\n-1.7  to begin with\n'
        "+0.9  each difference is a replacement\n+1.0  how long the texts are\n"
        "probability of a variant 0.99: a variant\n"
    )
    assert call("explain", old, "The ferry sails at nine in the summers!") == 0
    assert capsys.readouterr().out.splitlines()[4:] == [
        '-0.8  "summer" -> "the summers": function words or respellings',
        "-1.7  to begin with",
        "+1.0  how long the texts are",
        "probability of a variant 0.17: an edited copy",
    ]


VARIANTS = (
    "Upgrade the cluster to version 3.4 before you remove the old nodes from the pool.\n\n"
    "Something else stands here, of which nobody will say that it repeats the others.\n\n"
    "Upgrade the cluster to version 3.5 before you remove the old nodes from the pool.\n"
)


def test_variants_are_kept_and_named(tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path / "a.txt", VARIANTS)
    assert call("find", path) == 0
    assert capsys.readouterr().out.splitlines()[:-1] == [
        f"{path}:5",
        "  a variant of line 1: similarity 0.94",
        "    Upgrade the cluster to version 3.[-4-]{+5+} before you remove the old nodes from the"
        " pool.",
        "    number replaced",
        "",
        "nothing repeats",
    ]
    assert call("clean", path) == 0
    assert capsys.readouterr() == (
        VARIANTS,
        "took out 0 of 3 paragraphs, 0 words\nleft in 1 variant, alike but saying something else\n",
    )
    assert call("find", path, "--format", "json") == 0
    (variant,) = json.loads(capsys.readouterr().out)["variants"]
    assert variant["of"]["first"] == 1
    assert (variant["first"], variant["similarity"], variant["reason"]) == (
        5,
        0.9375,
        "number replaced",
    )


def test_variants_may_go_or_be_passed_over(tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path / "a.txt", VARIANTS)
    assert call("clean", path, "--variants", "remove") == 0
    out, error = capsys.readouterr()
    assert out == "".join(VARIANTS.splitlines(keepends=True)[:3])
    assert (
        error == "line 5 repeats line 1 (similarity 0.94)\ntook out 1 of 3 paragraphs, 16 words\n"
    )
    assert call("find", path, "--variants", "ignore") == 0
    assert capsys.readouterr().out.splitlines()[0] == "nothing repeats"


def test_an_audit_is_told(tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path / "a.txt", edited_article())
    assert call("find", path, "--audit", "1000") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("audit: 26 paragraphs compared with all, 0 of 3 pairs escaped: 0.00 % (")
    assert call("find", path, "--audit", "5", "--format", "json") == 0
    audit = json.loads(capsys.readouterr().out)["summary"]["audit"]
    assert audit["sample"] == 5
    assert audit["escaped"] == 0


def test_explain_reads_standard_input(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"one two")))
    at = f"@{write(tmp_path / 'b.txt', 'One, two')}"
    assert call("explain", "-", at, "--format", "json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["kind"] == "exact"
    assert answer["similarity"] == 1.0
    assert answer["note"].startswith("only punctuation")
    assert answer["stretches"] == [{"op": "same", "old": "one two", "new": "One, two"}]


@pytest.mark.parametrize("command", [[], ["find"], ["clean"], ["explain"]])
def test_help_teaches_with_examples(command: list[str], capsys: Capture) -> None:
    assert call(*command, "--help") == 0
    indent = "  " if command else "    "
    assert f"\n{indent}dedup {' '.join(command) or 'find'} " in capsys.readouterr().out


def test_the_version_is_printed(capsys: Capture) -> None:
    from dedup import __version__

    assert call("--version") == 0
    assert capsys.readouterr().out == f"dedup, version {__version__}\n"


def test_without_a_command_the_help_is_shown(capsys: Capture) -> None:
    assert call() == 2
    assert capsys.readouterr().err.startswith("Usage: dedup ")


@pytest.mark.skipif(not SEED.exists(), reason="the seed article is not beside this checkout")
def test_the_seed_article(capsysbinary: CaptureBytes) -> None:
    assert call("find", SEED) == 0
    report = capsysbinary.readouterr().out.decode()
    assert SENTENCE in report
    assert report.count("repeat") == 2
    assert call("clean", SEED) == 0
    out, err = capsysbinary.readouterr()
    assert out == b"".join(SEED.read_bytes().splitlines(keepends=True)[:20])
    assert err.startswith(b"lines 21-38 repeat lines 3-20 (18 paragraphs, identical)\n")


def test_finding_loads_nothing_that_a_text_does_not_need(article: Path) -> None:
    program = (
        "import sys; from dedup.cli import main; main(['find', sys.argv[1]]); "
        "print(*sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(article)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(done.stdout.splitlines()[-1].split())
    assert {"dedup.readers.texts.text", "dedup.reports.text", "dedup.segment.plain"} <= loaded
    ours = "readers.texts.charset readers.texts.html readers.rows.jsonl readers.rows.parquet "
    ours += "readers.archives.warc reports.json "
    ours += "segment.html segment.markdown removal cuts check dump index integrations scale"
    theirs = (
        "asyncio click.testing datasketch fastwarc fsspec isal multiprocessing pandas pathspec "
    )
    theirs += "polars pyarrow pyspark redis resiliparse rich scipy scrapy sqlite3 subprocess"
    assert loaded & {*theirs.split(), *(f"dedup.{name}" for name in ours.split())} == set()
