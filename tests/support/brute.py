"""The oracle: what dedup must answer, computed slowly, in one plain step after another.

Knows: the contract (words, similarity, the laws, the rule at the head of ``core.walk``). Does not
know: numpy, hashes, batches.

It uses three parts of the code under test, which have tests of their own: the signatures that
``banded_law`` is given, the judge of variants, and the list of characters that Unicode 14.0 lacks.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import NamedTuple

from dedup.core.unassigned import EDGES

#: Says of two texts whether they are variants.
Variant = Callable[[str, str], bool]

#: How the names of characters begin that are words of their own.
_UNSPACED_NAMES = (
    "CJK ", "KANGXI ", "IDEOGRAPHIC ITERATION", "IDEOGRAPHIC CLOSING", "IDEOGRAPHIC NUMBER",
    "IDEOGRAPHIC LEVEL", "IDEOGRAPHIC RISING", "IDEOGRAPHIC DEPARTING", "IDEOGRAPHIC ENTERING",
    "HANGZHOU ", "VERTICAL KANA ", "VERTICAL IDEOGRAPHIC ", "VIETNAMESE ALTERNATE READING ",
    "HIRAGANA", "HENTAIGANA", "KATAKANA", "COMBINING KATAKANA-HIRAGANA ", "MASU",
    "THAI ", "LAO ", "KHMER ", "MYANMAR ",
)  # fmt: skip

_UNSEEN = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0}
_UNSEEN |= {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}

#: Tatweel, and Arabic vowel marks as characters of their own.
_NOTHING = {0x640, *range(0xFC5E, 0xFC64), *range(0xFCF2, 0xFCF5), *range(0xFE70, 0xFE80)}

#: Blanks, some of them only to be found before the text is decomposed.
_BLANK = " \t\r\f\v"
_ANY_BLANK = _BLANK + "\u00a0\u2000-\u200a\u202f\u205f\u3000"

#: Marks that stand on Cyrillic letters, and those that show stress or pitch.
_CYRILLIC_MARKS = {*range(0x300, 0x370), *range(0x483, 0x488)}
_STRESS = {0x300, 0x301, 0x30F, 0x311}

#: Persian affixes, in normal form, and the letters of Arabic script.
_PERSONS = ["", "م", "ت", "ش", "مان", "تان", "شان"]
_SUFFIXES = {"ها", "هايي", "تر", "تري", "ترين"}
_SUFFIXES |= {
    f"ها{yeh}{end}" for yeh in ("", "ي") for end in ["", *["م", "ت", "ش", "مان", "تان", "شان"]]
}
_ENDINGS = {"ام", "اي", "ايم", "ايد", "اند", "اش", "ات"}
_PREFIXES = {"مي", "نمي"}
_ARABIC = (
    "\u0620-\u063f\u0641-\u064a\u0653-\u0655\u066e-\u066f\u0671-\u06d3\u06d5\u06ee-\u06ef"
    "\u06fa-\u06fc\u06ff\u0750-\u077f"
)

#: Arabic vowel marks, tatweel, Hebrew points and accents.
_OPTIONAL = {0x640, 0x670, 0x6E7, 0x6E8, 0x5BF, 0x5C1, 0x5C2, 0x5C4, 0x5C5, 0x5C7}
_OPTIONAL |= {*range(0x610, 0x61B), *range(0x64B, 0x653), *range(0x656, 0x659)}
_OPTIONAL |= {*range(0x6D6, 0x6DD), *range(0x6DF, 0x6E5), *range(0x6EA, 0x6EE)}
_OPTIONAL |= {*range(0x8F0, 0x8F3), *range(0x591, 0x5BE)}


class Answer(NamedTuple):
    """What ``find`` has to say of each paragraph; kind 0 unique, 1 exact, 2 near, 3 variant."""

    kept: list[bool]
    match: list[int]
    similarity: list[float]
    kind: list[int]


def normal_form(text: str) -> str:
    """Fold case and compatibility forms (Unicode D146), take out what isn't seen or is optional."""
    text = "".join(c for c in text if c == "\u00ad" or is_later(c) or not _is_nothing(c))
    text = re.sub(f"\u00ad+(?![{_ANY_BLANK}\u00ad]*\n)", "", text)
    parts = groupby(text, key=is_later)
    text = "".join("".join(part) if later else _folded("".join(part)) for later, part in parts)
    return _with_affixes(_unwrapped(text))


def _folded(text: str) -> str:
    text = "".join(_few_marks(unicodedata.normalize("NFD", text))).casefold()
    text = "".join(_few_marks(unicodedata.normalize("NFKD", text))).casefold()
    found = [""]
    base = ""
    for char in unicodedata.normalize("NFKD", text):
        if ord(char) in _OPTIONAL:
            continue
        greek_mark = "\u0370" <= found[-1] <= "\u03ff" and "\u0300" <= char <= "\u036f"
        dot = found[-1] == "i" and char == "\u0307"
        yo = found[-1] == "е" and char == "\u0308"
        stress = "\u0400" <= base <= "\u052f" and ord(char) in _STRESS
        stress = stress and not (char == "\u0301" and base in "гкзс")
        base = base if ord(char) in _CYRILLIC_MARKS else char
        if not (greek_mark or dot or yo or stress):
            digit = unicodedata.category(char) == "Nd" and str(unicodedata.decimal(char))
            instead = {"ı": "i", "\u06cc": "\u064a", "\u06a9": "\u0643"}.get(char, char)
            found.append(digit or instead)
    return unicodedata.normalize("NFKC", "".join(found))


def _few_marks(text: str) -> Iterator[str]:
    """Leave out the marks beyond the 30th of those that follow each other."""
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= 30:
            yield char


def _unwrapped(text: str) -> str:
    """Join what a hyphen and a line end part, where letters stand on both sides."""
    found = re.split(f"((?:[-‐¬⸗]|\u00ad+)[{_BLANK}]*\n[{_BLANK}]*)", text)
    for k in range(1, len(found), 2):
        before, after = "".join(found[:k])[-1:], found[k + 1][:1]
        if _is_letter(before, "LM") and _is_letter(after, "L"):
            found[k] = ""
    return "".join(found).replace("\u00ad", "")


def _is_letter(char: str, kinds: str) -> bool:
    jamo = "\u1160" <= char <= "\u11ff"
    return char != "" and not jamo and is_inside(char) and unicodedata.category(char)[0] in kinds


def _with_affixes(text: str) -> str:
    """Join Persian affixes: a lone yeh, endings of words in heh, suffixes, then prefixes."""
    # Words stand at the odd places, what parts them at the even ones.
    parts = re.split(rf"([{_ARABIC}\w]+)", text)
    for affixes, end in (({"ي"}, ""), (_ENDINGS, "ه"), (_SUFFIXES, "")):
        k = 1
        while k + 2 < len(parts):
            word, gap, affix = parts[k : k + 3]
            fits = re.search(f"[{_ARABIC}]{{2}}$", word) and word.endswith(end)
            if affix in affixes and gap.isspace() and fits:
                parts[k : k + 3] = [word + affix]
            else:
                k += 2
    for k in range(len(parts) - 4, 0, -2):
        word, gap, after = parts[k : k + 3]
        if word in _PREFIXES and gap.isspace() and re.match(f"[{_ARABIC}]{{2}}", after):
            parts[k : k + 3] = [word + after]
    return "".join(parts)


@cache
def _is_nothing(char: str) -> bool:
    return ord(char) in _NOTHING or is_unseen(char)


@cache
def is_later(char: str) -> bool:
    """Say whether a character was assigned after Unicode 14.0, or never."""
    return bisect(EDGES, ord(char)) % 2 == 1


@cache
def is_unseen(char: str) -> bool:
    """Say whether a character leaves no trace on the page."""
    return unicodedata.category(char) == "Cf" or ord(char) in _UNSEEN


@cache
def is_inside(char: str) -> bool:
    """Say whether a character belongs to words: letters, marks, digits, but no apostrophes."""
    if is_later(char):
        return 0x20000 <= ord(char) <= 0x3FFFD
    return unicodedata.category(char)[0] in "LMN" and not is_unseen(char) and char not in "ʻʼ"


@cache
def is_single(char: str) -> bool:
    """Say whether a character is a word of its own, with the marks on it."""
    if is_later(char):
        return is_inside(char)
    unspaced = unicodedata.name(char, "").startswith(_UNSPACED_NAMES)
    return is_inside(char) and unspaced and not is_mark(char)


@cache
def is_mark(char: str) -> bool:
    """Say whether a character stands on the one before it."""
    return is_inside(char) and not is_later(char) and unicodedata.category(char)[0] == "M"


def words(text: str) -> list[str]:
    """Cut a text into its words, character by character."""
    found: list[str] = []
    open_word = False
    before = ""
    for char in normal_form(text):
        if is_mark(char) and before and is_inside(before):
            found[-1] += char
        elif is_single(char):
            found.append(char)
            open_word = False
        elif is_inside(char):
            if open_word:
                found[-1] += char
            else:
                found.append(char)
            open_word = True
        else:
            open_word = False
        before = char
    return found


def characters(text: str) -> list[str]:
    """List the characters of the words, one space between two words made of letters."""
    found: list[str] = []
    last_is_single = True
    for word in words(text):
        if not last_is_single and not is_single(word[0]):
            found.append(" ")
        found.extend(word)
        last_is_single = is_single(word[0])
    return found


def units(text: str, tokens: str) -> list[str]:
    """List what is compared."""
    return words(text) if tokens == "words" else characters(text)


def common(a: Sequence[object], b: Sequence[object]) -> int:
    """Length of the longest common subsequence, by dynamic programming, cell after cell."""
    above = [0] * (len(b) + 1)
    for x in a:
        row = [0]
        for j, y in enumerate(b):
            row.append(above[j] + 1 if x == y else max(above[j + 1], row[j]))
        above = row
    return above[-1]


def similarity(a: Sequence[object], b: Sequence[object]) -> float:
    """Twice the common subsequence over both lengths; two empty ones are alike."""
    return 2.0 * common(a, b) / (len(a) + len(b)) if len(a) + len(b) else 1.0


def by_rank(count: int, rank: Sequence[float] | None) -> list[int]:
    """Positions in the order in which they compete; equal ranks in reading order."""
    return sorted(range(count), key=lambda k: (rank[k] if rank is not None else k, k))


def first_independent(count: int, edges: Iterable[tuple[int, int]]) -> list[bool]:
    """Walk the rows in order: one is kept unless an earlier kept one is its neighbour."""
    before: list[list[int]] = [[] for _ in range(count)]
    for i, j in edges:
        before[max(i, j)].append(min(i, j))
    kept: list[bool] = []
    for row in range(count):
        kept.append(not any(kept[i] for i in before[row]))
    return kept


def never(a: str, b: str) -> bool:
    """Take no pair for variants."""
    return False


def pure_law(
    texts: Sequence[str],
    threshold: float,
    tokens: str = "words",
    min_tokens: int = 8,
    rank: Sequence[float] | None = None,
    variant: Variant = never,
) -> Answer:
    """The laws, with every pair compared, and those alike judged by ``variant``."""

    def rule(unique: list[tuple[str, ...]], heads: list[str]) -> Decision:
        return _all_pairs_rule(unique, threshold, _between(heads, variant))

    return _answer(texts, tokens, min_tokens, rank, rule)


def _between(heads: list[str], variant: Variant) -> Callable[[int, int], bool]:
    return lambda i, j: variant(heads[i], heads[j])


def banded_law(
    texts: Sequence[str],
    threshold: float,
    signatures: Sequence[Sequence[int]],
    bands: int,
    rows: int,
    places: int,
    least: int,
    cap: int,
    most: int,
    tokens: str = "words",
    min_tokens: int = 8,
    rank: Sequence[float] | None = None,
    variant: Variant = never,
) -> Answer:
    """The laws, with the pairs compared that the rule of the buckets shows.

    signatures: one for each text. least: in how many of the first ``places`` two signatures must
    agree, in their lowest four bits, to be compared.
    """
    by_words = {tuple(words(text)): sign for text, sign in zip(texts, signatures, strict=True)}

    def rule(unique: list[tuple[str, ...]], heads: list[str]) -> Decision:
        signs = [by_words[tuple(words_of[row])] for row in unique]

        def agreement(i: int, j: int) -> int:
            low = [[*signs[k], *[0] * places][:places] for k in (i, j)]
            return [a % 16 == b % 16 for a, b in zip(*low, strict=True)].count(True)

        keys = [[tuple(s[b * rows : (b + 1) * rows]) for s in signs] for b in range(bands)]
        score = _remembering(lambda i, j: similarity(unique[i], unique[j]))
        return row_by_row(
            len(unique), keys, agreement, least, score, threshold, cap, most,
            _between(heads, variant),
        )  # fmt: skip

    words_of = {tuple(units(text, tokens)): words(text) for text in texts}
    return _answer(texts, tokens, min_tokens, rank, rule)


class Decision(NamedTuple):
    """The answer for unique rows; compared: the pairs that were, as (earlier, later)."""

    kept: list[bool]
    match: list[int]
    similarity: list[float]
    compared: set[tuple[int, int]]


def row_by_row(
    count: int,
    keys: Sequence[Sequence[object]],
    agreement: Callable[[int, int], int],
    least: int,
    score: Callable[[int, int], float],
    threshold: float,
    cap: int,
    most: int,
    variant: Callable[[int, int], bool] = lambda i, j: False,
) -> Decision:
    """The rule of ``core.walk``: row after row, buckets that remember ``cap`` kept rows."""
    memory: dict[tuple[int, object], list[int]] = {}
    kept, match, similar = [True] * count, list(range(count)), [1.0] * count
    compared: set[tuple[int, int]] = set()
    for row in range(count):
        buckets = [memory.setdefault((b, keys[b][row]), []) for b in range(len(keys))]
        seen = {i for bucket in buckets for i in bucket[:cap]}
        agreed = {i: agreement(i, row) for i in seen}
        likely = [i for i in seen if agreed[i] >= least]
        met = sorted(likely, key=lambda i: (-agreed[i], i))[:most]
        compared |= {(i, row) for i in met}
        scores = {i: score(i, row) for i in met}
        good = sorted((i for i in met if scores[i] >= threshold), key=lambda i: (-scores[i], i))
        kept[row], match[row] = _copy_or_variant(row, good, variant)
        similar[row] = scores.get(match[row], 1.0)
        if kept[row]:
            for bucket in buckets:
                bucket.append(row)
    return Decision(kept, match, similar, compared)


def _remembering(score: Callable[[int, int], float]) -> Callable[[int, int], float]:
    known: dict[tuple[int, int], float] = {}

    def look_up(i: int, j: int) -> float:
        if (i, j) not in known:
            known[i, j] = score(i, j)
        return known[i, j]

    return look_up


def _copy_or_variant(
    row: int, good: list[int], variant: Callable[[int, int], bool]
) -> tuple[bool, int]:
    """Say whether a row is kept and what it matches; good: rows alike, the most similar first."""
    for i in good:
        if not variant(i, row):
            return False, i
    return True, good[0] if good else row


def _all_pairs_rule(
    rows: list[tuple[str, ...]],
    threshold: float,
    variant: Callable[[int, int], bool],
) -> Decision:
    count = len(rows)
    scores = {(i, j): similarity(rows[i], rows[j]) for j in range(count) for i in range(j)}
    kept, match, similar = [True] * count, list(range(count)), [1.0] * count
    for j in range(count):
        alike = [i for i in range(j) if kept[i] and scores[i, j] >= threshold]
        alike.sort(key=lambda i: (-scores[i, j], i))
        kept[j], match[j] = _copy_or_variant(j, alike, variant)
        similar[j] = scores.get((match[j], j), 1.0)
    return Decision(kept, match, similar, set(scores))


def _answer(
    texts: Sequence[str],
    tokens: str,
    min_tokens: int,
    rank: Sequence[float] | None,
    rule: Callable[[list[tuple[str, ...]], list[str]], Decision],
) -> Answer:
    """Fold equal words, apply the rule to what is left, and say it of every paragraph.

    The rule is handed the distinct rows and the text with which each stood first.
    """
    order = [k for k in by_rank(len(texts), rank) if len(words(texts[k])) >= max(min_tokens, 1)]
    first: dict[tuple[str, ...], int] = {}
    for position in order:
        first.setdefault(tuple(units(texts[position], tokens)), position)
    unique = list(first)
    place = {row: number for number, row in enumerate(unique)}
    decided = rule(unique, [texts[first[row]] for row in unique])
    answer = Answer(
        [True] * len(texts), list(range(len(texts))), [1.0] * len(texts), [0] * len(texts)
    )
    for position in order:
        row = place[tuple(units(texts[position], tokens))]
        head, partner = first[unique[row]], first[unique[decided.match[row]]]
        if decided.kept[row] and position != head:
            answer.kept[position], answer.match[position], answer.kind[position] = False, head, 1
        elif partner != position:
            answer.kept[position] = decided.kept[row]
            answer.match[position] = partner
            answer.similarity[position] = decided.similarity[row]
            answer.kind[position] = 3 if decided.kept[row] else 2
    return answer


def runs(
    kept: Sequence[bool], match: Sequence[int], document: Sequence[int]
) -> list[tuple[int, int, int, int, int]]:
    """Chain copies into blocks: (kept, last kept, copy, last copy, number of copies)."""
    found: list[list[int]] = []
    for copy in range(len(kept)):
        if kept[copy]:
            continue
        last = found[-1][-1] if found else None
        if (
            last is not None
            and copy - last <= 2
            and 1 <= match[copy] - match[last] <= 2
            and document[copy] == document[last]
            and document[match[copy]] == document[match[last]]
        ):
            found[-1].append(copy)
        else:
            found.append([copy])
    return [
        (match[block[0]], match[block[-1]], block[0], block[-1], len(block))
        for block in found
        if len(block) > 1
    ]
