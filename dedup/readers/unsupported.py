"""Kinds of files that are recognised and not read: tables, XML, JSON of one value, PDF, ...

Knows: their suffixes, how they begin, and what the user can do instead. Does not know: the
containers that are read (``containers``).

Such a file must not be taken for plain text, because taking lines out would break it. The suffix of
a file decides, and if it says nothing, the first bytes.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from io import StringIO
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from dedup.readers.media import PDF_MAGIC, POSTSCRIPT_MAGIC


class Unsupported(NamedTuple):
    """A kind of file that isn't read: its name, and what the user can do instead."""

    kind: str
    remedy: str


_ROWS = "make JSON Lines of it, with the text of each row in one field"
_TEXT = "take its text out first, and name that file"

TABLE = Unsupported("a table", _ROWS)
XML = Unsupported(
    "XML", "make JSON Lines of its texts, or text files; for pages there is --container html"
)
JSON = Unsupported(
    "JSON that is one value instead of an object on each line",
    "make JSON Lines of it, such as with: jq -c '.[]'",
)
NOTEBOOK = Unsupported("a Jupyter notebook", "make Markdown of it: jupyter nbconvert --to markdown")
PDF = Unsupported("a PDF", _TEXT)
POSTSCRIPT = Unsupported("PostScript", _TEXT)
RTF = Unsupported("RTF", _TEXT)
OFFICE = Unsupported("an office document", _TEXT)
ZIP = Unsupported("a ZIP archive", "unpack it first")
TAR = Unsupported("a tar archive", "unpack it first")

_BY_SUFFIX: Mapping[str, Unsupported] = MappingProxyType(
    {
        suffix: kind
        for kind, suffixes in (
            (TABLE, "csv tsv tab psv"),
            (
                XML,
                "xml rss atom rdf svg xsd xsl xslt kml gpx opml plist tei tmx xlf xliff fb2 wsdl",
            ),
            (JSON, "geojson topojson har webmanifest"),
            (NOTEBOOK, "ipynb"),
            (PDF, "pdf"),
            (POSTSCRIPT, "ps eps"),
            (RTF, "rtf"),
            (
                OFFICE,
                "doc docx docm dot dotx odt ott xls xlsx xlsm ods ppt pptx odp pages epub mobi",
            ),
            (ZIP, "zip"),
            (TAR, "tar tgz"),
        )
        for suffix in suffixes.split()
    }
)

#: How such files begin: any of some bytes, and the kind.
_BY_HEAD = (
    ((PDF_MAGIC,), PDF),
    ((POSTSCRIPT_MAGIC,), POSTSCRIPT),
    ((b"{\\rtf",), RTF),
    ((b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",), OFFICE),  # before office files were ZIP archives
    ((b"PK\x03\x04", b"PK\x05\x06"), ZIP),  # the second is an empty archive
)

#: A tar archive has this behind the name of its first file.
_TAR_AT, _TAR_MAGIC = 257, b"ustar"

_XML = re.compile(rb"<\?xml[\s?]|<(?:rss|feed|svg|mediawiki|urlset|sitemapindex|TEI)[\s>]")
_MARK = codecs.BOM_UTF8
_SPACE = b" \t\r\n"

#: The first row of a table, by its delimiter: names with no space behind a delimiter.
_NAMES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        delimiter: re.compile(rf"{name}(?:{re.escape(delimiter)}{name})+")
        for name in (r"(?:[^\W\d][\w .:/-]{0,60}|\"[^\W\d][\w .:/-]{0,60}\")",)
        for delimiter in ",\t;"
    }
)

#: Rows behind the first that are looked at.
_ROWS_LOOKED = 20

#: How a JSON object with a field begins.
_OBJECT = re.compile(r'\{\s*"(?:[^"\\\n]|\\.){0,200}"\s*:')


def by_suffix(suffix: str) -> Unsupported | None:
    """Give the kind that a suffix stands for; None if it stands for none of these."""
    return _BY_SUFFIX.get(suffix)


def by_head(head: bytes) -> Unsupported | None:
    """Give the kind by the first bytes of a file; None if it is none of these."""
    found = next((kind for begins, kind in _BY_HEAD if head.startswith(begins)), None)
    if found is not None:
        return found
    if head.startswith(_TAR_MAGIC, _TAR_AT):
        return TAR
    inside = head.removeprefix(_MARK).lstrip(_SPACE)
    if _XML.match(inside):
        return XML
    if is_one_value(inside):
        return JSON
    return TABLE if is_table(inside) else None


def is_one_value(head: bytes) -> bool:
    r"""Say whether a file begins like one value of JSON: a list, or an object of several lines.

    >>> is_one_value(b'[{"a": 1},'), is_one_value(b'{\n  "a": 1,'), is_one_value(b'{"a": 1}\n')
    (True, True, False)
    >>> is_one_value(b"[1] A note."), is_one_value(b"{braces}"), is_one_value(b"[link](a.md)")
    (False, False, False)
    """
    text = head.removeprefix(_MARK).decode("utf-8", "replace").strip()
    if text.startswith("["):
        inside = text.lstrip("[ \t\r\n")
        return inside.startswith('"') or _OBJECT.match(inside) is not None
    first, end, _ = text.partition("\n")
    return bool(end) and _OBJECT.match(text) is not None and not is_object(first)


def is_table(head: bytes) -> bool:
    r"""Say whether a file begins like a table: a row of names, then rows with as many fields.

    >>> is_table(b"id,text\n1,One\n2,\"Two,\n2\"\n")
    True
    >>> is_table(b"Roses, lilies\nOaks, elms\nYes, no\n")
    False
    """
    import csv

    text = head.decode("utf-8", "replace")
    names, _, rest = text.partition("\n")
    for delimiter, row_of_names in _NAMES.items():
        if delimiter not in names or not row_of_names.fullmatch(names.rstrip("\r")):
            continue
        try:
            first, *rows = islice(csv.reader(StringIO(rest), delimiter=delimiter), _ROWS_LOOKED)
        except (csv.Error, ValueError):
            continue
        rows = [row for row in (first, *rows) if row]
        if len(rows) > 2:
            rows.pop()  # the last one may be cut short
        if len(rows) > 1 and {len(row) for row in rows} == {names.count(delimiter) + 1}:
            return True
    return False


def is_object(line: str) -> bool:
    """Say whether a line is a JSON object with at least one field."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and bool(found)
