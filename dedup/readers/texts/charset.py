"""Find out the encoding of a page, and decode the page as browsers do.

Knows: the labels and decoders of the WHATWG Encoding standard, byte-order marks, where HTML and XML
name an encoding, how an encoding is guessed. Does not know: HTTP, files, what else HTML means.

An encoding has the name that the standard gives it; UTF-32, which the standard leaves out, has
Python's name. Python's codecs do the decoding, and this module adds what browsers decode beyond
them. Known limit: Python lacks 203 rare characters of Big5, which Hong Kong added in 2008 and for
names.

Importing this module registers its error handlers with ``codecs``.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple

from dedup.readers.file import mark_of

#: The character that stands for bytes that can't be decoded.
REPLACEMENT = "\ufffd"

#: The standard's name for the encodings that browsers refuse to decode, because they are unsafe.
REFUSED = "replacement"

#: Bytes at the beginning of a page in which it may name its encoding.
_LOOK = 1024

#: Bytes by which an encoding is guessed.
_GUESSED = 1 << 17

#: The encoding of a page that names none and for which none can be guessed.
_LAST_RESORT = "windows-1252"

#: Python's codecs, where the name in the standard is unknown to Python or decodes less.
_CODECS: Mapping[str, str] = MappingProxyType(
    {
        "big5": "big5hkscs",
        "euc-kr": "cp949",
        "gbk": "gb18030",
        "euc-jp": "euc_jp",
        "iso-2022-jp": "iso2022_jp",
        "iso-8859-8-i": "iso8859-8",
        "macintosh": "mac-roman",
        "shift_jis": "cp932",
        "utf-16be": "utf-16-be",
        "utf-16le": "utf-16-le",
        "windows-874": "cp874",
        "x-mac-cyrillic": "mac-cyrillic",
        "x-user-defined": "ascii",
    }
)

#: Names of the detector that the standard has no label for.
_DETECTED: Mapping[str, str] = MappingProxyType(
    {"cp949": "euc-kr", "uhc": "euc-kr", "mac-cyrillic": "x-mac-cyrillic"}
)

#: Single bytes that browsers decode to another character than Python.
_SINGLE: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        "koi8-u": {0xAE: "\u045e", 0xBE: "\u040e"},
        "windows-1255": {0xCA: "\u05ba"},
        "x-user-defined": {byte: chr(0xF700 + byte) for byte in range(0x80, 0x100)},
    }
)

_EUC_JP = str.maketrans("\u301c\u2016\u2212\xa2\xa3\xac", "\uff5e\u2225\uff0d\uffe0\uffe1\uffe2")
_SHIFT_JIS = str.maketrans("\uf8f0\uf8f1\uf8f2\uf8f3", REPLACEMENT * 4)
_GB18030 = str.maketrans(
    "\ue5e5\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796\ue7c7\ue81e\ue826\ue82b"
    "\ue82c\ue832\ue843\ue854\ue864",
    "\u3000\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u1e3f\u9fb4\u9fb5\u9fb6"
    "\u9fb7\u9fb8\u9fb9\u9fba\u9fbb",
)

#: Characters that a codec of Python gives and browsers don't, and those of browsers instead.
_MENDED: Mapping[str, tuple[re.Pattern[str], Mapping[int, int]]] = MappingProxyType(
    {
        "euc-jp": (re.compile("[\u301c\u2016\u2212\xa2\xa3\xac]"), _EUC_JP),
        "shift_jis": (re.compile("[\uf8f0-\uf8f3]"), _SHIFT_JIS),
        "gbk": (re.compile("[\ue5e5-\ue864]"), _GB18030),
        "gb18030": (re.compile("[\ue5e5-\ue864]"), _GB18030),
    }
)

_MULTIBYTE = ("big5", "euc-jp", "euc-kr", "gb18030", "gbk", "shift_jis")
_UNICODE = ("utf-8", "utf-16le", "utf-16be", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")

_NAMED = re.compile(rb"charset|encoding", re.IGNORECASE)
#: The most bytes of a character.
_LONGEST = 4

_SPACE = rb"[\t\n\f\r ]*+"
_TAG = re.compile(rb"</?[A-Za-z][^\t\n\f\r >]*+")
_META = re.compile(rb"<meta[\t\n\f\r /]", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    rb"[\t\n\f\r /]*+(=?[^\t\n\f\r /=>]*+)"
    rb"(?:" + _SPACE + rb"=" + _SPACE + rb"(?:\"([^\"]*+)\"?|'([^']*+)'?|([^\t\n\f\r >]*+)))?"
)
_CONTENT = re.compile(
    r"charset[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:\"([^\"]*+)\"|'([^']*+)'|(?![\"'])([^\t\n\f\r ;]*+))"
)
_XML = re.compile(
    rb"<\?xml[^>]*?encoding" + _SPACE + rb"=" + _SPACE + rb"(?:\"([^\"]*+)\"|'([^']*+)')"
)
_JAPANESE = re.compile(rb"\x1b(\$[@B]|\([BIJ])")


class Decoded(NamedTuple):
    """The text of a page, its encoding, and the number of characters that are not decoded."""

    text: str
    encoding: str
    replaced: int

    @property
    def damage(self) -> str:
        """What could not be decoded, in words; "" for nothing."""
        if self.encoding == REFUSED:
            return "in an encoding that browsers refuse to decode"
        if not self.replaced:
            return ""
        characters = "character" if self.replaced == 1 else "characters"
        return f"{self.replaced:,} {characters} can't be decoded as {self.encoding}, read as U+FFFD"


def encoding_by_label(label: str | None) -> str | None:
    """Name the encoding that a label means to browsers; None for a label that they don't know.

    >>> encoding_by_label(" Latin1 "), encoding_by_label("x-sjis"), encoding_by_label("utf-7")
    ('windows-1252', 'shift_jis', None)
    """
    if not label:
        return None
    from webencodings import lookup  # an executor of a cluster that reads JSON Lines may lack it

    found = lookup(label)
    return found.name if found else None


def codec_of(encoding: str) -> str:
    """Give Python's name for an encoding: of several codecs the one that can encode the most."""
    return _CODECS.get(encoding, encoding)


def page(
    raw: bytes, label: str | None = None, otherwise: str | None = None, markup: bool = True
) -> Decoded:
    """Decode a page. Bytes that can't be decoded become U+FFFD; a byte-order mark stays.

    Args:
        raw, label, otherwise, markup: as for ``encoding_of_page``.

    Cost: 10 us and 1 ns a byte for UTF-8; up to 40 us more for a page that may name its encoding.
    """
    return decode(raw, encoding_of_page(raw, label, otherwise, markup))


def encoding_of_page(
    raw: bytes, label: str | None = None, otherwise: str | None = None, markup: bool = True
) -> str:
    """Name the encoding of a page: by its byte-order mark, its server, itself, or a guess.

    One rule is not that of browsers: a page that is said to be windows-1252 and is valid UTF-8
    beyond ASCII is read as UTF-8, because many servers say windows-1252 of all their pages.

    Args:
        label: the encoding that the server names.
        otherwise: the encoding of a page for which none is named; None guesses it.
        markup: whether the page is HTML, which may name its encoding itself.
    """
    if mark := mark_of(raw[:4]):
        return mark
    named = encoding_by_label(label) or (declared(raw) if markup else None)
    if named and named != _LAST_RESORT:
        return named
    if not (named and raw.isascii()) and _is_utf8(raw):
        return "utf-8"
    return named or otherwise or _guess(raw)


def _is_utf8(raw: bytes) -> bool:
    # ISO-2022-JP is seven-bit with escapes, and would pass for UTF-8.
    if b"\x1b" in raw:
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _guess(raw: bytes) -> str:
    """Guess the encoding of bytes by resiliparse, if that is installed.

    Measured on short pages in 34 pairs of language and encoding: resiliparse guesses 33 right in
    0.1 ms each, charset-normalizer 30 in 0.5 to 2.5 ms.
    """
    if raw.isascii():
        return "iso-2022-jp" if _JAPANESE.search(raw) else _LAST_RESORT
    try:
        detect = import_module("resiliparse.parse.encoding").detect_encoding
    except ImportError:
        return _LAST_RESORT
    guess = str(detect(raw, max_len=_GUESSED, html5_compatible=False) or "")
    guess = guess.lower().replace("_", "-")
    found = _DETECTED.get(guess) or encoding_by_label(guess) or _LAST_RESORT
    # These bytes are not UTF-8, and browsers never guess an encoding that they refuse.
    return _LAST_RESORT if found in (REFUSED, *_UNICODE) else found


def declared(raw: bytes) -> str | None:
    """Give the encoding that a page names in its first 1,024 bytes, by ``<meta>`` or as XML.

    The steps are those of "prescan a byte stream" in the HTML standard. None if it names none.
    """
    head = raw[:_LOOK]
    if head.startswith((b"<\0?\0x\0", b"\0<\0?\0x")):
        return "utf-16le" if head[0] else "utf-16be"
    if not _NAMED.search(head):
        return None
    return _by_meta(head) or _by_xml(head)


def _by_meta(head: bytes) -> str | None:
    at = head.find(b"<")
    while at >= 0:
        if head.startswith(b"<!--", at):
            end = head.find(b"-->", at + 2)
            if end < 0:
                return None
            at = end + 2
        elif begun := _META.match(head, at) or _TAG.match(head, at):
            attributes, at = _attributes(head, begun.end())
            if at >= len(head):
                return None
            if begun.re is _META and (found := _of_meta(attributes)):
                return found
        elif head.startswith((b"<!", b"</", b"<?"), at):
            at = head.find(b">", at)
            if at < 0:
                return None
        at = head.find(b"<", at + (head[at : at + 1] == b"<"))
    return None


def _attributes(head: bytes, at: int) -> tuple[dict[str, str], int]:
    """Read the attributes of a tag, the first of each name; also give where the tag ends."""
    found: dict[str, str] = {}
    while (each := _ATTRIBUTE.match(head, at)) and each[1]:
        value = next((part for part in each.groups()[1:] if part is not None), b"")
        found.setdefault(each[1].decode("latin-1").lower(), value.decode("latin-1").lower())
        at = each.end()
    return found, each.end() if each else at


def _of_meta(attributes: dict[str, str]) -> str | None:
    """Give the encoding that a ``<meta>`` with these attributes names."""
    label: str | None = attributes.get("charset")
    if label is None and attributes.get("http-equiv") == "content-type":
        content = _CONTENT.search(attributes.get("content", ""))
        label = next((part for part in content.groups() if part), None) if content else None
    return _as_read(encoding_by_label(label))


def _as_read(named: str | None) -> str | None:
    """Correct an encoding that can't be right, because ASCII bytes name it."""
    if named in ("utf-16le", "utf-16be"):
        return "utf-8"
    return _LAST_RESORT if named == "x-user-defined" else named


def _by_xml(head: bytes) -> str | None:
    found = _XML.match(head)
    label = next((part for part in found.groups() if part), b"") if found else b""
    return _as_read(encoding_by_label(label.decode("latin-1")))


def decode(raw: bytes, encoding: str) -> Decoded:
    """Decode bytes as browsers do. Bytes that can't be decoded become U+FFFD. Raises nothing.

    Args:
        encoding: a name from ``encoding_of_page``, or any that Python knows.
    """
    if encoding == REFUSED:
        return Decoded(REPLACEMENT if raw else "", encoding, 1 if raw else 0)
    text = _decoded(raw, encoding)
    if REPLACEMENT not in text:
        return Decoded(text, encoding, 0)
    meant = _decodes(raw, encoding) if encoding in _UNICODE else False
    return Decoded(text, encoding, 0 if meant else text.count(REPLACEMENT))


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(codec_of(encoding))
    except UnicodeDecodeError:
        return False
    return True


def _decoded(raw: bytes, encoding: str) -> str:
    if encoding in _UNICODE:
        return raw.decode(codec_of(encoding), "replace")
    if encoding == "iso-2022-jp":
        return _iso_2022_jp(raw)
    if encoding in _MULTIBYTE:
        text = raw.decode(codec_of(encoding), f"dedup.{encoding}")
        if encoding in _MENDED and _MENDED[encoding][0].search(text):
            text = text.translate(_MENDED[encoding][1])
        return text
    if encoding_by_label(encoding) != encoding:
        return raw.decode(encoding, "replace")
    if encoding not in _SINGLE:
        with suppress(UnicodeDecodeError):
            return raw.decode(codec_of(encoding))
    return codecs.charmap_decode(raw, "replace", _characters(encoding))[0]


def _characters(encoding: str) -> str:
    """Give the 256 characters of a single-byte encoding; unused bytes below A0 are controls."""
    known = bytes(range(256)).decode(codec_of(encoding), "surrogateescape")
    changed = _SINGLE.get(encoding, {})
    return "".join(
        changed.get(byte) or (_hole(byte) if "\udc80" <= each <= "\udcff" else each)
        for byte, each in enumerate(known)
    )


def _hole(byte: int) -> str:
    return chr(byte) if byte < 0xA0 else REPLACEMENT


def _iso_2022_jp(raw: bytes) -> str:
    pieces, at, state = [], 0, b"(B"
    for found in _JAPANESE.finditer(raw):
        pieces.append(_japanese(raw[at : found.start()], state))
        state, at = found[1], found.end()
    return "".join([*pieces, _japanese(raw[at:], state)])


def _japanese(raw: bytes, state: bytes) -> str:
    """Decode the bytes between two escapes of ISO-2022-JP. state: the first escape."""
    if state == b"(I":  # half-width katakana
        return "".join(chr(0xFF40 + byte) if 0x21 <= byte <= 0x5F else _ascii(byte) for byte in raw)
    if state.startswith(b"$"):
        raised = bytes(byte | 0x80 if 0x21 <= byte <= 0x7E else byte for byte in raw)
        return _decoded(raised, "euc-jp")
    text = raw.decode("ascii", "replace")
    text = text.translate({0x0E: REPLACEMENT, 0x0F: REPLACEMENT, 0x1B: REPLACEMENT})
    return text.translate({0x5C: "\xa5", 0x7E: "\u203e"}) if state == b"(J" else text


def _ascii(byte: int) -> str:
    return chr(byte) if byte in b"\n\r\t " else REPLACEMENT


#: Decodes a character that Python's codec doesn't know: (bytes, position) to (character, length).
_Reads = Callable[[bytes, int], tuple[str, int]]


def _unknown(raw: bytes, at: int) -> tuple[str, int]:
    """Give U+FFFD for a character that isn't known. An ASCII byte behind its first byte stays."""
    pair = raw[at : at + 2]
    return REPLACEMENT, 2 if len(pair) == 2 and 0x81 <= pair[0] <= 0xFE and pair[1] >= 0x80 else 1


def _euro(raw: bytes, at: int) -> tuple[str, int]:
    return ("\u20ac", 1) if raw[at] == 0x80 else _unknown(raw, at)


def _nec(raw: bytes, at: int) -> tuple[str, int]:
    """Decode a character of the rows that NEC and IBM added to JIS X 0208; cp932 knows them."""
    pair = raw[at : at + 2]
    if len(pair) < 2 or min(pair) < 0xA1 or max(pair) == 0xFF:
        return _unknown(raw, at)
    row, cell = divmod((pair[0] - 0xA1) * 94 + pair[1] - 0xA1, 188)
    shifted = bytes([row + (0x81 if row < 0x1F else 0xC1), cell + (0x40 if cell < 0x3F else 0x41)])
    try:
        return shifted.decode("cp932"), 2
    except UnicodeDecodeError:
        return _unknown(raw, at)


def _register(name: str, reads: _Reads) -> None:
    def mend(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        character, size = reads(error.object, error.start)
        return character, error.start + size

    codecs.register_error(name, mend)


for _name, _reads in (
    ("big5", _unknown),
    ("euc-jp", _nec),
    ("euc-kr", _unknown),
    ("gb18030", _euro),
    ("gbk", _euro),
    ("shift_jis", _unknown),
):
    _register(f"dedup.{_name}", _reads)


def offsets(
    raw: bytes, decoded: Callable[[bytes], str], positions: Sequence[int], line_end: bytes = b"\n"
) -> list[int]:
    r"""Find where in the bytes of a text the characters at some positions begin.

    Args:
        raw: the bytes.
        decoded: a function that decodes the bytes, or a part between two characters.
        positions: positions of characters in the text, in rising order.
        line_end: the bytes of a line feed.

    Cost: decoding the bytes once, and one line some ten times for each position.

    >>> offsets(b"a\x82\xa0b\n", lambda raw: raw.decode("cp932", "replace"), [0, 1, 2, 3])
    [0, 1, 3, 4]
    """
    found: list[int] = []
    begun = start = 0  # characters and bytes before the rest of the current line
    state = line = b""
    size = 0
    lines = split_lines(raw, line_end)
    for position in positions:
        while begun + size < position and start + len(line) < len(raw):
            begun, start, state = begun + size, start + len(line), _state_after(line, state)
            line = next(lines)
            size = len(decoded(state + line))
        at = _offset(line, decoded, position - begun, state)
        state, size = _state_after(line[:at], state), size - (position - begun)
        begun, start, line = position, start + at, line[at:]
        found.append(start)
    return found


def split_lines(raw: bytes, line_end: bytes) -> Iterator[bytes]:
    r"""Split bytes behind each line end. A line end begins at a multiple of its length.

    >>> list(split_lines(b"\0\n\n\0\n\0\0", b"\n\0"))
    [b'\x00\n\n\x00', b'\n\x00', b'\x00']
    """
    start = at = 0
    while (at := raw.find(line_end, at)) >= 0:
        if (at - start) % len(line_end):
            at += 1
            continue
        at += len(line_end)
        yield raw[start:at]
        start = at
    if start < len(raw):
        yield raw[start:]


def _state_after(line: bytes, state: bytes) -> bytes:
    """Give the escape of ISO-2022-JP that is in force behind a line; "" bytes for none."""
    at = line.rfind(b"\x1b")
    escape = _JAPANESE.match(line, at) if at >= 0 else None
    return escape[0] if escape else state


def _offset(line: bytes, decoded: Callable[[bytes], str], wanted: int, state: bytes) -> int:
    """Give the largest number of bytes of a line that decode to ``wanted`` characters."""
    low, high = 0, min(_LONGEST * (wanted + 1), len(line))
    while high < len(line) and len(decoded(state + line[:high])) <= wanted:
        high = min(2 * high, len(line))
    while low < high:
        middle = (low + high + 1) // 2
        if len(decoded(state + line[:middle])) <= wanted:
            low = middle
        else:
            high = middle - 1
    # A part of a character may decode to more characters than the whole. So ``low`` may be too low.
    for _ in range(2):
        near = range(min(low + _LONGEST, len(line)), low, -1)
        low = next((each for each in near if len(decoded(state + line[:each])) == wanted), low)
    return low


def without(
    raw: bytes,
    decoded: Callable[[bytes], str],
    cuts: Sequence[tuple[int, int, str]],
    encoding: str,
) -> bytes:
    """Take spans of characters out of the bytes of a text; all other bytes stay as they are.

    An escape of ISO-2022-JP in a span stays, if the bytes behind the span need it.

    Args:
        raw, decoded: as for ``offsets``.
        cuts: the spans in order: first position, end, and the text to put in its place.
        encoding: as ``encoding_of_page`` names it.

    Cost: as ``offsets``.
    """
    codec = codec_of(encoding)
    line_end = "\n".encode(codec)
    edges = offsets(raw, decoded, [edge for cut in cuts for edge in cut[:2]], line_end)
    pieces, at = [], 0
    state = b""
    for (_, _, instead), start, end in zip(cuts, edges[::2], edges[1::2], strict=True):
        kept = b""
        if codec.startswith("iso2022"):
            before = _state_after(raw[at:start], state)
            state = _state_after(raw[start:end], before)
            kept = state if state != before else b""
        pieces += [raw[at:start], instead.encode(codec, "replace"), kept]
        at = end
    return b"".join([*pieces, raw[at:]])
