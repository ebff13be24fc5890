"""Measure what is read of pages: of a folder, with charsets named in every way, in codings of HTTP.

    python -m benchmarks.reading [--pages FOLDER] [--times N]

Knows: pages made here in many charsets and codings, what a browser reads of each, how warcio reads
them. Does not know: how readers work.

It always prints two tables, each beside what browsers and warcio read: charsets by the ways to name
them, and codings of HTTP. --pages adds a folder of real pages, such as the test pages of a package
that extracts text: how many are read, what is skipped and why, and the seconds. --times reads each
table's pages N times to measure the seconds.
"""

from __future__ import annotations

import argparse
import gzip
import re
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import machine, table
from dedup.paragraph import Document, Skipped
from dedup.readers import Damaged, Extent, documents

_PACKAGES = ("dedup-paragraphs", "fastwarc", "resiliparse", "webencodings", "warcio")

#: Figures of a reason or an address, which would make each of them one of its own.
_FIGURES = re.compile(r"\d[\d,]*")

_ENGLISH = "The first boat leaves the harbour at eight, unless fog lies over the river."
_FRENCH = (
    "Le premier bateau part à huit heures, sauf si la brume s’étend sur la rivière : « déjà »."
)
_GERMAN = "Das erste Schiff fährt um acht Uhr, außer wenn Nebel über dem Fluß liegt – „schön“."
_CZECH = "První loď vyplouvá v osm hodin, pokud nad řekou neleží mlha; žluťoučký kůň."
_ROMANIAN = "Prima barcă pleacă la ora opt, dacă nu e ceaţă peste râu în dimineaţa aceea."
_TURKISH = "İlk vapur saat sekizde kalkar, ırmağın üzerinde sis yoksa; çocuklar şarkı söyler."
_BALTIC = "Pirmasis laivas išplaukia aštuntą, jei virš upės nėra rūko; ąžuolas žaliuoja."
_MALTESE = "L-ewwel dgħajsa titlaq fit-tmienja, ħlief jekk ikun hemm ċpar fuq ix-xmara; għażiż."
_NORDIC = "Fyrsta ferjan fer klukkan átta nema þoka sé yfir ánni, ðað er gott."
_CELTIC = "Fágann an chéad bhád ar a hocht, mura bhfuil ceo ar an abhainn; ŵyneb."
_RUSSIAN = "Первая лодка уходит в восемь часов, если над рекой нет тумана."
_UKRAINIAN = "Перший човен відпливає о восьмій, якщо над річкою немає туману; їжак ґречний."
_GREEK = "Το πρώτο πλοίο φεύγει στις οκτώ, εκτός αν υπάρχει ομίχλη πάνω από το ποτάμι."
_HEBREW = "הסירה הראשונה יוצאת בשמונה, אלא אם כן יש ערפל מעל הנהר."
_ARABIC = "ينطلق القارب الأول في الثامنة ما لم يكن هناك ضباب فوق النهر."
_THAI = "เรือลำแรกออกเวลาแปดโมง เว้นแต่มีหมอกเหนือแม่น้ำ"
_VIETNAMESE = "Chuyên đâu tiên rơi bên luc tam giơ, trư khi sương mu phu trên dong sông; đô."
_JAPANESE = "川に霧がなければ、最初の船は八時に港を出ます。①番線、㈱表示、髙橋さん～カタカナ。"
_SIMPLE_JAPANESE = "川に霧がなければ、最初の船は八時に港を出ます。カタカナも読めます。"
_KOREAN = "강에 안개가 없으면 첫 배는 여덟 시에 항구를 떠납니다. 똠방각하 펲시콜라."
_CHINESE = "除非河上有雾，第一班船八点离开港口。镕基、喆、€。"
_RARE_CHINESE = "除非河上有雾，第一班船八点离开港口。𠮷野家。"
_TRADITIONAL = "除非河上有霧，第一班船八點離開港口。喺呢度，嘅、咗、啲。"


class Charset(NamedTuple):
    """A charset: the label pages name it by, Python's codec that writes it, words in it."""

    label: str
    codec: str
    words: str


CHARSETS = (
    Charset("utf-8", "utf-8", _KOREAN + _FRENCH),
    Charset("UTF8", "utf-8", _RUSSIAN),
    Charset("us-ascii", "cp1252", _GERMAN),
    Charset("iso-8859-1", "cp1252", _FRENCH),
    Charset("latin1", "cp1252", _GERMAN),
    Charset("windows-1252", "cp1252", _FRENCH),
    Charset("iso-8859-2", "iso-8859-2", _CZECH),
    Charset("iso-8859-3", "iso-8859-3", _MALTESE),
    Charset("iso-8859-4", "iso-8859-4", _BALTIC),
    Charset("iso-8859-5", "iso-8859-5", _RUSSIAN),
    Charset("iso-8859-6", "iso-8859-6", _ARABIC),
    Charset("iso-8859-7", "iso-8859-7", _GREEK),
    Charset("iso-8859-8", "iso-8859-8", _HEBREW),
    Charset("iso-8859-8-i", "iso-8859-8", _HEBREW),
    Charset("iso-8859-9", "cp1254", _TURKISH),
    Charset("iso-8859-10", "iso-8859-10", _NORDIC),
    Charset("tis-620", "cp874", _THAI),
    Charset("iso-8859-11", "cp874", _THAI),
    Charset("windows-874", "cp874", _THAI + "…"),
    Charset("iso-8859-13", "iso-8859-13", _BALTIC),
    Charset("iso-8859-14", "iso-8859-14", _CELTIC),
    Charset("iso-8859-15", "iso-8859-15", _NORDIC + "€"),
    Charset("iso-8859-16", "iso-8859-16", _ROMANIAN.replace("ţ", "ț")),
    Charset("windows-1250", "cp1250", _CZECH + "–"),
    Charset("windows-1251", "cp1251", _RUSSIAN + "№"),
    Charset("cp1251", "cp1251", _UKRAINIAN),
    Charset("windows-1253", "cp1253", _GREEK + "€"),
    Charset("windows-1254", "cp1254", _TURKISH),
    Charset("windows-1255", "cp1255", _HEBREW + "₪"),
    Charset("windows-1256", "cp1256", _ARABIC),
    Charset("windows-1257", "cp1257", _BALTIC),
    Charset("windows-1258", "cp1258", _VIETNAMESE),
    Charset("koi8-r", "koi8-r", _RUSSIAN),
    Charset("koi8-u", "koi8-u", _UKRAINIAN),
    Charset("ibm866", "cp866", _RUSSIAN),
    Charset("macintosh", "mac-roman", _FRENCH + "ﬁ"),
    Charset("x-mac-cyrillic", "mac-cyrillic", _RUSSIAN),
    Charset("gb2312", "gbk", _CHINESE.replace("€", "")),
    Charset("gbk", "gb18030", _CHINESE),
    Charset("gb18030", "gb18030", _RARE_CHINESE),
    Charset("big5", "big5hkscs", _TRADITIONAL),
    Charset("big5-hkscs", "big5hkscs", _TRADITIONAL),
    Charset("shift_jis", "cp932", _JAPANESE),
    Charset("x-sjis", "cp932", _JAPANESE),
    Charset("windows-31j", "cp932", _JAPANESE),
    Charset("euc-jp", "euc_jp", _SIMPLE_JAPANESE),
    Charset("iso-2022-jp", "iso2022_jp", _SIMPLE_JAPANESE),
    Charset("euc-kr", "cp949", _KOREAN),
    Charset("ks_c_5601-1987", "cp949", _KOREAN),
)

#: Charsets that a page can't name in its own bytes, only by a mark or by HTTP.
WIDE = (
    Charset("utf-16le", "utf-16-le", _JAPANESE),
    Charset("utf-16be", "utf-16-be", _RUSSIAN),
)


class Made(NamedTuple):
    """A page as a server sends it: what it says of its type, its bytes, and its words."""

    name: str
    content: str
    raw: bytes
    words: str


def _page(words: str, head: str = "", start: str = "<!doctype html>\n") -> str:
    return f"{start}<html><head>{head}<title>t</title></head><body><p>{words}</p></body></html>"


#: How a page may name its charset: by HTTP, in itself, what stands before it.
WAYS: Mapping[str, Callable[[str], tuple[str, str, str]]] = {
    "header": lambda label: (f"text/html; charset={label}", "", ""),
    "header, quoted": lambda label: (f'Text/HTML;Charset="{label.upper()}"', "", ""),
    "meta": lambda label: ("text/html", f'<meta charset="{label}">', ""),
    "meta, bare": lambda label: ("text/html", f"<META\nCHARSET = {label.upper()} />", ""),
    "meta http-equiv": lambda label: (
        "text/html",
        f'<meta http-equiv="Content-Type" content="text/html; charset={label}">',
        "",
    ),
    "meta, reversed": lambda label: (
        "text/html",
        f"<meta content='text/html;charset = {label}' http-equiv=content-type>",
        "",
    ),
    "meta after a comment": lambda label: (
        "text/html",
        f'<!-- <meta charset="ibm866"> --><link title="<meta charset=big5>"><meta charset={label}>',
        "",
    ),
    "XML": lambda label: ("text/html", "", f'<?xml version="1.0" encoding="{label}"?>\n'),
    "header before meta": lambda label: (
        f"text/html; charset={label}",
        '<meta charset="ibm866">',
        "",
    ),
    "unknown header": lambda label: (
        "text/html; charset=klingon",
        f'<meta charset="{label}">',
        "",
    ),
}


def charset_pages() -> Iterator[tuple[str, str, Made]]:
    """Make a page of each charset named in each way: charset, way, page."""
    for charset in CHARSETS:
        for way, named in WAYS.items():
            content, head, start = named(charset.label)
            raw = _page(charset.words, head, start + "<!doctype html>\n").encode(charset.codec)
            yield charset.label, way, Made(f"{charset.label} {way}", content, raw, charset.words)
    for charset in WIDE:
        for way, content, mark in (
            ("header", f"text/html; charset={charset.label}", ""),
            ("mark", "text/html", "\ufeff"),
            ("mark before header", "text/html; charset=koi8-r", "\ufeff"),
        ):
            raw = (mark + _page(charset.words)).encode(charset.codec)
            yield charset.label, way, Made(f"{charset.label} {way}", content, raw, charset.words)
    for way, content, head in (
        ("mark", "text/html", ""),
        ("mark before header", "text/html; charset=koi8-r", ""),
        ("mark before meta", "text/html", '<meta charset="shift_jis">'),
        ("meta names UTF-16", "text/html", '<meta charset="utf-16le">'),
    ):
        mark = "\ufeff" if "mark" in way else ""
        raw = (mark + _page(_RUSSIAN, head)).encode()
        yield "utf-8", way, Made(f"utf-8 {way}", content, raw, _RUSSIAN)


#: What is guessed, for browsers guess too where nothing is named; they don't agree.
UNNAMED = tuple(
    each
    for each in CHARSETS
    if each.label
    in (
        "utf-8", "windows-1252", "iso-8859-2", "windows-1251", "koi8-r", "ibm866", "iso-8859-5",
        "windows-1253", "iso-8859-7", "windows-1255", "windows-1256", "windows-874", "shift_jis",
        "euc-jp", "iso-2022-jp", "euc-kr", "gbk", "gb18030", "big5", "windows-1254",
    )
)  # fmt: skip


class Coded(NamedTuple):
    """A response with its body coded somehow; browsers read all of it, or of a cut one a part."""

    name: str
    fields: tuple[str, ...]
    body: bytes
    whole: bool = True


_WORDS = " ".join(f"{_ENGLISH} {number}." for number in range(40))
_PLAIN = _page(_WORDS).encode()


def _raw_deflate(content: bytes) -> bytes:
    member = zlib.compressobj(9, wbits=-15)
    return member.compress(content) + member.flush()


def _brotli(content: bytes) -> bytes:
    return bytes(import_module("brotli").compress(content))


def _zstd(content: bytes) -> bytes:
    from dedup.readers.packings import zstd

    return bytes(zstd().compress(content))


def chunked(
    content: bytes, size: int = 100, extension: str = "", end: str = "\r\n", last: str = ""
) -> bytes:
    """Part a body into chunks; ``last`` stands behind them, as trailers do."""
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    chunks = [f"{len(each):x}{extension}{end}".encode() + each + end.encode() for each in pieces]
    return b"".join(chunks) + f"0{extension}{end}{last}{end}".encode()


def codings() -> list[Coded]:
    """Make a response for each coding, and for what servers and crawlers make of them."""
    gz, deflated, br, zst = (
        gzip.compress(_PLAIN),
        zlib.compress(_PLAIN),
        _brotli(_PLAIN),
        _zstd(_PLAIN),
    )
    two = gzip.compress(_PLAIN[:900]) + gzip.compress(_PLAIN[900:])
    in_chunks = "Transfer-Encoding: chunked"

    def packed(name: str) -> str:
        return f"Content-Encoding: {name}"

    return [
        Coded("as it is", (), _PLAIN),
        Coded("identity", (packed("identity"),), _PLAIN),
        Coded("gzip", (packed("gzip"),), gz),
        Coded("GZIP, name in capitals", ("CONTENT-ENCODING: GZIP",), gz),
        Coded("x-gzip", (packed("x-gzip"),), gz),
        Coded("gzip of two members", (packed("gzip"),), two),
        Coded("gzip with bytes behind it", (packed("gzip"),), gz + b"\r\n\r\n"),
        Coded("deflate", (packed("deflate"),), deflated),
        Coded("deflate without its head", (packed("deflate"),), _raw_deflate(_PLAIN)),
        Coded("br", (packed("br"),), br),
        Coded("zstd", (packed("zstd"),), zst),
        Coded("gzip in gzip", (packed("gzip, gzip"),), gzip.compress(gz)),
        Coded("deflate, then gzip", (packed("deflate"), packed("gzip")), gzip.compress(deflated)),
        Coded("gzip, then br", (packed("gzip,br"),), _brotli(gz)),
        Coded("chunks", (in_chunks,), chunked(_PLAIN)),
        Coded("chunks, name in small letters", ("transfer-encoding:CHUNKED",), chunked(_PLAIN)),
        Coded("chunks with extensions", (in_chunks,), chunked(_PLAIN, 77, ';a="b";c')),
        Coded("chunks with spaces", (in_chunks,), chunked(_PLAIN, 64, "   ")),
        Coded("chunks with LF alone", (in_chunks,), chunked(_PLAIN, 99, "", "\n")),
        Coded("chunks with trailers", (in_chunks,), chunked(_PLAIN, 300, last="Etag: a\r\n")),
        Coded("chunks, packed", (in_chunks, packed("gzip")), chunked(gz)),
        Coded("chunks, transfer packed", ("Transfer-Encoding: gzip, chunked",), chunked(gz)),
        Coded("said to be packed, but isn't", (packed("gzip"),), _PLAIN),
        Coded("said to be in br, but isn't", (packed("br"),), _PLAIN),
        Coded("said to be deflated, but isn't", (packed("deflate"),), _PLAIN),
        Coded("said to be in chunks, but isn't", (in_chunks,), _PLAIN),
        Coded("out of its chunks, still packed", (in_chunks, packed("gzip")), gz),
        Coded("unknown coding", (packed("utf-8"),), _PLAIN),
        Coded("gzip, cut short", (packed("gzip"),), gzip.compress(_PLAIN, 0)[:2000], False),
        Coded("deflate, cut short", (packed("deflate"),), deflated[:-6], False),
        Coded("br, cut short", (packed("br"),), _brotli(_PLAIN)[:-4], False),
        Coded("chunks, cut short", (in_chunks,), chunked(_PLAIN)[:2000], False),
        Coded("chunks without the last", (in_chunks,), chunked(_PLAIN)[:-5], False),
        Coded("chunks, packed, cut short", (in_chunks, packed("gzip")), chunked(gz)[:-40], False),
    ]  # fmt: skip


def record_of(url: str, body: bytes, content: str, fields: Sequence[str] = ()) -> bytes:
    """Make the record of a response."""
    lines = ["HTTP/1.1 200 OK", *([f"Content-Type: {content}"] if content else []), *fields]
    http = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\n"
        "WARC-Date: 2026-01-02T03:04:05Z\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-"
        f"{zlib.crc32(url.encode() + body):012x}>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def archive_of(records: Sequence[bytes], folder: Path) -> Path:
    """Write an archive."""
    path = folder / "pages.warc"
    path.write_bytes(b"".join(records))
    return path


def read_by_place(path: Path, count: int) -> tuple[list[str], list[bool], float]:
    """Read an archive: the text of each record, whether it is damaged, and the seconds."""
    found, damaged = [""] * count, [False] * count
    begin = time.perf_counter()
    for each in documents(path):
        place = re.search(r"/(\d+)$", each.record or "")
        if place and isinstance(each, Document):
            found[int(place[1])] = each.text
        elif place and isinstance(each, Damaged):
            damaged[int(place[1])] = True
    return found, damaged, time.perf_counter() - begin


def read_by_warcio(path: Path, count: int) -> list[bytes]:
    """Read the unpacked bodies of an archive as warcio does; what it can't read is empty."""
    from warcio.archiveiterator import ArchiveIterator

    found = [b""] * count
    with path.open("rb") as opened:
        for number, record in enumerate(ArchiveIterator(opened)):
            try:
                found[number] = record.content_stream().read()
            except Exception as error:  # warcio's own, and those of what it unpacks by
                print(f"warcio: {number}: {error}", file=sys.stderr)
    return found


def holds(text: str, words: str) -> bool:
    """Say whether a text holds words, whatever spaces stand between them."""
    return " ".join(words.split()) in " ".join(text.split())


def _charsets(folder: Path, times: int) -> None:
    made = list(charset_pages())
    records = [
        record_of(f"http://h/{k}", each.raw, each.content) for k, (_, _, each) in enumerate(made)
    ]
    path = archive_of(records, folder)
    seconds = min(read_by_place(path, len(made))[2] for _ in range(times))
    texts = read_by_place(path, len(made))[0]
    right, of = Counter[str](), Counter[str]()
    wrong = []
    for text, (_, way, each) in zip(texts, made, strict=True):
        of[way] += 1
        right[way] += holds(text, each.words)
        if not holds(text, each.words):
            wrong.append(each.name)
    rows = [
        (way, f"{right[way]} of {of[way]}", f"{_files(made, way, folder)} of {of[way]}")
        for way in of
        if _in_file(way)
    ]
    rows += [(way, f"{right[way]} of {of[way]}", "") for way in of if not _in_file(way)]
    print(
        f"\nCharsets: {len(CHARSETS) + len(WIDE)}, {len(made)} pages, "
        f"{seconds / len(made) * 1e6:.0f} us each"
    )
    print(table(("named by", "read from an archive", "from a file"), rows))
    print(f"not read: {', '.join(wrong) or 'none'}")
    _unnamed(folder)


def _in_file(way: str) -> bool:
    """Say whether a way of naming a charset is one that a file has too."""
    return "header" not in way


def _files(made: Sequence[tuple[str, str, Made]], way: str, folder: Path) -> int:
    return sum(
        holds(read_file(each.raw, folder), each.words) for _, named, each in made if named == way
    )


def read_file(raw: bytes, folder: Path) -> str:
    """Read a page as a file."""
    path = folder / "page.html"
    path.write_bytes(raw)
    return "".join(each.text for each in documents(path) if isinstance(each, Document))


def _unnamed(folder: Path) -> None:
    wrong = []
    for each in UNNAMED:
        raw = _page(each.words).encode(each.codec)
        if not holds(read_file(raw, folder), each.words):
            wrong.append(each.label)
    count = len(UNNAMED) - len(wrong)
    print(f"named by nothing: {count} of {len(UNNAMED)}; not guessed: {', '.join(wrong) or 'none'}")


def _codings(folder: Path) -> None:
    made = codings()
    records = [
        record_of(f"http://h/{k}", each.body, "text/html; charset=utf-8", each.fields)
        for k, each in enumerate(made)
    ]
    path = archive_of(records, folder)
    texts, damages, _ = read_by_place(path, len(made))
    by_warcio = read_by_warcio(path, len(made))
    rows = []
    for each, text, damaged, other in zip(made, texts, damages, by_warcio, strict=True):
        ours = share(text, damaged)
        rows.append(
            (
                each.name,
                "whole" if each.whole else "a part",
                ours,
                share(other.decode("utf-8", "replace"), False),
            )
        )
    print("\nHTTP codings")
    print(table(("body", "browsers", "dedup", "warcio"), rows))


def share(text: str, damaged: bool) -> str:
    """Say how much of the words a text holds."""
    part = "a part" if holds(text, _ENGLISH) else "nothing"
    return ("whole" if holds(text, _WORDS) else part) + (", reported" if damaged else "")


def _folder(pages: Path) -> None:
    begin = time.perf_counter()
    read = characters = 0
    reasons = Counter[str]()
    extents = Counter[str]()
    for each in documents(pages):
        if isinstance(each, Skipped):
            reasons[_FIGURES.sub("N", each.reason)] += 1
            extents[each.extent if isinstance(each, Damaged) else Extent.FILE] += 1
        else:
            read += 1
            characters += len(each.text)
    seconds = time.perf_counter() - begin
    print(f"\n{pages}: {read:,} read, {characters:,} characters, in {seconds:.2f} s")
    print(
        "; ".join(f"not read ({extent}): {count:,}" for extent, count in extents.items())
        or "nothing skipped"
    )
    rows = [(reason, f"{count:,}") for reason, count in reasons.most_common()]
    if rows:
        print(table(("not read, or not all of it", "count"), rows))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for and print its tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--pages", type=Path, help="a folder of real pages to read, too")
    parser.add_argument("--times", type=int, default=3, help="how often each table is measured")
    options = parser.parse_args(arguments)
    print(machine(_PACKAGES))
    with tempfile.TemporaryDirectory() as temporary:
        _charsets(Path(temporary), options.times)
        _codings(Path(temporary))
    if options.pages:
        _folder(options.pages)


if __name__ == "__main__":
    main()
