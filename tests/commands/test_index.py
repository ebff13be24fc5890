"""The index from a shell: what is printed, and the exit codes."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from pathlib import Path

import pytest

import dedup
from dedup.cli import main
from tests.support.index_files import TEXTS


def test_the_index_from_a_shell(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["index", *arguments])
        out, err = capfd.readouterr()
        return code, out, err

    page, path = tmp_path / "page.txt", str(tmp_path / "seen.db")
    page.write_text("\n".join(TEXTS))
    code, out, err = run("add", path, str(page))
    assert (code, err) == (0, "2 new or short, 1 variants, 1 copies\n")
    assert f"{page}:4: repeats {page}#3 (1.000)" in out
    assert f"{page}:2: variant of {page}#1" in out
    code, out, err = run("query", path, str(page), "--format", "jsonl")
    assert (code, err) == (0, "")
    assert '"kind": "exact"' in out.splitlines()[0]
    assert re.match(r"3 paragraphs, met 4 times, \d+ bytes each\n", run("stats", path)[1])
    assert '"paragraphs": 3' in run("stats", path, "--format", "json")[1]
    assert run("check", path) == (0, f"{path}: no problems\n", "")
    few = tmp_path / "few.txt"
    few.write_text(f"{TEXTS[0]}\nA short one.\n{TEXTS[0]}\nAnother.\n")
    error = run("add", str(tmp_path / "few.db"), str(few))[2]
    assert error == "3 new or short, 0 variants, 1 copies\n"
    empty = str(tmp_path / "empty.db")
    dedup.Index(empty).close()
    assert run("stats", empty)[1].startswith("0 paragraphs, met 0 times\n")
    assert run("prune", path)[0] == 2
    assert run("prune", path, "--max-items", "1")[1] == "2 removed, 1 left\n"
    code, out, err = run("add", path, str(page), "--threshold", "0.9")
    assert code == 2
    assert "threshold is 0.9 instead of 0.8" in err
    assert run("add", path, str(page), "--threshold", "2")[0] == 2
    assert run("check", str(page))[0] == 2
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE paragraph SET count = 0")
    connection.close()
    assert run("check", path)[0] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no UTF-8")
def test_a_file_whose_name_is_no_key_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / os.fsdecode(b"a\xff.txt")
    path.write_text(f"{TEXTS[0]}\n")
    assert main(["index", "add", str(tmp_path / "seen.db"), str(path)]) == 2
    assert "its name is not UTF-8, as keys must be; rename it" in capfd.readouterr().err
