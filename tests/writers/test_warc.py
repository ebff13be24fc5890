"""WET back to WET, pages to WET and JSON Lines: lengths, digests, warcio as an oracle."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from dedup.errors import InputError
from dedup.paragraph import Document, Skipped
from dedup.readers import ReadOptions, read_shard
from dedup.readers.containers import Shard
from dedup.writers import Edit, Noted, WriteOptions, Written, write_shard
from dedup.writers.warc import with_body
from tests.readers.archives.test_warc import BODY, FIVE, LIES, TEXTS
from tests.support.containers import (
    PACKS,
    SUFFIX,
    conversion,
    everything,
    odd_texts,
    record,
    response,
    texts,
    unpacked,
    values,
    warcinfo,
    write,
)

packings = pytest.mark.parametrize("packing", PACKS)


def same(document: Document) -> None:
    return None


def rewrite(
    folder: Path,
    parts: list[bytes],
    edit: Edit,
    packing: str = "",
    reading: ReadOptions | None = None,
    writing: WriteOptions | None = None,
    name: str = "a.wet",
) -> tuple[bytes, Written]:
    """Write an archive, edit it, and give what was written, unpacked."""
    shard = write(folder / f"{name}{SUFFIX[packing]}", parts, packing)
    target = folder / f"out{SUFFIX[packing]}"
    written = write_shard(shard, str(target), edit, reading, writing)
    return unpacked(target.read_bytes(), packing), written


def checked(content: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Read an archive by warcio, which checks the digests; its heads and bodies."""
    found = []
    archive = ArchiveIterator(io.BytesIO(content), check_digests="raise")
    for each in archive:
        body = each.content_stream().read()
        found.append((dict(each.rec_headers.headers), body))
    return found


@packings
def test_what_is_not_changed_is_the_same_to_the_byte(tmp_path: Path, packing: str) -> None:
    odd = [
        FIVE[1].replace(b"WARC-Type: ", b"X-Odd:   a  b \r\nwarc-TYPE:"),
        FIVE[2].removesuffix(b"\r\n\r\n") + b"\r\n",
        FIVE[3].replace(b"\r\n", b"\n"),
        record("metadata", b"x: y", "http://h/"),
        record("conversion", b"\x89PNG", "http://h/", ("Content-Type", "image/png")),
        conversion(b"not utf-8: \xff", "http://h/bad"),
    ]
    parts = [*FIVE, *odd]
    content, written = rewrite(tmp_path, parts, same, packing)
    assert content == b"".join(parts)
    assert written == Written(documents=8, passed=1)
    source, target = tmp_path / f"a.wet{SUFFIX[packing]}", tmp_path / f"out{SUFFIX[packing]}"
    if packing == "gzip":
        assert target.read_bytes() == source.read_bytes()
    content, _ = rewrite(tmp_path, [b"".join(parts)], same, packing)
    assert content == b"".join(parts)


@packings
def test_lengths_and_digests_of_what_changed_are_corrected(tmp_path: Path, packing: str) -> None:
    content, written = rewrite(
        tmp_path, FIVE, lambda document: "new é\r\n" if "3" in document.text else None, packing
    )
    found = checked(content)
    assert [body.decode() for _, body in found[1:]] == [*TEXTS[:3], "new é\r\n", TEXTS[4]]
    old = checked(b"".join(FIVE))
    corrected = {"Content-Length", "WARC-Block-Digest"}
    for (before, _), (after, _) in zip(old, found, strict=True):
        assert list(after) == list(before)
        assert {name for name in after if after[name] != before[name]} <= corrected
    assert found[4][0]["Content-Length"] == "8"
    assert written == Written(documents=5, changed=1)
    target = Shard(str(tmp_path / f"out{SUFFIX[packing]}"), "warc", packing)
    assert texts(everything(target)) == [*TEXTS[:3], "new é\r\n", TEXTS[4]]


class History:
    """A history that notes what would be kept of each record that changes."""

    def __init__(self) -> None:
        self.kept: list[tuple[bytes | None, bool]] = []
        self.before = self.after = b""

    def read(self, piece: bytes) -> None:
        self.before += piece

    def wrote(self, piece: bytes) -> None:
        self.after += piece

    def mark(self) -> None:
        raise AssertionError("nothing is spilled")

    take_back = mark

    def changed(self, before: bytes | None, dropped: bool, size: int) -> None:
        assert self.after[-size:].startswith(b"WARC/1.0")
        self.kept.append((before, dropped))

    def finish(self) -> None:
        assert self.before


#: Records of which the text and the head written since don't give back every byte.
UNEVEN = {
    "another digest": FIVE[2].replace(b"Digest: sha1:", b"Digest: sha1:AAAA"),
    "a digest of an unknown algorithm": FIVE[2].replace(b"Digest: sha1:", b"Digest: odd:"),
    "a length with zeros": re.sub(rb"(Content-Length: )", rb"\g<1>00", FIVE[2]),
}


@packings
def test_of_a_record_is_kept_no_more_than_its_text_where_that_gives_it_back(
    tmp_path: Path, packing: str
) -> None:
    parts = [FIVE[1], *UNEVEN.values(), FIVE[3].removesuffix(b"\r\n"), FIVE[4]]
    shard = write(tmp_path / f"a.wet{SUFFIX[packing]}", parts, packing)
    history = History()
    write_shard(
        shard, str(tmp_path / f"out{SUFFIX[packing]}"), lambda document: "new", None, None, None,
        history,
    )  # fmt: skip
    assert history.kept[0] == history.kept[-1] == (None, False)
    assert history.kept[1:-2] == [(each, False) for each in UNEVEN.values()]
    assert history.kept[-2] == (None, False)


def test_every_record_is_a_member_of_its_own(tmp_path: Path) -> None:
    content, _ = rewrite(
        tmp_path, FIVE, lambda document: "new" if "3" in document.text else None, "gzip"
    )
    packed = (tmp_path / "out.gz").read_bytes()
    assert packed.count(b"\x1f\x8b\x08") == len(FIVE)
    assert len(checked(packed)) == len(FIVE) == len(checked(content))


DIGESTS = {
    "sha1 by 32": ("sha1", lambda body: base64.b32encode(hashlib.sha1(body).digest()).decode()),
    "sha1 by 16": ("sha1", lambda body: hashlib.sha1(body).hexdigest()),
    "md5 by 16": ("MD5", lambda body: hashlib.md5(body).hexdigest()),
    "sha256 by 32": (
        "sha-256",
        lambda body: base64.b32encode(hashlib.sha256(body).digest()).decode(),
    ),
}


@pytest.mark.parametrize(("name", "digest"), DIGESTS.values(), ids=DIGESTS)
def test_a_digest_stays_of_its_kind(name: str, digest: object) -> None:
    assert callable(digest)
    for field in ("WARC-Block-Digest", "warc-payload-digest"):
        head = f"WARC/1.0\r\n{field}: {name}:{digest(b'old')}\r\nContent-Length: 3\r\n\r\n"
        expected = f"WARC/1.0\r\n{field}: {name}:{digest(b'newer')}\r\nContent-Length: 5\r\n\r\n"
        assert with_body(head.encode(), b"newer") == expected.encode()


def test_an_unknown_digest_goes() -> None:
    head = b"WARC/1.0\r\nWARC-Block-Digest: odd:abc\r\nX: y\r\nContent-Length: 3\r\n\r\n"
    assert with_body(head, b"four") == b"WARC/1.0\r\nX: y\r\nContent-Length: 4\r\n\r\n"


def test_records_left_empty_are_kept_or_dropped(tmp_path: Path) -> None:
    edit = {TEXTS[1]: " \n", TEXTS[2]: ""}
    content, written = rewrite(tmp_path, FIVE, lambda document: edit.get(document.text), "gzip")
    assert [body for _, body in checked(content)][2:4] == [b" \n", b""]
    assert written == Written(documents=5, changed=2, emptied=2)
    drop = WriteOptions(empty="drop")
    content, written = rewrite(
        tmp_path, FIVE, lambda document: edit.get(document.text), "gzip", None, drop
    )
    assert content == b"".join([*FIVE[:2], *FIVE[4:]])
    assert written == Written(documents=5, changed=2, emptied=2, dropped=2)


@packings
def test_records_too_long_stay_as_they_are(tmp_path: Path, packing: str) -> None:
    long = conversion("x" * 1_000_000, "http://h/long")
    parts = [*FIVE[:2], long, *FIVE[2:4], long]
    reading = ReadOptions(max_bytes=10_000)
    content, written = rewrite(tmp_path, parts, same, packing, reading)
    assert content == b"".join(parts)
    assert written == Written(documents=3, passed=2)
    cut = [*FIVE[:2], long[:-100_000]]
    content, written = rewrite(tmp_path, cut, same, packing, reading)
    assert content == b"".join(cut)
    assert written == Written(documents=1, passed=1)


@packings
@pytest.mark.parametrize("bad", [each for each, _ in LIES.values()], ids=LIES)
def test_damaged_records_are_written_as_they_stand(
    tmp_path: Path, bad: bytes, packing: str
) -> None:
    parts = [*FIVE[:3], bad, *FIVE[3:]]
    content, written = rewrite(tmp_path, parts, same, packing)
    assert content == b"".join(parts)
    assert written == Written(documents=5, passed=1)
    with pytest.raises(InputError, match=r"a\.wet.*: record 4: "):
        rewrite(tmp_path, parts, same, packing, ReadOptions(strict=True))


BETWEEN = {
    "line ends before the first record": [b"\r\n\n\r\n", *FIVE],
    "line ends before damage and at the end": [*FIVE[:2], b"\r\n\r\noops", *FIVE[2:], b"\r\n\n"],
    "nothing but line ends": [b"\r\n\n"],
    "no archive at all": [b"One line.\n\nAnother.\n" * 100],
    "a head without an end": [*FIVE, b"WARC/1.0\r\nWARC-Type: conversion\r\n"],
    "a head as long as two buffers": [b"WARC/1.0\r\nX: " + b"y" * 300_000, *FIVE],
    "more line ends than a buffer": [*FIVE[:3], b"\r\n" * 200_000, *FIVE[3:]],
    "NUL for a block": [*FIVE[:3], bytes(4096), *FIVE[3:]],
    "half a record, then a whole one": [*FIVE[:2], FIVE[2][:-30], *FIVE[3:]],
}


@pytest.mark.parametrize("packing", ["", "gzip", "lz4"])
@pytest.mark.parametrize("parts", BETWEEN.values(), ids=BETWEEN)
def test_no_byte_is_lost_whatever_stands_between_records(
    tmp_path: Path, parts: list[bytes], packing: str
) -> None:
    for limit in (1 << 20, 100):
        content, written = rewrite(tmp_path, parts, same, packing, ReadOptions(max_bytes=limit))
        assert content == b"".join(parts)
        assert not written.lost


@pytest.mark.parametrize("limit", [100, 1 << 20], ids=["too long", "whole"])
def test_the_beginning_of_a_record_whose_rest_is_not_there_swallows_none(
    tmp_path: Path, limit: int
) -> None:
    draw = random.Random(1)
    noise = conversion("".join(draw.choices("abcdefgh ", k=600_000)), "http://h/noise")
    bad = bytearray(PACKS["gzip"](noise))
    bad[len(bad) // 2 :] = b"?" * 9
    raw = b"".join([*map(PACKS["gzip"], FIVE[:3]), bad, *map(PACKS["gzip"], FIVE[3:])])
    (tmp_path / "a.wet.gz").write_bytes(raw)
    shard = Shard(str(tmp_path / "a.wet.gz"), "warc", "gzip")
    reading = ReadOptions(max_bytes=limit)
    written = write_shard(shard, str(tmp_path / "out.gz"), same, reading)
    assert written.lost == 1
    assert unpacked((tmp_path / "out.gz").read_bytes(), "gzip") == b"".join(FIVE)


@pytest.mark.parametrize("packing", ["gzip", "zstd", "lz4"])
@pytest.mark.parametrize("as_one", [False, True], ids=["one a member", "several a member"])
def test_the_same_documents_are_written_as_are_read_however_damaged(
    tmp_path: Path, packing: str, as_one: bool
) -> None:
    draw = random.Random(3)
    bodies = ["".join(draw.choices("abcdefgh \n", k=draw.randrange(3000))) for _ in range(60)]
    made = [conversion(each, f"http://h/{k}") for k, each in enumerate(bodies)]
    edges = sorted(draw.sample(range(60), 40)) if as_one else [*range(60)]
    members = [b"".join(made[a:b]) for a, b in pairwise([0, *edges, 60])]
    parts = [PACKS[packing](each) for each in members]
    path = tmp_path / f"a.wet{SUFFIX[packing]}"
    for _ in range(60):
        content = bytearray(b"".join(parts))
        for _ in range(draw.randrange(1, 6)):
            at = draw.randrange(len(content))
            content[at : at + draw.randrange(200)] = draw.randbytes(draw.randrange(200))
        del content[draw.randrange(len(content) // 2, len(content)) :]
        path.write_bytes(content)
        shard = Shard(str(path), "warc", packing)
        seen: list[Document] = []
        skipped: list[Skipped] = []
        written = write_shard(shard, str(tmp_path / "out.wet"), seen.append, skipped=skipped.append)
        found = everything(shard)
        assert values(seen) == values(found)
        assert len(seen) + len(skipped) == len(found)
        assert written.documents == len(seen)
        target = list(read_shard(Shard(str(tmp_path / "out.wet"), "warc")))
        assert values(target) == values(seen)


PAGES = [
    warcinfo(),
    record("request", b"GET / HTTP/1.1\r\n\r\n", "http://h/1"),
    response(BODY, "http://h/1"),
    response(BODY, "http://h/2", status="404 Not Found"),
    response("plain \u2028 é\n".encode(), "http://h/3", "text/plain"),
    record("metadata", b"x: y", "http://h/3"),
]


@pytest.mark.parametrize("packing", ["", "gzip", "zstd"])
def test_pages_become_json_lines(tmp_path: Path, packing: str) -> None:
    edit = {"plain \u2028 é\n": "new\n"}
    content, written = rewrite(
        tmp_path, PAGES, lambda document: edit.get(document.text), packing, name="a.warc"
    )
    rows = [json.loads(line) for line in content.decode().split("\n")[:-1]]
    assert [list(row) for row in rows] == [["url", "date", "text"]] * 2
    assert [row["url"] for row in rows] == ["http://h/1", "http://h/3"]
    assert "Prose ü." in rows[0]["text"]
    assert rows[1]["text"] == "new\n"
    assert written == Written(documents=2, changed=1)
    target = Shard(str(tmp_path / f"out{SUFFIX[packing]}"), "jsonl", packing)
    assert [text for text, _ in values(everything(target))][1] == "new\n"


@packings
def test_pages_become_wet(tmp_path: Path, packing: str) -> None:
    wet = WriteOptions(to="wet")
    content, written = rewrite(tmp_path, PAGES, same, packing, None, wet, "a.warc")
    found = checked(content)
    assert [head["WARC-Type"] for head, _ in found] == ["warcinfo", "conversion", "conversion"]
    first = found[1][0]
    assert first["WARC-Target-URI"] == "http://h/1"
    assert first["Content-Type"] == "text/plain"
    source = checked(b"".join(PAGES))[2][0]
    assert first["WARC-Refers-To"] == source["WARC-Record-ID"]
    assert first["WARC-Date"] == source["WARC-Date"]
    assert first["WARC-Record-ID"] not in (source["WARC-Record-ID"], found[2][0]["WARC-Record-ID"])
    assert written == Written(documents=2)
    again, _ = rewrite(tmp_path, PAGES, same, packing, None, wet, "a.warc")
    assert again == content
    target = Shard(str(tmp_path / f"out{SUFFIX[packing]}"), "warc", packing)
    original = Shard(str(tmp_path / f"a.warc{SUFFIX[packing]}"), "warc", packing)
    assert values(everything(target)) == values(everything(original))


def test_notes_go_to_json_lines_and_not_to_wet(tmp_path: Path) -> None:
    note = WriteOptions(note="dedup")
    content, _ = rewrite(tmp_path, PAGES, lambda each: Noted(None, [1]), "", None, note, "a.warc")
    assert [json.loads(line)["dedup"] for line in content.decode().split("\n")[:-1]] == [[1], [1]]
    with pytest.raises(InputError, match="WET has no place for notes; write JSONL instead"):
        rewrite(tmp_path, FIVE, same, "", None, note)


def test_a_head_is_not_led_astray_by_what_an_archive_says(tmp_path: Path) -> None:
    bad = response(BODY, "http://h/\rWARC-Type: warcinfo")
    content, _ = rewrite(tmp_path, [bad], same, "", None, WriteOptions(to="wet"), "a.warc")
    ((head, _),) = checked(content)
    assert head["WARC-Type"] == "conversion"
    assert b"\r\nWARC-Type: warcinfo" not in content


@given(
    st.lists(st.tuples(odd_texts, st.sampled_from(["http://h/ü", "http://h/"])), min_size=1),
    st.sampled_from(["", "gzip", "zstd", "lz4"]),
    st.data(),
)  # fmt: skip
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    made: list[tuple[str, str]],
    packing: str,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("w")
    parts = [warcinfo(), *(conversion(*each) for each in made)]
    assert rewrite(folder, parts, same, packing)[0] == b"".join(parts)
    changes: list[str] = []

    def edit(document: Document) -> str:
        changes.append(data.draw(odd_texts | st.just(document.text)))
        return changes[-1]

    content, _ = rewrite(folder, parts, edit, packing)
    assert [body.decode() for _, body in checked(content)[1:]] == changes
    target = Shard(str(folder / f"out{SUFFIX[packing]}"), "warc", packing)
    assert texts(everything(target)) == changes
