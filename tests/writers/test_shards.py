"""Shards written whole or not at all, in their folder, by names that nothing read decides."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from dedup.errors import InputError
from dedup.paragraph import Document
from dedup.readers import ReadOptions
from dedup.readers.containers import Shard
from dedup.writers import WriteOptions, Written, output_name, write_shard
from dedup.writers.file import shard_targets, unwritable
from dedup.writers.output import Output, temporary_of
from tests.support.containers import FILES_OF_EACH as EACH
from tests.support.containers import PACKS, unpacked


def same(document: Document) -> None:
    return None


@pytest.mark.parametrize("container", EACH)
def test_a_failing_edit_leaves_nothing_behind(tmp_path: Path, container: str) -> None:
    shard = EACH[container](tmp_path)
    target = tmp_path / "out" / os.path.basename(shard.path)

    def fail(document: Document) -> str:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_shard(shard, str(target), fail)
    assert list(target.parent.iterdir() if target.parent.exists() else []) == []
    write_shard(shard, str(target), same)
    before = target.read_bytes()
    with pytest.raises(RuntimeError, match="stop"):
        write_shard(shard, str(target), fail)
    assert target.read_bytes() == before
    assert [each.name for each in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize("container", EACH)
def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, container: str
) -> None:
    shard = EACH[container](tmp_path)
    target = tmp_path / "out" / os.path.basename(shard.path)
    written = Output.write

    def full(output: Output, content: bytes) -> int:
        if output.tell() + len(content) > 10:
            raise unwritable(output.target, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        return written(output, content)

    monkeypatch.setattr(Output, "write", full)
    with pytest.raises(InputError) as caught:
        write_shard(shard, str(target), lambda document: "another text " * 9)
    assert str(caught.value) == (
        f"{target}: can't be written: No space left on device; choose another place with -o"
    )
    assert list(target.parent.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_an_error_of_the_system_names_the_target(tmp_path: Path) -> None:
    def fill(output: Output, size: int) -> None:
        with output:
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, output._file.fileno())
            os.close(full)
            output.write(b"x" * size)

    for size in (1, 4_000_000):
        with pytest.raises(InputError, match=r"a\.txt: can't be written: No space left"):
            fill(Output(str(tmp_path / "a.txt")), size)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_program_left_is_written_over(tmp_path: Path) -> None:
    shard = EACH["jsonl"](tmp_path)
    target = tmp_path / "out" / "a.jsonl"
    target.parent.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"not touched")
    for link in (False, True):
        left = Path(temporary_of(str(target)))
        if link:
            left.symlink_to(elsewhere)
        else:
            left.write_bytes(b"x" * 10_000)
        write_shard(shard, str(target), same)
        assert [each.name for each in target.parent.iterdir()] == ["a.jsonl"]
    assert elsewhere.read_bytes() == b"not touched"


def test_permissions_stay(tmp_path: Path) -> None:
    shard = EACH["jsonl"](tmp_path)
    target = tmp_path / "out" / "a.jsonl"
    write_shard(shard, str(target), same)
    target.chmod(0o600)
    write_shard(shard, str(target), same)
    assert target.stat().st_mode & 0o777 == 0o600


def test_what_is_read_is_never_written_over(tmp_path: Path) -> None:
    shard = EACH["jsonl"](tmp_path)
    (tmp_path / "link").symlink_to(shard.path)
    for target in (shard.path, str(tmp_path / "link"), str(tmp_path / "x" / ".." / "a.jsonl")):
        with pytest.raises(InputError, match="would replace what is being read; choose another"):
            write_shard(shard, target, same)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    shard = EACH["jsonl"](tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=r"can't be written: .*choose another place with -o"):
        write_shard(shard, str(tmp_path / "file" / "a.jsonl"), same)


def test_texts_keep_their_encoding_and_packing(tmp_path: Path) -> None:
    for name, packing in (("a.txt", ""), ("a.txt.gz", "gzip"), ("a.txt.zst", "zstd")):
        raw = "\ufeffüber\n".encode("utf-16-le")
        (tmp_path / name).write_bytes(PACKS[packing](raw))
        shard, target = Shard(str(tmp_path / name), "text", packing), tmp_path / "out" / name
        assert write_shard(shard, str(target), same) == Written(documents=1)
        assert unpacked(target.read_bytes(), packing) == raw
        write_shard(shard, str(target), lambda document: document.text[:-1])
        assert unpacked(target.read_bytes(), packing) == raw[:-2]
        drop = WriteOptions(empty="drop")
        written = write_shard(shard, str(tmp_path / "new" / name), lambda each: "", None, drop)
        assert written == Written(documents=1, changed=1, emptied=1, dropped=1)
        assert not (tmp_path / "new").exists()


def test_a_damaged_text_is_lost_and_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(PACKS["gzip"](b"text" * 99)[:-5])
    shard = Shard(str(tmp_path / "a.txt.gz"), "text", "gzip")
    assert write_shard(shard, str(tmp_path / "b.txt.gz"), same) == Written(lost=1)
    with pytest.raises(InputError, match="cut short: its packing has no end"):
        write_shard(shard, str(tmp_path / "b.txt.gz"), same, ReadOptions(strict=True))


def test_pages_are_written_as_their_source_alone(tmp_path: Path) -> None:
    raw = '<meta charset="latin1"><p>ü</p><p>ß</p>'.encode("latin-1")
    (tmp_path / "a.html").write_bytes(raw)
    shard, target = Shard(str(tmp_path / "a.html"), "html"), tmp_path / "b.html"
    write_shard(shard, str(target), lambda document: document.text.replace("<p>ß</p>", ""))
    assert target.read_bytes() == raw.replace(b"<p>\xdf</p>", b"")
    with pytest.raises(InputError, match=r"a\.html: the text of a page can't be put back into it"):
        write_shard(shard, str(target), lambda document: "new", ReadOptions(pages="text"))


NAMES = {
    ("a.jsonl.gz", "jsonl", None): "a.jsonl.gz",
    ("s3://b/c/a.jsonl", "jsonl", None): "a.jsonl",
    ("https://h/a.parquet?token=../../x#y", "parquet", None): "a.parquet",
    ("x/a.warc.wet.gz", "warc", None): "a.warc.wet.gz",
    ("x/a.warc.gz", "warc", None): "a.jsonl.gz",
    ("x/a.warc.gz", "warc", "wet"): "a.wet.gz",
    ("x/a.wet", "warc", "jsonl"): "a.jsonl",
    ("x/a.warc.lz4", "warc", None): "a.jsonl.gz",
    ("x/a.warc.lz4", "warc", "wet"): "a.wet.lz4",
    ("x/archive", "warc", None): "archive.jsonl",
    ("-", "text", None): "standard-input",
}


@pytest.mark.parametrize(("given", "name"), NAMES.items())
def test_the_name_of_what_is_written(given: tuple[str, str, str | None], name: str) -> None:
    path, container, to = given
    assert output_name(Shard(path, container), to) == name


@pytest.mark.parametrize("path", ["https://h/", "https://h/a/..", "x/.", "https://h/..?a", "a\0b"])
def test_names_that_are_none_are_refused(path: str) -> None:
    with pytest.raises(InputError, match="has no name to write it by; read it from a file"):
        output_name(Shard(path, "jsonl"))


def test_the_place_of_what_is_written(tmp_path: Path) -> None:
    shards = [
        Shard("in/x/a.warc.gz", "warc", "gzip"),
        Shard("in/b.jsonl", "jsonl"),
        Shard("https://h/c.parquet?x", "parquet"),
    ]
    found = shard_targets(shards, ["in", "https://h/c.parquet?x"], str(tmp_path))
    assert [os.path.relpath(each, tmp_path) for each in found] == [
        "in/x/a.jsonl.gz",
        "in/b.jsonl",
        "c.parquet",
    ]
    alone = shard_targets(shards[:2], ["in"], str(tmp_path), "wet")
    assert [os.path.relpath(each, tmp_path) for each in alone] == ["x/a.wet.gz", "b.jsonl"]
    with pytest.raises(InputError, match=r"y/a\.warc: would be written to .*, as would x/a\.jsonl"):
        shard_targets(
            [Shard("x/a.jsonl", "jsonl"), Shard("y/a.warc", "warc")], ["x", "y"][:0], str(tmp_path)
        )
    (tmp_path / "in").symlink_to(tmp_path.parent)
    with pytest.raises(InputError, match="leads out of"):
        shard_targets(shards, ["in", "x"], str(tmp_path))


WRONG = {
    "empty": ("drp", "empty is 'drp'; it must be one of 'keep', 'drop'"),
    "to": ("warc", "to is 'warc'; it must be one of 'jsonl', 'wet'"),
    "level": (0, "level is 0; it must be from 1 to 22"),
}


@pytest.mark.parametrize("name", WRONG)
def test_options_out_of_bounds(name: str) -> None:
    value, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        WriteOptions(**{name: value})  # type: ignore[arg-type]


def test_the_level_of_packing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"".join(b"line %d\n" % k for k in range(5000)))
    shard = Shard(str(tmp_path / "a.txt"), "text")
    for suffix, levels in ((".gz", (1, 9)), (".zst", (1, 19))):
        sizes = []
        for level in levels:
            target = tmp_path / f"b.txt{suffix}"
            write_shard(shard, str(target), same, None, WriteOptions(level=level))
            sizes.append(target.stat().st_size)
        assert sizes[0] > sizes[1]
