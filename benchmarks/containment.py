"""Measure the search for paragraphs that stand inside longer ones.

    python -m benchmarks.containment [--paragraphs N] [--repeats N]

Knows: the steps of ``core.containment``, and what was planted. Does not know: ``dedup.find``.

It runs in one process. The time of a step is processor time, the least of all repeats.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks import corpus
from benchmarks.measure import machine, table
from dedup import kernel
from dedup.core.containment import WIDTH, propose, verify
from dedup.core.tokens import tokenise
from dedup.ragged import Ragged, Scalar, starts_of

_BATCH = 700  # texts tokenised at a time


class Case(NamedTuple):
    """Texts, of which the first ``planted`` stand inside others; a few of them are near copies."""

    name: str
    texts: list[str]
    planted: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.containment")
    parser.add_argument("--paragraphs", type=int, default=200_000, help="made paragraphs")
    parser.add_argument("--repeats", type=int, default=3, help="runs; the best counts")
    options = parser.parse_args(arguments)
    heads = ("texts", "paragraphs", "shingles", "propose", "verify", "candidates", "found")
    rows = [_measure(case, options.repeats) for case in _cases(options.paragraphs)]
    print(machine(("dedup-paragraphs", "numpy", "rapidfuzz")))
    print(f"\nmicroseconds and candidates for each paragraph, best of {options.repeats}\n")
    print(table(heads, rows))


def _cases(count: int) -> Iterator[Case]:
    """Texts in which nothing, a tenth, one template and many templates stand inside others."""
    texts = corpus.paragraphs(count, exact=0, edited=0).texts
    yield Case("nothing inside another", texts, 0)
    tenth = count // 10
    around = zip(texts[tenth:], texts[:tenth], texts[2 * tenth :], strict=False)
    joined = [" ".join(three) for three in around]
    yield Case("a tenth inside others", [*texts[:tenth], *texts[3 * tenth :], *joined], tenth)
    for templates in (1, max(1, count // 400)):
        leads = zip(texts[templates : count // 4], texts[count // 2 :], strict=False)
        filled = [f"{a} {b} {texts[k % templates]}" for k, (a, b) in enumerate(leads)]
        yield Case(f"{templates} with many lead-ins", [*texts[:templates], *filled], templates)


def _measure(case: Case, repeats: int) -> tuple[str, ...]:
    """Measure one case: a line of the table."""
    batches = [tokenise(case.texts[k : k + _BATCH]) for k in range(0, len(case.texts), _BATCH)]
    tokens = _joined(batches)
    best = [np.inf] * 3
    for _ in range(repeats):
        clock = [time.process_time()]
        rows = _joined([kernel.shingles(batch, WIDTH["words"], linked=False) for batch in batches])
        clock.append(time.process_time())
        proposed = propose(rows, tokens.lengths)
        clock.append(time.process_time())
        found = verify(tokens, proposed.inner, proposed.outer)
        clock.append(time.process_time())
        best = [min(pair) for pair in zip(best, np.diff(clock).tolist(), strict=True)]
    count = len(case.texts)
    inside = len(np.unique(found.inner[found.inner < case.planted]))
    return (
        case.name,
        str(count),
        *(f"{seconds / count * 1e6:.2f}" for seconds in best),
        f"{len(proposed.inner) / count:.2f}",
        f"{inside} of {case.planted}",
    )


def _joined(batches: list[Ragged[Scalar]]) -> Ragged[Scalar]:
    """Put batches of rows one after another."""
    values = np.concatenate([batch.values for batch in batches])
    return Ragged(values, starts_of(np.concatenate([batch.lengths for batch in batches])))


if __name__ == "__main__":
    main()
