"""How fast an index answers and stores pages while it holds ten thousand to a million paragraphs.

Knows: an index on disk, datasketch's MinHashLSH in memory with the same bands. Does not know: how
either works.

    python -m benchmarks.index                       10,000 and 100,000 stored
    python -m benchmarks.index --sizes 1000000 --pages 3000
    python -m benchmarks.index --no-texts --variants remove

Each size is filled by ``Index.from_paragraphs``; then pages of 20 unseen paragraphs (of which a
fifth repeats an earlier one to the letter and a tenth with edits) are added one after another.
Beside the clock the processor's time is told, which others on the machine disturb less. datasketch
hashes the same word pairs with as many permutations, and looks up and inserts under its own default
storage; it compares nothing, so it does less.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

import dedup
from benchmarks.corpus import paragraphs
from dedup.core.tokens import words

_PAGE = 20

Add = Callable[[Sequence[str], Sequence[str]], object]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print a line for each size and contender."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--variants", default="report")
    parser.add_argument("--no-texts", action="store_true")
    parser.add_argument("--datasketch", type=int, default=10_000, metavar="SIZE",
                        help="largest size for datasketch (8 kB of memory each)")  # fmt: skip
    parser.add_argument("--folder", help="where the file is put; default: a temporary folder")
    options = parser.parse_args(arguments)
    print(f"load average at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for size in options.sizes:
        texts = paragraphs(size * 4 // 3 + options.pages * _PAGE, seed=11).texts
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            _index(Path(folder) / "seen.db", texts, size, options)
        if size <= options.datasketch:
            _datasketch(texts[: size + options.pages * _PAGE], size)


def _index(path: Path, texts: list[str], size: int, options: argparse.Namespace) -> None:
    first, rest = texts[: size * 4 // 3], texts[size * 4 // 3 :]
    since = time.perf_counter()
    with dedup.Index.from_paragraphs(
        first, path, variants=options.variants, store_texts=not options.no_texts
    ) as index:
        rate = len(first) / (time.perf_counter() - since)
        stored = len(index)
        print(f"{stored:>9,} stored: from_paragraphs {rate:,.0f}/s")
        _pages("add_many", index.add_many, rest)
        _pages("query_many", lambda texts, keys: index.query_many(texts), rest)
        since = time.perf_counter()
        for text in rest[:500]:
            index.query(text)
        print(f"{'':>9} query of one: {(time.perf_counter() - since) / 500 * 1e3:.2f} ms")
        stats = index.stats()
        each = stats.size / stats.paragraphs
        print(
            f"{'':>9} {each:.0f} bytes each on disk,"
            f" {(stats.size - stats.texts) / stats.paragraphs:.0f} without texts;"
            f" {stats.recent:,} recent"
        )
    since = time.perf_counter()
    with dedup.Index(path) as index:
        index.query(rest[0])
    print(f"{'':>9} opened and asked anew: {(time.perf_counter() - since) * 1e3:.0f} ms")


def _pages(name: str, add: Add, texts: Sequence[str]) -> None:
    """Time pages, and print rates by the clock and by the processor, and how long pages took."""
    took = []
    since, busy = time.perf_counter(), time.process_time()
    for at in range(0, len(texts), _PAGE):
        begin = time.perf_counter()
        add(texts[at : at + _PAGE], [f"example.org/{at}#{k}" for k in range(_PAGE)])
        took.append(time.perf_counter() - begin)
    seconds, processor = time.perf_counter() - since, time.process_time() - busy
    half, most, longest = np.percentile(took, [50, 99, 100]) * 1e3
    print(
        f"{'':>9} {name}: {len(texts) / seconds:,.0f}/s ({len(texts) / processor:,.0f} for each"
        f" second of processor); a page {half:.1f} ms, p99 {most:.1f}, longest {longest:.0f}"
    )


def _datasketch(texts: list[str], size: int) -> None:
    """Do the same with datasketch: sketch, look up, insert what has no candidate."""
    from datasketch import MinHash, MinHashLSH

    recipe = dedup.Recipe.choose(count=1_000_000)
    lsh = MinHashLSH(num_perm=recipe.permutations, params=(recipe.bands, recipe.rows))

    def add(texts: Sequence[str], keys: Sequence[str]) -> None:
        for text, key in zip(texts, keys, strict=True):
            tokens = words(text)
            sketch = MinHash(recipe.permutations, recipe.seed, scheme="affine32")
            pairs = {f"{a} {b}".encode() for a, b in pairwise(tokens)}
            sketch.update_batch(list(pairs))
            if not lsh.query(sketch):
                lsh.insert(f"{key} {len(lsh.keys)}", sketch)

    add(texts[:size], [str(k) for k in range(size)])
    _pages("datasketch in memory", add, texts[size:])


if __name__ == "__main__":
    main()
