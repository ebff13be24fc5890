r"""Whether a body or a file is HTML, text or neither: by its media type, or by its first bytes.

Knows: media types, how HTML begins, which bytes no text has (the WHATWG standard "MIME Sniffing").
Does not know: archives, encodings.
"""

from __future__ import annotations

import codecs
import re

#: How files of PDF and of PostScript begin.
PDF_MAGIC = b"%PDF-"
POSTSCRIPT_MAGIC = b"%!PS"

_PAGES = ("text/html", "application/xhtml+xml")
_TEXTS = ("text/plain",)

#: Media types that don't say what a body is.
_UNKNOWN = ("", "unknown/unknown", "application/unknown", "*/*")

#: The form of a media type. Anything else doesn't say what a body is either.
_TYPE = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+/[a-z0-9!#$%&'*+.^_`|~-]+")

#: Bytes at the beginning that are looked at.
_LOOK = 1445

#: How a page begins; an XML declaration, processing instructions and comments may stand before.
_PAGE = re.compile(
    rb"\s*+(?:<\?[^>]*+>\s*+|<!--(?:[^-]++|-(?!->))*-->\s*+)*"
    rb"<(?:!doctype\s++html|html)[\s>/]",
    re.IGNORECASE,
)
#: How a part of a page begins. Text in Markdown, for one, may begin so too.
_PART = re.compile(
    rb"[\t\n\f\r ]*+<(?:(?:head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)"
    rb"[\t\n\f\r >]|!--)",
    re.IGNORECASE,
)
_XML = re.compile(rb"[\t\n\f\r ]*+<\?xml", re.IGNORECASE)
#: The standard asks for more of the first line of PostScript than files of it need to have.
_PRINT = (PDF_MAGIC, POSTSCRIPT_MAGIC + b"-Adobe-")
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)
_BINARY = re.compile(rb"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def kind_of(content: str, body: bytes) -> str:
    """Say what a body is: "html", "text", or "" for anything else.

    Args:
        content: the value of its Content-Type.
    """
    media = _media(content)
    if media in _PAGES:
        return "html"
    if media in _TEXTS:
        return "" if _is_binary(body) else "text"
    return sniffed(body) if _says_nothing(media) else ""


def may_be_text(content: str) -> bool:
    """Say whether a body with this Content-Type may be HTML or text."""
    media = _media(content)
    return media in _PAGES or media in _TEXTS or _says_nothing(media)


def _media(content: str) -> str:
    return content.partition(";")[0].strip().lower()


def _says_nothing(media: str) -> bool:
    return media in _UNKNOWN or not _TYPE.fullmatch(media)


def sniffed(body: bytes) -> str:
    r"""Say whether bytes without a media type are "html", "text" or neither, as browsers do.

    >>> sniffed(b"\n<!DOCTYPE html>"), sniffed(b"words"), sniffed(b"%PDF-1.4")
    ('html', 'text', '')
    """
    head = body[:_LOOK]
    inside = _behind_mark(head)
    if is_page(head) or _PART.match(inside):
        return "html"
    if inside is not head:
        return "text"
    if _XML.match(head):
        return ""
    return "" if head.startswith(_PRINT) or _is_binary(head) else "text"


def is_page(head: bytes) -> bool:
    r"""Say whether bytes begin like a whole page of HTML: with its doctype or ``<html>``.

    >>> is_page(b"\n<!-- saved -->\n<!DOCTYPE HTML>"), is_page(b"<html lang=en>"), is_page(b"<p>")
    (True, True, False)
    """
    return _PAGE.match(_behind_mark(head)) is not None


def _behind_mark(head: bytes) -> bytes:
    """Leave out a byte-order mark, and behind it the zero bytes that UTF-16 has in ASCII text."""
    for mark in _MARKS:
        if head.startswith(mark):
            return head[len(mark) :].replace(b"\0", b"")
    return head


def _is_binary(body: bytes) -> bool:
    head = body[:_LOOK]
    return not head.startswith(_MARKS) and bool(_BINARY.search(head))
