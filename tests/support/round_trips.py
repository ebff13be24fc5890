"""Make files of every container, sound and damaged, for the law that restoring gives them back.

Knows: how they are made from a random number. Does not know: jobs, what is expected of them.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.containers import PACKS, SUFFIX, conversion, record, warcinfo
from tests.support.containers import unpacked as unpack

#: Paragraphs of which the texts are made: few, so that most of them are copies.
PARAGRAPHS = (
    "The ferry leaves the quay at nine in the morning and at noon.",
    "Bring a coat, for the wind on the river is colder than it looks.",
    "Tickets are sold on board, and dogs are carried free of charge.",
    "The ferry leaves the quay at nine in the morning and at one.",
    "Größere Gruppen melden sich bitte zwei Tage vorher im Büro am Hafen an.",
    "One line of it stands\nabove the other, as it does in books and in mails.",
    "Read more", "* * *", "Ahoi!",
)  # fmt: skip
_MARKS = ("", "", "", "> ", "* ", "1. ", "- ", "    ", "<p>", ".. note:: ", "# ", "\ufeff", "|")
_ENDS = ("\n\n", "\n\n", "\n", "\r\n", "\r\n\r\n", "\r", "\n \n", "</p>\n", "\u2028", "\x0c\n")
_ODD = ("\ud800", "\udc80", "\ud83d", "\x00", "\u0301", "\u202e", "<!-- -->", "]]>", "\\", '"', "é")

#: Marks of UTF-16 and UTF-32, of which what is damaged stops a job.
_WIDE = {b"\xff\xfe", b"\xfe\xff", b"\0\0"}

_PIECES = (b"\r\n", b"\n", b"\n\r\nWARC/1.0\r\n", b"\0", b'"', b"{")

#: Suffixes, and the packings that each may have.
KINDS = {
    "txt": ("", "gzip", "zstd"), "md": ("", "gzip", "zstd"), "rst": ("",), "adoc": ("",),
    "html": ("", "gzip", "zstd"), "jsonl": ("", "gzip", "zstd"),
    "wet": ("", "gzip", "zstd", "lz4"), "parquet": ("",),
}  # fmt: skip


class Draw(random.Random):
    """Draws texts and bytes."""

    def chance(self, share: float) -> bool:
        """Say yes with this probability."""
        return self.random() < share

    #: Whether halves of surrogate pairs are drawn.
    halves = True

    def text(self) -> str:
        """Draw a text of some paragraphs, marks and line ends."""
        end = self.choice(_ENDS) if self.chance(0.7) else ""
        pieces = []
        for _ in range(self.randrange(9)):
            pieces.append(self.choice(_MARKS) if self.chance(0.4) else "")
            pieces.append(self.choice(PARAGRAPHS))
            if self.chance(0.05):
                pieces.append(self.choice(_ODD if self.halves else _ODD[3:]))
            pieces.append(end or self.choice(_ENDS))
        if pieces and self.chance(0.2):
            pieces.pop()
        return "".join(pieces)

    def mutated(self, content: bytes) -> bytes:
        """Draw another content like it: bytes changed, put in, taken out, doubled, cut off."""
        found = bytearray(content)
        for _ in range(self.randrange(1, 4)):
            at, size = self.randrange(len(found) + 1), self.choice((1, 1, 2, 7, 40))
            kind = self.randrange(6)
            if kind == 0:
                found[at : at + size] = self.randbytes(size)
            elif kind == 1:
                found[at:at] = self.randbytes(size)
            elif kind == 2:
                del found[at : at + size]
            elif kind == 3:
                found[at:at] = found[at : at + 200]
            elif kind == 4 and self.chance(0.3):
                del found[at:]
            else:
                found[at:at] = self.choice(_PIECES)
        return bytes(found)


def unpacked(draw: Draw, kind: str) -> bytes:
    """Draw the content of a file of a kind, before it is packed; not of Parquet."""
    if kind == "jsonl":
        return b"".join(_line(draw) for _ in range(draw.randrange(7)))
    if kind == "wet":
        return b"".join(_records(draw))
    text = draw.text()
    if kind == "html":
        name = draw.choice(("latin-1", "windows-1252", "gb2312", "utf-8", "koi8-r", "no-such"))
        text = f'<meta charset="{name}"><p>{text}</p>' if draw.chance(0.8) else f"<p>{text}</p>"
        known = "utf-8" if name in ("no-such", "koi8-r") else name
        return text.encode(known, "ignore")
    if draw.chance(0.1):
        return text.encode(draw.choice(("utf-16", "utf-32", "utf-8-sig")), "ignore")
    return text.encode("utf-8", "surrogatepass" if draw.chance(0.3) else "ignore")


def _line(draw: Draw) -> bytes:
    if draw.chance(0.08):
        return draw.choice((b"\n", b"{broken\n", b"[1]\n", b'{"other": 1}\n', b"\xff\n", b" \r\n"))
    row: dict[str, object] = {"id": draw.randrange(5), "text": draw.text(), "n": 1.50}
    if draw.chance(0.5):
        row |= {"url": f"https://h{draw.randrange(3)}.example/", "date": "2026-01-02"}
    raw = json.dumps(row, ensure_ascii=draw.chance(0.5)).encode("utf-8", "surrogatepass")
    if draw.chance(0.2):
        raw = raw.replace(b"e", b"\\u0065", 1) if draw.chance(0.5) else raw.replace(b"/", b"\\/")
    if draw.chance(0.05):
        raw = b"\xef\xbb\xbf" + raw
    return raw + draw.choice((b"\n", b"\n", b"\r\n", b" \n", b""))


def _records(draw: Draw) -> list[bytes]:
    found = [warcinfo()] if draw.chance(0.5) else []
    for number in range(draw.randrange(6)):
        body = draw.text().encode("utf-8", "surrogatepass")
        made = conversion(body, f"http://h{number % 3}.example/{number}")
        if draw.chance(0.1):
            made = record("metadata", b"x: y", "http://h/")
        if draw.chance(0.1):
            made = made.replace(b"\r\n", b"\n")
        if draw.chance(0.1):
            made = made.replace(b"sha1:", draw.choice((b"odd:", b"md5:", b"sha1:AA")))
        if draw.chance(0.1):
            made = made.removesuffix(b"\r\n\r\n") + draw.choice((b"", b"\n", b"\r\n" * 5))
        if draw.chance(0.05):
            length = draw.choice((b"Length: ", b"Content-Length: 9"))
            made = made.replace(b"Content-Length: ", length)
        found.append(made)
    return found


def write(draw: Draw, folder: Path, name: str, kind: str) -> tuple[Path, set[str]]:
    """Write a file; says what it is: kind, packing, whether it or its packing was damaged."""
    packing = draw.choice(KINDS[kind])
    path = folder / f"{name}.{kind}{SUFFIX[packing]}"
    met = {kind, packing or "not packed"}
    if kind == "parquet":
        _write_parquet(draw, path)
        content = path.read_bytes()
    else:
        content = unpacked(draw, kind)
        mutated = draw.mutated(content) if draw.chance(0.4) else content
        if mutated != content and not {content[:2], mutated[:2]} & _WIDE:
            content = mutated
            met.add("mutated")
        if kind == "wet" and packing and draw.chance(0.7):
            parts = content.split(b"WARC/1.0\r\n")
            parts = [parts[0], *(b"WARC/1.0\r\n" + each for each in parts[1:])]
            content = b"".join(PACKS[packing](each) for each in parts if each)
        elif packing:
            content = PACKS[packing](content)
    if draw.chance(0.2 if kind == "parquet" else 0.12 if packing else 0.0):
        content = draw.mutated(content)
        met.add("packing mutated")
    path.write_bytes(content)
    return path, met


def _write_parquet(draw: Draw, path: Path) -> None:
    texts = [
        None if draw.chance(0.1) else draw.text().encode("utf-8", "ignore").decode()
        for _ in range(draw.randrange(6))
    ]
    kind = draw.choice((pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())))
    columns = {"id": [*range(len(texts))], "text": pa.array(texts, pa.string()).cast(kind)}
    codec = draw.choice(("snappy", "zstd", "none"))
    pq.write_table(pa.table(columns), path, row_group_size=3, compression=codec)


def sound(path: Path, packing: str) -> bytes | None:
    """Unpack a file by the reference library; None where that can't."""
    content = path.read_bytes()
    if not packing or not content:
        return content
    try:
        return unpack(content, packing)
    except Exception:  # the packages have errors of their own
        return None


def rows(path: Path) -> tuple[str, list[list[object]]]:
    """Read the schema and the columns of a file of Parquet, its texts as bytes."""
    table = pq.read_table(path)
    columns = []
    for column in table.columns:
        kind = column.type
        if pa.types.is_dictionary(kind):
            column, kind = column.cast(kind.value_type), kind.value_type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            column = column.cast(pa.large_binary())
        columns.append(column.to_pylist())
    return str(table.schema), columns
