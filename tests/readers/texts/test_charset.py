"""Pages are decoded as browsers decode them, and bytes that are kept stay unchanged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks import reading
from dedup.cuts import Cut, apply
from dedup.dump import clean_files
from dedup.dump.restoration import restore
from dedup.errors import InputError
from dedup.paragraph import Document, Skipped
from dedup.readers import Damaged, Extent, documents, read_shard
from dedup.readers.containers import Shard
from dedup.readers.texts.charset import declared, decode, encoding_by_label, offsets, page, without
from dedup.readers.texts.text import HtmlFile
from dedup.writers import Shortened, write_shard
from tests.support.containers import everything, response, texts
from tests.support.containers import write as write_archive
from tests.support.flat import make_request


def test_a_charset_named_in_any_way_is_read_as_browsers_read_it(tmp_path: Path) -> None:
    made = list(reading.charset_pages())
    records = [
        reading.record_of(f"http://h/{k}", each.raw, each.content)
        for k, (_, _, each) in enumerate(made)
    ]
    path = reading.archive_of(records, tmp_path)
    found, are_damaged, _ = reading.read_by_place(path, len(made))
    assert len(made) == 500
    assert [
        each.name
        for text, damaged, (_, _, each) in zip(found, are_damaged, made, strict=True)
        if damaged or not reading.holds(text, each.words)
    ] == []


def test_a_file_is_read_as_a_page_without_a_header(tmp_path: Path) -> None:
    for _, way, each in reading.charset_pages():
        if "header" not in way:
            assert reading.holds(reading.read_file(each.raw, tmp_path), each.words), each.name


def test_what_names_nothing_is_guessed(tmp_path: Path) -> None:
    for each in reading.UNNAMED:
        raw = f"<!doctype html><title>t</title><p>{each.words}</p>".encode(each.codec)
        assert reading.holds(reading.read_file(raw, tmp_path), each.words), each.label


def test_without_its_package_a_guess_is_windows_1252(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "resiliparse.parse.encoding", None)
    assert page("<p>schön</p>".encode("latin-1"))[:2] == ("<p>schön</p>", "windows-1252")
    assert page("<p>schön</p>".encode())[:2] == ("<p>schön</p>", "utf-8")


LABELS = {
    "ISO-8859-1": "windows-1252",
    "us-ascii": "windows-1252",
    " latin1\n": "windows-1252",
    "gb_2312-80": "gbk",
    "x-gbk": "gbk",
    "ks_c_5601-1987": "euc-kr",
    "windows-31j": "shift_jis",
    "dos-874": "windows-874",
    "iso-8859-11": "windows-874",
    "logical": "iso-8859-8-i",
    "visual": "iso-8859-8",
    "x-mac-ukrainian": "x-mac-cyrillic",
    "iso-2022-kr": "replacement",
    "hz-gb-2312": "replacement",
    "utf-7": None,
    "utf-32": None,
    "klingon": None,
    "": None,
}


@pytest.mark.parametrize(("label", "encoding"), LABELS.items())
def test_labels_are_those_of_browsers(label: str, encoding: str | None) -> None:
    assert encoding_by_label(label) == encoding


#: What Python's own codecs read otherwise, or not at all.
CHARACTERS = (
    ("windows-1252", b"\x81\x8d\x80", "\x81\x8d\u20ac"),
    ("windows-1253", b"\x81\xaa", "\x81\ufffd"),
    ("windows-1255", b"\xca\xd9", "\u05ba\ufffd"),
    ("windows-874", b"\x85\x81\xdb", "\u2026\x81\ufffd"),
    ("iso-8859-8-i", b"\xe0\xa1", "\u05d0\ufffd"),
    ("koi8-u", b"\xae\xbe\xa4", "\u045e\u040e\u0454"),
    ("macintosh", b"\xde\xf0\xdb", "\ufb01\uf8ff\u20ac"),
    ("x-user-defined", b"a\x80\xff", "a\uf780\uf7ff"),
    ("shift_jis", b"\x87\x40\xfb\xfc\x81\x60\xa1\x80", "\u2460\u9ad9\uff5e\uff61\x80"),
    ("shift_jis", b"\xa0\xfd\x81\x0a", "\ufffd\ufffd\ufffd\n"),
    ("euc-jp", b"\xad\xa1\xa1\xc1\xa1\xdd\x8e\xb1\x8f\xa2\xaf", "\u2460\uff5e\uff0d\uff71\u02d8"),
    ("euc-jp", b"\xf9\xa1\xa9\xa1a", "\u7e8a\ufffda"),
    (
        "iso-2022-jp",
        b"a\x1b$B\x2d\x21\x30\x21\x1b(I1\x1b(J\\~\x1b(B\\",
        "a\u2460\u4e9c\uff71\xa5\u203e\\",
    ),
    ("euc-kr", b"\x8c\x63\xb0\xa1\x81", "\ub620\uac00\ufffd"),
    ("gbk", b"\x80\x84\x31\xa4\x37\xa8\xbc\xfe\x59", "\u20ac\ufffd\u1e3f\u9fb4"),
    ("gb18030", b"\x95\x32\x82\x36\xff<", "\U00020000\ufffd<"),
    ("big5", b"\xa4\xa4\x8b\xf8\x88\x62\xff", "\u4e2d\uf907\xca\u0304\ufffd"),
    ("utf-8", b"\xe3\x81a\xf0\x9f\x98", "\ufffda\ufffd"),
    ("utf-16le", b"a\0\0\xd8b\0\xff", "a\ufffdb\ufffd"),
    ("replacement", b"abc", "\ufffd"),
)  # fmt: skip


@pytest.mark.parametrize(("encoding", "raw", "text"), CHARACTERS)
def test_characters_are_those_of_browsers(encoding: str, raw: bytes, text: str) -> None:
    assert decode(raw, encoding).text == text


def test_what_could_not_be_decoded_is_counted() -> None:
    assert decode(b"a\xffb\xff", "utf-8").replaced == 2
    assert decode("\ufffd".encode(), "utf-8").replaced == 0
    assert decode(b"\xff\xff\xaa", "windows-1253").replaced == 3
    assert decode(b"\x81\n", "shift_jis").damage == (
        "1 character can't be decoded as shift_jis, read as U+FFFD"
    )
    assert "refuse to decode" in decode(b"\x1b$)C", "replacement").damage


#: Beginnings of pages, and the encoding they name.
BEGINNINGS: dict[bytes, str | None] = {
    b"<meta charset=koi8-r>": "koi8-r",
    b"<META CHARSET='KOI8-R'/>": "koi8-r",
    b'<meta\tname=a\ncharset\n=\n"koi8-r">': "koi8-r",
    b"<meta/charset=koi8-r>": "koi8-r",
    b"<meta charset=koi8-r charset=big5>": "koi8-r",
    b"<meta charset=klingon><meta charset=koi8-r>": "koi8-r",
    b"<meta http-equiv=content-type content='text/html; charset=koi8-r'>": "koi8-r",
    b"<meta content='charset = \"koi8-r\"; a' http-equiv='Content-Type'>": "koi8-r",
    b"<meta content='text/html; charset=koi8-r'>": None,
    b"<meta http-equiv=refresh content='text/html; charset=koi8-r'>": None,
    b"<meta name=charset content=koi8-r>": None,
    b"<!-- <meta charset=koi8-r> -->": None,
    b"<!-- a --><meta charset=koi8-r>": "koi8-r",
    b"<!--><meta charset=koi8-r>": "koi8-r",
    b"<!-- <meta charset=koi8-r>": None,
    b"<p title='<meta charset=koi8-r>'>": None,
    b'<p title="a>b"><meta charset=koi8-r>': "koi8-r",
    b"<?php <meta charset=koi8-r> ?>": None,
    b"<!doctype html></title ><meta charset=koi8-r>": "koi8-r",
    b"a < b <meta charset=koi8-r>": "koi8-r",
    b"<metadata charset=koi8-r>": None,
    b"<meta charset=utf-16>": "utf-8",
    b"<meta charset=x-user-defined>": "windows-1252",
    b"<meta charset=koi8-r": None,
    b"charset=koi8-r": None,
    b"<?xml version='1.0' encoding='koi8-r'?>": "koi8-r",
    b"<?xml version='1.0' encoding = \"UTF-16\"?>": "utf-8",
    b"<?xml version='1.0'?><a encoding='koi8-r'>": None,
    b" <?xml encoding='koi8-r'?>": None,
    b"<?xml encoding='big5'?><meta charset=koi8-r>": "koi8-r",
    b"<\0?\0x\0m\0": "utf-16le",
    b"\0<\0?\0x\0m": "utf-16be",
    b" " * 1000 + b"<meta charset=koi8-r>\n\n\n\n": "koi8-r",
    b" " * 1010 + b"<meta charset=koi8-r>": None,
    b"": None,
}


@pytest.mark.parametrize(("raw", "encoding"), BEGINNINGS.items())
def test_a_page_names_its_encoding_as_the_standard_says(raw: bytes, encoding: str | None) -> None:
    assert declared(raw + b"\n") == encoding


def test_utf8_that_is_called_latin_1_is_utf8() -> None:
    raw = "<meta charset=latin1>é".encode()
    assert page(raw).encoding == "utf-8"
    assert page(raw, "iso-8859-1").encoding == "utf-8"
    assert page(raw, "koi8-r").encoding == "koi8-r"
    assert page(b"<meta charset=latin1>e").encoding == "windows-1252"


def test_an_encoding_that_browsers_refuse_is_damage(tmp_path: Path) -> None:
    raw = b"<meta charset=iso-2022-kr><p>words</p>"
    (tmp_path / "a.html").write_bytes(raw)
    (tmp_path / "b.html").write_bytes(b"<p>more words</p>")
    damaged, document = documents(tmp_path)
    assert isinstance(damaged, Damaged)
    assert (damaged.extent, isinstance(document, HtmlFile)) == (Extent.FILE, True)
    shard = write_archive(tmp_path / "a.warc", [response(raw, "http://h/", "text/html")])
    (only,) = everything(shard)
    assert isinstance(only, Damaged)


# -- bytes that stay

_FIRST, _GOES, _LAST = "<p>First.</p>\n", "<p>Goes.</p>\n", "<p>Last.</p>\n"

#: Pages of which the words in braces go: bytes that Python's codec would not give again.
ODD_PAGES: dict[str, tuple[str, bytes]] = {
    "damaged UTF-8": ("utf-8", b"<p>a\xff\xc3</p>\n{<p>b\xff</p>\n}<p>\xe2\x82c\xed\xa0\x80</p>\n"),
    "holes of windows-1252": ("windows-1252", b"<p>\x81\xe9</p>\n{<p>\x8d</p>\n}<p>\x9d\x80</p>"),
    "holes of windows-1253": ("windows-1253", b"<p>\xaa\xe9</p>\n{<p>\xff</p>\n}<p>\xd2</p>"),
    "damaged Shift_JIS": ("shift_jis", b"<p>\x82\xa0\xfd</p>\n{<p>\x81</p>\n}<p>\xa0\x82\xa2</p>"),
    "doubles of Shift_JIS": ("shift_jis", b"<p>\xee\xe0</p>\n{<p>\xfb\xfc\xed@</p>\n}<p>\xed@</p>"),
    "rows of NEC in EUC-JP": (
        "euc-jp", b"<p>\xad\xa1\xa1\xc1</p>\n{<p>\xad\xa2</p>\n}<p>\xad\xa3</p>",
    ),
    "ISO-2022-JP, escapes twice": (
        "iso-2022-jp",
        b"<p>\x1b$B0!\x1b(B\x1b$B0!\x1b(J</p>\n\x1b(B{<p>\x1b$@0!\x1b(B</p>\n}<p>\x1b$@0!\x1b(B</p>",
    ),
    "ISO-2022-JP, a cut among escapes": ("iso-2022-jp", b"a \x1b$B0!{0\"\x1b(J b}~ c\x1b(B"),
    "gbk": ("gbk", b"<p>\x80\xff</p>\n{<p>\x80</p>\n}<p>\x84\x31\xa4\x37\xa8\xbc</p>"),
    "euc-kr": ("euc-kr", b"<p>\xb0\xa1\xff</p>\n{<p>\x80</p>\n}<p>\xc8</p>"),
    "big5": ("big5", b"<p>\x88\x62\xff</p>\n{<p>\xa4\xa4</p>\n}<p>\xff\xa1\x5a</p>"),
    "koi8-u": ("koi8-u", b"<p>\xae</p>\n{<p>\xae</p>\n}<p>\xbe</p>"),
    "nothing to be cut at the end": ("utf-8", b"<p>\xff</p>{<p>b</p>}"),
}  # fmt: skip


@pytest.mark.parametrize(("encoding", "marked"), ODD_PAGES.values(), ids=ODD_PAGES)
def test_bytes_that_no_codec_gives_again_stay(tmp_path: Path, encoding: str, marked: bytes) -> None:
    before, middle, after = re.split(rb"[{}]", marked)
    names = b"<meta charset=%s>\n" % encoding.encode()
    raw, kept = names + before + middle + after, names + before + after
    if b"among" in marked or b'0"' in marked:
        kept = names + before + b"\x1b(J" + after
    (tmp_path / "a.html").write_bytes(raw)
    start = len(decode(names + before, encoding).text)
    end = len(decode(names + before + middle, encoding).text)
    cuts = [Cut(start, end)]
    shard = Shard(str(tmp_path / "a.html"), "html")
    passed_over: list[Skipped] = []
    write_shard(
        shard,
        str(tmp_path / "b.html"),
        lambda document: Shortened(apply(document.text, cuts), cuts),
        skipped=passed_over.append,
    )
    assert (tmp_path / "b.html").read_bytes() == kept
    (document, *damage) = read_shard(shard)
    assert isinstance(document, Document)
    assert passed_over == damage
    assert bool(damage) == ("\ufffd" in document.text)
    assert all(isinstance(each, Damaged) and each.extent is Extent.PART for each in damage)


def test_words_put_in_the_place_of_a_cut_are_encoded() -> None:
    raw = b"a\xff\xffb\x82\xa0c"
    cuts = [(1, 2, "<!-- -->"), (4, 5, "")]
    made = without(raw, lambda part: decode(part, "shift_jis").text, cuts, "shift_jis")
    assert made == b"a<!-- -->\xffbc"


encodings = st.sampled_from(
    ["utf-8", "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr", "windows-1252", "koi8-r"]
)
some_bytes = st.lists(
    st.sampled_from(
        [b"a", b"\n", b"\xff", b"\x82\xa0", b"\x81", b"\xe3\x81\x82", b"\xa4\xa4", b"\x810\x810"]
    ),
    max_size=30,
)  # fmt: skip


@example("gb18030", [b"\x810\x810"] * 5)
@given(encodings, some_bytes)
def test_offsets_are_where_characters_begin(encoding: str, pieces: list[bytes]) -> None:
    raw = b"".join(pieces)

    def decoded(part: bytes) -> str:
        return decode(part, encoding).text

    text = decoded(raw)
    lines = [at + 1 for at, each in enumerate(text) if each == "\n"]
    ends = offsets(raw, decoded, [0, *lines, len(text)])
    assert ends[-1] == len(raw)
    for at, end in zip([0, *lines, len(text)], ends, strict=True):
        assert decoded(raw[:end]) == text[:at]


def test_cuts_of_one_long_line_take_linear_time() -> None:
    seen = 0

    def decoded(part: bytes) -> str:
        nonlocal seen
        seen += len(part)
        return decode(part, "shift_jis").text

    def cost(size: int) -> int:
        nonlocal seen
        seen = 0
        cuts = [(at, at + 1, "") for at in range(0, size, 100)]
        made = without(b"\xee\xe0\xfd" * (size // 2), decoded, cuts, "shift_jis")
        assert len(decode(made, "shift_jis").text) == size - len(cuts)
        return seen

    assert cost(40_000) < 2.5 * cost(20_000)


# -- texts


def test_a_text_that_is_not_utf8_stops_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"first words\n")
    (tmp_path / "b.txt").write_bytes(b"caf\xe9\n")
    (tmp_path / "c.txt").write_bytes(b"\xff\xfec\0")
    first, damaged, last = documents(tmp_path)
    assert texts([first, last]) == ["first words\n", "\ufeffc"]
    assert damaged == Damaged(
        str(tmp_path / "b.txt"),
        "byte 3, in line 1, is not utf-8 (e9 0a: invalid continuation byte); give its encoding with"
        " --encoding",
    )
    assert isinstance(damaged, Damaged)
    assert damaged.extent is Extent.FILE
    with pytest.raises(InputError, match="byte 3, in line 1, is not utf-8"):
        list(documents(tmp_path / "b.txt"))
    with pytest.raises(InputError, match="byte 3, in line 1, is not utf-8"):
        list(documents(tmp_path, strict=True))
    assert texts(documents(tmp_path, "latin-1"))[1] == "café\n"


_COPY = b"<p>This paragraph stands on every page of the little site, with the same words.</p>\n"
_OWN = {
    "utf-8": "zéro".encode() + b"\xff\xfe",
    "shift_jis": b"\x90\xec\x81 \xee\xe0\xfd",
    "euc-jp": b"\xad\xa1\xa1\xc1",
    "windows-1252": b"\xe9\x81\x8d",
    "koi8-u": b"\xae\xbe",
    "iso-2022-jp": b"\x1b$B0!\x1b(B\x1b$@0!\x1b(B",
    "gb2312": b"\xfd\x80\xff",
    "big5": b"\xa4\xa4\xff",
}


def test_a_folder_of_odd_pages_is_cleaned_and_restored_byte_for_byte(tmp_path: Path) -> None:
    pages, out, back = tmp_path / "pages", tmp_path / "out", tmp_path / "back"
    pages.mkdir()
    for number, (name, own) in enumerate(_OWN.items()):
        head = b"<html><head><meta charset=%s></head><body>\n" % name.encode()
        raw = head + b"<p>" + own + b"</p>\n" + _COPY + b"<p>" + own + b"</p>\n</body></html>\n"
        (pages / f"{number}.html").write_bytes(raw)
    clean_files(make_request([str(pages)], str(out), workers=1))
    for number in range(len(_OWN)):
        raw = (pages / f"{number}.html").read_bytes()
        expected = raw.replace(_COPY, b"") if number else raw
        assert (out / f"{number}.html").read_bytes() == expected
    restore(str(out), str(back))
    for path in pages.iterdir():
        assert (back / path.name).read_bytes() == path.read_bytes()
