"""Which container a file is; folders, URLs, pages, and missing packages."""

from __future__ import annotations

import io
import json
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import dump
from dedup.errors import InputError, MissingExtra
from dedup.paragraph import Document, Skipped
from dedup.readers import Damaged, ReadOptions, Record, Shard, bounds, documents, read, shards
from dedup.readers.archives.members import intact_streams
from dedup.readers.record import host_of
from dedup.readers.texts.text import HtmlFile
from dedup.sizes import written_size
from tests.support.containers import PACKS, conversion, damages, texts, warcinfo, write

ROW = b'{"text":"a","id":1}\n'
ARC = b"filedesc://b.arc 0.0.0.0 1 text/plain 2"
WET = warcinfo() + conversion("a", "http://h/")


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": ["a"]}), sink)
    return sink.getvalue()


FILES: dict[str, tuple[str, bytes, str, str]] = {
    "JSON Lines by suffix": ("a.jsonl", ROW, "jsonl", ""),
    "and by others": ("a.NDJSON", ROW, "jsonl", ""),
    "packed": ("a.jsonl.gz", PACKS["gzip"](ROW), "jsonl", "gzip"),
    "packed by zstd": ("a.jsonl.zst", PACKS["zstd"](ROW), "jsonl", "zstd"),
    "unpacked by who sent it": ("a.jsonl.gz", ROW, "jsonl", ""),
    "packed without saying so": ("a.jsonl", PACKS["gzip"](ROW), "jsonl", "gzip"),
    "JSON with an object a line": ("a.json", ROW, "jsonl", ""),
    "the same packed": ("c4.json.gz", PACKS["gzip"](ROW * 900), "jsonl", "gzip"),
    "Parquet by suffix": ("a.parquet", parquet(), "parquet", ""),
    "Parquet by bytes": ("part-0", parquet(), "parquet", ""),
    "WET": ("a.warc.wet.gz", PACKS["gzip"](WET), "warc", "gzip"),
    "WARC by bytes": ("archive", WET, "warc", ""),
    "packed WARC by bytes": ("archive.gz", PACKS["gzip"](WET), "warc", "gzip"),
    "packed WARC by lz4": ("a.warc.lz4", PACKS["lz4"](WET), "warc", "lz4"),
    "text that quotes an archive": ("a.txt", WET, "text", ""),
    "packed text": ("a.txt.gz", PACKS["gzip"](b"text"), "text", "gzip"),
    "pages": ("a.HTM", b"<p>text</p>", "html", ""),
    "a name that is all suffix": (".jsonl", ROW, "jsonl", ""),
}


@pytest.mark.parametrize(("name", "content", "container", "packing"), FILES.values(), ids=FILES)
def test_a_file_is_what_its_suffix_and_its_bytes_say(
    tmp_path: Path, name: str, content: bytes, container: str, packing: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert list(shards(path)) == [Shard(str(path), container, packing)]
    assert len(texts(documents(path))) >= 1


def test_a_container_by_option(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(PACKS["gzip"](ROW))
    assert texts(documents(path, container="jsonl")) == ["a"]
    assert texts(documents(path)) == [ROW.decode()]
    with pytest.raises(ValueError, match="container is 'csv'; it must be one of 'auto', 'text', "):
        list(documents(path, container="csv"))
    with pytest.raises(ValueError, match="pages is 'x'; it must be one of 'auto', 'text', 'main'"):
        list(documents(path, pages="x"))
    with pytest.raises(ValueError, match="max_bytes is 0; it must be 1 or more"):
        list(documents(path, max_bytes=0))
    for wrong in (True, 1.5, "1", None):
        with pytest.raises(TypeError, match=f"max_bytes is {wrong!r}; it must be a whole number"):
            list(documents(path, max_bytes=wrong))  # type: ignore[arg-type]


def test_the_usual_bounds_are_those_of_the_documentation() -> None:
    readme = (Path(dump.__file__).parent / "README.md").read_text("utf-8")
    assert "unpacked to 64 times its packed size, but 64 MiB of any" in readme
    assert ReadOptions().max_bytes == 64 * 1024 * 1024
    assert ReadOptions().room == 16 * ReadOptions().max_bytes
    assert ReadOptions(max_bytes=1).room == 64 * 1024 * 1024


SIZES = {
    0: "0 bytes",
    999: "999 bytes",
    1000: "1 kB",
    1_234: "1.23 kB",
    999_499: "999 kB",
    999_999: "999 kB",
    1_000_000: "1 MB",
    64 << 20: "67.1 MB",
    1_500_000_000: "1.5 GB",
    10**12: "1 TB",
    25 * 10**14: "2500 TB",
}


@pytest.mark.parametrize(("size", "written"), SIZES.items())
def test_a_size_is_written_for_people(size: int, written: str) -> None:
    assert written_size(size) == written


VALUES = st.recursive(
    st.text() | st.text("\xe9\u4e2d") | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text("ab"), inner, max_size=4),
    max_leaves=60,
)


@given(VALUES, st.booleans(), st.integers(1, 200))
def test_a_row_takes_no_more_memory_than_estimated(value: Any, escaped: bool, times: int) -> None:
    raw = json.dumps({"text": [value] * times}, ensure_ascii=escaped).encode("utf-8", "replace")
    tracemalloc.start()
    text = raw.decode("utf-8")
    row = json.loads(text)
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(row["text"]) == times
    assert taken <= bounds.of_row(raw) + 2000


def test_a_folder_of_all_of_them(tmp_path: Path) -> None:
    for name, (file, content, _, _) in FILES.items():
        (tmp_path / f"{[*FILES].index(name):02} {file}").write_bytes(content)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\0\0")
    (tmp_path / "files.tar.gz").write_bytes(PACKS["gzip"](b"name" + bytes(600)))
    (tmp_path / "old.bz2").write_bytes(b"BZh91AY&SY" + bytes(60))
    (tmp_path / "rows.jsonl.lz4").write_bytes(PACKS["lz4"](ROW))
    (tmp_path / "a.wat.gz").write_bytes(PACKS["gzip"](WET))
    (tmp_path / "a.arc").write_bytes(ARC)
    (tmp_path / "b.arc.gz").write_bytes(PACKS["gzip"](ARC))
    (tmp_path / "damaged.gz").write_bytes(PACKS["gzip"](b"text")[:12])
    found = list(documents(tmp_path))
    assert len(texts(found)) == len(FILES) + 899
    skipped = {Path(each.source).name: each.reason for each in found if isinstance(each, Skipped)}
    assert skipped == {
        "photo.jpg": "binary",
        "files.tar.gz": "a tar archive",
        "old.bz2": "packed by bzip2",
        "rows.jsonl.lz4": "packed by lz4",
        "a.wat.gz": "a WAT archive",
        "a.arc": "an ARC archive",
        "b.arc.gz": "an ARC archive",
        "damaged.gz": "cut short: its packing has no end",
    }


def test_a_folder_of_nothing_that_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.wat").write_bytes(WET)
    (tmp_path / "b.jpg").write_bytes(b"\0")
    with pytest.raises(InputError, match="no text in this folder, only 1 a WAT archive, 1 binary;"):
        list(documents(tmp_path))


@pytest.mark.parametrize(("magic", "name"), [(b"BZh91AY", "bzip2"), (b"\xfd7zXZ\0", "xz")])
def test_packings_that_are_not_read_are_named(tmp_path: Path, magic: bytes, name: str) -> None:
    for suffix in ("a.jsonl.x", "a.txt", "a.warc"):
        (tmp_path / suffix).write_bytes(magic + bytes(60))
        with pytest.raises(InputError, match=f"packed by {name}, which isn't read; unpack it"):
            list(documents(tmp_path / suffix))
    (tmp_path / "a.jsonl.lz4").write_bytes(PACKS["lz4"](ROW))
    with pytest.raises(InputError, match="packed by lz4, which is read for archives alone"):
        list(documents(tmp_path / "a.jsonl.lz4"))


class Piped(io.BytesIO):
    """A stream that can't be read twice."""

    def seekable(self) -> bool:
        return False


def test_an_archive_packed_by_lz4_is_not_read_from_standard_input() -> None:
    with pytest.raises(InputError, match="-: packed by lz4, which is read from files alone"):
        list(intact_streams(Piped(PACKS["lz4"](WET)), "lz4"))


def test_all_paths_are_looked_at_before_any_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"text")
    (tmp_path / "b.warc.gz").write_bytes(PACKS["gzip"](ARC))
    for bad in ("missing", "b.warc.gz", "c.wat"):
        with pytest.raises(InputError):
            next(iter(documents([tmp_path / "a.txt", tmp_path / bad])))


def test_packed_text_is_one_document(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(PACKS["gzip"](b"\xff\xfea\0\n\0"))
    (found,) = documents(path)
    assert isinstance(found, Document)
    assert (found.text, found.source, found.record) == ("\ufeffa\n", str(path), None)
    path.write_bytes(PACKS["gzip"](b"x" * 1001))
    assert list(documents(path, max_bytes=1000)) == [
        Damaged(str(path), "more than 1,000 bytes when unpacked")
    ]
    assert texts(documents("-", stdin=io.BytesIO(PACKS["zstd"](b"text")))) == ["text"]


INPUT: dict[str, tuple[bytes, list[str]]] = {
    "a page": (b"<!DOCTYPE html><p>One.<p>Two.", ["One.", "Two."]),
    "a page in UTF-16": ("\ufeff<html><p>One.<p>Two.".encode("utf-16-le"), ["One.", "Two."]),
    "a packed page": (PACKS["gzip"](b"<!-- saved -->\n<html><p>One.<p>Two."), ["One.", "Two."]),
    "rows of JSON": (ROW * 2, ["a", "a"]),
    "packed rows of JSON": (PACKS["zstd"](ROW), ["a"]),
    "WET": (WET, ["a"]),
    "packed WET": (PACKS["gzip"](WET), ["a"]),
    "text": (b"One.\nTwo.", ["One.", "Two."]),
    "packed text": (PACKS["gzip"](b"One."), ["One."]),
    "a list with a comma in each line": (b"Roses, red\nLilies, white\nOaks, green\n",
        ["Roses, red", "Lilies, white", "Oaks, green"]),
    "Markdown with a table": (b"a|b\n-|-\n1|2\n3|4\n", ["a|b", "-|-", "1|2", "3|4"]),
    "nothing": (b"", []),
}  # fmt: skip


@pytest.mark.parametrize(("content", "found"), INPUT.values(), ids=INPUT)
def test_standard_input_is_known_by_its_first_bytes(content: bytes, found: list[str]) -> None:
    paragraphs = [each for each in read("-", stdin=Slow(content)) if not isinstance(each, Skipped)]
    assert [each.prose for each in paragraphs] == found


class Slow(io.BytesIO):
    """A pipe that gives a few bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(size if size is None or size < 0 else min(size, 5))


REFUSED: dict[str, tuple[bytes, str]] = {
    "CSV": (b"id,text\n1,One\n2,Two\n3,Three\n", "a table"),
    "CSV with line ends in its cells": (
        b'"id","text"\r\n"1","One\r\nand more"\r\n"2","Two"\r\n', "a table"
    ),
    "TSV": (b"id\ttext\n1\tOne\n2\tTwo\n", "a table"),
    "CSV as German offices write it": (b"Nr;Name\n1;Eins\n2;Zwei\n", "a table"),
    "JSON that is a list": (b'[{"text": "a"},\n{"text": "b"}]', "JSON that is one value"),
    "JSON over several lines": (b'{\n  "text": "a"\n}\n', "JSON that is one value"),
    "packed JSON": (PACKS["gzip"](b'[{"text": "a"}]'), "JSON that is one value"),
    "XML": (b"<?xml version='1.0'?><rss><item>One.</item></rss>", "XML"),
    "PDF": (b"%PDF-1.7 ...", "a PDF"),
    "an archive of the old kind": (ARC, "an ARC archive"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "kind"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_read_is_refused_on_standard_input_too(
    content: bytes, kind: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=f"^-: {kind}.*--container text"):
        list(documents("-", stdin=io.BytesIO(content)))
    plain = documents("-", stdin=io.BytesIO(content), container="text")
    assert all(isinstance(each, Document) for each in plain)
    path = tmp_path / "unnamed"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"{kind}"):
        list(documents(path))


@pytest.mark.parametrize("magic", [b"BZh91AY&SY", b"\xfd7zXZ\0", b"\x04\x22\x4d\x18"])
def test_packings_that_are_not_read_are_refused_on_standard_input(magic: bytes) -> None:
    with pytest.raises(InputError, match=r"^-: packed by .*unpack it first"):
        list(documents("-", stdin=io.BytesIO(magic)))


PAGE = '<html><head><meta charset="{}"></head><body><p>Prose ü.</p></body></html>'
ENCODINGS = ("utf-8", "iso-8859-1", "windows-1252", "koi8-r", "gb2312", "utf-16", "klingon")


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_page_is_its_source_in_the_encoding_it_names(tmp_path: Path, name: str) -> None:
    page = PAGE.format(name).replace("ü", "ü" if name not in ("koi8-r", "gb2312") else "ж")
    raw = page.encode(name if name != "klingon" else "utf-8")
    path = tmp_path / "a.html"
    path.write_bytes(raw)
    (found,) = documents(path)
    assert isinstance(found, HtmlFile)
    assert found.text.removeprefix("\ufeff") == page
    assert found.text.encode(found.encoding) == raw
    (paragraph,) = read(path)
    assert isinstance(paragraph, dedup.Paragraph)
    assert paragraph.prose.startswith("Prose")
    assert len(list(read(path, "lines"))) == 1


def test_a_page_of_another_encoding_without_a_word_is_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes("<p>für über</p>".encode("latin-1"))
    assert texts(documents(path)) == ["<p>für über</p>"]
    path.write_bytes("<p>жук</p>".encode("koi8-r"))
    assert texts(documents(path, "koi8-r")) == ["<p>жук</p>"]


def test_the_text_of_a_page_by_option(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(PAGE.format("latin1").encode("latin-1"))
    (found,) = documents(path, pages="text")
    assert isinstance(found, Record)
    assert found == Record("Prose ü.", str(path), number=0)  # it has no place in a container
    assert texts(documents(path, pages="source")) == [PAGE.format("latin1")]


HOSTS = {
    "https://Example.ORG/a": "example.org",
    "http://user:pass@h.org:80?x": "h.org",
    "http://[2001:db8::1]:80/": "[2001:db8::1]",
    "http://h.org.#a": "h.org",
    "http://a\\b": "a",
    "line 3": "",
    "": "",
    "http://": "",
    "http://[": "",
}


@pytest.mark.parametrize(("url", "host"), HOSTS.items())
def test_hosts(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    files = fsspec.filesystem("memory")
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def test_urls_are_read(memory: fsspec.AbstractFileSystem) -> None:
    contents = {
        "crawl/b.jsonl.gz": PACKS["gzip"](ROW),
        "crawl/a.wet.gz": PACKS["gzip"](WET),
        "crawl/c/d.parquet": parquet(),
        "crawl/.hidden.txt": b"hidden",
        "crawl/.git/e.txt": b"hidden",
        "crawl/f.txt": b"a",
    }
    for name, content in contents.items():
        memory.pipe(f"/{name}", content)
    for name in ("b.jsonl.gz", "a.wet.gz", "c/d.parquet", "f.txt"):
        found = list(documents(f"memory://crawl/{name}"))
        assert texts(found) == ["a"]
        assert getattr(found[0], "source", "") == f"memory://crawl/{name}"
    listed = [getattr(each, "path", "") for each in shards("memory://crawl/")]
    assert [each.rpartition("crawl/")[2] for each in listed] == [
        "a.wet.gz",
        "b.jsonl.gz",
        "c/d.parquet",
        "f.txt",
    ]
    assert len(texts(documents("memory://crawl/*.gz"))) == 2
    assert len(texts(documents(["memory://crawl/", "memory://crawl/f.txt"]))) == 5


def test_a_url_is_told_by_its_name_and_else_by_its_bytes(
    memory: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.pipe("/c/part", PACKS["zstd"](WET))
    memory.pipe("/c/a.json", ROW)
    names = ("part", "a.json", "absent.warc.lz4", "absent.jsonl.gz?token=a.b")
    urls = [f"memory://c/{name}" for name in names]
    found = [("warc", "zstd"), ("jsonl", ""), ("warc", "lz4"), ("jsonl", "gzip")]
    expected = [Shard(url, *each) for url, each in zip(urls, found, strict=True)]
    assert list(shards(urls)) == expected


def test_what_is_wrong_with_a_url_is_told(memory: fsspec.AbstractFileSystem) -> None:
    for url, reason in (
        ("memory://nowhere/a.jsonl", "no such file or folder; check the path"),
        ("memory://nowhere/", "no file there; check the URL"),
        ("memory://nowhere/*.gz", "no file there; check the URL"),
        (
            "simplecache::klingon://h/a.jsonl",
            "can't be opened: Protocol not known: klingon; check the URL",
        ),
    ):
        with pytest.raises(InputError) as caught:
            list(documents(url))
        assert str(caught.value) == f"{url}: {reason}"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    serving = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    thread.join()
    serving.server_close()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_files_of_a_server_are_read(tmp_path: Path, server: str) -> None:
    rows = b"".join(b'{"text":"text %d"}\n' % k for k in range(100))
    (tmp_path / "a.jsonl.gz").write_bytes(PACKS["gzip"](rows))
    write(tmp_path / "a.wet.gz", [conversion(f"text {k}", "http://h/") for k in range(100)], "gzip")
    expected = [f"text {k}" for k in range(100)]
    assert texts(documents(f"{server}/a.jsonl.gz?token=1")) == expected
    assert texts(documents(f"{server}/a.wet.gz")) == expected
    with pytest.raises(InputError, match="no such file or folder"):
        list(documents(f"{server}/b.jsonl"))


EXTRAS = {
    "fastwarc": ("a.wet.zst", PACKS["zstd"](WET), "warc"),
    "resiliparse": ("a.html", b"<p>text</p>", "warc"),
    "pyarrow": ("a.parquet", parquet(), "parquet"),
    "backports.zstd": ("a.jsonl.zst", PACKS["zstd"](ROW), "zstd"),
}


@pytest.mark.parametrize("package", EXTRAS)
def test_a_package_that_is_missing_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    if package == "backports.zstd" and sys.version_info >= (3, 14):
        pytest.skip("zstd is part of Python")
    name, content, extra = EXTRAS[package]
    path = tmp_path / name
    path.write_bytes(content)
    for module in [each for each in sys.modules if each.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra) as caught:
        list(documents(path, pages="main"))
    assert str(caught.value) == (
        f"{package} is not installed; 'pip install \"dedup-paragraphs[{extra}]\"' brings it"
    )


def test_without_fsspec_a_url_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    for url in ("s3://bucket/a.jsonl", "https://h/a.jsonl", "gs://bucket/*.gz"):
        with pytest.raises(MissingExtra, match=r"dedup-paragraphs\[remote\]"):
            list(documents(url))


def test_packed_archives_need_no_package_but_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for packing, suffix in (("zstd", ".zst"), ("lz4", ".lz4")):
        write(tmp_path / f"a.wet{suffix}", [WET], packing)
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    for suffix in (".zst", ".lz4"):
        assert texts(documents(tmp_path / f"a.wet{suffix}")) == ["a"]
    assert texts(documents(tmp_path)) == ["a", "a"]


def test_text_needs_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("fastwarc", "resiliparse", "pyarrow", "fsspec", "backports.zstd"):
        monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / "a.txt").write_bytes(b"text")
    (tmp_path / "b.jsonl.gz").write_bytes(PACKS["gzip"](ROW))
    (tmp_path / "c.html").write_bytes(b"<p>text</p>")
    write(tmp_path / "d.wet", [conversion("plain", "http://h/")])
    write(tmp_path / "e.wet.gz", [conversion("packed", "http://h/")], "gzip")
    assert texts(documents(tmp_path)) == ["text", "a", "<p>text</p>", "plain", "packed"]


def test_a_file_with_a_url_for_a_name_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c:").mkdir()
    (tmp_path / "c:" / "a.txt").write_bytes(b"text")
    assert texts(documents("c:/a.txt")) == ["text"]


def test_strict_reading_stops_at_damage_alone(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(ROW)
    (tmp_path / "b.jpg").write_bytes(b"\0")
    assert texts(documents(tmp_path, strict=True)) == ["a"]
    (tmp_path / "a.jsonl").write_bytes(ROW + b"{\n")
    with pytest.raises(InputError, match=r"a\.jsonl: line 2: not JSON: "):
        list(documents(tmp_path, strict=True))
    assert len(damages(documents(tmp_path))) == 1


def test_paragraphs_of_all_containers(tmp_path: Path) -> None:
    text = "One paragraph.\n\nAnother one."
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": text, "id": "x"}))
    pq.write_table(pa.table({"text": [text], "id": ["x"]}), tmp_path / "b.parquet")
    write(tmp_path / "c.wet", [conversion(text, "x")])
    found = list(dedup.read(tmp_path))
    places = [(Path(each.source).name, each.record, getattr(each, "first", 0)) for each in found]
    assert places == [
        (name, "x", first) for name in ("a.jsonl", "b.parquet", "c.wet") for first in (1, 3)
    ]
    assert ReadOptions() == ReadOptions("utf-8", "strict")
