"""The table by which the kernel reads characters, written as C when the kernel is built.

Knows: what the normal form makes of each single character, and which characters can't be told
alone. Does not know: texts, tokens, numpy (the build needs nothing but this Python).

A character can't be told alone where it may be composed with one beside it, change places with
it, or fall under a rule of ``normal_form`` that looks at neighbours. Most of these are marks. The
kernel says of a text with one that it needs ``fold``; it decides some of them itself:

- a mark behind what it can't be composed with, in the order that Unicode wants (the signs of
  Hindi, the tones of Thai);
- letters of Arabic script unless they spell a Persian affix;
- hyphens that stand before no line end.

The bits of an entry are those that ``characters.h`` names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import filterfalse
from typing import NamedTuple

from dedup.core.normal_form import (
    AFFIXES,
    UNICODE,
    WORD,
    character_class,
    fold,
    is_arabic,
    is_unassigned,
)

(
    _MAPPED, _SPECIAL, _FIRST, _SECOND, _ARABIC, _MARKED, _SOFT, _HYPHEN, _BLANK,
) = (1 << k for k in range(3, 12))  # fmt: skip
_KIND = 7
_ORDER_SHIFT = _OFFSET_SHIFT = 12
_ENDS_IN_MARKS = 255

_COUNT = 0x110000

#: Characters that share a row of the table, and code points that an affix is filled up to.
_BLOCK, _AFFIX = 128, 8

#: Ideographs and syllables: their own normal form, and so many that looking at each takes long.
_PLAIN = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xAC00, 0xD7A4))

#: Marks of the Latin, Greek and Cyrillic alphabets, Korean vowels and finals, which change what
#: they stand on; and marks that are two of them, or look like none, before they are decomposed.
_ALWAYS_SPECIAL = frozenset(
    (*range(0x300, 0x370), *range(0x483, 0x488), *range(0x1160, 0x1200), 0xF73, 0xF75, 0xF81,
     0xFF9E, 0xFF9F)
)  # fmt: skip

_HYPHENS, _BLANKS, _SOFT_HYPHEN = "-\u2010\u00ac\u2e17\u00ad", " \t\r\f\v", "\u00ad"


class Table(NamedTuple):
    """An entry for each code point, and the strings that those which are mapped become.

    A string is a byte that gives its length, then so many bytes of UTF-8.
    """

    entries: list[int]
    strings: bytes


def table() -> Table:
    """Make the table. Cost: a second."""
    firsts, seconds = _composed()
    entries = [_entry(chr(code), firsts, seconds) for code in range(_COUNT)]
    strings, places = bytearray(b"\0"), {"": 0}
    for code in _candidates():
        char, entry = chr(code), entries[code]
        made = fold(char)
        if made == char or entry & _SPECIAL:
            continue
        if any(entries[ord(each)] & _SPECIAL for each in made):
            entries[code] |= _SPECIAL
            continue
        if made not in places:
            raw = made.encode()
            places[made] = len(strings)
            strings += bytes([len(raw)]) + raw
        kept = entry & (_KIND | _MARKED | _SOFT)
        entries[code] = kept | _MAPPED | places[made] << _OFFSET_SHIFT
    return Table(entries, bytes(strings))


def pairs(made: Table) -> list[int]:
    """Give what the quick way of the kernel needs of each character of one or two bytes.

    That is 0, or for a letter of two bytes those that it becomes, whether it counts among marks in
    a row and whether it is of Arabic script. A letter has a pair where it becomes two bytes of
    letters that change nothing before them.
    """
    return [_pair(made, code) if code >= 0x80 else 0 for code in range(0x800)]


def _pair(made: Table, code: int) -> int:
    entry, raw = made.entries[code], chr(code).encode()
    if entry & _MAPPED:
        at = entry >> _OFFSET_SHIFT
        raw = made.strings[at + 1 : at + 1 + made.strings[at]]
    parts = [made.entries[ord(char)] for char in raw.decode()]
    kept = _KIND | _FIRST | _ARABIC | _MARKED | _ENDS_IN_MARKS << _ORDER_SHIFT
    plain = all(
        not part & ~kept
        and part & _KIND == WORD
        and part >> _ORDER_SHIFT in ((_ENDS_IN_MARKS,) if part & _MARKED else (0,))
        for part in parts
    )
    if len(raw) != 2 or not plain or entry & (_SPECIAL | _SOFT):
        return 0
    marked, arabic = entry & _MARKED > 0, parts[-1] & _ARABIC > 0
    return int.from_bytes(raw, "little") | marked << 16 | arabic << 17


def source() -> str:
    """Write the table as C. Characters are looked up in two steps, block and place in it."""
    made = table()
    blocks: dict[tuple[int, ...], int] = {}
    index = [
        blocks.setdefault(tuple(made.entries[begin : begin + _BLOCK]), len(blocks))
        for begin in range(0, _COUNT, _BLOCK)
    ]
    affixes = [[*map(ord, affix), *[0] * (_AFFIX - len(affix))] for affix in AFFIXES]
    numerals = _spans(lambda char: unicodedata.numeric(char, None) is not None)
    lowers = _spans(str.islower)
    return "\n".join(
        (
            f"/* Made by dedup/core/characters.py when the kernel is built: Unicode {UNICODE}. */",
            f"static const uint16_t block_of[{len(index)}] = {_initial(index)};",
            f"static const uint32_t entries[{len(blocks)}][{_BLOCK}] = {{",
            *(f"{_initial(block)}," for block in blocks),
            "};",
            f"static const uint32_t pairs[2048] = {_initial(pairs(made))};",
            f"static const uint8_t strings[{len(made.strings)}] = {_initial(made.strings)};",
            f"static const uint64_t affix_heads[{_AFFIX}] = {_initial(_heads())};",
            f"static const uint16_t affixes[{len(affixes)}][{_AFFIX}] = {{",
            *(f"{_initial(affix)}," for affix in affixes),
            "};",
            f"static const int32_t numerals[{len(numerals)}][2] = {{",
            *(f"{_initial(numeral)}," for numeral in numerals),
            "};",
            f"static const int32_t lowers[{len(lowers)}][2] = {{",
            *(f"{_initial(lower)}," for lower in lowers),
            "};\n",
        )
    )


def _heads() -> list[str]:
    """For each length of affixes, a bit for the last six bits of each letter they begin with."""
    heads = [{1 << ord(a[0]) % 64 for a in AFFIXES if len(a) == size} for size in range(_AFFIX)]
    return [f"{sum(bits)}u" for bits in heads]


def _spans(is_wanted: Callable[[str], bool]) -> list[tuple[int, int]]:
    """List the characters of all scripts that are wanted, as the first and last of those in a row.

    These are the digits and numerals, and the small letters.
    """
    found: list[tuple[int, int]] = []
    for code in range(_COUNT):
        char = chr(code)
        if is_wanted(char) and not is_unassigned(char):
            first = found.pop()[0] if found and found[-1][1] == code - 1 else code
            found.append((first, code))
    return found


def _initial(values: Iterable[object]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _candidates() -> Iterator[int]:
    """Give the code points that may become others."""
    for code in range(_COUNT):
        if not any(code in some for some in _PLAIN) and not is_unassigned(chr(code)):
            yield code


def _entry(char: str, firsts: set[str], seconds: set[str]) -> int:
    """Give the bits of a character, but for what it becomes if it is mapped."""
    bits = character_class(char)
    if is_unassigned(char):
        return bits
    if order := unicodedata.combining(char):
        bits |= _MARKED | order << _ORDER_SHIFT
    elif parts := [*map(unicodedata.combining, unicodedata.normalize("NFKD", char))]:
        bits |= _MARKED * any(parts) | (_ENDS_IN_MARKS << _ORDER_SHIFT) * (parts[-1] > 0)
    bits |= _FIRST * (char in firsts) | _SECOND * (char in seconds)
    bits |= _HYPHEN * (char in _HYPHENS) | _BLANK * (char in _BLANKS)
    bits |= _ARABIC * is_arabic(char) | (_SOFT | _MARKED) * (char == _SOFT_HYPHEN)
    return bits | _SPECIAL * (ord(char) in _ALWAYS_SPECIAL)


def _composed() -> tuple[set[str], set[str]]:
    """List the characters with which another one begins, and those that it ends with."""
    firsts, seconds = set(), set()
    for char in filterfalse(is_unassigned, map(chr, range(_COUNT))):
        parts = unicodedata.decomposition(char).split()
        # Some characters are taken apart and never put together.
        whole = unicodedata.is_normalized("NFC", char)
        if len(parts) == 2 and parts[0][0] != "<" and whole:
            firsts.add(chr(int(parts[0], 16)))
            seconds.add(chr(int(parts[1], 16)))
    return firsts, seconds
