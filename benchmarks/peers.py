"""Call dedup and its peers, each as one function from texts to a mask of the kept ones.

Knows: the fastest batch interface of each that gives such a mask, and the settings worth trying.
Does not know: clocks, which texts are copies, tables.

How the peers are called, and why:

- Words are ``text.lower().split()``, the cheapest split in Python; punctuation stays on the words.
  Pairs of words are joined by ``map(" ".join, pairwise(words))``, which was faster than a
  comprehension, ``operator.add`` and a regular expression. Single words (width 1) are tried too;
  they need no joining, but more rows to keep unrelated texts apart.
- rensa: ``RMinHashDeduplicator.add_pairs`` with the tokens: full R-MinHash with bands, then its
  estimate of the Jaccard index (``least``). Its one-shot flags can't be used, because they mark
  every member of a group, also the first. Its rho sketches are left out, because they sample words
  and lose a fifth to all of the edited copies. Its deduplicator uses one thread.
- gaoya: its own tokeniser ("word"), insertion and query in bulk on all cores, ``smallvec`` buckets
  as it advises for few copies, and its estimate (``least``). A paragraph is kept if no earlier one
  is in its answer.
- datasketch: ``MinHash.bulk`` over bytes with xxh32, three times as fast as its default SHA-1. Each
  text is queried, and inserted if it is new. It has only one thread.

Peers compare only estimates; dedup computes the similarity of every candidate. Here dedup treats
variants as copies, as peers do; ``judged`` is dedup with its default, which keeps variants.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.measure import Contender, Outcome, Setting


@dataclass(frozen=True)
class Entry:
    """A contender: its package, whether it verifies candidates, and how to get its function.

    grid: the settings to search; most: texts it is given at most, beyond which time is scaled.
    """

    package: str
    verified: str
    load: Callable[[], Contender]
    grid: tuple[Setting, ...] = ()
    most: int | None = None


def _load_dedup() -> Contender:
    import dedup

    def contender(texts: list[str], workers: int, judged: int = 0) -> Outcome:
        compared = 0
        variants = "report" if judged else "remove"

        def progress(stage: str, done: int, total: int) -> None:
            nonlocal compared
            compared += total if stage == "compare" and done == total else 0

        found = dedup.find(texts, workers=workers, progress=progress, variants=variants)
        return found.kept, {
            "compared": compared,
            "uncompared": found.uncompared,
            "bands": found.recipe.bands,
            "rows": found.recipe.rows,
            "width": found.recipe.width,
        }

    return contender


def _load_rensa() -> Contender:
    from rensa import RMinHashDeduplicator

    def contender(texts: list[str], width: int, bands: int, rows: int, least: float) -> Outcome:
        seen = RMinHashDeduplicator(least, bands * rows, True, bands, 42)
        kept = seen.add_pairs((str(k), _tokens(text, width)) for k, text in enumerate(texts))
        return kept, {}

    return contender


def _tokens(text: str, width: int) -> list[str]:
    words = text.lower().split()
    return words if width == 1 else list(map(" ".join, pairwise(words)))


def _load_gaoya() -> Contender:
    from gaoya.minhash import MinHashStringIndex

    def contender(texts: list[str], width: int, bands: int, rows: int, least: float) -> Outcome:
        index = MinHashStringIndex(
            32, least, bands, rows, None, "word", True, (width, width), "smallvec"
        )
        index.par_bulk_insert_docs(list(range(len(texts))), texts)
        met = index.par_bulk_query(texts)
        return [min(rows, default=k) >= k for k, rows in enumerate(met)], {}

    return contender


def _load_datasketch() -> Contender:
    from datasketch import MinHash, MinHashLSH
    from xxhash import xxh32_intdigest

    def contender(texts: list[str], width: int, bands: int, rows: int) -> Outcome:
        index = MinHashLSH(num_perm=bands * rows, params=(bands, rows))
        kept = []
        sketches = MinHash.generator(
            (_bytes(text, width) for text in texts),
            num_perm=bands * rows,
            hashfunc=xxh32_intdigest,
        )
        for k, sketch in enumerate(sketches):
            kept.append(not index.query(sketch))
            if kept[-1]:
                index.insert(k, sketch, check_duplication=False)
        return kept, {}

    return contender


def _bytes(text: str, width: int) -> list[bytes]:
    words = text.lower().encode().split()
    return words if width == 1 else list(map(b" ".join, pairwise(words)))


#: The least estimate of the Jaccard index that passes, by width: far enough below what a pair of
#: similarity 0.8 has (0.67 for single words, 0.43 for pairs, when every edit stands alone) for the
#: noise of some 50 hashes.
_LEAST = {1: 0.4, 2: 0.2}


def _grid(*cuts: tuple[int, int, int], estimates: bool = True) -> tuple[Setting, ...]:
    """Settings from (width, bands, rows)."""
    return tuple(
        {"width": w, "bands": b, "rows": r, **({"least": _LEAST[w]} if estimates else {})}
        for w, b, r in cuts
    )


CONTENDERS = {
    "dedup": Entry("dedup-paragraphs", "yes", _load_dedup),
    "rensa": Entry(
        "rensa",
        "estimate",
        _load_rensa,
        _grid(
            (2, 16, 2), (2, 20, 2), (2, 24, 2), (2, 32, 2), (2, 24, 3), (2, 32, 3), (2, 40, 3),
            (1, 16, 3), (1, 20, 3), (1, 24, 3), (1, 32, 4), (1, 40, 4),
        ),
    ),
    "gaoya": Entry(
        "gaoya",
        "estimate",
        _load_gaoya,
        _grid(
            (2, 12, 2), (2, 16, 2), (2, 20, 2), (2, 16, 3), (2, 24, 3), (2, 32, 3),
            (1, 16, 3), (1, 24, 4), (1, 32, 4),
        ),
    ),
    "datasketch": Entry(
        "datasketch",
        "no",
        _load_datasketch,
        _grid(
            (2, 20, 2), (2, 24, 3), (2, 32, 3), (2, 40, 3), (1, 32, 4), (1, 64, 5), estimates=False
        ),
        20_000,
    ),
}  # fmt: skip
