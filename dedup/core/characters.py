"""The table by which the kernel reads characters, written as C when the kernel is built.

Knows: the normal form of each single character, and which characters have a normal form that
depends on their neighbours. Does not know: texts, tokens, numpy (the build must not need numpy).

The normal form of a character depends on its neighbours if Unicode may compose it with one of them,
if the two may change places, or if a rule of ``normal_form`` looks at neighbours. Most such
characters are marks. The kernel calls a text with such a character special, and ``fold`` then reads
that text. The kernel decides these cases itself:

- a mark after a character with which Unicode can't compose it, if the marks stand in Unicode's
  order (the signs of Hindi, the tones of Thai);
- letters of Arabic script, unless they spell a Persian affix;
- hyphens that don't stand before a line end.

``characters.h`` names the bits of an entry of the table.
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

#: How many characters share a row of the table, and the length to which affixes are padded.
_BLOCK, _AFFIX = 128, 8

#: Ideographs and syllables. Each is its own normal form, and there are so many that the table would
#: take long to make if ``fold`` read each of them.
_PLAIN = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xAC00, 0xD7A4))

#: Marks of the Latin, Greek and Cyrillic alphabets, and Korean vowels and finals: they change the
#: character before them. Then the characters that become two marks when Unicode decomposes them, or
#: that become a mark only then.
_ALWAYS_SPECIAL = frozenset(
    (*range(0x300, 0x370), *range(0x483, 0x488), *range(0x1160, 0x1200), 0xF73, 0xF75, 0xF81,
     0xFF9E, 0xFF9F)
)  # fmt: skip

_HYPHENS, _BLANKS, _SOFT_HYPHEN = "-\u2010\u00ac\u2e17\u00ad", " \t\r\f\v", "\u00ad"


class Table(NamedTuple):
    """An entry for each code point, and the strings that replace mapped characters.

    A string is one byte with its length, then that many bytes of UTF-8.
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
    """Give a number for each character of one or two bytes, for the fast path of the kernel.

    The number is 0 for a character that the fast path can't read. For a letter of two bytes it
    holds the two bytes of its normal form, a bit that says whether the letter counts as a mark, and
    one that says whether it is of Arabic script. The fast path reads a letter if its normal form
    is two bytes of letters that don't change the character before them.
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
    """Write the table as C. A look-up takes two steps: the block, and the place in it."""
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
    """Give a set of first letters for each length of affixes: bit ``code % 64`` for each letter."""
    heads = [{1 << ord(a[0]) % 64 for a in AFFIXES if len(a) == size} for size in range(_AFFIX)]
    return [f"{sum(bits)}u" for bits in heads]


def _spans(is_wanted: Callable[[str], bool]) -> list[tuple[int, int]]:
    """List the wanted characters as ranges: the first and the last code point of each.

    ``source`` wants the digits and numerals of all scripts, and the small letters.
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
    """Give the code points whose normal form may differ from them."""
    for code in range(_COUNT):
        if not any(code in some for some in _PLAIN) and not is_unassigned(chr(code)):
            yield code


def _entry(char: str, firsts: set[str], seconds: set[str]) -> int:
    """Give the bits of a character, without those that say which string replaces it."""
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
    """List the first and the second characters of all pairs that Unicode composes into one."""
    firsts, seconds = set(), set()
    for char in filterfalse(is_unassigned, map(chr, range(_COUNT))):
        parts = unicodedata.decomposition(char).split()
        # Unicode decomposes some characters and never composes them again.
        whole = unicodedata.is_normalized("NFC", char)
        if len(parts) == 2 and parts[0][0] != "<" and whole:
            firsts.add(chr(int(parts[0], 16)))
            seconds.add(chr(int(parts[1], 16)))
    return firsts, seconds
