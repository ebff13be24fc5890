"""The arithmetic of the kernel, slow and plain: integers, one value after another.

Knows: how tokens are hashed, linked and made into shingles, how signatures are cut into bands. It
uses nothing from the code under test; ``brute`` has words and similarity, datasketch the
signatures.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import groupby

from datasketch import MinHash

from tests.support import brute

_64 = 2**64

#: The multipliers of the places in a shingle, and of the rows in a band.
_PLACE = (
    0x9E3779B97F4A7C15, 0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B,
    0xA54FF53A5F1D36F1, 0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B,
)  # fmt: skip
_ODD = (
    0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93,
    0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB,
)  # fmt: skip


def mixed(value: int) -> int:
    """Scramble 64 bits: the finaliser of MurmurHash3."""
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD % _64
    value ^= value >> 33
    value = value * 0xC4CEB9FE1A85EC53 % _64
    return value ^ value >> 33


def unmixed(value: int) -> int:
    """Undo ``mixed``: each of its steps can be."""
    for factor in (0xC4CEB9FE1A85EC53, 0xFF51AFD7ED558CCD):
        value ^= value >> 33
        value = value * pow(factor, -1, _64) % _64
    return value ^ value >> 33


def token_of(hashed: int) -> int:
    """Give the token whose shingle, of one token, has this 32-bit hash."""
    return unmixed(hashed << 32) * pow(_PLACE[0], -1, _64) % _64


def reach(word: str) -> int:
    """Say how many neighbours a token takes along: two for Thai and the like, one for kana."""
    name = unicodedata.name(word[0], "") if brute.is_single(word[0]) else ""
    if name.startswith(("THAI", "LAO", "KHMER", "MYANMAR")):
        return 2
    return int(name.startswith(_KANA))


_KANA = ("HIRAGANA", "HENTAIGANA", "KATAKANA", "VERTICAL KANA")


def token(word: str) -> int:
    """Hash a word: its bytes in eights, each added to what was scrambled before."""
    raw = word.encode("utf-8", "surrogatepass")
    value = 0
    for at in range(0, len(raw), 8):
        value = (mixed(value) * (at > 0) + int.from_bytes(raw[at : at + 8], "little")) % _64
    return mixed(value) // 4 * 4 + reach(word)


def tokens(text: str) -> list[int]:
    """Hash the words of a text."""
    return [*map(token, brute.words(text))]


def decoded(raw: bytes) -> str:
    """Decode UTF-8, lone surrogates too; every byte that is none becomes U+FFFD."""
    found, at = [], 0
    while at < len(raw):
        for size in (1, 2, 3, 4):
            try:
                found.append(raw[at : at + size].decode("utf-8", "surrogatepass"))
            except UnicodeDecodeError:
                continue
            break
        else:
            size = 1
            found.append("\ufffd")
        at += size
    return "".join(found)


def linked(row: Sequence[int]) -> list[int]:
    """Let each token take along as many neighbours as its lowest bits say, two at most."""
    found = []
    for place, value in enumerate(row):
        for neighbour in row[place + 1 : place + 1 + min(value % 4, 2)]:
            value = (mixed(value) + neighbour) % _64
        found.append(value)
    return found


def shingles(row: Sequence[int], width: int) -> list[int]:
    """Hash every ``width`` neighbours of a row; of a shorter row the whole, of none none."""
    count = max(len(row) - width + 1, min(len(row), 1))
    runs = [row[k : k + width] for k in range(count)]
    return [
        mixed(sum(value * _PLACE[p] for p, value in enumerate(run)) % _64) >> 32 for run in runs
    ]


def signature(hashes: Iterable[int], permutations: int, seed: int) -> list[int]:
    """Sketch 32-bit hashes by datasketch."""
    made = MinHash(
        num_perm=permutations, seed=seed, scheme="affine32", hashfunc=lambda value: value
    )
    for value in hashes:
        made.update(value)
    return [int(value) for value in made.hashvalues]


def band_keys(signed: Sequence[int], bands: int, rows: int) -> list[int]:
    """Fold the rows of each band into 32 bits."""
    found = []
    for band in range(bands):
        first, *others = signed[band * rows : (band + 1) * rows]
        total = ((band + 1) * 2**40 + first * _ODD[0]) % _64
        for row, value in enumerate(others, start=1):
            total ^= total >> 29
            total = (total + value * _ODD[row]) % _64
            total = total * _ODD[7 - row] % _64
        total ^= total >> 32
        found.append(total * _ODD[4] % _64 >> 32)
    return found


def sketch(signed: Sequence[int], words: int) -> list[int]:
    """Put the lowest four bits of each place into words of sixteen places."""
    low = [value % 16 for value in signed[: 16 * words]]
    low += [0] * (16 * words - len(low))
    return [
        sum(value << 4 * place for place, value in enumerate(low[begin : begin + 16]))
        for begin in range(0, 16 * words, 16)
    ]


def bag(row: Iterable[int]) -> int:
    """Set one of 256 bits for each token."""
    found = 0
    for value in row:
        found |= 1 << (value * 0x9E3779B97F4A7C15 % _64 >> 56)
    return found


def may_be_similar(a: Sequence[int], b: Sequence[int], threshold: float) -> bool:
    """Say whether two rows can have enough in common, by their bags; empty ones say nothing."""
    if not a or not b:
        return True
    only_a = (bag(a) & ~bag(b)).bit_count()
    only_b = (bag(b) & ~bag(a)).bit_count()
    common = min(len(a) - only_a, len(b) - only_b)
    return 2.0 * common / (len(a) + len(b)) >= threshold


def buckets(packed: Iterable[int]) -> list[list[int]]:
    """Group ``key << 32 | row`` by key; rows that are alone in theirs are left out."""
    groups = groupby(sorted(packed), key=lambda value: value >> 32)
    found = [[value % 2**32 for value in group] for _, group in groups]
    return [rows for rows in found if len(rows) > 1]
