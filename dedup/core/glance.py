"""Readings that can be told at a glance: what stretches weigh, for many pairs at once.

Knows: which stretches have a weight that no finer reading would change, told from bytes, lengths
and hashes of their words in whole arrays. Does not know: how the others are read (``variants``),
what a pair is made of all its weights.

Whatever is told here is what ``variants`` would read, one stretch at a time; the rest is left
open. Only stretches that need no look at other stretches are told: pairs in which a substitution
may recur, or words may have moved, are left open as a whole.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core import wording
from dedup.core.tokens import tokenise
from dedup.core.wording import Page
from dedup.ragged import starts_of

#: Words on one side beyond which a stretch isn't looked into, nor searched for negations, numbers.
LONG, FEW = 8, 4

Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]


class Glance(NamedTuple):
    """What is told of ``s`` stretches: weight int8 (s,), told bool (s,), together bool (s,).

    weight: 0 where nothing is told; together: the stretch stands in a pair that must be read whole.
    """

    weight: NDArray[np.int8]
    told: Mask
    together: Mask


class Weights(NamedTuple):
    """What the readings that can be told weigh."""

    fact: int
    word: int
    edit: int


class _Words(NamedTuple):
    """What the bytes say of words, an array entry each.

    hash: uint64, of the normal form; size: bytes; wordy: ASCII letters; plain: small ones, tied to
    nothing; number: ASCII digits, the first no zero; empty: carries no fact; negation: negates, or
    may be the end of one that does; free: stands in no link; letters: uint32, which letters occur;
    eight: uint64, the first eight bytes.
    """

    hash: NDArray[np.uint64]
    size: Whole
    wordy: Mask
    plain: Mask
    number: Mask
    empty: Mask
    negation: Mask
    free: Mask
    letters: NDArray[np.uint32]
    eight: NDArray[np.uint64]


def glance(page: Page, bounds: Whole, pair: Whole, weights: Weights) -> Glance:
    """Tell what can be told of stretches.

    bounds: int64 (s, 2, 2), from which word to which, in either text; pair: int64 (s,), rising.
    Cost: 1 us a stretch.
    """
    count = bounds[:, :, 1] - bounds[:, :, 0]
    few, many = count.min(axis=1), count.max(axis=1)
    weight = np.zeros(len(bounds), dtype=np.int8)
    # What is long, and what only one text has unless it may negate or continue a number, weighs 0.
    told = many > LONG
    sizes = np.where(told[:, None], 0, count).ravel()
    starts = starts_of(sizes)
    shift = np.repeat(bounds[:, :, 0].ravel() - starts[:-1], sizes)
    words = _look(page, np.arange(starts[-1]) + shift)
    side = np.repeat(np.arange(len(sizes)), sizes)
    told |= (few == 0) & ((many > FEW) | _just_added(words, side // 2, len(bounds)))
    single = (few == 1) & (many == 1)
    one, other = starts[:-1][0::2][single], starts[:-1][1::2][single]
    weight[single], told[single] = _one_for_one(words, one, other, weights)
    # Plain words that more or fewer plain words replace are an edit whatever they are.
    reworded = (few > 0) & (few != many) & (many <= LONG)
    just_plain = _just_plain(words, side // 2, len(bounds))
    reworded &= just_plain
    weight[reworded], told[reworded] = weights.edit, True
    even = np.flatnonzero((few == many) & (few > 1) & (many <= LONG))
    even = even[just_plain[even]]
    weight[even], told[even] = _many_for_many(words, starts, even, few[even], weights)
    if page.noisy:
        # What looks replaced may be misread.
        told &= weight != weights.word
    replaced = np.repeat((few > 0) & (many <= LONG), 2)
    lone = np.repeat((few == 0) & (many <= LONG), 2)
    together = _recurring(words, side, replaced, np.repeat(pair, 2))
    together |= _moved(words, side, lone, np.repeat(pair, 2))
    return Glance(weight, told, together[pair])


def _look(page: Page, numbers: Whole) -> _Words:
    """Look at the bytes of words."""
    begin, end = page.begin[numbers], page.end[numbers]
    folded = np.frombuffer(page.folded, dtype=np.uint8)
    cased = np.frombuffer(page.cased, dtype=np.uint8)
    size = end - begin
    starts = starts_of(size)
    place = np.arange(starts[-1]) + np.repeat(begin - starts[:-1], size)
    raw = folded[place]
    letter = (raw - np.uint8(97)) < np.uint8(26)
    digit = (raw - np.uint8(48)) < np.uint8(10)
    capital = (cased[place] - np.uint8(65)) < np.uint8(26)
    heads = starts[:-1]
    wordy = _counted(letter, heads) == size
    plain = wordy & (_counted(capital, heads) == 0)
    plain &= ~wording.glued(cased, begin, end)
    bit = np.where(letter, np.left_shift(np.uint32(1), (raw - np.uint8(97)) & np.uint8(31)), 0)
    own = page.words.values[numbers]
    function, negation = _known_words()
    after_number = (cased[begin - 1] == 0x20) & (cased[begin - 2] - np.uint8(48) < np.uint8(10))
    empty = plain & (size <= 2) & ~after_number & (cased[begin + 1] != 0x29)
    empty |= np.isin(own, function)
    eight: NDArray[np.uint64] = np.ndarray(
        (len(folded) - 7,), dtype="<u8", buffer=folded, strides=(1,)
    )
    return _Words(
        own,
        size,
        wordy,
        plain,
        (_counted(digit, heads) == size) & (folded[begin] != 0x30),
        empty,
        np.isin(own, negation),
        _outside_links(page, cased, begin),
        _joined(bit, heads),
        eight[begin],
    )


def _counted(mask: Mask, heads: Whole) -> Whole:
    if not len(heads):
        return np.empty(0, dtype=np.int64)
    return np.add.reduceat(mask, heads, dtype=np.int64)


def _joined(bits: NDArray[np.uint32], heads: Whole) -> NDArray[np.uint32]:
    if not len(heads):
        return np.empty(0, dtype=np.uint32)
    return np.bitwise_or.reduceat(bits.astype(np.uint32), heads)


@cache
def _known_words() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Hash the function words and the negations, with the "t" that ends some of them."""
    lists = sorted(wording.FUNCTION_WORDS), sorted({*wording.NEGATIONS, "t"})
    empty, negation = (tokenise(words) for words in lists)
    return (
        empty.values[empty.starts[:-1][empty.lengths == 1]],
        negation.values[negation.starts[:-1][negation.lengths == 1]],
    )


def _outside_links(page: Page, cased: NDArray[np.uint8], begin: Whole) -> Mask:
    """Say which words stand in no link's target for sure."""
    if b"](" not in page.cased and b'href="' not in page.cased:
        return np.ones(len(begin), dtype=bool)
    before = cased[begin - 1]
    return np.isin(before, np.frombuffer(b" \t\r\n", dtype=np.uint8))


def _just_added(words: _Words, stretch: Whole, count: int) -> Mask:
    """Say of stretches whether their words neither negate nor, all of them, may be numbers."""
    negates = np.bincount(stretch, weights=words.negation, minlength=count) > 0
    wordy = np.bincount(stretch, weights=words.wordy, minlength=count) > 0
    return np.asarray(wordy & ~negates)


def _just_plain(words: _Words, stretch: Whole, count: int) -> Mask:
    """Say of stretches whether all their words are plain, free of links and of negation."""
    plain = words.plain & words.free & ~words.negation
    just: Mask = np.bincount(stretch, weights=~plain, minlength=count) == 0
    return just


def _one_for_one(
    words: _Words, one: Whole, other: Whole, weights: Weights
) -> tuple[NDArray[np.int8], Mask]:
    """Tell what one word in the place of another weighs: (weight, told)."""
    weight = np.zeros(len(one), dtype=np.int8)
    told = np.zeros(len(one), dtype=bool)
    negation = words.negation[one] | words.negation[other]
    empty = (words.empty[one] | words.empty[other]) & ~negation
    weight[empty], told[empty] = weights.edit, True
    free = words.free[one] | words.free[other]
    number = words.number[one] & words.number[other] & free
    weight[number], told[number] = weights.fact, True
    plain = words.plain[one] & words.plain[other] & free & ~negation & ~empty
    alike, unlike = _likeness(words, one, other)
    weight[plain & alike] = weights.edit
    weight[plain & unlike] = weights.word
    told |= plain & (alike | unlike)
    return weight, told


def _many_for_many(
    words: _Words, starts: Whole, stretch: Whole, size: Whole, weights: Weights
) -> tuple[NDArray[np.int8], Mask]:
    """Tell what plain words in the place of as many others weigh: (weight, told).

    Told where no word of the one side may be a respelling of one of the other: up to three words
    with content for as many are replaced, anything else is an edit.
    """
    cells = size * size
    row = np.repeat(np.arange(len(stretch)), cells)
    cell = np.arange(len(row)) - np.repeat(np.cumsum(cells) - cells, cells)
    one = starts[2 * stretch][row] + cell // size[row]
    other = starts[2 * stretch + 1][row] + cell % size[row]
    _, unlike = _likeness(words, one, other)
    told = np.bincount(row, weights=~unlike, minlength=len(stretch)) == 0
    full = starts_of((~words.empty).astype(np.int64))
    ours = full[starts[2 * stretch] + size] - full[starts[2 * stretch]]
    theirs = full[starts[2 * stretch + 1] + size] - full[starts[2 * stretch + 1]]
    # The same letters may be parted elsewhere.
    length = starts_of(words.size)
    told &= (
        length[starts[2 * stretch] + size] - length[starts[2 * stretch]]
        != length[starts[2 * stretch + 1] + size] - length[starts[2 * stretch + 1]]
    )
    replaced = (ours == theirs) & (ours > 0) & (ours <= 3)
    return np.where(replaced, weights.word, weights.edit).astype(np.int8), told


def _likeness(words: _Words, one: Whole, other: Whole) -> tuple[Mask, Mask]:
    """Say which plain words are surely respellings of each other and which surely not.

    Equal words are neither. A slip of the pen changes two letters of the set of letters at most.
    See ``wording.alike``.
    """
    short = np.minimum(words.size[one], words.size[other])
    long = np.maximum(words.size[one], words.size[other])
    apart = words.eight[one] ^ words.eight[other]
    same = (apart & np.uint64(0xFF)) == 0
    close = (short >= 3) & (long - short <= 3)
    close &= same | (long >= np.where(short == long, 8, 6))
    stem = np.maximum(np.maximum(3, long - 3), (3 * long + 4) // 5)
    window = np.minimum(stem, 8).astype(np.uint64) * np.uint64(8)
    begins = (apart << (np.uint64(64) - window)) == 0
    alike = close & begins & (stem <= 8)
    slips = (np.bitwise_count(words.letters[one] ^ words.letters[other]) + 1) // 2
    two = same & (long > np.where(short == long, 7, 6))
    possible = (slips <= 1) & (long > 3) | (slips <= 2) & two
    unlike = (words.hash[one] != words.hash[other]) & (~close | (~begins & ~possible))
    return alike, unlike


def _recurring(words: _Words, side: Whole, replaced: Mask, pair: Whole) -> Mask:
    """Say in which pairs a word with content is replaced twice or more, or may be: bool by pair.

    A substitution that recurs replaces the same words, so its first word is replaced twice.
    """
    counts = replaced[side] & (side % 2 == 0) & ~words.empty
    found = np.zeros(int(pair[-1]) + 1 if len(pair) else 0, dtype=bool)
    twice = _repeats(pair[side[counts]], words.hash[counts])
    found[twice] = True
    # "isn't" may become "is not" before it is compared.
    found[pair[side[replaced[side] & words.negation]]] = True
    return found


def _moved(words: _Words, side: Whole, lone: Mask, pair: Whole) -> Mask:
    """Say in which pairs words that are added in one text may be those left out of it elsewhere."""
    found = np.zeros(int(pair[-1]) + 1 if len(pair) else 0, dtype=bool)
    inside = np.flatnonzero(lone[side])
    if not len(inside):
        return found
    heads = np.flatnonzero(np.diff(side[inside], prepend=-1))
    here = side[inside[heads]]
    lots = _apart(pair[here], np.add.reduceat(words.hash[inside], heads))
    theirs = here % 2 == 1
    found[pair[here[theirs]][np.isin(lots[theirs], lots[~theirs])]] = True
    return found


def _repeats(pair: Whole, value: NDArray[np.uint64]) -> Whole:
    """List the pairs in which a value stands twice or more."""
    order = np.argsort(_apart(pair, value))
    pair, value = pair[order], value[order]
    same = (pair[1:] == pair[:-1]) & (value[1:] == value[:-1])
    twice: Whole = pair[1:][same]
    return twice


def _apart(pair: Whole, value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Tell equal values of different pairs apart, all but surely."""
    return value ^ (pair.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
