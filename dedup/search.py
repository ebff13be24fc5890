"""Find repeated paragraphs. No other module knows the order of the stages.

Knows: which stage feeds which, and how rows are numbered between them. Does not know: files,
markup, printing.

    texts -> tokens, fingerprints, band keys -> unique rows by rank -> buckets -> candidates ->
    similarity -> judgement, decision -> groups, runs
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dedup import kernel
from dedup.core import sketch
from dedup.core.candidates import Candidates, Collection, candidates, shared
from dedup.core.fingerprint import NOTHING, group_equal
from dedup.core.runs import short_in_runs
from dedup.core.walk import LIMITS, Decision, Limits, all_ranks, decide, settle
from dedup.encoded import batches
from dedup.found import Found, Kind, documents, over_copies
from dedup.options import USUAL_RESOURCES, Matching, MatchingOptions, Resources
from dedup.paragraph import Paragraph, text_of
from dedup.progress import Progress, silent
from dedup.ragged import Ragged
from dedup.recipe import Recipe
from dedup.sequences import Bags, RowsInMemory, Sequences
from dedup.stages import Sketched, family, has_bags, judge_for, sketch_texts
from dedup.texts import Texts, listed, listed_texts
from dedup.workers import Workers, cores, share

if TYPE_CHECKING:
    from dedup.contained import Removal

#: Ranks the paragraphs: an array with one number each, or a function of the paragraphs giving one.
Rank = ArrayLike | Callable[[Sequence[str] | Sequence[Paragraph]], ArrayLike] | None

#: Characters of the texts that are sketched at a time.
_BATCH_CHARACTERS = 400_000

Rows = NDArray[np.int64]


class FindOptions(MatchingOptions, total=False):
    """The arguments of ``find`` except the paragraphs."""

    rank: Rank
    workers: int | None
    progress: Progress | None


def find(
    paragraphs: Texts,
    threshold: float = Matching.threshold,
    recall: float = Matching.recall,
    tokens: str = Matching.tokens,
    min_tokens: int = Matching.min_tokens,
    rank: Rank = None,
    recipe: Recipe | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    variants: str = Matching.variants,
    contained: str = Matching.contained,
    variants_at: float = Matching.variants_at,
) -> Found:
    """Find which paragraphs repeat which.

    The same input gives the same answer, whatever the number of workers.

    Args:
        paragraphs: texts, or Paragraphs with their places, in reading order: any iterable of them,
            or a column of pandas, polars, numpy or Arrow.
        threshold: the similarity from which two paragraphs are copies, 0 < threshold <= 1.
        recall: the promised share of the pairs at or above the threshold that are compared.
        tokens: "words", or "chars" for noisy text.
        min_tokens: paragraphs with fewer words are not compared.
        rank: one number for each paragraph; the smallest is kept first (see ``dedup.rank``).
        recipe: replaces the recipe that threshold, recall, tokens, min_tokens and variants_at
            would give.
        workers: threads; None takes all cores.
        progress: called with (stage, done, total).
        variants: what to do with a paragraph that is alike but says something else. "report" keeps
            it and names the paragraph that it is a variant of, "ignore" keeps it as unique, and
            "remove" treats every paragraph that is alike as a copy.
        contained: "remove" also removes paragraphs that stand inside a longer one (see
            ``Found.contained``).
        variants_at: the probability from which a pair counts as a variant, 0 < variants_at < 1. A
            lower value keeps more.

    Raises:
        TypeError: for a paragraph that is not a str or Paragraph (naming its position), for one
            text alone, for what has no order (a set, a dict, its views) and for a table.
        ValueError: for an argument out of its bounds.

    Cost: 5 to 20 us a paragraph of 65 words, 400 to 700 bytes each beside the texts: the more, the
    more of them have sentences in common.

    """
    matching = Matching(
        threshold, recall, tokens, min_tokens, recipe, variants, variants_at, contained
    )
    return find_by(matching, paragraphs, rank, Resources(workers, progress=progress or silent))


def find_by(
    matching: Matching,
    paragraphs: Texts,
    rank: Rank = None,
    resources: Resources = USUAL_RESOURCES,
    limits: Limits = LIMITS,
    words: Ragged[np.uint64] | None = None,
) -> Found:
    """Find as ``find`` does, by options that are checked already, within any limits of the walk.

    words: the words of the paragraphs, if they are read already and are what is compared.
    """
    paragraphs = listed(paragraphs, "paragraphs")
    recipe = Recipe.of(matching, len(paragraphs))
    texts = _prose(paragraphs)
    count = len(texts)
    places = _ranked(rank, paragraphs)
    report = resources.progress
    with Workers(resources.workers or cores()) as pool:
        sequences = Sequences(texts, recipe.tokens, pool.count)
        sketched = _sketch(texts, sequences.characters, words, recipe, pool, report)
        competes = sketched.words >= max(recipe.min_tokens, 1)
        order = places[competes[places]]
        heads, group = _unique(order, sketched.prints)
        decision = _decide(heads, sketched, sequences, matching, recipe, limits, pool, report)
        if matching.variants == "ignore":
            decision = _without_variants(decision)
    kept, match, similarity, kind = _every(count, decision, order, heads, group)
    if matching.contained == "remove":
        from dedup.contained import removal

        report("contain", 0, count)
        inside = removal(texts, kept, match, matching.threshold, recipe)
        mark_contained(kept, match, similarity, kind, inside)
        report("contain", count, count)
    if count and isinstance(paragraphs[0], Paragraph):
        gone, repeats = _short_in_runs(paragraphs, kept, match, competes, sketched.prints)
        kept[gone], match[gone], kind[gone] = False, repeats, Kind.EXACT
    promised = recipe.expected_recall(matching.threshold)
    return Found(
        kept, match, similarity, kind, matching.threshold, recipe, promised, decision.uncompared,
        paragraphs, matching.variants,
    )  # fmt: skip


def mark_contained(
    kept: NDArray[np.bool_],
    match: Rows,
    similarity: NDArray[np.float32],
    kind: NDArray[np.uint8],
    gone: Removal,
) -> None:
    """Write a removal into an answer, in place.

    A variant of a removed paragraph has no kept match any more, so it becomes unique.
    """
    rows = gone.gone
    kept[rows], match[rows], kind[rows] = False, gone.outer, Kind.CONTAINED
    similarity[rows] = gone.similarity
    lone = np.flatnonzero(kept.view(bool) & ~kept.view(bool)[match])
    match[lone], similarity[lone], kind[lone] = lone, 1.0, Kind.UNIQUE


def _prose(paragraphs: Sequence[str] | Sequence[Paragraph]) -> Sequence[str]:
    """Give the texts of paragraphs, which are all str or all Paragraph."""
    if len(paragraphs) and isinstance(paragraphs[0], Paragraph):
        return listed_texts(paragraphs, "paragraphs")
    return cast("Sequence[str]", paragraphs)


def _ranked(rank: Rank, paragraphs: Sequence[str] | Sequence[Paragraph]) -> Rows:
    """Turn a rank into an order: positions, the first to compete first."""
    count = len(paragraphs)
    if rank is None:
        return np.arange(count)
    values = np.asarray(rank(paragraphs) if callable(rank) else rank)
    if values.shape != (count,):
        raise ValueError(
            f"rank has shape {values.shape}; it must have one number for each of {count}"
        )
    if values.dtype.kind not in "biuf" or (values.dtype.kind == "f" and np.isnan(values).any()):
        raise ValueError(f"rank holds {values.dtype} values or NaN; it must hold numbers")
    return np.argsort(values, kind="stable")


def _first_places(texts: Sequence[str], places: Iterable[int]) -> Rows:
    """Give for each text the place of the first text that is identical to it."""
    seen: dict[str, int] = {}
    return np.fromiter(map(seen.setdefault, texts, places), dtype=np.int64, count=len(texts))


class _Whole(NamedTuple):
    """The same as ``Sketched`` for all texts, but with a separate array of keys for each band."""

    prints: NDArray[np.uint64]
    words: NDArray[np.int32]
    keys: list[NDArray[np.uint32]]
    sketches: NDArray[np.uint64]
    bags: NDArray[np.uint64] | None


def _sketch(
    texts: Sequence[str],
    characters: Rows,
    read: Ragged[np.uint64] | None,
    recipe: Recipe,
    pool: Workers,
    report: Progress,
) -> _Whole:
    """Sketch all texts, batch by batch.

    characters: the length of each text; read: the words of the texts, if they are read already.
    """
    count = len(texts)
    words = sketch.sketch_words(recipe.permutations) if recipe.bands else 0
    bags = has_bags(recipe)
    whole = _Whole(
        np.empty((count, 2), dtype=np.uint64),
        np.empty(count, dtype=np.int32),
        [np.empty(count, dtype=np.uint32) for _ in range(recipe.bands)],
        np.empty((count, words), dtype=np.uint64),
        np.empty((count, kernel.BAG_WORDS), dtype=np.uint64) if bags else None,
    )
    cuts = batches(characters, _BATCH_CHARACTERS)
    drawn = family(recipe)

    def one(begin: int, end: int) -> Sketched:
        known = None if read is None else read.part(begin, end)
        return sketch_texts(texts[begin:end], recipe, drawn, bags, known)

    def place(number: int, batch: Sketched) -> None:
        span = slice(cuts[number], cuts[number + 1])
        whole.prints[span], whole.words[span] = batch.prints, batch.words
        for band, keys in zip(whole.keys, batch.keys, strict=True):
            band[span] = keys
        whole.sketches[span] = batch.sketches
        if whole.bags is not None and batch.bags is not None:
            whole.bags[span] = batch.bags
        report("sketch", cuts[number + 1], count)

    share(pool.count, one, pairwise(cuts), place)
    return whole


def _unique(order: Rows, prints: NDArray[np.uint64]) -> tuple[Rows, Rows]:
    """Group equal fingerprints.

    Returns the position of each unique row, by rank, and the unique row of each entry of ``order``.
    """
    first, group = group_equal(prints[order])
    return order[first], group


def _decide(
    rows: Rows,
    sketched: _Whole,
    sequences: Sequences,
    matching: Matching,
    recipe: Recipe,
    limits: Limits,
    pool: Workers,
    report: Progress,
) -> Decision:
    """Decide the unique rows; rows: the position of the text that stands for each, by rank."""
    count, threshold = len(rows), matching.threshold
    if threshold >= 1.0:
        none = np.empty(0, dtype=np.int64)
        return settle(count, none, none, np.empty(0))
    bags = None if sketched.bags is None else Bags(sketched.bags, sketched.words, threshold)
    known = RowsInMemory(sketched.sketches, rows, sequences, bags)
    judge = judge_for(recipe) if matching.judges else None
    if recipe.bands == 0:
        # Every pair is compared: quadratic, some 10 ns a pair.
        i, j, scores = sequences.all_similar(rows, threshold, report)
        good = ~np.isnan(scores)
        answer = settle(count, i[good], j[good], scores[good], judge, known, limits=limits)
        return answer._replace(uncompared=answer.uncompared + int((~good).sum()))
    least = recipe.least_agreement(threshold)

    met = _candidates(sketched, rows, least, limits.cap, pool, report)
    whole, hot = all_ranks(count, met), len(met.sizes)
    del met
    whole = whole._replace(scores=known.compare(whole.earlier, whole.later, report))
    return decide(whole, hot, known, least, threshold, judge, limits, report)


def _candidates(
    sketched: _Whole, rows: Rows, least: int, cap: int, pool: Workers, report: Progress
) -> Candidates:
    """Find the candidates of each band in threads, and free its keys.

    least: the number of places in which the sketches of candidates must agree.
    """
    keys, sketches = sketched.keys, sketched.sketches[rows]
    count, done, found = len(keys), 0, Collection()

    def bands() -> Iterator[tuple[NDArray[np.uint32]]]:
        while keys:
            yield (keys.pop(0),)

    def one(band: NDArray[np.uint32]) -> Candidates:
        return candidates(shared(band, rows), sketches, least, cap)

    def place(band: int, some: Candidates) -> None:
        nonlocal done
        found.add(band, some)
        done += 1
        report("buckets", done, count)

    share(pool.count, one, bands(), place)
    return found.joined()


def _without_variants(decision: Decision) -> Decision:
    """Let every kept row match nothing but itself."""
    own = np.arange(len(decision.match))
    match = np.where(decision.kept, own, decision.match)
    return decision._replace(
        match=match, similarity=np.where(match == own, 1.0, decision.similarity)
    )


def _every(
    count: int,
    decision: Decision,
    order: Rows,
    heads: Rows,
    group: Rows,
) -> tuple[NDArray[np.bool_], Rows, NDArray[np.float32], NDArray[np.uint8]]:
    """Turn the decision on unique rows into one on paragraphs: kept, match, similarity, kind."""
    kept = np.ones(count, dtype=bool)
    match, similarity = np.arange(count), np.ones(count, dtype=np.float32)
    kind = np.full(count, Kind.UNIQUE, dtype=np.uint8)
    kept[order], match[order], similarity[order], kind[order] = over_copies(
        order, heads[group], decision.kept[group], heads[decision.match[group]],
        decision.similarity[group],
    )  # fmt: skip
    return kept, match, similarity, kind


def _short_in_runs(
    paragraphs: Sequence[str] | Sequence[Paragraph],
    kept: NDArray[np.bool_],
    match: Rows,
    competes: NDArray[np.bool_],
    prints: NDArray[np.uint64],
) -> tuple[Rows, Rows]:
    """Find the short paragraphs that are removed with a run, and those that they repeat."""
    copies = np.flatnonzero(~kept)
    if not len(copies) or competes.all():
        return copies[:0], copies[:0]
    _, same = group_equal(prints)
    wordless = np.flatnonzero(~competes & (prints == NOTHING).all(axis=1))
    if len(wordless):
        # Two texts without words have equal fingerprints, but count as equal only if identical.
        texts = [text_of(paragraphs[k]) for k in wordless.tolist()]
        first = _first_places(texts, wordless.tolist())
        same[wordless] = len(paragraphs) + first
    return short_in_runs(copies, match[copies], documents(paragraphs), competes, same)
