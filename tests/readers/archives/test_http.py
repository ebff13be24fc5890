"""HTTP responses in archives: codings, heads, types, statuses, and damaged bodies."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest

from benchmarks import reading
from dedup.paragraph import Document, Skipped
from dedup.readers import Damaged, Extent, ReadOptions, Record
from dedup.readers.archives.http import parse, unpacked
from dedup.readers.media import kind_of
from tests.support.containers import conversion, damages, everything, record, response, texts, write

PAGE = b"<!doctype html><html><body><p>Words of a page.</p></body></html>"
TEXT = "Words of a page."


def test_a_body_in_any_coding_is_read_as_browsers_read_it(tmp_path: Path) -> None:
    made = reading.codings()
    records = [
        reading.record_of(f"http://h/{k}", each.body, "text/html", each.fields)
        for k, each in enumerate(made)
    ]
    path = reading.archive_of(records, tmp_path)
    found, are_damaged, _ = reading.read_by_place(path, len(made))
    shares = [
        (each.name, *reading.share(text, damaged).split(", "))
        for each, text, damaged in zip(made, found, are_damaged, strict=True)
    ]
    assert [each[0] for each in shares if each[1:] == ("nothing",)] == []
    for each, (name, share, *damage) in zip(made, shares, strict=True):
        assert (share == "whole" or not each.whole, bool(damage)) == (True, not each.whole), name


def test_what_is_cut_short_is_told_beside_the_page(tmp_path: Path) -> None:
    body = gzip.compress(PAGE * 50, 0)[:900]
    made = response(body, "http://h/cut", "text/html", "Content-Encoding: gzip")
    page, damage = everything(write(tmp_path / "a.warc", [made]))
    assert isinstance(page, Record)
    assert TEXT in page.text
    assert damage == Damaged(
        str(tmp_path / "a.warc"),
        "its body is cut short: its packing has no end",
        "http://h/cut",
    )
    assert isinstance(damage, Damaged)
    assert damage.extent is Extent.PART


def test_what_is_packed_otherwise_than_it_says_is_not_unpacked(tmp_path: Path) -> None:
    page = b"\0" + PAGE
    for name, body in (("gzip", zlib.compress(page)), ("x-gzip", zlib.compress(page, 0)[:-1])):
        made = response(body, "http://h/", "text/html", f"Content-Encoding: {name}")
        ((place, reason),) = damages(everything(write(tmp_path / "a.warc", [made])))
        assert (place, reason.partition(":")[0]) == ("http://h/", "its body can't be unpacked")


def test_a_page_with_bytes_of_no_character_is_told_beside_it(tmp_path: Path) -> None:
    made = response(PAGE.replace(b"page", b"pa\xffge"), "http://h/")
    page, damage = everything(write(tmp_path / "a.warc", [made]))
    assert isinstance(page, Record)
    assert "Words of a pa\ufffdge." in page.text
    assert damages([damage]) == [
        ("http://h/", "1 character can't be decoded as utf-8, read as U+FFFD")
    ]


def with_head(head: bytes, body: bytes = PAGE, content: str = "application/http") -> bytes:
    fields = [("Content-Type", content)] if content else []
    return record("response", head + body, "http://h/", *fields)


def renamed(made: bytes, old: bytes, new: bytes) -> bytes:
    assert old in made
    return made.replace(old, new, 1)


_CRLF = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
_MADE = with_head(_CRLF)
_HEAD, _, _REST = _MADE.partition(b"\r\n\r\n")


def of_length(more: int) -> bytes:
    """Make a record whose length is said to be some bytes more than it is."""
    size = len(_CRLF + PAGE)
    return renamed(_MADE, b"Content-Length: %d" % size, b"Content-Length: %d" % (size + more))


#: Archives of one page each, written as some programs do.
MALFORMED: dict[str, bytes] = {
    "a head of LF": with_head(_CRLF.replace(b"\r\n", b"\n")),
    "a head of LF that ends in CRLF": with_head(b"HTTP/1.1 200 OK\nContent-Type: text/html\n\r\n"),
    "a WARC head of LF": _HEAD.replace(b"\r\n", b"\n") + b"\n\n" + _REST,
    "small letters in WARC": renamed(_MADE, b"Content-Length", b"content-length"),
    "capitals in WARC": renamed(_MADE, b"Content-Length: ", b"CONTENT-LENGTH:"),
    "small letters of the type": renamed(_MADE, b"Content-Type", b"content-type"),
    "small letters of the kind": renamed(_MADE, b"WARC-Type: response", b"warc-type:Response"),
    "small letters in HTTP": with_head(_CRLF.lower()),
    "capitals in HTTP": with_head(_CRLF.upper()),
    "spaces before a colon": with_head(_CRLF.replace(b"Type:", b"Type :")),
    "no space behind a colon": with_head(_CRLF.replace(b": ", b":")),
    "a line without a colon": with_head(_CRLF.replace(b"OK\r\n", b"OK\r\nnonsense\r\n")),
    "a folded line": with_head(_CRLF.replace(b": ", b":\r\n\t")),
    "no type in WARC": with_head(_CRLF, PAGE, ""),
    "a type in capitals": with_head(_CRLF, PAGE, "APPLICATION/HTTP; MSGTYPE=RESPONSE"),
    "another type": with_head(_CRLF, PAGE, "application/octet-stream"),
    "HTTP/2": with_head(_CRLF.replace(b"HTTP/1.1", b"HTTP/2")),
    "ICY": with_head(_CRLF.replace(b"HTTP/1.1", b"ICY")),
    "no reason": with_head(_CRLF.replace(b" OK", b"")),
    "status 203": with_head(_CRLF.replace(b"200 OK", b"203 Non-Authoritative")),
    "no type in HTTP": with_head(b"HTTP/1.1 200 OK\r\n\r\n"),
    "an unknown type": with_head(_CRLF.replace(b"text/html", b"unknown/unknown")),
    "a type in quotes": with_head(_CRLF.replace(b"text/html", b'"text/html"')),
    "no fields": with_head(b"HTTP/1.0 200\n\n"),
    "two types": with_head(_CRLF[:-2] + b"Content-Type: application/json\r\n\r\n"),
    "a wrong type first": with_head(_CRLF.replace(b"OK\r\n", b"OK\r\nContent-Type: image/gif\r\n")),
    "one byte short": of_length(-1),
    "two bytes short": of_length(-2),
    "one byte long": of_length(1),
    "without its line ends": _MADE.removesuffix(b"\r\n\r\n"),
}


@pytest.mark.parametrize("made", MALFORMED.values(), ids=MALFORMED)
def test_a_page_is_read_however_its_archive_was_written(tmp_path: Path, made: bytes) -> None:
    for packing in ("", "gzip"):
        shard = write(
            tmp_path / "a", [conversion("before", "b:"), made, conversion("c", "c:")], packing
        )
        found = everything(shard)
        assert [each for each in found if not isinstance(each, Document)] == []
        before, page, after = texts(found)
        assert (before, after, TEXT in page) == ("before", "c", True)


def test_a_length_that_is_a_little_short_gives_the_whole_body(tmp_path: Path) -> None:
    for short in range(1, 5):
        made = conversion("some text", "http://h/", str(9 - short))
        assert texts(everything(write(tmp_path / "a.wet", [made, made]))) == ["some text"] * 2
    made = conversion("some text", "http://h/", "4")
    assert len(damages(everything(write(tmp_path / "a.wet", [made, made])))) == 2


def test_a_part_of_a_page_is_read_where_it_is_asked_for(tmp_path: Path) -> None:
    made = response(PAGE, "http://h/", status="206 Partial Content")
    shard = write(tmp_path / "a.warc", [made])
    (skipped,) = everything(shard)
    assert skipped == Skipped(shard.path, "left out: 1 responses of status 206, not 200")
    (page,) = texts(everything(shard, ReadOptions(partial=True)))
    assert TEXT in page


def test_a_coding_that_is_not_read_is_named(tmp_path: Path) -> None:
    made = [
        response(b"\x1f\x9d\x90\0" * 9, "http://h/", "text/html", f"Content-Encoding: {name}")
        for name in ("compress", "compress", "sdch")
    ]
    found = everything(write(tmp_path / "a.warc", made), ReadOptions(strict=True))
    assert sorted(each.reason for each in found if isinstance(each, Skipped)) == [
        "left out: 1 responses packed by 'sdch', which isn't read",
        "left out: 2 responses packed by 'compress', which isn't read",
    ]


BOMBS = {
    "gzip": lambda: gzip.compress(bytes(30_000_000), 9),
    "deflate": lambda: zlib.compress(bytes(30_000_000), 9),
    "gzip, gzip": lambda: gzip.compress(gzip.compress(bytes(30_000_000), 9), 9),
    "br": lambda: reading._brotli(bytes(30_000_000)),
    "zstd": lambda: reading._zstd(bytes(30_000_000)),
}


@pytest.mark.parametrize("coding", BOMBS)
def test_unpacking_stops_at_the_limit(coding: str) -> None:
    import tracemalloc

    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n\r\n".encode()
    made = parse(head + BOMBS[coding]())
    assert made is not None
    tracemalloc.start()
    with pytest.raises(ValueError, match="more than 100,000 bytes when unpacked"):
        unpacked(made, 100_000)
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()


#: Bodies by the type that is said, and what browsers take them for.
KINDS = (
    ("text/html", b"\x89PNG\0", "html"),
    ("TEXT/HTML; charset=x", b"", "html"),
    ("application/xhtml+xml", b"", "html"),
    ("text/plain", b"words", "text"),
    ("text/plain", b"\x89PNG\r\n\x1a\n\0", ""),
    ("text/plain", b"\xff\xfea\0", "text"),
    ("application/json", b"<html>", ""),
    ("image/png", b"<html>", ""),
    ("", b" \n<!DOCTYPE HTML>", "html"),
    ("", b"<h1>", "html"),
    ("", b"<p class=a>", "html"),
    ("", b"<pre>", "text"),
    ("", b"<!-- a -->", "html"),
    ("", b"<?xml version='1.0'?><html xmlns='x'>", "html"),
    ("", b"<?xml version='1.0'?><rss>", ""),
    ("", b"%PDF-1.7", ""),
    ("", b"GIF89a\0", ""),
    ("", b"\xef\xbb\xbf<html>", "html"),
    ("", b"\xff\xfe<\0p\0>\0", "html"),
    ("", b"words \x1b[1m", "text"),
    ("html", b"<html>", "html"),
    ("*/*", b"words", "text"),
    (";charset=utf-8", b"<body>", "html"),
)


@pytest.mark.parametrize(("content", "body", "kind"), KINDS)
def test_what_a_body_is(content: str, body: bytes, kind: str) -> None:
    assert kind_of(content, body) == kind


def test_a_text_that_shows_html_names_no_encoding(tmp_path: Path) -> None:
    made = response('<meta charset="koi8-r"> é'.encode(), "http://h/", "text/plain")
    assert texts(everything(write(tmp_path / "a.warc", [made]))) == ['<meta charset="koi8-r"> é']
