"""Edited copy or variant: whether the words in which two like paragraphs differ carry other facts.

Knows: how to find the stretches in which two texts differ, by which rule to read each, and how to
weigh them. Does not know: thresholds, who proposed the pair, the corpus. The answer depends on
the two texts alone and not on their order, so a batch, a stream and a cluster agree.

Every stretch is read as a changed fact (a number, name or identifier replaced, a substitution that
recurs, a negation), as a plain word replaced one for one, as an edit (rewording, function words,
spelling, inflection, spacing, moved words), or as neither (words only added or only taken away,
link targets). Facts and replaced words count for a variant, edits against it; a tie is a variant,
for variants are kept. So a misread digit among scanning errors doesn't decide, and one version
number does.

Not known: meaning. A synonym replaced one for one passes for another fact, a fact that is only
added passes for an addition, and what isn't part of a word (currency signs, minus) is not seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel

from dedup.core import wording
from dedup.core.similarity import as_strings
from dedup.core.tokens import tokenise
from dedup.core.wording import IDENTIFIER, PLAIN, Page, word
from dedup.ragged import Ragged

#: What a stretch is read as.
NUMBER = "number replaced"
NAME = "name replaced"
CODE = "identifier replaced"
RECURS = "the same substitution recurs"
NEGATED = "negated"
WORD = "word replaced"
REWORDED = "reworded"
SPELLING = "spelling or inflection"
SPACING = "spacing"
MOVED = "moved"
ADDED = "added or removed"
REWRITTEN = "rewritten at length"
LINK = "link target"

#: What each reading weighs: for a variant if positive, for an edited copy if negative. One fact is
#: worth one edit or three plain words; the figures of the evaluation barely move between 1:1 and
#: 2:1, nor between two plain words for a fact and four.
WEIGHTS = {
    NUMBER: 3, NAME: 3, CODE: 3, RECURS: 3, NEGATED: 3, WORD: 1,
    REWORDED: -3, SPELLING: -3, SPACING: -3, MOVED: -3,
    ADDED: 0, REWRITTEN: 0, LINK: 0,
}  # fmt: skip

#: Words on one side beyond which a stretch isn't looked into, nor searched for negations, numbers.
_LONG, _FEW = 12, 4

#: Pairs laid out at a time.
_CHUNK = 500

#: Words ``a`` to ``a_end`` of a page stand where words ``b`` to ``b_end`` do in the other text.
_Stretch = tuple[int, int, int, int]

#: The words a substitution replaces and those it brings, function words aside.
_Key = tuple[tuple[str, ...], tuple[str, ...]]


class Difference(NamedTuple):
    """A stretch in which two texts differ: what each says, how it is read, what that weighs."""

    before: str
    after: str
    rule: str
    weight: int


class Judgement(NamedTuple):
    """Whether a pair is a variant, the readings that say so, and every difference in order."""

    variant: bool
    reason: str
    differences: tuple[Difference, ...]


def are_variants(
    texts: Sequence[str],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    words: Ragged[np.uint64] | None = None,
) -> NDArray[np.bool_]:
    """Say of each pair of like texts, ``left[k]`` and ``right[k]``, whether it is a variant.

    words: ``tokenise(texts)`` where it's at hand. Returns bool (m,). Equal texts are no variants.
    Cost: 10 to 20 us a pair of 50 words with one to three differences, 4 us a further difference.
    """
    answer = np.zeros(len(left), dtype=bool)
    for start in range(0, len(left), _CHUNK):
        pairs = slice(start, start + _CHUNK)
        rows, where = np.unique(np.concatenate((left[pairs], right[pairs])), return_inverse=True)
        some = [texts[row] for row in rows.tolist()]
        hashes = tokenise(some) if words is None else words.take(rows)
        answer[pairs] = _judge_all(some, hashes, *np.split(where, 2))
    return answer


def _judge_all(
    texts: list[str], words: Ragged[np.uint64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> list[bool]:
    page, first = wording.lay_out(texts)
    codes = as_strings(words)
    answer = []
    for i, j in zip(left.tolist(), right.tolist(), strict=True):
        if texts[j] < texts[i]:
            i, j = j, i
        found = _stretches(codes[i], codes[j], first[i], first[j])
        answer.append(_is_variant(_read_all(page, found)))
    return answer


def judge(a: str, b: str) -> Judgement:
    """Judge one pair for people: what differs, how each difference is read, what decided.

    Cost: about 0.1 ms for two paragraphs.
    """
    if b < a:
        turned = judge(b, a)
        swapped = (d._replace(before=d.after, after=d.before) for d in turned.differences)
        return turned._replace(differences=tuple(swapped))
    page, first = wording.lay_out([a, b])
    codes = as_strings(tokenise([a, b]))
    found = _stretches(codes[0], codes[1], first[0], first[1])
    read = _read_all(page, found)
    variant = _is_variant(read)
    differences = tuple(
        Difference(
            wording.written(page, start, stop),
            wording.written(page, begin, end),
            rule,
            WEIGHTS[rule],
        )
        for (start, stop, begin, end), rule in zip(found, read, strict=True)
    )
    decided = Counter(rule for rule in read if (WEIGHTS[rule] > 0) == variant)
    return Judgement(variant, ", ".join(rule for rule, _ in decided.most_common()), differences)


def _stretches(a: str, b: str, first_a: int, first_b: int) -> list[_Stretch]:
    """List the stretches in which two texts differ, given their tokens as characters."""
    found = []
    i, j = first_a, first_b
    for start, begin, size in Indel.editops(a, b).as_matching_blocks():
        stop, end = first_a + start, first_b + begin
        if stop > i or end > j:
            found.append((i, stop, j, end))
        i, j = stop + size, end + size
    return found


def _is_variant(rules: list[str]) -> bool:
    """Weigh the readings: some must speak for a variant, and all together not against."""
    weights = [WEIGHTS[rule] for rule in rules]
    return sum(weights) >= 0 and max(weights, default=0) > 0


def _read_all(page: Page, found: list[_Stretch]) -> list[str]:
    """Read every stretch by itself, then look for what recurs and what was only moved."""
    if len(found) == 1:
        return [_read(page, found[0])[0]]
    readings = [_read(page, stretch) for stretch in found]
    rules = [rule for rule, _ in readings]
    _note_repeats(rules, [key for _, key in readings])
    _note_moves(page, found, rules)
    return rules


def _note_repeats(rules: list[str], keys: list[_Key | None]) -> None:
    """Mark substitutions that occur twice or more, word for word or of a name, in place."""
    known = [key for key in keys if key is not None]
    if len(known) == len(set(known)):
        return
    counts = Counter(known)
    names = {key for key, rule in zip(keys, rules, strict=True) if rule in (NAME, CODE)}
    for n, key in enumerate(keys):
        if key is not None and counts[key] > 1 and (len(key[0]) == len(key[1]) or key in names):
            rules[n] = RECURS


def _note_moves(page: Page, found: list[_Stretch], rules: list[str]) -> None:
    """Mark words that stand elsewhere in the other text, in place. Lone small numbers don't move.

    The order of the words may change with their place, as in 2024-03-12 and 12.03.2024.
    """
    taken = [n for n, (_, _, b, b_end) in enumerate(found) if b == b_end]
    given = [n for n, (a, a_end, _, _) in enumerate(found) if a == a_end]
    if not taken or not given:
        return
    gone = {_sorted_words(page, *found[n][:2]): n for n in taken}
    for n in given:
        moved = _sorted_words(page, *found[n][2:])
        origin = gone.get(moved)
        if origin is not None and not all(
            len(form) < 4 and wording.is_number(form) for form in moved
        ):
            rules[n] = rules[origin] = MOVED


def _sorted_words(page: Page, first: int, last: int) -> tuple[str, ...]:
    return tuple(sorted(word(page, k) for k in range(first, last)))


def _read(page: Page, stretch: _Stretch) -> tuple[str, _Key | None]:
    """Read one stretch by itself; the key tells a substitution from another."""
    a, a_end, b, b_end = stretch
    if a == a_end:
        return _read_added(page, b, b_end), None
    if b == b_end:
        return _read_added(page, a, a_end), None
    if max(a_end - a, b_end - b) > _LONG:
        return REWRITTEN, None
    if a_end - a == b_end - b == 1:
        return _read_one(page, a, b)
    return _read_replaced(page, range(a, a_end), range(b, b_end))


def _read_added(page: Page, first: int, last: int) -> str:
    """Read words that only one text has: a number made longer, a negation, or just added."""
    if last - first > _FEW:
        return ADDED
    forms = [word(page, k) for k in range(first, last)]
    if all(map(wording.is_number, forms)) and wording.lengthens(page, first, last):
        return LINK if wording.in_link(page, first) else NUMBER
    return NEGATED if last - first <= 2 and _negates(forms) else ADDED


def _negates(forms: list[str]) -> bool:
    """Say whether words hold a negation, or the end of one ("don", "t")."""
    return not wording.NEGATIONS.isdisjoint(forms) or (
        "t" in forms and any(form[-1] == "n" for form in forms)
    )


def _read_one(page: Page, k: int, m: int) -> tuple[str, _Key | None]:
    """Read one word in the place of another: what ``_read_replaced`` would say, faster."""
    one, other = word(page, k), word(page, m)
    if wording.alike(page, one, other, k, m):
        return SPELLING, None
    if wording.is_function(page, one, k) or wording.is_function(page, other, m):
        return (NEGATED if _negates([one]) != _negates([other]) else REWORDED), None
    if one.isalpha() and other.isalpha() and one.isascii() and other.isascii():
        link = wording.in_link(page, k) and wording.in_link(page, m)
        key = ((one,), (other,))
        return (LINK, None) if link else (_read_words(page, key, [k], [m], True), key)
    return _read_content(page, [(one, k)], [(other, m)], True)


def _read_replaced(page: Page, left: range, right: range) -> tuple[str, _Key | None]:
    """Read words that stand in each other's place: what is left without the alike and the empty."""
    a = [word(page, k) for k in left]
    b = [word(page, k) for k in right]
    wording.write_out(a)
    wording.write_out(b)
    if "".join(a) == "".join(b):
        same = wording.grouped(page, left[0], a) and wording.grouped(page, right[0], b)
        return (SPACING if same else NUMBER), None
    ours, theirs = _without_alike(
        page, list(zip(a, left, strict=True)), list(zip(b, right, strict=True))
    )
    if not ours and not theirs:
        return SPELLING, None
    ours = [(form, k) for form, k in ours if not wording.is_function(page, form, k)]
    theirs = [(form, k) for form, k in theirs if not wording.is_function(page, form, k)]
    if not ours or not theirs:
        few = max(len(a), len(b)) <= _FEW and len(ours) + len(theirs) <= 1
        return (NEGATED if few and _negates(a) != _negates(b) else REWORDED), None
    return _read_content(page, ours, theirs, len(a) == len(b))


_Words = list[tuple[str, int]]


def _without_alike(page: Page, ours: _Words, theirs: _Words) -> tuple[_Words, _Words]:
    """Take out words that have a respelling of theirs on the other side."""
    rest = list(theirs)
    left = []
    for form, k in ours:
        for n, (other, m) in enumerate(rest):
            if wording.alike(page, form, other, k, m):
                del rest[n]
                break
        else:
            left.append((form, k))
    return left, rest


def _read_content(
    page: Page, ours: _Words, theirs: _Words, one_for_one: bool
) -> tuple[str, _Key | None]:
    """Read words with content that replace each other: numbers first, then the others."""
    a = [form for form, _ in ours]
    b = [form for form, _ in theirs]
    link = wording.in_link(page, ours[0][1]) and wording.in_link(page, theirs[0][1])
    numbers = [form for form in a if wording.is_number(form)]
    others = [form for form in b if wording.is_number(form)]
    if numbers and others and _differ(numbers, others):
        if len(numbers) == len(others) == 1 and wording.misread(numbers[0], others[0]):
            return SPELLING, None
        return (LINK if link else NUMBER), (tuple(numbers), tuple(others))
    if numbers or others:
        ours = [each for each in ours if each[0] not in numbers]
        theirs = [each for each in theirs if each[0] not in others]
        if not ours or not theirs:
            return REWORDED, None
    if link:
        return LINK, None
    key = tuple(form for form, _ in ours), tuple(form for form, _ in theirs)
    return _read_words(page, key, [k for _, k in ours], [m for _, m in theirs], one_for_one), key


def _differ(numbers: list[str], others: list[str]) -> bool:
    """Say whether two lists of numbers differ in values or in the units written to them."""
    if sorted(map(wording.value, numbers)) != sorted(map(wording.value, others)):
        return True
    units, other_units = [*map(wording.unit, numbers)], [*map(wording.unit, others)]
    return units != other_units and all(units) and all(other_units)


def _read_words(
    page: Page, key: _Key, ours: list[int], theirs: list[int], one_for_one: bool
) -> str:
    """Read words that are no numbers: by their marks, or plain words by how many they are."""
    mark = max([wording.mark(page, k) for k in ours])
    other = max([wording.mark(page, m) for m in theirs]) if mark != PLAIN else PLAIN
    if other != PLAIN:
        if IDENTIFIER in (mark, other):
            return CODE
        slip = len(ours) == len(theirs) == 1 and wording.one_slip(key[0][0], key[1][0])
        return WORD if slip else NAME
    return WORD if one_for_one and len(ours) == len(theirs) <= 3 else REWORDED
