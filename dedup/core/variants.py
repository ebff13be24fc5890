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
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core import wording
from dedup.core.alignment import MOST_CELLS
from dedup.core.candidates import ends_of
from dedup.core.glance import FEW, LONG, Weights, glance
from dedup.core.wording import IDENTIFIER, PLAIN, Page, Word, is_number
from dedup.ragged import Ragged, starts_of

#: Version of the rules below; whatever changes a judgement changes it.
VERSION = "variants/1"

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
#: worth one edit or three plain words. On the judged pairs the figures barely move between 1 and 2
#: edits for a fact, nor between 1.5 and 6 plain words.
WEIGHTS = {
    NUMBER: 3, NAME: 3, CODE: 3, RECURS: 3, NEGATED: 3, WORD: 1,
    REWORDED: -3, SPELLING: -3, SPACING: -3, MOVED: -3,
    ADDED: 0, REWRITTEN: 0, LINK: 0,
}  # fmt: skip

_HEAVIEST = max(map(abs, WEIGHTS.values()))

#: Pairs laid out at a time, and the characters they have: at most a million words, for each of
#: which there is a character.
_CHUNK, _CHARACTERS = 1000, 1 << 21

#: The words of a stretch on both sides, unread in a long one, and whether one side has none.
_Change = tuple[list[Word], list[Word], bool]

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
    tokens: str = "words",
    plain: bool = True,
) -> NDArray[np.bool_]:
    """Say of each pair of like texts, ``left[k]`` and ``right[k]``, whether it is a variant.

    tokens: with "chars" texts are noisy, and a word for another of much the same letters is a
    misreading; plain: whether a plain word replaced by another may be another fact. Returns bool
    (m,). Equal texts are no variants. Cost: 15 to 20 us a pair of 65 words with five differences.
    """
    answer = np.zeros(len(left), dtype=bool)
    for pairs in _chunks(texts, left, right):
        rows, ours, theirs = ends_of(left[pairs], right[pairs])
        some = [texts[row] for row in rows.tolist()]
        answer[pairs] = _judge_all(some, ours, theirs, tokens == "chars", plain)
    return answer


def _chunks(
    texts: Sequence[str], left: NDArray[np.int64], right: NDArray[np.int64]
) -> Iterator[slice]:
    """Cut pairs into chunks of limited number and size, of one pair at least."""
    begin = size = 0
    for end, (i, j) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        size += len(texts[i]) + len(texts[j])
        if end - begin == _CHUNK or (size > _CHARACTERS and end > begin):
            yield slice(begin, end)
            begin, size = end, len(texts[i]) + len(texts[j])
    if len(left):
        yield slice(begin, len(left))


def _judge_all(
    texts: list[str],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    noisy: bool,
    plain: bool,
) -> NDArray[np.bool_]:
    """Judge pairs: at a glance where that decides, by reading the stretches left open elsewhere."""
    weights = WEIGHTS if plain else {**WEIGHTS, WORD: 0}
    page = wording.lay_out(texts, noisy)
    turned = [texts[j] < texts[i] for i, j in zip(left.tolist(), right.tolist(), strict=True)]
    left, right = np.where(turned, right, left), np.where(turned, left, right)
    bounds, pair = _stretches(page.words, left, right)
    glanced = Weights(weights[NUMBER], weights[WORD], weights[REWORDED])
    seen = glance(page, bounds, pair, glanced)
    told = seen.told & ~seen.together
    weight, most = _summed(np.where(told, seen.weight, 0), pair, len(left))
    unread = np.bincount(pair[~told], minlength=len(left)) * _HEAVIEST
    variant = (weight >= 0) & (most > 0)
    doubtful = (unread > 0) & (weight + unread >= 0) & ~(variant & (weight >= unread))
    rest = np.flatnonzero(doubtful[pair] & ~told)
    sizes = np.bincount(pair[rest], minlength=len(left))[doubtful]
    changes = iter(_changes(page, bounds[rest]))
    for k, size in zip(np.flatnonzero(doubtful).tolist(), sizes.tolist(), strict=True):
        read = [weights[rule] for rule in _read_all(page, list(islice(changes, size)))]
        variant[k] = weight[k] + sum(read) >= 0 and max(most[k], *read) > 0
    return variant


def _summed(
    weights: NDArray[np.int8], pair: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sum the weights of each pair, and find its largest above 0."""
    total = np.bincount(pair, weights=weights, minlength=count).astype(np.int64)
    most = np.bincount(pair, weights=np.maximum(weights, 0), minlength=count).astype(np.int64)
    return total, most


def judge(a: str, b: str, tokens: str = "words") -> Judgement:
    """Judge one pair for people: what differs, how each difference is read, what decided.

    tokens: as for ``are_variants``. Cost: about 0.1 ms for two paragraphs.
    """
    if b < a:
        turned = judge(b, a, tokens)
        swapped = (d._replace(before=d.after, after=d.before) for d in turned.differences)
        return turned._replace(differences=tuple(swapped))
    page = wording.lay_out([a, b], tokens == "chars")
    bounds, _ = _stretches(page.words, np.array([0]), np.array([1]))
    read = _read_all(page, _changes(page, bounds))
    variant = _is_variant(read)
    differences = []
    for stretch, rule in zip(bounds.tolist(), read, strict=True):
        before, after = (wording.written(page, start, stop) for start, stop in stretch)
        differences.append(Difference(before, after, rule, WEIGHTS[rule]))
    decided = Counter(rule for rule in read if (WEIGHTS[rule] > 0) == variant)
    reason = ", ".join(rule for rule, _ in decided.most_common())
    return Judgement(variant, reason, tuple(differences))


def _stretches(
    words: Ragged[np.uint64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the stretches in which pairs of texts differ, between what they have in common.

    Of texts too long to be aligned only their ends are in common. Returns bounds, int64 (s, 2, 2),
    from which word to which in either text, and the pair of each, int64 (s,).
    """
    found = kernel.align(words, left, right, MOST_CELLS)
    count, sizes = len(found.left), np.diff(found.starts)
    firsts = np.stack((words.starts[left], words.starts[right]), axis=1)
    lasts = np.stack((words.starts[left + 1], words.starts[right + 1]), axis=1)
    pair = np.repeat(np.arange(len(left)), sizes + 1)
    # A stretch ends where the next block begins, the last one of a pair at the end of the texts.
    inner = np.ones(count + len(left), dtype=bool)
    inner[found.starts[1:] + np.arange(len(left))] = False
    stop = lasts[pair]
    stop[inner] = np.stack((found.left, found.right), axis=1) + firsts[pair[inner]]
    begin = firsts[pair]
    begin[1:][inner[:-1]] = stop[:-1][inner[:-1]] + found.size[:, None]
    bounds = np.stack((begin, stop), axis=2)
    differ = (begin != stop).any(axis=1)
    return bounds[differ], pair[differ]


def _changes(page: Page, bounds: NDArray[np.int64]) -> list[_Change]:
    """Read the words of stretches, all at once; those of long ones stay unread."""
    lengths = bounds[:, :, 1] - bounds[:, :, 0]
    short = lengths.max(axis=1, initial=0) <= LONG
    sizes = (lengths * short[:, None]).ravel()
    starts = starts_of(sizes)
    shift = np.repeat(bounds[:, :, 0].ravel() - starts[:-1], sizes)
    words = wording.read(page, np.arange(starts[-1]) + shift)
    sides = [words[start:end] for start, end in pairwise(starts.tolist())]
    added = (lengths.min(axis=1, initial=LONG) == 0).tolist()
    return list(zip(sides[0::2], sides[1::2], added, strict=True))


def _is_variant(rules: list[str]) -> bool:
    """Weigh the readings: some must speak for a variant, and all together not against."""
    weights = [WEIGHTS[rule] for rule in rules]
    return sum(weights) >= 0 and max(weights, default=0) > 0


def _read_all(page: Page, changes: list[_Change]) -> list[str]:
    """Read every stretch by itself, then look for what recurs and what was only moved."""
    readings = [_read(page, change) for change in changes]
    rules = [rule for rule, _ in readings]
    if len(rules) > 1:
        _note_repeats(rules, [key for _, key in readings])
        _note_moves(changes, rules)
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


def _note_moves(changes: list[_Change], rules: list[str]) -> None:
    """Mark words that stand elsewhere in the other text, in place. Lone small numbers don't move.

    The order of the words may change with their place, as in 2024-03-12 and 12.03.2024.
    """
    taken = {_sorted(a): n for n, (a, b, _) in enumerate(changes) if a and not b}
    if not taken:
        return
    for n, (a, b, _) in enumerate(changes):
        if b and not a:
            moved = _sorted(b)
            origin = taken.get(moved)
            if origin is not None and not all(len(form) < 4 and is_number(form) for form in moved):
                rules[n] = rules[origin] = MOVED


def _forms(words: list[Word]) -> list[str]:
    return [form for form, _, _ in words]


def _sorted(words: list[Word]) -> tuple[str, ...]:
    return tuple(sorted(_forms(words)))


def _read(page: Page, change: _Change) -> tuple[str, _Key | None]:
    """Read one stretch by itself; the key tells a substitution from another."""
    ours, theirs, added = change
    if added:
        return _read_added(page, ours or theirs), None
    if not ours:
        return REWRITTEN, None
    if len(ours) == len(theirs) == 1:
        return _read_one(page, ours[0], theirs[0])
    return _read_replaced(page, ours, theirs)


def _read_added(page: Page, words: list[Word]) -> str:
    """Read words that only one text has: a number made longer, a negation, or just added."""
    if not 0 < len(words) <= FEW:
        return ADDED
    forms = _forms(words)
    first, last = words[0][2], words[-1][2] + 1
    if all(map(is_number, forms)) and wording.lengthens(page, first, last):
        return LINK if wording.in_link(page, first) else NUMBER
    return NEGATED if len(forms) <= 2 and _negates(forms) else ADDED


def _negates(forms: list[str]) -> bool:
    """Say whether words hold a negation, or the end of one ("don", "t")."""
    return not wording.NEGATIONS.isdisjoint(forms) or (
        "t" in forms and any(form[-1] == "n" for form in forms)
    )


def _read_one(page: Page, one: Word, other: Word) -> tuple[str, _Key | None]:
    """Read one word in the place of another."""
    form, mark, _ = one
    other_form, other_mark, _ = other
    if wording.alike(form, other_form, mark, other_mark):
        return SPELLING, None
    if wording.is_function(page, one) or wording.is_function(page, other):
        return (NEGATED if _negates([form]) != _negates([other_form]) else REWORDED), None
    return _read_content(page, [one], [other], True)


def _read_replaced(page: Page, ours: list[Word], theirs: list[Word]) -> tuple[str, _Key | None]:
    """Read words that stand in each other's place: what is left without the alike and the empty."""
    a, b = _forms(ours), _forms(theirs)
    if "t" in a or "t" in b:
        wording.write_out(a)
        wording.write_out(b)
    if "".join(a) == "".join(b):
        same = wording.grouped(page, ours[0][2], a) and wording.grouped(page, theirs[0][2], b)
        return (SPACING if same else NUMBER), None
    left, rest = _without_alike(_renamed(ours, a), _renamed(theirs, b))
    if not left and not rest:
        return SPELLING, None
    left = [each for each in left if not wording.is_function(page, each)]
    rest = [each for each in rest if not wording.is_function(page, each)]
    if not left or not rest:
        few = max(len(a), len(b)) <= FEW and len(left) + len(rest) <= 1
        return (NEGATED if few and _negates(a) != _negates(b) else REWORDED), None
    return _read_content(page, left, rest, len(a) == len(b))


def _renamed(words: list[Word], forms: list[str]) -> list[Word]:
    return [(form, mark, k) for form, (_, mark, k) in zip(forms, words, strict=True)]


def _without_alike(ours: list[Word], theirs: list[Word]) -> tuple[list[Word], list[Word]]:
    """Take out words that have a respelling of theirs on the other side."""
    rest = list(theirs)
    left = []
    for one in ours:
        for n, other in enumerate(rest):
            if wording.alike(one[0], other[0], one[1], other[1]):
                del rest[n]
                break
        else:
            left.append(one)
    return left, rest


def _read_content(
    page: Page, ours: list[Word], theirs: list[Word], one_for_one: bool
) -> tuple[str, _Key | None]:
    """Read words with content that replace each other: numbers first, then the others."""
    link = wording.in_link(page, ours[0][2]) and wording.in_link(page, theirs[0][2])
    if page.noisy and wording.much_the_same(_forms(ours), _forms(theirs)):
        return SPELLING, None
    numbers = [form for form, _, _ in ours if is_number(form)]
    others = [form for form, _, _ in theirs if is_number(form)]
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
    key = tuple([form for form, _, _ in ours]), tuple([form for form, _, _ in theirs])
    return _read_words(ours, theirs, one_for_one), key


def _differ(numbers: list[str], others: list[str]) -> bool:
    """Say whether two lists of numbers differ in values or in the units written to them."""
    if sorted(map(wording.value, numbers)) != sorted(map(wording.value, others)):
        return True
    units, other_units = [*map(wording.unit, numbers)], [*map(wording.unit, others)]
    return units != other_units and all(units) and all(other_units)


def _read_words(ours: list[Word], theirs: list[Word], one_for_one: bool) -> str:
    """Read words that are no numbers: by their marks, or plain words by how many they are."""
    mark = max([mark for _, mark, _ in ours])
    other = max([mark for _, mark, _ in theirs])
    if mark != PLAIN and other != PLAIN:
        if IDENTIFIER in (mark, other):
            return CODE
        slip = len(ours) == len(theirs) == 1 and wording.one_slip(ours[0][0], theirs[0][0])
        return WORD if slip else NAME
    return WORD if one_for_one and len(ours) == len(theirs) <= 3 else REWORDED
