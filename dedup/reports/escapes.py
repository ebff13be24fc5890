"""Replaces characters that control a terminal, or that a reader can't see.

Knows: which characters these are, in plain text and in JSON. Does not know: where a text comes from
or goes to. Everything that strangers chose (names of files, settings, keys, texts) passes through
this module before it is shown; no other module knows the characters.
"""

from __future__ import annotations

import re

# C1 and DEL; marks and overrides of direction; separators of lines; what takes no width; tags.
_UNSEEN = (
    "\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
# Halves of surrogate pairs, as bytes of names that are no UTF-8 become: files and pipes get those
# bytes back.
_HALVES = "\ud800-\udfff"
# Joiners take no width either, but Persian, the scripts of India and emoji are written with them:
# between two characters beyond ASCII they stay.
_JOINER = "[\u200c\u200d](?:(?<![^\x00-\x7f].)|(?![^\x00-\x7f]))"

_CONTROL = re.compile(f"[\x00-\x1f{_UNSEEN}]|{_JOINER}", re.DOTALL)
#: In lines for a terminal, line ends, tabs and colour codes are kept.
_IN_LINES = re.compile(
    f"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f{_UNSEEN}{_HALVES}]|{_JOINER}"
    "|\r(?!\n)|\x1b(?!\\[[0-9;]{0,9}m)",
    re.DOTALL,
)
#: In JSON the controls of ASCII are escaped in strings already, and part lines outside of them.
_IN_JSON = re.compile(f"[{_UNSEEN}{_HALVES}]|{_JOINER}", re.DOTALL)

#: In texts of a page, where ends of lines and tabs are white space: an expression that JavaScript
#: reads too, with its flags "s" and "u".
UNSEEN = f"[\x00-\x08\x0b\x0c\x0e-\x1f{_UNSEEN}{_HALVES}]|{_JOINER}"


def visible(text: str) -> str:
    """Replace characters that control a terminal or can't be seen by U+FFFD."""
    return text if text.isascii() and text.isprintable() else _CONTROL.sub("\ufffd", text)


def harmless(lines: str) -> str:
    """Do as ``visible`` with lines for a terminal; line ends, tabs and colour codes stay."""
    return _IN_LINES.sub("\ufffd", lines)


def visible_json(written: str) -> str:
    """Escape the same characters in a text of JSON, whose values do not change."""
    if written.isascii() and "\x7f" not in written:
        return written
    return _IN_JSON.sub(_escaped, written)


def _escaped(found: re.Match[str]) -> str:
    raw = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{raw[at : at + 4]}" for at in range(0, len(raw), 4))
