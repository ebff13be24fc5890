"""Reading WARC and WET: packings, HTTP, encodings, damage, compared with warcio."""

from __future__ import annotations

import gzip
import io
import random
import tracemalloc
import zlib
from collections import deque
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from dedup.errors import InputError
from dedup.paragraph import Document, Skipped
from dedup.readers import Damaged, ReadOptions, Record, documents, read
from dedup.readers.archives import members
from dedup.readers.archives.records import records
from dedup.readers.containers import Shard
from dedup.readers.texts import html
from dedup.segment import paragraphs
from tests.support.containers import (
    PACKS,
    SUFFIX,
    conversion,
    damages,
    everything,
    odd_texts,
    record,
    response,
    texts,
    warcinfo,
    write,
)

PAGE = "<html><head><title>T</title></head><body><nav>menu</nav><p>Prose ü.</p></body></html>"
FIVE = [warcinfo(), *(conversion(f"text {k} é\n" * 40, f"http://h.org/{k}") for k in range(5))]
TEXTS = [f"text {k} é\n" * 40 for k in range(5)]

packings = pytest.mark.parametrize("packing", PACKS)


@packings
def test_a_conversion_is_a_document(tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"a.wet{SUFFIX[packing]}"
    write(path, FIVE, packing)
    found = list(documents(path))
    assert texts(found) == TEXTS
    first = found[0]
    assert isinstance(first, Record)
    assert (first.record, first.url, first.number) == ("http://h.org/0", "http://h.org/0", 2)
    assert (first.date, first.host, first.source) == ("2026-01-02T03:04:05Z", "h.org", str(path))
    assert len(found) == 5


@packings
def test_an_archive_packed_as_one_is_read(tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"a.wet{SUFFIX[packing]}"
    write(path, [b"".join(FIVE)], packing)
    assert texts(documents(path)) == TEXTS
    write(path, [FIVE[0] + FIVE[1], b"".join(FIVE[2:4]), b"".join(FIVE[4:])], packing)
    assert texts(documents(path)) == TEXTS


def test_lines_of_wet_are_paragraphs(tmp_path: Path) -> None:
    write(tmp_path / "a.wet.gz", [conversion("One.\nTwo.\n", "http://h/")], "gzip")
    found = list(read(tmp_path / "a.wet.gz"))
    assert [getattr(each, "text", "") for each in found] == ["One.", "Two."]
    assert [getattr(each, "record", "") for each in found] == ["http://h/"] * 2


def test_addresses_in_angle_brackets_and_names_of_records_without_any(tmp_path: Path) -> None:
    parts = [
        conversion("a", "<http://h/a>"),
        record("conversion", b"b"),
        conversion("c", "http://h/c"),
        conversion("d", "http://h/c"),
    ]
    found = everything(write(tmp_path / "a", parts))
    names = [getattr(each, "record", "") for each in found]
    assert names[0] == "http://h/a"
    assert names[1].startswith("<urn:uuid:")
    assert names[2:] == ["http://h/c", "http://h/c (record 4)"]


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


BODY = PAGE.encode()
SOUND: dict[str, tuple[bytes, str, tuple[str, ...]]] = {
    "as it is": (BODY, "text/html; charset=utf-8", ()),
    "of no stated encoding": (BODY, "text/html", ()),
    "of a wrong encoding": (BODY, "text/html; charset=iso-8859-1", ()),
    "of an unknown encoding": (BODY, "text/html; charset=klingon", ()),
    "in capitals": (BODY, "TEXT/HTML; CHARSET=UTF-8", ()),
    "in quotes": (BODY, 'text/html; charset="utf-8"', ()),
    "XHTML": (BODY, "application/xhtml+xml", ()),
    "of no stated type": (BODY, "", ()),
    "Latin 1": (PAGE.encode("latin-1"), "text/html; charset=iso-8859-1", ()),
    "Latin 1 that says so itself": (
        PAGE.replace("<head>", '<head><meta charset="latin1">').encode("latin-1"),
        "text/html",
        (),
    ),
    "UTF-16 with a mark": (PAGE.encode("utf-16"), "text/html", ()),
    "UTF-8 with a mark": (b"\xef\xbb\xbf" + BODY, "text/html", ()),
    "packed by gzip": (gzip.compress(BODY), "text/html", ("Content-Encoding: gzip",)),
    "packed by deflate": (zlib.compress(BODY), "text/html", ("Content-Encoding: deflate",)),
    "in chunks": (chunked(BODY), "text/html", ("Transfer-Encoding: chunked",)),
    "in chunks, packed": (
        chunked(gzip.compress(BODY)),
        "text/html",
        ("Transfer-Encoding: chunked", "Content-Encoding: gzip"),
    ),
    "unpacked already": (BODY, "text/html", ("Content-Encoding: gzip",)),
    "out of its chunks already": (BODY, "text/html", ("Transfer-Encoding: chunked",)),
    "out of its chunks already, but packed": (
        gzip.compress(BODY),
        "text/html",
        ("Transfer-Encoding: chunked", "Content-Encoding: gzip"),
    ),
}


@pytest.mark.parametrize(("body", "content", "more"), SOUND.values(), ids=SOUND)
def test_a_page_is_a_document(
    tmp_path: Path, body: bytes, content: str, more: tuple[str, ...]
) -> None:
    shard = write(tmp_path / "a", [response(body, "http://h/", content, *more)], "gzip")
    (found,) = everything(shard)
    assert isinstance(found, Record)
    assert "Prose ü." in found.text.split("\n")
    assert "<p>" not in found.text


def test_main_content_and_source_by_option(tmp_path: Path) -> None:
    page = PAGE.replace("Prose ü.", "Prose ü that is long enough to be an article. " * 20)
    shard = write(tmp_path / "a.warc", [response(page.encode(), "http://h/")])
    (whole,) = texts(everything(shard))
    (main,) = texts(everything(shard, ReadOptions(pages="main")))
    assert "menu" in whole
    assert "menu" not in main
    assert "Prose" in main
    (source,) = everything(shard, ReadOptions(pages="source"))
    assert isinstance(source, Record)
    assert (source.text, source.markup) == (page, "html")
    cut = list(read(shard.path, pages="source"))
    assert [getattr(each, "prose", "")[:5] for each in cut] == ["Prose"]


FOOTER = "<footer><div>{0} first line.</div><div>{0} second line.</div></footer>".format("Our")
BLOCKS = {
    "a footer of two lines": (
        f"<article><h1>A</h1><p>Prose.</p></article><aside><ul><li>B<li>C</ul></aside>{FOOTER}",
        ["A", "Prose.", "B", "C", "Our first line.", "Our second line."],
    ),
    "a unique line below a banner": (
        "<p>Prose.</p><div>The banner.</div><div>One line of its own.</div>",
        ["Prose.", "The banner.", "One line of its own."],
    ),
    "a layout of tables, with breaks": (
        "<table><tr><td>Menu<br>Links<td><font>One.<br><br>Two.</font></table>",
        ["Menu\nLinks", "One.", "Two."],
    ),
    "long lines with single breaks": (
        f"<div>Head<br>{'One long line. ' * 9}<br>{'And another. ' * 12}</div><p>End.</p>",
        ["Head", ("One long line. " * 9).strip(), ("And another. " * 12).strip(), "End."],
    ),
    "verse in preformatted text": (
        "<p>A</p><pre>Tyger Tyger, burning bright,\n  In the forests of the night;</pre><p>B</p>",
        ["A", "Tyger Tyger, burning bright,\n  In the forests of the night;", "B"],
    ),
}


@pytest.mark.parametrize(("page", "expected"), BLOCKS.values(), ids=BLOCKS)
def test_every_block_of_a_page_is_a_paragraph(
    tmp_path: Path, page: str, expected: list[str]
) -> None:
    shard = write(tmp_path / "a.warc", [response(page.encode(), "http://h/")])
    assert [getattr(each, "text", "") for each in read(shard.path)] == expected
    (text,) = texts(everything(shard))
    assert [each.text for each in paragraphs(text)] == expected  # as written to JSON Lines


def test_every_block_of_the_main_content_is_a_paragraph() -> None:
    long = "This is a sentence of an article that goes on for a while. " * 9
    page = (
        f"<body><nav>menu</nav><article><h1>A</h1><p>{long}</p><div>B &lt;b&gt;<div>C</div></div>"
        f"<table><tr><td>D<td>E</table><p>F<br>f</p><pre>G\n  g</pre><p>{long}</p></article></body>"
    )
    found = html.text_of(page, True).split("\n\n")
    article = long.strip()
    assert found == ["A", article, "B <b>", "C", "D", "E", "F\nf", "G\n  g", article]


def test_a_page_that_the_extractor_refuses_is_named() -> None:
    with pytest.raises(ValueError, match="not HTML that can be parsed: "):
        html.text_of("<p>half a pair: \ud800</p>", True)


@pytest.mark.parametrize("beyond", [-2, -1, 0, 1])
def test_a_member_is_kept_to_be_copied_up_to_the_bound(
    beyond: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = [gzip.compress(random.Random(k).randbytes(1000), mtime=0) for k in range(2)]
    monkeypatch.setattr(members, "_COPIED", len(packed[0]) + beyond)
    monkeypatch.setattr(members, "_PACKED", 100)
    kept: deque[members.PackedMember] = deque()
    reading = members.GzipUnpacker(io.BytesIO(b"".join(packed)), kept)
    while reading.read(300):
        pass
    whole = [members.PackedMember(1000 * k, 1000 * k + 1000, each) for k, each in enumerate(packed)]
    assert list(kept) == (whole if beyond >= 0 else [])


def test_every_line_of_wet_is_a_paragraph(tmp_path: Path) -> None:
    text = "Title\n\nVerse one\nverse two\n\nand wrapped\nprose"
    shard = write(tmp_path / "a.wet", [conversion(text, "http://h/")])
    assert [getattr(each, "first", 0) for each in read(shard.path)] == [1, 3, 4, 6, 7]
    assert [getattr(each, "first", 0) for each in read(shard.path, "blank")] == [1, 3, 6]


def test_texts_and_resources_are_documents_too(tmp_path: Path) -> None:
    parts = [
        response(b"plain \xfc", "http://h/1", "text/plain; charset=latin-1"),
        record("resource", BODY, "http://h/2", ("Content-Type", "text/html")),
        record("resource", b"a", "file:///h/3", ("Content-Type", "text/plain")),
    ]
    found = texts(everything(write(tmp_path / "a", parts)))
    assert (found[0], found[2]) == ("plain ü", "a")
    assert "Prose ü." in found[1]


def test_what_holds_no_text_is_counted_once_a_kind(tmp_path: Path) -> None:
    parts = [
        warcinfo(),
        record("request", b"GET / HTTP/1.1\r\n\r\n", "http://h/"),
        record("metadata", b"fetchTimeMs: 3\r\n", "http://h/"),
        record("revisit", b"HTTP/1.1 200 OK\r\n\r\n", "http://h/"),
        record("revisit", b"", "http://h/"),
        response(BODY, "http://h/", status="404 Not Found"),
        response(BODY, "http://h/", status="301 Moved"),
        response(b"\x89PNG", "http://h/", "image/png"),
        response(b"{}", "http://h/", "application/json"),
        record("response", b"dns answer", "dns:h", ("Content-Type", "text/dns")),
        record("conversion", b"x", "http://h/", ("Content-Type", "image/png")),
    ]
    shard = write(tmp_path / "a.warc", parts)
    found = everything(shard, ReadOptions(strict=True))
    assert {type(each) for each in found} == {Skipped}
    assert sorted(each.reason for each in found if isinstance(each, Skipped)) == [
        "left out: 1 conversions to something else than text",
        "left out: 1 responses of another protocol than HTTP",
        "left out: 1 responses of status 301, not 200",
        "left out: 1 responses of status 404, not 200",
        "left out: 2 responses that are neither HTML nor text",
        "left out: 2 revisits, whose pages are elsewhere",
    ]


LIES = {
    "too short": (conversion("text\r\n" * 40, "http://h/bad", length="50"), "no record follows"),
    "too long": (conversion("text\n" * 40, "http://h/bad", length="300"), "the next record begins"),
    "far too long": (conversion("text\n" * 40, "http://h/bad", length="999999"), "the next record"),
    "no number": (conversion("text\n" * 40, "http://h/bad", length="many"), "no Content-Length"),
    "negative": (conversion("text\n" * 40, "http://h/bad", length="-5"), "no Content-Length"),
    "beyond all files": (
        conversion("text\n" * 40, "http://h/bad", length="9" * 30),
        "no Content-Length",
    ),
}


@packings
@pytest.mark.parametrize(("bad", "reason"), LIES.values(), ids=LIES)
def test_a_wrong_length_costs_one_record(
    tmp_path: Path, bad: bytes, reason: str, packing: str
) -> None:
    parts = [*FIVE[:3], bad, *FIVE[3:]]
    if "no record" in reason or "next record" in reason:
        reason = "no record follows after that|the next record begins before that"
    for some in (parts, [b"".join(parts)]):
        shard = write(tmp_path / "a", some, packing)
        found = everything(shard)
        assert texts(found) == TEXTS
        ((place, actual),) = damages(found)
        assert place == "record 4"
        assert any(each in actual for each in reason.split("|"))
        with pytest.raises(InputError, match=r"a: record 4: .*; mend it, or leave out --strict"):
            everything(shard, ReadOptions(strict=True))


@packings
def test_garbage_between_records_costs_nothing_else(tmp_path: Path, packing: str) -> None:
    pack = PACKS[packing]
    parts = [pack(each) for each in FIVE]
    for garbage in (b"garbage", b"\r\n\r\ngarbage\r\n", pack(b"garbage\r\n\r\n"), b"x" * 5000):
        path = tmp_path / "a"
        path.write_bytes(b"".join([*parts[:3], garbage, *parts[3:]]))
        found = everything(Shard(str(path), "warc", packing))
        assert texts(found) == TEXTS
        assert len(damages(found)) == 1


@pytest.mark.parametrize("packing", ["gzip", "zstd", "lz4"])
def test_a_damaged_member_costs_its_record(tmp_path: Path, packing: str) -> None:
    parts = [PACKS[packing](each) for each in FIVE]
    whole = parts[3]
    draw = random.Random(1)
    path = tmp_path / "a"
    for _ in range(60):
        at = draw.randrange(10, len(whole) - 4)
        for bad in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]):
            path.write_bytes(b"".join([*parts[:3], bad, *parts[4:]]))
            found = everything(Shard(str(path), "warc", packing))
            others = [TEXTS[0], TEXTS[1], *TEXTS[3:]]
            if packing == "gzip":
                assert [each for each in texts(found) if each != TEXTS[2]] == others
                assert damages(found) or texts(found) == TEXTS
            else:
                # Without a checksum zstd may give other bytes instead of an error.
                assert set(others) <= set(texts(found))


@packings
def test_an_archive_cut_short_is_told_at_every_byte(tmp_path: Path, packing: str) -> None:
    parts = [PACKS[packing](each) for each in (conversion(each, "http://h/") for each in "abc")]
    whole = b"".join(parts)
    edges = {0, len(parts[0]), len(parts[0]) + len(parts[1]), len(whole)}
    path = tmp_path / "a"
    for size in range(1, len(whole) + 1):
        path.write_bytes(whole[:size])
        found = everything(Shard(str(path), "warc", packing))
        assert texts(found) == [*"abc"][: len(texts(found))]
        if packing:
            # The marks around a frame of lz4 may be missing without being missed.
            ended = packing == "lz4" and any(-8 <= size - edge <= 18 for edge in edges)
            assert bool(damages(found)) != (size in edges) or ended
        elif not damages(found):
            assert any(0 <= edge - size <= 4 for edge in edges)


def test_a_long_member_cut_short_is_told(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(FIVE * 50), 1)
    assert len(packed) > 1000
    for content, count in ((packed, 0), (packed[:-1], 1), (packed[: len(packed) // 2], 1)):
        (tmp_path / "a").write_bytes(content)
        assert len(damages(everything(Shard(str(tmp_path / "a"), "warc", "gzip")))) == count


def test_an_empty_archive_and_one_that_is_none_are_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(b"")
    assert list(documents(path)) == [Damaged(str(path), "empty")]
    for content, reason in (
        (b"<html>Not found</html>\n" * 50, "no record begins here"),
        (b"WARC/1.0", "no record begins here"),
        (b"WARC/1.0\r\n\r\n", "its head has no Content-Length"),
        (b"WARC/1.0\r\n" + b"x" * 3_000_000, "cut short: its head has no end"),
    ):
        path.write_bytes(content)
        assert list(documents(path)) == [Damaged(str(path), reason, "record 1")]


def test_arc_and_wat_are_refused_with_a_reason(tmp_path: Path) -> None:
    arc = b"filedesc://a.arc 0.0.0.0 20260102030405 text/plain 20\n1 0 x\n\n"
    for name, content in (("a.arc.gz", gzip.compress(arc)), ("a.arc", arc), ("b.warc", arc)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="an ARC archive, the format before WARC, which isn't"):
            list(documents(tmp_path / name))
    body = b'{"Container":{},"Envelope":{}}'
    wat = record("metadata", body, "http://h/", ("Content-Type", "application/json"))
    for name, parts in (("a.wat.gz", [wat]), ("a.warc.gz", [warcinfo(), wat])):
        write(tmp_path / name, parts, "gzip")
        with pytest.raises(InputError, match="a WAT archive, which holds metadata of pages and no"):
            list(documents(tmp_path / name))
    wet = record("metadata", b"{}", "http://h/", ("Content-Type", "application/json"))
    write(tmp_path / "b.warc.gz", [wet, *FIVE], "gzip")
    assert texts(documents(tmp_path / "b.warc.gz")) == TEXTS


def test_bytes_that_are_not_utf8_cost_one_conversion(tmp_path: Path) -> None:
    shard = write(tmp_path / "a", [FIVE[1], conversion(b"a\xffb", "http://h/bad"), FIVE[2]])
    found = everything(shard)
    assert texts(found) == TEXTS[:2]
    assert damages(found) == [("http://h/bad", "byte 1 is not utf-8 (invalid start byte)")]
    replaced = texts(everything(shard, ReadOptions(errors="replace")))
    assert replaced[1] == "a\ufffdb"


def test_records_too_long_are_passed_over(tmp_path: Path) -> None:
    long = conversion("x" * 3_000_000, "http://h/long")
    for packing in PACKS:
        shard = write(tmp_path / "a", [FIVE[1], long, FIVE[2], long], packing)
        found = everything(shard, ReadOptions(max_bytes=10_000))
        assert texts(found) == TEXTS[:2]
        reason = "3,000,000 bytes, more than 10,000"
        assert damages(found) == [("http://h/long", reason)] * 2
        cut = write(tmp_path / "a", [FIVE[1], long[:-100_000]], packing)
        ((_, damage),) = damages(everything(cut, ReadOptions(max_bytes=10_000)))
        assert "cut short: 2,9" in damage


def test_a_little_page_may_unpack_to_very_much(tmp_path: Path) -> None:
    body = gzip.compress(b"<p>" + bytes(50_000_000), 9)
    shard = write(
        tmp_path / "a", [response(body, "http://h/", "text/html", "Content-Encoding: gzip")]
    )
    ((place, reason),) = damages(everything(shard, ReadOptions(max_bytes=1 << 20)))
    assert (place, reason) == ("http://h/", "more than 1,048,576 bytes when unpacked")


def packed_page(body: bytes) -> bytes:
    return response(body, "http://h/", "text/html", "Content-Encoding: gzip")


NO_HTTP = "1 responses of another protocol than HTTP"

#: Pages that are broken, and what comes of each: its text, or why there is none.
BROKEN_PAGES: dict[str, tuple[bytes, str | None, str]] = {
    "packed by something else": (
        packed_page(b"\x28\xb5\x2f\xfd\0\0\0"), None, "its body can't be unpacked: Error -3",
    ),
    "packed by gzip and damaged": (
        packed_page(gzip.compress(BODY * 20)[:10] + b"\xff\0" * 40), None,
        "its body can't be unpacked: Error -3",
    ),
    "said to be packed": (packed_page(BODY), "menu\n\nProse ü.", ""),
    "a head without an end": (
        record("response", b"HTTP/1.1 200 OK\r\nX: y", "http://h/"), None,
        "its HTTP head has no end",
    ),
    "no head": (record("response", b"", "http://h/"), None, NO_HTTP),
    "no HTTP": (record("response", b"\0\1\2\r\n\r\nabc", "http://h/"), None, NO_HTTP),
}  # fmt: skip


@pytest.mark.parametrize(("page", "text", "reason"), BROKEN_PAGES.values(), ids=BROKEN_PAGES)
def test_broken_pages_cost_nothing_else(
    tmp_path: Path, page: bytes, text: str | None, reason: str
) -> None:
    shard = write(tmp_path / "a", [response(BODY, "http://h/1"), page, FIVE[1]])
    found = everything(shard)
    assert len(found) == 3
    assert texts(found) == ["menu\n\nProse ü.", *([] if text is None else [text]), TEXTS[0]]
    skipped = [each.reason for each in found if isinstance(each, Skipped)]
    assert len(skipped) == (text is None)
    assert all(reason in each for each in skipped), skipped


def test_line_ends_of_one_character_and_missing_or_more_gaps(tmp_path: Path) -> None:
    short = [each.replace(b"\r\n", b"\n") for each in FIVE]
    assert texts(everything(write(tmp_path / "a", short))) == TEXTS
    for gap in (b"", b"\r\n", b"\r\n\r\n\r\n\r\n", b"\n"):
        parts = [each.removesuffix(b"\r\n\r\n") + gap for each in FIVE]
        assert texts(everything(write(tmp_path / "a", parts))) == TEXTS


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_number_of_line_ends_between_records(tmp_path: Path, end: bytes) -> None:
    parts = [each.removesuffix(b"\r\n\r\n") + b"\r\n\r\n" + end * 300_000 for each in FIVE]
    assert texts(everything(write(tmp_path / "a", parts))) == TEXTS
    before = [end * 300_000 + FIVE[0], *FIVE[1:]]
    assert texts(everything(write(tmp_path / "a", before))) == TEXTS


def test_an_archive_from_standard_input(tmp_path: Path) -> None:
    for packing, pack in PACKS.items():
        if packing == "lz4":
            continue
        stream = io.BytesIO(b"".join(map(pack, FIVE)))
        assert texts(documents("-", stdin=stream, container="warc")) == TEXTS
        cut = io.BytesIO(b"".join(map(pack, FIVE))[:-40])
        found = list(documents("-", stdin=cut, container="warc"))
        assert texts(found) == TEXTS[: len(texts(found))]
        assert damages(found)


made_records = st.lists(
    st.tuples(
        st.sampled_from(["conversion", "warcinfo", "metadata", "request"]),
        odd_texts,
        st.sampled_from(["http://h/ü?a=b#c", "<http://h/x>", ""]),
    ),
    min_size=1,
    max_size=6,
)


@given(made_records, st.sampled_from(["", "gzip", "zstd", "lz4"]), st.booleans())
def test_every_record_is_read_as_warcio_reads_it(
    made: list[tuple[str, str, str]], packing: str, as_one: bool
) -> None:
    parts = [record(kind, text.encode(), url) for kind, text, url in made]
    plain = b"".join(parts)
    packed = PACKS[packing](plain) if as_one else b"".join(map(PACKS[packing], parts))
    found = list(records(io.BytesIO(packed), packing, 1 << 20))
    assert b"".join(each.head + (each.body or b"") + each.gap for each in found) == plain
    oracle = [
        (each.rec_type.encode(), each.content_stream().read(), each.length)
        for each in ArchiveIterator(io.BytesIO(plain), no_record_parse=True)
    ]
    ours = [
        (kind.encode(), each.body, each.length)
        for (kind, _, _), each in zip(made, found, strict=True)
    ]
    assert ours == oracle


@given(st.binary(max_size=60), st.integers(0, 4), st.data())
def test_no_damage_makes_reading_fail(noise: bytes, kind: int, data: st.DataObject) -> None:
    packing = ["", "gzip", "zstd", "lz4"][kind % 4]
    content = bytearray(b"".join(map(PACKS[packing], FIVE[:4])))
    at = data.draw(st.integers(0, len(content)))
    content[at : at + data.draw(st.integers(0, 60))] = noise
    for keep in (False, True):
        for limit in (100, 1 << 20):
            for each in records(io.BytesIO(bytes(content)), packing, limit, keep):
                assert each.body is None or len(each.body) == each.length


def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.wet.gz"
    write(path, [conversion("some words\n" * 2000, "http://h/")] * 2000, "gzip")  # 44 MB
    tracemalloc.start()
    count = sum(isinstance(each, Document) for each in documents(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2000
    assert peak < 8_000_000
