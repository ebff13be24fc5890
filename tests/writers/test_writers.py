"""Files written whole or not at all, and where in a folder each goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dedup.errors import InputError
from dedup.readers.containers import Shard
from dedup.writers.file import shard_targets, write_whole

# Paths given, sources read, and where below the output folder they go.
PLACED = [
    ("a file goes by its name", ["x/a.txt"], ["x/a.txt"], ["a.txt"]),
    ("a folder's files keep their paths", ["docs"], ["docs/a/b.txt"], ["a/b.txt"]),
    ("a folder may end with a slash", ["docs/"], ["docs/a.txt"], ["a.txt"]),
    ("several folders keep their names", ["a", "x/b"], ["a/c", "x/b/c"], ["a/c", "b/c"]),
    ("a folder and a file", ["a", "b.txt"], ["a/c", "b.txt"], ["a/c", "b.txt"]),
    ("a folder in a folder", ["a", "a/b"], ["a/c", "a/b/d"], ["a/c", "b/d"]),
    ("the folder above", [".."], ["../a.txt"], ["a.txt"]),
]


def texts(paths: list[str]) -> list[Shard]:
    return [Shard(path, "text") for path in paths]


@pytest.mark.parametrize(
    ("paths", "sources", "placed"), [each[1:] for each in PLACED], ids=[each[0] for each in PLACED]
)
def test_targets(paths: list[str], sources: list[str], placed: list[str]) -> None:
    found = shard_targets(texts(sources), paths, "out")
    assert [os.path.relpath(each, "out").replace(os.sep, "/") for each in found] == placed


def test_two_documents_never_share_a_target() -> None:
    with pytest.raises(InputError, match=r"y/a: would be written to out/a, as would x/a; clean"):
        shard_targets(texts(["x/a", "y/a"]), ["x/a", "y/a"], "out")


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    output, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    output.mkdir()
    elsewhere.mkdir()
    (output / "a").symlink_to(elsewhere)
    with pytest.raises(InputError, match=r"leads out of .*out, to .*elsewhere.*; remove the link"):
        shard_targets(texts(["in/a/b.txt"]), ["in"], str(output))


def test_nothing_is_written_where_one_cannot_be(tmp_path: Path) -> None:
    first = tmp_path / "a.txt"
    first.write_bytes(b"before")
    with pytest.raises(InputError, match="can't be written"):
        write_whole([(str(first), b"after"), (str(first / "b.txt"), b"x")])
    assert first.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_folders_are_made_and_permissions_stay(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.txt"
    write_whole([(str(path), b"one")])
    path.chmod(0o600)
    write_whole([(str(path), b"two")])
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one")
    (tmp_path / "link").symlink_to("a.txt")
    write_whole([(str(tmp_path / "link"), b"two")])
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a.txt").read_bytes() == b"two"


@pytest.mark.skipif(os.name != "posix", reason="devices of POSIX")
def test_a_device_is_written_to_and_not_replaced() -> None:
    write_whole([(os.devnull, b"one")])
    assert not os.path.isfile(os.devnull)
