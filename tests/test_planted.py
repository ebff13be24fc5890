"""Wrong kernels, planted: each is caught by a check that the law tests use."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dedup
from dedup import found, kernel, search, stages
from dedup.core import (
    candidates,
    fingerprint,
    runs,
    similarity,
    sketch,
    tokens,
    walk,
)
from dedup.ragged import Ragged, starts_of
from tests.core import test_runs as pages
from tests.core.test_minhash import by_datasketch, ours
from tests.core.test_walk import BOUNDS, check_decision, random_case
from tests.support import brute
from tests.support.laws import (
    BANDED,
    banded_answer,
    check_band_keys,
    check_complete,
    check_same,
    check_similarities,
    check_sound,
    check_words,
    judged,
)
from tests.test_search import copies_among, corpus

Patch = pytest.MonkeyPatch
Check = Callable[[], None]
Plant = Callable[[Patch], None]


def texts() -> list[str]:
    """Write texts, among them edits, other orders, short ones, a chain, one text twice over."""
    draw = random.Random(7)
    base = [f"word{k}" for k in range(12)]
    made = [" ".join(base), " ".join(base[::-1]), " ".join(base * 2), "", "***"]
    for _ in range(35):
        words = list(base[: draw.choice([6, 7, 8, 12, 12, 12])])
        for _ in range(draw.randint(0, 4)):
            words[draw.randrange(len(words))] = f"edit{draw.randrange(4)}"
        made.append(" ".join(words).title())
    chain = [f"link{k}" for k in range(32)]
    return made + [" ".join(chain[4 * k : 4 * k + 24]) for k in range(3)]


TEXTS = texts()


def words() -> None:
    check_words([*TEXTS, "naïve ΟΔΟΣ 日本語", "abcdefghij abcdefghik", "a", ""])


def similarities() -> None:
    check_similarities(TEXTS[:12])


def band_keys() -> None:
    draw = np.random.default_rng(1)
    check_band_keys(draw.integers(0, 3, (12, 30)).astype(np.uint32), 4, 3)


def signatures() -> None:
    rows = [[], [1, 2], [], [5], [2**32 - 1, 0, 7]]
    assert ours(rows, 16, 1) == by_datasketch(rows, 16, 1)


def batches() -> None:
    alone = [dedup.signatures([text]).tolist()[0] for text in TEXTS]
    assert dedup.signatures(TEXTS).tolist() == alone
    short = dedup.signatures(["a b", "b a", "a", "b"])
    assert len({tuple(row) for row in short.tolist()}) == 4


def pure_law() -> None:
    for threshold in (0.5, 0.75, 1.0):
        found = dedup.find(TEXTS, threshold, recall=1.0, variants="remove")
        check_sound(found, TEXTS)
        check_complete(found, TEXTS)
        check_same(found, brute.pure_law(TEXTS, threshold))


def variants_law() -> None:
    found = dedup.find(TEXTS, 0.75, recall=1.0)
    check_sound(found, TEXTS)
    check_same(found, brute.pure_law(TEXTS, 0.75, variant=judged))


def ranked_law() -> None:
    ranks = [-(k // 3) for k in range(len(TEXTS))]
    found = dedup.find(TEXTS, 0.75, rank=ranks)
    check_same(found, brute.pure_law(TEXTS, 0.75, rank=ranks, variant=judged))


def bucket_law() -> None:
    check_same(dedup.find(TEXTS, 0.75, recipe=BANDED), banded_answer(TEXTS, BANDED, 0.75))


def completeness() -> None:
    made = corpus(700)
    found = dedup.find(made, variants="remove")
    kept = [made[k] for k in np.flatnonzero(found.kept)]
    assert copies_among(kept, 0.8) <= 0.01 * copies_among(made, 0.8)


def decisions() -> None:
    for seed in range(40):
        for limits in BOUNDS:
            check_decision(random_case(seed), limits)


def blocks() -> None:
    for letters, expected in pages.RUNS.values():
        pages.test_runs(letters, expected)
    two = dedup.find(pages.page("AB", "x") + pages.page("CD", "y") + pages.page("ABCD", "z"))
    assert len(two.runs()) == 2


def short_ones() -> None:
    for letters, gone in pages.SHORT.values():
        pages.test_what_goes(letters, gone)


CHECKS: list[Check] = [
    words, similarities, band_keys, signatures, batches, pure_law, ranked_law, bucket_law,
    completeness, decisions, blocks, short_ones,
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_nothing_is_caught_where_nothing_is_planted(check: Check) -> None:
    check()


def swap(patch: Patch, module: object, name: str, make: Callable[[Any], Any]) -> None:
    """Replace a function by what ``make`` makes of it, wherever the package has it by name."""
    right = getattr(module, name)
    wrong = make(right)
    places = (module, stages, search, found, walk, candidates, tokens, similarity, runs)
    for place in places:
        if getattr(place, name, None) is right:
            patch.setattr(place, name, wrong)


def sorted_rows(rows: Ragged[np.uint64]) -> Ragged[np.uint64]:
    """Put the tokens of every row in order."""
    parts = np.split(rows.values, rows.starts[1:-1])
    return Ragged(np.concatenate([np.sort(part) for part in parts]), rows.starts)


def last_token_dropped(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def tokenise(batch: list[str]) -> Ragged[np.uint64]:
            rows = right(batch)
            lengths = np.maximum(rows.lengths - 1, 0)
            keep = np.ones(len(rows.values), dtype=bool)
            keep[rows.starts[1:][rows.lengths > 0] - 1] = False
            return Ragged(rows.values[keep], starts_of(lengths))

        return tokenise

    swap(patch, tokens, "tokenise", make)


def case_counts(patch: Patch) -> None:
    swap(
        patch,
        tokens,
        "tokenise",
        lambda right: lambda batch: right([t.replace("W", "Ẃ") for t in batch]),
    )


def long_words_cut(patch: Patch) -> None:
    def cut(text: str) -> str:
        return " ".join(word[:9] for word in text.split(" "))

    swap(patch, tokens, "tokenise", lambda right: lambda batch: right(list(map(cut, batch))))


def words_in_any_order(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def fingerprints(rows: Ragged[np.uint64]) -> Any:
            return right(sorted_rows(rows))

        return fingerprints

    swap(patch, fingerprint, "fingerprints", make)


def half_a_fingerprint(patch: Patch) -> None:
    def make(right: Any) -> Any:
        return lambda rows: right(rows) % np.uint64(8)

    swap(patch, fingerprint, "fingerprints", make)


def last_of_equals_kept(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def group_equal(prints: Any) -> Any:
            first, group = right(prints)
            last = first.copy()
            last[group] = np.arange(len(group))
            return last, group

        return group_equal

    swap(patch, fingerprint, "group_equal", make)


def shingles_across_rows(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def sketch(rows: Ragged[np.uint64], family: Any, **wanted: bool) -> Any:
            # Every row goes on into the next one.
            ends = np.minimum(rows.starts[1:] + family.width - 1, len(rows.values))
            longer = [rows.values[a:b] for a, b in zip(rows.starts, ends, strict=False)]
            starts = starts_of(np.array([*map(len, longer)], dtype=np.int64))
            return right(Ragged(np.concatenate(longer), starts), family, **wanted)

        return sketch

    swap(patch, kernel, "sketch", make)


def shingles_in_any_order(patch: Patch) -> None:
    swap(
        patch,
        kernel,
        "sketch",
        lambda right: lambda rows, family, **wanted: right(sorted_rows(rows), family, **wanted),
    )


def signatures_made(patch: Patch, make: Callable[[Any, Any], Any]) -> None:
    """Make something else of the signatures that the kernel gives."""

    def wrong(right: Any) -> Any:
        def sketch(rows: Ragged[np.uint64], family: Any, **wanted: bool) -> Any:
            found = right(rows, family, True)
            made = np.ascontiguousarray(make(rows, found.signatures))
            return kernel.Sketches(made, *kernel.cut(made, family))

        return sketch

    swap(patch, kernel, "sketch", wrong)


def empty_rows_take_the_next(patch: Patch) -> None:
    def signatures(rows: Any, made: Any) -> Any:
        found = made.copy()
        for row in np.flatnonzero(rows.lengths[:-1] == 0)[::-1]:
            found[:, row] = found[:, row + 1]
        return found

    signatures_made(patch, signatures)


def another_seed(patch: Patch) -> None:
    swap(patch, sketch, "permutations", lambda right: lambda count, seed: right(count, seed + 1))


def largest_instead_of_least(patch: Patch) -> None:
    signatures_made(patch, lambda rows, made: ~made)


def keys_made(patch: Patch, make: Callable[[Any], Any]) -> None:
    """Make keys by another rule: of the rows of each band, uint32 (bands, rows, n)."""

    def wrong(right: Any) -> Any:
        def cut(signatures: Any, family: Any) -> Any:
            count = family.bands * family.rows
            bands = signatures[:count].reshape(family.bands, family.rows, -1)
            return make(bands).astype(np.uint32), right(signatures, family)[1]

        return cut

    swap(patch, kernel, "cut", wrong)


def summed_key(patch: Patch) -> None:
    keys_made(patch, lambda bands: bands.sum(axis=1, dtype=np.uint64))


def unmixed_key(patch: Patch) -> None:
    keys_made(patch, lambda bands: bands[:, 0])


def one_band_of_all(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def sketch(rows: Any, family: Any, **wanted: bool) -> Any:
            found = right(rows, family, **wanted)
            return found._replace(keys=np.repeat(found.keys[:1], family.bands, axis=0))

        return sketch

    swap(patch, kernel, "sketch", make)


def rows_of_a_bucket_lost(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def buckets(packed: Any) -> Any:
            rows, sizes = right(packed)
            keep = np.ones(len(rows), dtype=bool)
            keep[np.cumsum(sizes)[sizes > 2] - 1] = False
            return rows[keep], sizes - (sizes > 2)

        return buckets

    swap(patch, kernel, "buckets", make)


def cut_too_high(patch: Patch) -> None:
    swap(patch, sketch, "least_agreement", lambda right: lambda *bounds: right(*bounds) + 25)


def bag_overlap(patch: Patch) -> None:
    for name in ("similarities", "all_similar"):
        swap(
            patch,
            kernel,
            name,
            lambda right: lambda rows, *others: right(sorted_rows(rows), *others),
        )


def similarity_by_the_longer(patch: Patch) -> None:
    def of(rows: Any, i: Any, j: Any) -> Any:
        longer = np.maximum(np.maximum(rows.lengths[i], rows.lengths[j]), 1)
        return (rows.lengths[i] + rows.lengths[j]) / (2 * longer)

    def make(right: Any) -> Any:
        return lambda rows, i, j, most: right(rows, i, j, most) * of(rows, i, j)

    def make_all(right: Any) -> Any:
        def all_similar(rows: Any, left: range, others: range, threshold: float, most: int) -> Any:
            i, j, scores = right(rows, left, others, threshold, most)
            scores = scores * of(rows, i, j)
            good = scores >= threshold
            return kernel.Pairs(i[good], j[good], scores[good])

        return all_similar

    swap(patch, kernel, "similarities", make)
    swap(patch, kernel, "all_similar", make_all)


def bags_of_others(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def may_be_similar(bags: Any, *others: Any) -> Any:
            return right(np.roll(bags, 1, axis=0), *others)

        return may_be_similar

    swap(patch, kernel, "may_be_similar", make)


def pairs_swapped(patch: Patch) -> None:
    swap(
        patch,
        kernel,
        "similarities",
        lambda right: lambda rows, i, j, most: right(rows, i, np.roll(j, 1), most),
    )


def above_instead_of_at_threshold(patch: Patch) -> None:
    swap(
        patch,
        kernel,
        "all_similar",
        lambda right: (
            lambda rows, left, others, threshold, most: right(
                rows, left, others, np.nextafter(threshold, 2), most
            )
        ),
    )


def one_token_for_many(patch: Patch) -> None:
    swap(
        patch,
        kernel,
        "similarities",
        lambda right: (
            lambda rows, *others: right(Ragged(rows.values % np.uint64(6), rows.starts), *others)
        ),
    )


def chains_joined(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def settle(count: int, earlier: Any, later: Any, scores: Any, *_: Any, **__: Any) -> Any:
            match, score = np.arange(count), np.ones(count)
            for j, i, s in sorted(zip(later.tolist(), earlier.tolist(), scores, strict=True)):
                match[j], score[j] = match[i], s
            return walk.Decision(match == np.arange(count), match, score, 0)

        return settle

    swap(patch, walk, "settle", make)


def walking(patch: Patch, change: Callable[[Any, Any, Any], tuple[Any, Any, Any]]) -> None:
    """Walk with another rule, judge and block."""
    right = kernel.walk
    patch.setattr(kernel, "walk", lambda memory, *given: right(memory, *change(*given)))


def first_partner_instead_of_most_similar(patch: Patch) -> None:
    def change(rule: Any, judge: Any, block: Any) -> Any:
        score = np.where(block.score >= rule.threshold, rule.threshold, block.score)
        return rule, judge, block._replace(score=score)

    walking(patch, change)


def variants_taken_for_copies(patch: Patch) -> None:
    walking(patch, lambda rule, judge, block: (rule, None, block))


def all_is_a_variant(patch: Patch) -> None:
    walking(
        patch, lambda rule, judge, block: (rule, judge and judge._replace(border=-(2**62)), block)
    )


def limits_changed(patch: Patch, **more: int) -> None:
    right: Any = walk.Walk.__init__

    def begin(self: Any, *given: Any, **named: Any) -> None:
        limits = given[6]
        changed = {name: getattr(limits, name) + step for name, step in more.items()}
        right(self, *given[:6], limits._replace(**changed), **named)

    patch.setattr(walk.Walk, "__init__", begin)


def one_too_many_shown(patch: Patch) -> None:
    limits_changed(patch, cap=1)


def copies_shown(patch: Patch) -> None:
    right = kernel.walk

    def walk(memory: Any, rule: Any, judge: Any, block: Any) -> Any:
        found = right(memory, rule, judge, block)
        for k, row in enumerate(block.rows.tolist()):
            if not memory.kept[row]:
                for bucket in block.buckets[block.bucket_starts[k] : block.bucket_starts[k + 1]]:
                    if memory.filled[bucket] < rule.cap:
                        memory.remembered[bucket, memory.filled[bucket]] = row
                        memory.filled[bucket] += 1
        return found

    patch.setattr(kernel, "walk", walk)


def first_compared_instead_of_likeliest(patch: Patch) -> None:
    right = kernel.meet

    def meet(rule: Any, of: Any) -> Any:
        return right(rule, of._replace(agreement=np.zeros_like(of.agreement)))

    patch.setattr(kernel, "meet", meet)


def one_too_many_compared(patch: Patch) -> None:
    limits_changed(patch, most=1)


def nothing_remembered(patch: Patch) -> None:
    right = kernel.walk

    def walk(memory: Any, *others: Any) -> Any:
        found = right(memory, *others)
        memory.filled[:] = 0
        return found

    patch.setattr(kernel, "walk", walk)


def nothing_counted(patch: Patch) -> None:
    right = walk.decide
    patch.setattr(walk, "decide", lambda *given: right(*given)._replace(uncompared=0))


def rank_ignored(patch: Patch) -> None:
    patch.setattr(search, "_ranked", lambda rank, paragraphs: np.arange(len(paragraphs)))


def equal_ranks_turned_around(patch: Patch) -> None:
    def ranked(rank: Any, paragraphs: Any) -> Any:
        values = np.asarray(rank if rank is not None else range(len(paragraphs)))
        return np.lexsort((-np.arange(len(values)), values))

    patch.setattr(search, "_ranked", ranked)


def one_word_too_few_competes(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def sketch_texts(*given: Any) -> Any:
            sketched = right(*given)
            return sketched._replace(words=sketched.words + 1)

        return sketch_texts

    swap(patch, stages, "sketch_texts", make)


def two_strangers_inside_a_run(patch: Patch) -> None:
    patch.setattr(runs, "_STEP", 3)


def no_stranger_inside_a_run(patch: Patch) -> None:
    patch.setattr(runs, "_STEP", 1)


def documents_ignored(patch: Patch) -> None:
    swap(
        patch,
        found,
        "documents",
        lambda right: lambda paragraphs: np.zeros(len(paragraphs), dtype=np.int64),
    )


def any_short_one_goes(patch: Patch) -> None:
    def make(right: Any) -> Any:
        return lambda copies, match, document, competes, same: right(
            copies, match, document, competes, np.zeros_like(same)
        )

    swap(patch, runs, "short_in_runs", make)


PLANTED: list[tuple[Plant, Check]] = [
    (last_token_dropped, words),
    (last_token_dropped, pure_law),
    (case_counts, words),
    (long_words_cut, words),
    (words_in_any_order, pure_law),
    (half_a_fingerprint, pure_law),
    (last_of_equals_kept, pure_law),
    (shingles_across_rows, batches),
    (shingles_in_any_order, batches),
    (empty_rows_take_the_next, signatures),
    (another_seed, signatures),
    (largest_instead_of_least, signatures),
    (summed_key, band_keys),
    (unmixed_key, band_keys),
    (one_band_of_all, bucket_law),
    (one_band_of_all, completeness),
    (rows_of_a_bucket_lost, decisions),
    (rows_of_a_bucket_lost, bucket_law),
    (cut_too_high, completeness),
    (bag_overlap, similarities),
    (bag_overlap, pure_law),
    (similarity_by_the_longer, similarities),
    (similarity_by_the_longer, pure_law),
    (bags_of_others, bucket_law),
    (pairs_swapped, similarities),
    (pairs_swapped, bucket_law),
    (above_instead_of_at_threshold, pure_law),
    (one_token_for_many, similarities),
    (chains_joined, pure_law),
    (first_partner_instead_of_most_similar, pure_law),
    (first_partner_instead_of_most_similar, decisions),
    (variants_taken_for_copies, variants_law),
    (all_is_a_variant, decisions),
    (all_is_a_variant, variants_law),
    (one_too_many_shown, decisions),
    (copies_shown, decisions),
    (first_compared_instead_of_likeliest, decisions),
    (one_too_many_compared, decisions),
    (nothing_remembered, decisions),
    (nothing_counted, decisions),
    (rank_ignored, ranked_law),
    (equal_ranks_turned_around, ranked_law),
    (one_word_too_few_competes, pure_law),
    (two_strangers_inside_a_run, blocks),
    (no_stranger_inside_a_run, blocks),
    (documents_ignored, blocks),
    (any_short_one_goes, short_ones),
]


@pytest.mark.parametrize(
    ("plant", "check"),
    PLANTED,
    ids=[f"{p.__name__} by {c.__name__}".replace("_", " ") for p, c in PLANTED],
)
def test_caught(plant: Plant, check: Check, monkeypatch: Patch) -> None:
    plant(monkeypatch)
    with pytest.raises((AssertionError, KeyError)):
        check()
