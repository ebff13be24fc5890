"""No text of others reaches a terminal as a command: all commands, under a pseudo-terminal.

Names of files, folders and fields, settings, keys, texts and values of options contain control
characters of every kind. Only line ends, tabs and dedup's own colours may reach the terminal.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import dedup
from dedup.check.reports import FORMATS
from dedup.reports.escapes import harmless, visible, visible_json

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="any bytes in names, and terminals")

#: A title, a colour, C1 as UTF-8 and as a lone byte, an override, no width, a separator, a tag.
EVIL = "\x1b]0;EVIL\x07\x1b[35m\x9b2J\udc9b\udcff\u202e\u200b\u2028\u200e\U000e0041\x7f\r\x08"

SENTENCE = (
    "The ferry of line 12 leaves the old stone harbour at nine in the morning and comes back over"
    " the river at noon with all of its passengers"
)

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: Cursor, lines and widths of the bar of progress, which is ours and knows no names.
FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u2028\u202e\U000e0041\ud800-\udfff]"
)


#: Runs commands in turn, each in a process of its own with a pseudo-terminal, and prints their
#: exit codes and what reached the terminal. The package is imported once, before the first one.
#: The bar of progress, which a slow machine would show, has controls of its own: it never comes.
RUN = """
import json, os, pty, sys
import dedup.check, dedup.dump, dedup.index, dedup.scale
from dedup.cli import main
from dedup.reports import progress_bar
progress_bar._PATIENCE = float("inf")
answers = []
for arguments in json.load(sys.stdin):
    process, master = pty.fork()
    if not process:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.argv[1:] = arguments
        sys.stdin, sys.stdout, sys.stderr = (
            open(number, mode, errors="surrogateescape" if number < 2 else "backslashreplace")
            for number, mode in enumerate("rww")
        )
        code = 70
        try:
            code = main()
            sys.stdout.flush()
        finally:
            os._exit(code)
    parts = []
    try:
        while part := os.read(master, 1 << 16):
            parts.append(part)
    except OSError:
        pass
    os.close(master)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    answers.append([code, b"".join(parts).decode("utf-8", "surrogateescape")])
json.dump(answers, sys.stdout)
"""


@pytest.fixture(scope="module")
def shown(site: Path) -> dict[str, tuple[int, str]]:
    """Run all commands on a pseudo-terminal: their exit codes, and what reached the terminal."""
    ran = subprocess.run(
        [sys.executable, "-c", RUN], input=json.dumps([*COMMANDS.values()]), text=True, cwd=site,
        check=True, stdout=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(Path(dedup.__file__).parents[1])},
    )  # fmt: skip
    answers = ((code, text.replace("\r\n", "\n")) for code, text in json.loads(ran.stdout))
    return dict(zip(COMMANDS, answers, strict=True))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository, rows and an index in which everything that has a name has an evil one."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    text = f"{SENTENCE} {EVIL}".encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    (folder / f"a{EVIL}.md").write_text(f"{text}.\n\n{text}.\n", encoding="utf-8")
    (folder / f"b{EVIL}.txt").write_text(f"{text}\n{text} today\n", encoding="utf-8")
    (folder / f"c{EVIL}").mkdir()
    (folder / f"c{EVIL}" / f"picture{EVIL}").write_bytes(b"\0")
    os.mkfifo(folder / f"c{EVIL}" / f"pipe{EVIL}")
    os.symlink(f"loop{EVIL}", folder / f"c{EVIL}" / f"loop{EVIL}")
    (folder / f"c{EVIL}" / f"d{EVIL}.txt").write_text(f"{text}\n{text} once\n", encoding="utf-8")
    rows = [{f"x{EVIL}": 1}, {"text": text, "url": f"http://h/{EVIL}", "id": EVIL}]
    (folder / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows * 2))
    (folder / "bad.toml").write_text(f"{json.dumps(EVIL[:7] + 'x')} = 1\n")
    (folder / "bad.json").write_text(json.dumps({"version": EVIL, "accepted": {}}))
    with dedup.Index(folder / "seen.db") as index:
        index.add(text, "key")
        index._store.connection.execute(  # type: ignore[attr-defined]
            "UPDATE paragraph SET key = char(27) || ']0;EVIL' || char(7) || char(155)"
        )
    return folder


A, B, C = f"a{EVIL}.md", f"b{EVIL}.txt", f"c{EVIL}"

COMMANDS: dict[str, Sequence[str]] = {
    "find": ("find", A, B, C),
    "find, JSON": ("find", A, B, C, "--format", "json"),
    "find, JSON lines": ("find", A, B, C, "rows.jsonl", "--format", "jsonl"),
    "find, a histogram": ("find", A, B, "--histogram"),
    "find, a file that is not there": ("find", f"no{EVIL}"),
    "find, a pipe": ("find", f"{C}/pipe{EVIL}"),
    "find, a loop": ("find", f"{C}/loop{EVIL}"),
    "find, a field that is not there": ("find", "rows.jsonl", "--text-field", EVIL),
    "find, rows": ("find", "rows.jsonl"),
    "find, an unknown format": ("find", A, "--format", EVIL),
    "find, an unknown option": ("find", f"--{EVIL}"),
    "find, an unknown markup": ("find", A, "--markup", EVIL),
    "find, an unknown encoding": ("find", A, "--encoding", EVIL),
    "clean, to the terminal": ("clean", B),
    "clean, a folder": ("clean", C, "-o", f"out{EVIL}"),
    "clean, a plan": ("clean", "rows.jsonl", "--plan", f"plan{EVIL}.jsonl"),
    "clean, a wrong pattern": ("clean", B, "-o", "x", "--protect", f"({EVIL}"),
    "clean, no plan": ("clean", "--apply", f"no{EVIL}", "-o", "x"),
    "restore nothing": ("restore", f"no{EVIL}", "-o", "back"),
    "explain": ("explain", f"@{A}", f"@{B}"),
    "explain, JSON": ("explain", f"{SENTENCE} {EVIL}", SENTENCE, "--format", "json"),
    "explain, texts": ("explain", f"{SENTENCE} {EVIL}", SENTENCE),
    "check --files": ("check", "--files"),
    "check, wrong settings": ("check", "--config", "bad.toml"),
    "check, settings that are not there": ("check", "--config", EVIL),
    "check, a wrong baseline": ("check", "--baseline", "bad.json"),
    "check, an unknown rule": ("check", "--select", EVIL),
    "check, an unknown preset": ("check", "--preset", EVIL),
    "check, an unknown ref": ("check", "--changed-since", f"x{EVIL}"),
    "check, a path that is not there": ("check", f"no{EVIL}"),
    "baseline": ("baseline", "--baseline", f"new{EVIL}.json"),
    "index add": ("index", "add", "new.db", A),
    "index add again": ("index", "add", "new.db", A, C, "--format", "jsonl"),
    "index query": ("index", "query", "seen.db", A),
    "index query, JSON lines": ("index", "query", "seen.db", A, "--format", "jsonl"),
    "index stats": ("index", "stats", f"no{EVIL}"),
    "index check": ("index", "check", "seen.db"),
    "an unknown command": (EVIL,),
}
COMMANDS |= {f"check, {form}": ("check", "--output-format", form) for form in FORMATS}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_control_reaches_the_terminal(shown: dict[str, tuple[int, str]], name: str) -> None:
    code, text = shown[name]
    assert code in (0, 1, 2, 3)
    assert text
    assert "Traceback" not in text
    assert "error of dedup itself" not in text
    assert not FORBIDDEN.findall(COLOUR.sub("", text)), ascii(text)


VISIBLE = {
    "plain text stays": ("a b é 漢", "a b é 漢"),
    "a control of ASCII": ("a\x1b]0;x\x07", "a\ufffd]0;x\ufffd"),
    "a control of C1": ("\x9b2J\x85", "\ufffd2J\ufffd"),
    "an override of direction": ("a\u202eb\u2066c\u061c", "a\ufffdb\ufffdc\ufffd"),
    "a separator of lines": ("a\u2028b\u2029", "a\ufffdb\ufffd"),
    "what takes no width": ("a\u200bb\ufeffc\u2060", "a\ufffdb\ufffdc\ufffd"),
    "tags": ("a\U000e0041", "a\ufffd"),
    "a joiner in Persian stays": ("می\u200cخواهم", "می\u200cخواهم"),
    "a joiner of emoji stays": ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
    "a joiner between letters of ASCII": ("pay\u200dpal", "pay\ufffdpal"),
    "a joiner at the end": ("é\u200c", "é\ufffd"),
}


@pytest.mark.parametrize(("text", "shown"), VISIBLE.values(), ids=VISIBLE.keys())
def test_what_a_terminal_would_obey_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert harmless(text) == shown
    written = visible_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(written) == text
    assert visible(written) == written


def test_lines_for_a_terminal_keep_their_ends_and_colours() -> None:
    assert harmless("a\tb\r\n\x1b[31mc\x1b[0m\n") == "a\tb\r\n\x1b[31mc\x1b[0m\n"
    assert harmless("a\rb\x1b]0;x\udcff") == "a\ufffdb\ufffd]0;x\ufffd"
