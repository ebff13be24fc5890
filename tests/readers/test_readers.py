"""Reading documents: folders, encodings, byte-order marks, standard input, what can't be read."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dedup.errors import InputError
from dedup.paragraph import Document, Paragraph, Skipped
from dedup.readers import Shard, documents, read, shards
from dedup.readers.file import Decoder
from tests.support.articles import pasted_article

TEXT = "Über “quotes”\r\nand\rmixed\nends.\n"


def read_one(path: Path, encoding: str = "utf-8", errors: str = "strict") -> Document:
    (only,) = documents(path, encoding, errors)
    assert isinstance(only, Document)
    return only


def write_tree(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT.encode())
    found = read_one(path)
    assert (found.text, found.source, found.record) == (TEXT, str(path), None)


@pytest.mark.parametrize(
    ("encoding", "asked"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("utf-16-le", "utf-8"),
        ("utf-16-be", "utf-8"),
        ("utf-16-be", "utf-16"),
        ("utf-32-le", "utf-8"),
        ("utf-32-be", "utf-32"),
    ],
)
def test_a_byte_order_mark_says_the_encoding_and_stays(
    tmp_path: Path, encoding: str, asked: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(("\ufeff" + TEXT).encode(encoding))
    found = read_one(path, asked)
    assert found.text == "\ufeff" + TEXT
    assert found == type(found)(found.text, str(path), None, encoding)  # type: ignore[call-arg]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le", "cp1252"])
def test_other_encodings_are_asked_for(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    exact = "utf-16-le" if encoding == "utf-16" else encoding
    path.write_bytes("Über\n".encode(exact))
    assert read_one(path, encoding).text == "Über\n"


def test_a_foreign_encoding_is_not_overruled_by_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xff\xfeA")
    assert read_one(path, "latin-1").text == "ÿþA"


def test_wrong_bytes_name_file_byte_line_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"One\r\ntwo\rthree\nf\xfcnf\n")
    with pytest.raises(InputError) as caught:
        read_one(path)
    assert str(caught.value) == (
        f"{path}: byte 16, in line 4, is not utf-8 (fc 6e 66 0a: invalid start byte); "
        "give its encoding with --encoding, or let --errors replace mark such bytes"
    )


@pytest.mark.parametrize(
    ("errors", "text"),
    [("replace", "a\ufffdb"), ("ignore", "ab"), ("surrogateescape", "a\udcfcb")],
)
def test_wrong_bytes_may_be_let_through(tmp_path: Path, errors: str, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\xfcb")
    assert read_one(path, "utf-8", errors).text == text


def test_a_text_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "none.txt")
    with pytest.raises(InputError, match=r"none\.txt: no such file") as raised:
        Decoder("utf-8", "strict").read(path)
    assert raised.value.source == path


def test_an_unknown_encoding_or_way_with_errors_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="encoding is 'klingon'; Python knows no such encoding"):
        list(documents(tmp_path, "klingon"))
    with pytest.raises(ValueError, match="encoding is 'hex'"):
        list(documents(tmp_path, "hex"))
    with pytest.raises(ValueError, match="errors is 'loud'; it must be one of 'strict', "):
        list(documents(tmp_path, "utf-8", "loud"))


def test_a_folder_is_walked_by_name_without_what_is_hidden(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "b.txt": b"b",
            "a/z.md": b"z",
            "a/b/c.txt": b"c",
            "a.txt": b"a",
            ".git/config": b"hidden",
            ".hidden": b"hidden",
            "photo.jpg": b"\xff\xd8\0\0",
            "empty": b"",
            "wide.txt": "\ufeffw".encode("utf-16-le"),
        },
    )
    found = list(documents(tmp_path))
    names = [os.path.relpath(each.source, tmp_path).replace(os.sep, "/") for each in found]
    assert names == ["a/b/c.txt", "a/z.md", "a.txt", "b.txt", "empty", "photo.jpg", "wide.txt"]
    assert found[5] == Skipped(str(tmp_path / "photo.jpg"), "binary")
    assert found == list(documents(tmp_path))


def test_a_file_is_read_once_however_it_is_named(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.txt": b"a", "b/c.txt": b"c"})
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    paths = [tmp_path / "a.txt", tmp_path, tmp_path / "b" / ".." / "a.txt"]
    assert [each.source for each in documents(paths)] == [
        str(tmp_path / "a.txt"),
        str(tmp_path / "b" / "c.txt"),
    ]


def test_a_folder_linked_into_itself_ends(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.txt": b"a"})
    (tmp_path / "again").symlink_to(tmp_path)
    assert len(list(documents(tmp_path))) == 1


def test_a_deep_folder_is_walked(tmp_path: Path) -> None:
    path = tmp_path.joinpath(*["d"] * 300)
    path.mkdir(parents=True)
    (path / "a.txt").write_bytes(b"a")
    assert len(list(documents(tmp_path))) == 1


def test_what_is_named_is_read_even_with_nul_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"a\0b")
    assert read_one(path).text == "a\0b"


UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a missing file": (
        lambda path: None,
        "no such file or folder; check the path",
    ),
    "an empty folder": (
        lambda path: path.mkdir(),
        "an empty folder; name a text file, or a folder that holds some",
    ),
    "a folder with only binary files": (
        lambda path: write_tree(path, {"x.png": b"\0", "y.png": b"\0"}),
        "no text in this folder, only 2 binary; name a text file, or a folder that holds some",
    ),
    "a broken link": (
        lambda path: path.symlink_to(path.parent / "nowhere"),
        "no such file or folder; check the path",
    ),
}


@pytest.mark.parametrize(("make", "reason"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_named(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    path = tmp_path / "it"
    make(path)
    with pytest.raises(InputError) as caught:
        list(documents(path))
    assert str(caught.value) == f"{path}: {reason}"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read anything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a")
    path.chmod(0)
    with pytest.raises(InputError, match=r"a\.txt: can't be read: Permission denied; check its"):
        list(documents(tmp_path))


def test_standard_input_is_a_dash() -> None:
    found = list(documents(["-", "-"], stdin=io.BytesIO(TEXT.encode())))
    assert [(each.source, each.text) for each in found if isinstance(each, Document)] == [
        ("-", TEXT)
    ]


def test_read_gives_paragraphs_and_what_was_skipped(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.txt": pasted_article().encode(), "b.png": b"\0"})
    found = list(read(tmp_path))
    assert isinstance(found[0], Paragraph)
    assert [each.first for each in found[:-1] if isinstance(each, Paragraph)] == [*range(1, 39)]
    assert found[-1] == Skipped(str(tmp_path / "b.png"), "binary")


def test_read_forces_a_markup(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.txt": b"A\nB\n"})
    assert len(list(read(tmp_path, "blank"))) == 1
    with pytest.raises(ValueError, match="markup is 'x'"):
        list(read(tmp_path, "x"))


def test_no_paths_give_no_documents() -> None:
    assert list(documents([])) == []


def links_and_pipes(folder: Path, outside: Path) -> dict[str, str]:
    """Put in a folder what is no file; return what is said of each."""
    import socket

    (folder / "loop").symlink_to("pool")
    (folder / "pool").symlink_to("loop")
    (folder / "self").symlink_to("self")
    (folder / "dead").symlink_to("nowhere")
    (folder / "away").symlink_to(outside)
    (folder / "back").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    (folder / "to-pipe").symlink_to("pipe")
    (folder / "device").symlink_to(os.devnull)
    there = os.getcwd()
    with socket.socket(socket.AF_UNIX) as made:
        os.chdir(folder)  # the names of sockets are short
        made.bind("socket")
        os.chdir(there)
    return {
        "away": "a link to a folder elsewhere",
        "dead": "a link that leads nowhere",
        "device": "a device",
        "loop": "a link that leads back to itself",
        "pipe": "a pipe",
        "pool": "a link that leads back to itself",
        "self": "a link that leads back to itself",
        "socket": "a socket",
        "to-pipe": "a pipe",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="links, pipes and sockets")
def test_what_is_no_file_in_a_folder_is_skipped_and_never_opened(tmp_path: Path) -> None:
    write_tree(tmp_path, {"in/a.txt": b"a", "out/b.txt": b"b"})
    said = links_and_pipes(tmp_path / "in", tmp_path / "out")
    found = list(documents(tmp_path / "in"))
    skipped = {Path(each.source).name: each.reason for each in found if isinstance(each, Skipped)}
    del said["to-pipe"]  # told once, as the pipe
    assert skipped == said
    texts = [each.text for each in found if isinstance(each, Document)]
    assert texts == ["a"]


@pytest.mark.skipif(sys.platform != "linux", reason="links, pipes and sockets")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("pipe", "a pipe, which is not read; name a file, or - to read from standard input"),
        ("to-pipe", "a pipe, which is not read; name a file, or - to read from standard input"),
        ("socket", "a socket, which is not read; name a file, or - to read from standard input"),
        ("device", "a device, which is not read; name a file, or - to read from standard input"),
        ("loop", "a link that leads back to itself; check the path"),
        ("dead", "no such file or folder; check the path"),
    ],
)
def test_what_is_named_and_no_file_is_refused_and_never_opened(
    tmp_path: Path, name: str, reason: str
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    links_and_pipes(folder, tmp_path)
    with pytest.raises(InputError) as caught:
        list(documents(folder / name))
    assert str(caught.value) == f"{folder / name}: {reason}"
    with pytest.raises(InputError):
        Decoder("utf-8", "strict").read(str(folder / name))


def test_what_clean_left_in_a_folder_is_no_input(tmp_path: Path) -> None:
    for name in ("a.txt", "removed.jsonl", "removed.jsonl.gz", "removals.jsonl", "b.removed.jsonl"):
        (tmp_path / name).write_text('{"text": "One."}\n' * (not name.endswith(".gz")))

    def listed() -> set[str]:
        found = shards(tmp_path)
        return {Path(each.path).name for each in found if isinstance(each, Shard)}

    everything = {path.name for path in tmp_path.iterdir()}
    assert listed() == everything
    (tmp_path / "cleaned.json").write_text("{}\n")
    assert listed() == {"a.txt", "removals.jsonl", "b.removed.jsonl"}
