"""Records with a head of the usual form, which are read many at a time, are read as any others."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup.paragraph import Document, Skipped
from dedup.readers import CutRecords, ReadOptions, Records, document_parts, parts_together
from dedup.readers.archives import records as cutting
from dedup.readers.archives import warc
from dedup.readers.archives.records import Raw, Stretch
from tests.support.containers import PACKS, conversion, record, warcinfo, write

NEVER = re.compile(rb"(?!)()")

Each = Document | Skipped


def usual(body: str | bytes, url: str = "http://h.org/1", *more: str, end: str = "\r\n") -> bytes:
    """Make a text of WET in the form in which Common Crawl writes it."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [
        "WARC/1.0",
        "WARC-Type: conversion",
        f"WARC-Target-URI: {url}",
        "WARC-Date: 2026-01-02T03:04:05Z",
        f"WARC-Record-ID: <urn:uuid:{len(raw)}>",
        *more,
        "Content-Type: text/plain",
        f"Content-Length: {len(raw)}",
    ]
    return "".join(line + end for line in [*lines, ""]).encode() + raw + b"\r\n\r\n"


#: Records that are as usual, and some that are not, each for one reason.
RECORDS = {
    "usual": usual("One line.\nAnother line.\n"),
    "another of the same URL": usual("Of the same page.\n"),
    "of another page": usual("Ein Überfluß.\n", "https://user@www.Example.org:80/a?b"),
    "in brackets": usual("text", "<http://h.org/2>"),
    "an empty URL in brackets": usual("text", "<>"),
    "with a mark": usual(b"\xef\xbb\xbfwith a mark"),
    "empty": usual(""),
    "with more fields": usual(
        "a\n", "http://h/3", "WARC-Block-Digest: sha1:A", "WARC-Identified-Content-Language: deu"
    ),
    "with a second type": usual("a\n", "http://h/4", "WARC-TYPE: x", "WARC-Type: response"),
    "in lines of Unix": usual("a\n", "http://h/5", end="\n"),
    "with a space in its URL": usual("a\n", "http://h/a b"),
    "not UTF-8": usual(b"caf\xe9\n", "http://h/6"),
    "cut in a character": usual("é".encode()[:1], "http://h/7"),
    "beginning in a character": usual("é".encode()[1:], "http://h/7"),
    "a surrogate": usual("\ud800".encode("utf-8", "surrogatepass"), "http://h/8"),
    "with a length before its own": usual("abc", "http://h/9", "WARC-X: 1", "Content-Length: 1"),
    "longer than it says": usual("abc").replace(b"Length: 3", b"Length: 2"),
    "shorter than it says": usual("abc").replace(b"Length: 3", b"Length: 9"),
    "without a length": usual("abc").replace(b"Content-Length: 3\r\n", b""),
    "long": usual("A line of a long text.\n" * 4000, "http://h/10"),
    "beyond the limit": usual("x" * 150_000, "http://h/11"),
    "with fields in another order": conversion("in another order\n", "http://h/12"),
    "without a page": record("conversion", b"text"),
    "no text": warcinfo(),
    "garbage": b"garbage\r\n\r\n",
    "line ends": b"\r\n\r\n\r\n",
}

some_records = st.lists(st.sampled_from([*RECORDS]), max_size=12)
options = ReadOptions(max_bytes=100_000)


def apart(each: Raw | Stretch) -> Iterator[Raw]:
    yield from each.raws() if isinstance(each, Stretch) else (each,)


def cut(packed: bytes, packing: str, keep: bool, usual: re.Pattern[bytes]) -> tuple[Any, ...]:
    """Cut an archive into records; also give what was spilled."""
    spilled: list[bytes] = []
    every = cutting.stretches(
        io.BytesIO(packed), packing, options.longest, usual, keep, spilled.append
    )
    return [raw for each in every for raw in apart(each)], b"".join(spilled)


@pytest.mark.parametrize("packing", ["", "gzip"])
@pytest.mark.parametrize("keep", [False, True])
@given(some_records, st.integers(1, 300), st.sampled_from([1 << 18, 300, 40]))
def test_a_stretch_gives_the_records_that_stand_in_it(
    packing: str, keep: bool, names: list[str], step: int, piece: int
) -> None:
    parts = [RECORDS[name] for name in names]
    pieces = [b"".join(parts[at : at + step % 3 + 1]) for at in range(0, len(parts), step % 3 + 1)]
    packed = b"".join(map(PACKS[packing], pieces))[: -step if step < 100 else None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "_PIECE", piece)
        assert cut(packed, packing, keep, warc._WET) == cut(packed, packing, keep, NEVER)


def test_usual_records_are_read_together(tmp_path: Path) -> None:
    shard = write(tmp_path / "a.wet", [warcinfo(), *[RECORDS["usual"]] * 50, warcinfo()])
    (found,) = warc.read_together(shard, ReadOptions(), None)
    assert isinstance(found, Records)
    assert len(found) == 50
    (together,) = parts_together(shard, ReadOptions())
    assert isinstance(together, CutRecords)
    assert together.number == 0


def fields(document: Each) -> list[object]:
    return [getattr(document, each) for each in type(document).__dataclass_fields__]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_records, st.sampled_from(["strict", "replace", "surrogateescape"]))
def test_what_is_read_together_is_what_is_read(
    tmp_path: Path, names: list[str], errors: str
) -> None:
    shard = write(tmp_path / "a.wet", [RECORDS[name] for name in names])
    asked = ReadOptions(errors=errors, max_bytes=100_000)
    together: list[Each] = []
    for each in warc.read_together(shard, asked, None):
        together += each if isinstance(each, Records) else [each]
    read = [*warc.read(shard, asked, None)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warc, "_WET", NEVER)
        slowly = [*warc.read(shard, asked, None)]
        parts = [*document_parts(shard, asked)]
    assert [*map(fields, together)] == [*map(fields, read)] == [*map(fields, slowly)]
    fast = [*document_parts(shard, asked)]
    assert len(fast) == len(parts)
    for one, other in zip(fast, parts, strict=True):
        if isinstance(one, Skipped) or isinstance(other, Skipped):
            assert one == other
        else:
            assert (one.number, one.document) == (other.number, other.document)
            assert [*one.paragraphs] == [*other.paragraphs]
