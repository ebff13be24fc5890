"""The kernel's library: where it is found, and what is said where it can't be used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import dedup
from dedup.cli import main
from dedup.errors import KernelMissing
from dedup.kernel import calls, extraction, library, structures
from dedup.scale.spark.archive import archive

REAL = Path(library.path())
TEXT = "The ferry leaves the quay at nine in the morning and at noon.\n"

posix = pytest.mark.skipif(os.name == "nt", reason="permissions are those of POSIX")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the path where the library is looked for: in an empty folder."""
    folder = tmp_path / "dedup" / "kernel"
    folder.mkdir(parents=True)
    monkeypatch.setattr(library, "_HERE", str(folder))
    calls.loaded.cache_clear()
    yield folder / library.NAME
    calls.loaded.cache_clear()


def said(place: Path) -> str:
    """Ask for a similarity: the error that it ends with."""
    with pytest.raises(KernelMissing) as caught:
        dedup.similarity("some words", "other words")
    message = str(caught.value)
    assert message.startswith(str(place))
    assert "\n" not in message
    return message


def foreign() -> bytes:
    """Make a library of this system for another processor, by its head."""
    content = bytearray(REAL.read_bytes())
    if content[:4] == b"\x7fELF":
        content[18] = 0xB7 if content[18] != 0xB7 else 0x3E  # aarch64, x86-64
    elif content[:4] == b"\xcf\xfa\xed\xfe":
        content[4] = 0x0C if content[4] != 0x0C else 0x07
    else:
        head = int.from_bytes(content[60:64], "little")
        content[head + 4 : head + 6] = b"\x64\xaa" if content[head + 4] == 0x64 else b"\x64\x86"
    return bytes(content)


def test_a_library_that_is_not_there(place: Path) -> None:
    message = said(place)
    assert "is missing: dedup was not built here; 'pip install --force-reinstall" in message


UNUSABLE = {
    "of another processor": foreign,
    "of another system": lambda: b"MZ\0\0" * 1000 if os.name != "nt" else b"\x7fELF" * 1000,
    "garbage": lambda: b"this is no library " * 100,
    "empty": lambda: b"",
}


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE)
def test_a_library_that_can_t_be_loaded(place: Path, content: object) -> None:
    assert callable(content)
    place.write_bytes(content())
    message = said(place)
    assert f"can't be loaded on {library.machine()}: it was made for another machine" in message
    assert message.endswith("brings one for this machine, or builds it")


def test_a_library_of_another_version(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(REAL, place)
    monkeypatch.setattr(calls, "VERSION", calls.VERSION + 1)
    assert f"is of version {calls.VERSION - 1}, and this dedup needs" in said(place)


def test_a_library_without_a_function(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(REAL, place)
    monkeypatch.setitem(structures.ARGUMENTS, "dedup_of_tomorrow", ())
    message = said(place)
    assert "is not the library of this dedup" in message
    assert "dedup_of_tomorrow" in message


def test_in_a_checkout_the_remedy_is_to_build_it(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(REAL, place)
    place.with_name("kernel.h").touch()
    monkeypatch.setattr(calls, "VERSION", calls.VERSION + 1)
    assert said(place).endswith(f"; run 'pip install -e .' again in {tmp_path}")


COMMANDS = {
    "find": ["find", "a.txt"],
    "clean": ["clean", "a.txt", "-o", "out.txt"],
    "clean a folder": ["clean", ".", "-o", "../out"],
    "check": ["check", "a.md"],
    "explain": ["explain", "@a.txt", "@a.md"],
    "index": ["index", "add", "seen.db", "a.txt"],
}


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_every_command_says_it_in_one_line(
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    for name in ("a.txt", "a.md"):
        (work / name).write_text(TEXT + "\n" + TEXT)
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert str(place) in line
    assert "is missing: dedup was not built here" in line


# -- out of a zip


_LOADED = """
import os, sys
# A checkout that is installed here is not on an executor.
installed = lambda each: os.path.exists(os.path.join(each, "dedup", "kernel", "library.py"))
sys.path[:] = [each for each in sys.path if each == sys.argv[1] or not installed(each)]
import dedup
assert dedup.__file__.startswith(sys.argv[1]), dedup.__file__
assert dedup.similarity("a b c d", "a b c e") == 0.75
from dedup.kernel.library import path
print(path())
"""


def run_packed(packed: str, *more: str | Path, temp: Path) -> subprocess.CompletedProcess[str]:
    """Import dedup out of a zip, as executors do, and print the path of the library."""
    searched = os.pathsep.join(map(str, [packed, *more]))
    return subprocess.run(
        [sys.executable, "-c", _LOADED, packed],
        env={**os.environ, "PYTHONPATH": searched, "TMPDIR": str(temp), "TEMP": str(temp)},
        capture_output=True,
        text=True,
        cwd=temp,
        check=False,
    )


def elsewhere(packed: Path) -> str:
    """Rename the library in a zip to that of another kind of machine."""
    made = packed.with_name("elsewhere.zip")
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace(library.machine(), "linux-z80"), old.read(name))
    return str(made)


def test_executors_unpack_the_library_once(tmp_path: Path) -> None:
    packed = archive(tmp_path / "dedup.zip")
    paths = set()
    for _ in range(2):
        told = run_packed(packed, temp=tmp_path)
        assert told.returncode == 0, told.stderr
        paths.add(told.stdout.strip())
    (found,) = map(Path, paths)
    assert found.read_bytes() == REAL.read_bytes()
    assert list(found.parent.iterdir()) == [found]
    assert found.parent.parent == tmp_path


def test_a_zip_that_the_cluster_unpacks(tmp_path: Path) -> None:
    with zipfile.ZipFile(archive(tmp_path / "dedup.zip")) as file:
        file.extractall(tmp_path / "whole")
    told = run_packed(str(tmp_path / "whole"), temp=tmp_path)
    assert told.returncode == 0, told.stderr
    assert Path(told.stdout.strip()).is_relative_to(tmp_path / "whole")


def test_a_driver_out_of_a_zip_sends_what_it_has(tmp_path: Path) -> None:
    packed = archive(tmp_path / "dedup.zip")
    program = "from dedup.scale.spark.archive import archive; archive('again.zip')"
    subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": packed}, cwd=tmp_path,
        check=True,
    )  # fmt: skip
    assert (tmp_path / "again.zip").read_bytes() == Path(packed).read_bytes()


def test_an_executor_of_another_kind_is_told_what_to_do(tmp_path: Path) -> None:
    packed = elsewhere(Path(archive(tmp_path / "dedup.zip")))
    told = run_packed(packed, temp=tmp_path)
    assert told.returncode == 1
    last = told.stderr.splitlines()[-1]
    assert f"was sent without a library for {library.machine()}, which this executor is" in last
    assert "install this version of dedup-paragraphs on the executors" in last


def test_an_executor_of_another_kind_uses_the_library_of_its_own_dedup(tmp_path: Path) -> None:
    packed = elsewhere(Path(archive(tmp_path / "dedup.zip")))
    own = tmp_path / "site" / "dedup" / "kernel" / library.NAME
    own.parent.mkdir(parents=True)
    shutil.copy(REAL, own)
    told = run_packed(packed, tmp_path / "site", temp=tmp_path)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == str(own)


def unpack(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes = b"library") -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return Path(extraction.unpacked(content, "x.so"))


def test_many_unpack_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = os.urandom(1 << 20)
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: unpack(tmp_path, monkeypatch, content), range(64)))
    (file,) = found
    assert file.read_bytes() == content
    assert list(file.parent.iterdir()) == [file]


def test_a_damaged_file_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = unpack(tmp_path, monkeypatch)
    file.write_bytes(b"lib")
    assert unpack(tmp_path, monkeypatch) == file
    assert file.read_bytes() == b"library"


@posix
def test_only_this_user_writes_to_what_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(0)
    try:
        file = unpack(tmp_path, monkeypatch)
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


@posix
@pytest.mark.parametrize("trap", ["others may write to it", "a link", "somebody else's"])
def test_a_folder_that_others_can_write_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str
) -> None:
    folder = unpack(tmp_path, monkeypatch).parent
    if trap == "a link":
        moved = folder.rename(tmp_path / "moved")
        folder.symlink_to(moved)
    elif trap == "others may write to it":
        folder.chmod(0o777)
    else:
        user = os.getuid()
        folder.rename(tmp_path / f"dedup-{user + 1}")
        monkeypatch.setattr("os.getuid", lambda: user + 1)
    with pytest.raises(KernelMissing, match="is not this user's own: others could put") as caught:
        unpack(tmp_path, monkeypatch)
    assert str(caught.value).endswith("where this user may write and programs may be run")


def test_a_folder_that_can_t_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KernelMissing, match=r"can't be written: .*; set TMPDIR to a folder"):
        unpack(tmp_path / "file", monkeypatch)
