"""Which paragraphs repeat which, by each rule.

Knows: words, equal and similar texts, which rules are off, which files are isolated. Does not know:
files, git, baselines, levels. A paragraph is named by its position in the sequence of paragraphs.

``repeated-paragraph`` makes a match of every text that stands in several places. For
``similar-paragraph`` all pairs of similar texts are found. The text that stands in most places, or
among equals has most similar texts, becomes the centre of a match with all texts similar to it.
Then comes the next text that has a similar one in no match with it yet. So no similar pair is lost,
and every text of a match is similar to its centre.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.check.config.suppression import BITS
from dedup.check.findings.report import REPEATED, SIMILAR, VARIANT
from dedup.check.matches.likeness import Read, like_pairs
from dedup.check.scope.isolation import Sections, connected, sets_to_compare
from dedup.check.scope.versions import NEWEST, Edition, Rank, outdated
from dedup.core.fingerprint import fingerprints
from dedup.core.tokens import lay_out, may_have_singles, singles, tokenise
from dedup.core.variants import are_variants
from dedup.encoded import lengths
from dedup.found import Found, Kind
from dedup.options import Matching, Resources
from dedup.progress import Progress, silent
from dedup.ragged import Ragged
from dedup.search import find_by
from dedup.segment import Condition, everywhere, exclusive

_BATCH = 1_000

#: Copies are compared with all texts, so that no pair of them is lost. These are the bounds: pairs
#: that are compared, copies of a group, similar pairs that are judged.
MOST_PAIRS, LARGE, MOST_JUDGED = 20_000_000, 20, 20_000

#: Share of the pairs at or above the threshold that ``find`` promises.
_RECALL = 0.999


class Words(NamedTuple):
    """The words of ``n`` texts, their numbers and fingerprints.

    Attributes:
        read: the words, as they are compared.
        counts: int64 (n,), the number of words; in scripts without spaces two characters count as
            one word.
        prints: the fingerprint of each text as 32 hexadecimal digits.

    """

    read: Read
    counts: NDArray[np.int64]
    prints: list[str]


class Reader(NamedTuple):
    """The readers of a paragraph: those readers of a file for whom all conditions hold."""

    source: str
    conditions: tuple[Condition, ...]

    def excludes(self, other: Reader) -> bool:
        """Say whether no reader sees both paragraphs.

        For paragraphs of two files only conditions of the whole build are considered.
        """
        if self.source == other.source:
            return exclusive(self.conditions, other.conditions)
        return exclusive(everywhere(self.conditions), everywhere(other.conditions))


class Corpus(NamedTuple):
    """What is compared: ``n`` paragraphs, in the order of path and line.

    Attributes:
        texts: the words of each paragraph.
        words: the words of the texts, their numbers and fingerprints.
        off: uint8 (n,), the rules that are off for each paragraph, as ``BITS``.
        free: bool (n,), whether the text of a paragraph may be repeated anywhere.
        kinds: the sections of the file of each paragraph.
        branches: the readers of the paragraphs that not all readers of their file see, by position.
        frozen: the paragraphs in older versions of the documents, by position, with the version.

    """

    texts: list[str]
    words: Words
    off: NDArray[np.uint8]
    free: NDArray[np.bool_]
    kinds: list[Sections]
    branches: Mapping[int, Reader] = MappingProxyType({})
    frozen: Mapping[int, tuple[Edition, ...]] = MappingProxyType({})

    def meet(self, one: int, other: int) -> bool:
        """Say whether some reader of their files sees both of two paragraphs."""
        first, second = self.branches.get(one), self.branches.get(other)
        return first is None or second is None or not first.excludes(second)


class RuleMatch(NamedTuple):
    """Paragraphs that a rule has found together.

    Attributes:
        rule: the rule.
        centres: the positions of the text that all others are compared with; several only where
            files are isolated from each other.
        places: all positions, in rising order, with their similarity to the centre.

    """

    rule: str
    centres: frozenset[int]
    places: dict[int, float]


def words_of(texts: Sequence[str]) -> Words:
    """Read texts, count their words and fingerprint them. Cost: 3 us a text of 65 words."""
    parts = [tokenise([])]
    counts = [np.empty(0, dtype=np.int64)]
    for begin in range(0, len(texts), _BATCH):
        batch = texts[begin : begin + _BATCH]
        units = any(map(may_have_singles, batch))
        found = lay_out(batch, units=units)
        parts.append(found.tokens)
        counts.append(found.tokens.lengths - (singles(found) // 2 if units else 0))
    words = Ragged.joined(parts)
    digits = fingerprints(words).astype(">u8").tobytes().hex()
    prints = [digits[at : at + 32] for at in range(0, len(digits), 32)]
    return Words(Read(words, lengths(texts)), np.concatenate(counts), prints)


def matches(
    corpus: Corpus,
    rules: Sequence[str],
    min_words: int,
    threshold: float,
    progress: Progress | None = None,
) -> list[RuleMatch]:
    """Find the groups of each of some rules. Cost: as ``dedup.find``, and 4 us a paragraph."""
    long = corpus.words.counts >= min_words
    sets = sets_to_compare(corpus.kinds)
    allowed = _allowed(corpus, long, threshold)
    found: list[RuleMatch] = []
    if REPEATED in rules:
        found += _repeated(corpus, _chosen(corpus, long, REPEATED, allowed))
    likeness = [rule for rule in (SIMILAR, VARIANT) if rule in rules]
    if likeness:
        current = ~outdated(corpus.words.prints, corpus.frozen)
        chosen = _chosen(corpus, long & current, SIMILAR, allowed)
        weights = Counter(corpus.words.prints[k] for k in chosen)
        groups: list[RuleMatch] = []
        for part in _parts(chosen, corpus.kinds, sets):
            groups += _alike(corpus, part, weights, threshold, likeness, progress)
        found += groups if len(sets) < 2 else _joined(groups, corpus.words.prints)
    return [*_once(corpus, found)] if corpus.frozen else found


def _once(corpus: Corpus, found: Sequence[RuleMatch]) -> Iterator[RuleMatch]:
    """Leave out the matches within an older version that a newer version has too.

    Paragraphs outside of older versions are not matched with paragraphs in them.
    """
    prints = corpus.words.prints
    newest: dict[tuple[str, frozenset[str]], Rank] = {}
    proposed = []
    for match in found:
        texts = match.rule, frozenset(prints[k] for k in match.places)
        old = match.places.keys() <= corpus.frozen.keys()
        rank = max(each.rank for k in match.places for each in corpus.frozen[k]) if old else NEWEST
        newest[texts] = max(newest.get(texts, rank), rank)
        proposed.append((match, texts, rank, old))
    for match, texts, rank, old in proposed:
        if not old:
            yield from _without_frozen(corpus, match)
        elif rank == newest[texts]:
            yield match


def _without_frozen(corpus: Corpus, match: RuleMatch) -> Iterator[RuleMatch]:
    """Leave out the places of a match that stand in older versions."""
    places = {k: score for k, score in match.places.items() if k not in corpus.frozen}
    texts = {corpus.words.prints[k] for k in places}
    if len(places) > 1 and (match.rule == REPEATED or len(texts) > 1):
        centres = (match.centres & places.keys()) or _same(corpus, match, places)
        if centres:
            yield RuleMatch(match.rule, frozenset(centres), places)


def _same(corpus: Corpus, match: RuleMatch, places: Mapping[int, float]) -> list[int]:
    """List one of the places that has the words of the centre, if any has."""
    prints = corpus.words.prints
    return [k for k in places if prints[k] == prints[min(match.centres)]][:1]


def _parts(
    chosen: list[int], kinds: Sequence[Sections], sets: Sequence[Sequence[Sections]]
) -> Iterator[list[int]]:
    """For each set of kinds list the positions of these kinds."""
    if len(sets) < 2:
        yield chosen
        return
    places: dict[Sections, list[int]] = {}
    for k in chosen:
        places.setdefault(kinds[k], []).append(k)
    for each in sets:
        yield sorted(k for kind in each for k in places.get(kind, ()))


def _chosen(
    corpus: Corpus, long: NDArray[np.bool_], rule: str, allowed: frozenset[str]
) -> list[int]:
    """List the paragraphs that a rule compares."""
    compared = np.flatnonzero(long & ~corpus.free & (corpus.off & BITS[rule] == 0)).tolist()
    if not allowed:
        return compared
    prints = corpus.words.prints
    return [k for k in compared if prints[k] not in allowed]


def _allowed(corpus: Corpus, long: NDArray[np.bool_], threshold: float) -> frozenset[str]:
    """Fingerprint the texts that may be repeated anywhere, and the texts similar to them."""
    prints = corpus.words.prints
    free = _distinct(np.flatnonzero(corpus.free & long).tolist(), prints)
    if not free:
        return frozenset()
    own = {prints[k] for k in free}
    others = _distinct(np.flatnonzero(long & ~corpus.free).tolist(), prints)
    rest = [k for k in others if prints[k] not in own]
    read = corpus.words.read
    _, like, _ = like_pairs(_taken(read, free), _taken(read, rest), threshold)
    return frozenset(own | {prints[rest[k]] for k in set(like.tolist())})


def _taken(read: Read, positions: Sequence[int]) -> Read:
    return read.take(np.array(positions, dtype=np.int64))


def _distinct(positions: Iterable[int], prints: Sequence[str]) -> list[int]:
    """Keep the first position of every text."""
    seen: dict[str, int] = {}
    for k in positions:
        seen.setdefault(prints[k], k)
    return list(seen.values())


def _repeated(corpus: Corpus, chosen: Sequence[int]) -> list[RuleMatch]:
    """Group the places of each text that has several."""
    places: dict[str, list[int]] = {}
    for k in chosen:
        places.setdefault(corpus.words.prints[k], []).append(k)
    found = []
    for every in places.values():
        if len(every) < 2:
            continue
        for part in connected([corpus.kinds[k] for k in every]):
            found += [
                RuleMatch(REPEATED, frozenset(group[:1]), dict.fromkeys(group, 1.0))
                for group in _met(corpus, [every[k] for k in part])
                if len(group) > 1
            ]
    return found


def _met(corpus: Corpus, places: list[int]) -> list[list[int]]:
    """Part the places of one text into groups, each connected by pairs that some reader sees.

    A place that every reader sees is connected with all others. Where the places stand in several
    files, only conditions of the whole build are considered. Cost: the square of the number of
    distinct readers.
    """
    readers = [corpus.branches.get(k) for k in places]
    known = [each for each in readers if each is not None]
    if len(known) < len(readers):
        return [places]
    if len({each.source for each in known}) > 1:
        known = [Reader("", everywhere(each.conditions)) for each in known]
    parts: list[list[Reader]] = []
    for reader in dict.fromkeys(known):
        met = [part for part in parts if not all(map(reader.excludes, part))]
        apart = [part for part in parts if part not in met]
        parts = [*apart, [reader, *chain.from_iterable(met)]]
    part_of = {reader: number for number, part in enumerate(parts) for reader in part}
    answer: list[list[int]] = [[] for _ in parts]
    for k, reader in zip(places, known, strict=True):
        answer[part_of[reader]].append(k)
    return sorted(answer)


def _alike(
    corpus: Corpus,
    chosen: Sequence[int],
    weights: Mapping[str, int],
    threshold: float,
    rules: Sequence[str],
    progress: Progress | None,
) -> list[RuleMatch]:
    """Match the similar paragraphs of a set in which all are compared with each other.

    weights: the number of places of each text in all sets together.
    """
    prints = corpus.words.prints
    rows = _distinct(chosen, prints)
    texts = [corpus.texts[k] for k in rows]
    read = _taken(corpus.words.read, rows)
    matching = Matching(threshold, _RECALL, min_tokens=1)
    resources = Resources(progress=progress or silent)
    answer = find_by(matching, texts, resources=resources, words=read.words)
    places: dict[str, list[int]] = {}
    for k in chosen:
        places.setdefault(prints[k], []).append(k)
    near, varied = _pairs_of(texts, read, answer, threshold, VARIANT in rules)
    every = [places[prints[k]] for k in rows]
    if corpus.branches:
        near, varied = _seen(corpus, near, every), _seen(corpus, varied, every)
    weight = [weights[prints[k]] for k in rows]
    stars = [(SIMILAR, star) for star in _stars(near, weight)] if SIMILAR in rules else []
    stars += [(VARIANT, star) for star in _stars(varied, weight)]
    return [_spread(corpus, rule, every, star) for rule, star in stars]


#: The row of a text, and the rows of the texts similar to it with their similarities.
Star = tuple[int, dict[int, float]]


def _spread(corpus: Corpus, rule: str, every: Sequence[list[int]], star: Star) -> RuleMatch:
    """Make a match of a star: all places of the centre's text and of the texts similar to it.

    every: the places of each text. The centre is the first place of its text or, where there are
    branches, the place that some reader sees together with most of the others.
    """
    row, alike = star
    matches = []
    for centre in every[row] if corpus.branches else every[row][:1]:
        found = {k: 1.0 for k in every[row] if k == centre or corpus.meet(centre, k)}
        for other, similarity in alike.items():
            found.update({k: similarity for k in every[other] if corpus.meet(centre, k)})
        matches.append((centre, found))
    centre, found = max(matches, key=lambda each: len(each[1]))
    return RuleMatch(rule, frozenset((centre,)), dict(sorted(found.items())))


#: Pairs of rows, the earlier one first, and their similarity.
Edges = dict[tuple[int, int], float]


def _seen(corpus: Corpus, edges: Edges, every: Sequence[list[int]]) -> Edges:
    """Leave out pairs of texts that no reader sees together."""
    return {
        (i, j): score
        for (i, j), score in edges.items()
        if any(corpus.meet(one, other) for one in every[i] for other in every[j])
    }


def _pairs_of(
    texts: Sequence[str], read: Read, answer: Found, threshold: float, variants: bool
) -> tuple[Edges, Edges]:
    """Give the pairs of similar texts, and the pairs of variants if these are asked for."""
    near: Edges = {}
    varied: Edges = {}
    kinds = [Kind.NEAR, Kind.VARIANT] if variants else [Kind.NEAR]
    later = np.flatnonzero(np.isin(answer.kind, kinds))
    for row in later.tolist():
        match = int(answer.match[row])
        edges = varied if answer.kind[row] == Kind.VARIANT else near
        edges[min(match, row), max(match, row)] = float(answer.similarity[row])
    if len(later):
        i, j, scores = _overlooked(read, later, answer.match, threshold)
        variant = are_variants(texts, i, j).tolist()
        for k, pair in enumerate(zip(i.tolist(), j.tolist(), strict=True)):
            (varied if variant[k] else near)[pair] = float(scores[k])
    return near, varied if variants else {}


def _overlooked(
    read: Read, later: NDArray[np.int64], match: NDArray[np.int64], threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Find similar pairs that ``find`` did not name: (earlier row, later row, similarity).

    later: the rows that match another row. Of two similar rows at least one is among them. So the
    only pairs missing are those within very large groups, which are reported anyway, and those
    beyond the bounds at the head of this module.
    """
    count = len(match)
    sizes = np.bincount(match[later], minlength=count)
    some = later[sizes[match[later]] <= LARGE]
    some = some[: max(1, MOST_PAIRS // count)]
    left, right, scores = like_pairs(read.take(some), read, threshold)
    i, j = some[left], right
    new = (i != j) & (match[i] != j) & (match[j] != i)
    i, j, scores = i[new], j[new], scores[new]
    low, high = np.minimum(i, j), np.maximum(i, j)
    keep = np.unique(low * count + high, return_index=True)[1][:MOST_JUDGED]
    return low[keep], high[keep], scores[keep]


def _stars(edges: Edges, weight: Sequence[int]) -> list[Star]:
    """Make stars of the pairs, so that each pair stands in some star, around its centre or in it.

    weight: the number of places of each text. The text with most places becomes a centre first,
    among equals the one with most neighbours, then the earlier one.
    """
    near: dict[int, dict[int, float]] = {}
    for (i, j), score in sorted(edges.items()):
        near.setdefault(i, {})[j] = score
        near.setdefault(j, {})[i] = score
    stars: list[Star] = []
    shown: dict[int, set[int]] = {}
    for k in sorted(near, key=lambda k: (-weight[k], -len(near[k]), k)):
        own = shown.get(k, set())
        rest = {j: score for j, score in near[k].items() if own.isdisjoint(shown.get(j, set()))}
        if rest:
            for j in (k, *rest):
                shown.setdefault(j, set()).add(len(stars))
            stars.append((k, rest))
    return stars


def _joined(groups: Sequence[RuleMatch], prints: Sequence[str]) -> list[RuleMatch]:
    """Join the matches of several sets: those around one text that have a place in common.

    A match whose places all stand in another match is left out.
    """
    joined: dict[tuple[str, str], list[RuleMatch]] = {}
    for group in groups:
        same = joined.setdefault((group.rule, prints[min(group.centres)]), [])
        apart = []
        for other in same:
            if other.places.keys().isdisjoint(group.places):
                apart.append(other)
            else:
                places = {**group.places, **other.places}
                group = RuleMatch(
                    group.rule,
                    group.centres | other.centres,
                    dict(sorted(places.items())),
                )
        same[:] = [*apart, group]
    every = [group for same in joined.values() for group in same]
    holding: dict[tuple[str, int], list[int]] = {}
    for number, group in enumerate(every):
        for k in group.places:
            holding.setdefault((group.rule, k), []).append(number)
    return [
        group
        for number, group in enumerate(every)
        if not any(
            _holds(every[other], group, other < number)
            for other in holding[group.rule, min(group.places)]
            if other != number
        )
    ]


def _holds(group: RuleMatch, other: RuleMatch, earlier: bool) -> bool:
    """Say whether a match has all places of another; of two equal ones the earlier one has."""
    return other.places.keys() <= group.places.keys() and (
        earlier or len(other.places) < len(group.places)
    )
