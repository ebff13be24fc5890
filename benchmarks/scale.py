"""Estimate the cost of a job on Spark at sizes that were not run, from measured constants.

    python -m benchmarks.scale [--sizes 1e9,1e11] [--recipe 29x3,64x4,85x6,73x7,64x8]
                               [--share 1.0] [--price 0.07]

Knows: the constants that ``python -m benchmarks.spark`` has measured (see SCALE.md), and how often
unrelated paragraphs share a bucket. Does not know: Spark.

A constant is the cost of one more paragraph between 300,000 and 1,000,000 paragraphs of 430 bytes,
of which 20 % are exact copies and 10 % are edited ones. ``--share`` is the processor time of a job
today, as a share of the time that the constants give; SCALE.md says how to measure it. ``--price``
is what an hour of a core costs, in dollars.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.measure import table
from dedup.core import bands
from dedup.core.bands import Banding
from dedup.core.candidates import CAP
from dedup.core.sketch import sketch_words

#: Share of distinct paragraphs, of likely pairs that are true, and of rows in clusters.
_DISTINCT, _LIKELY, _CLUSTERED = 0.84, 0.14, 0.17

#: Microseconds of a processor: a paragraph, a permutation, a key, a pair that meets, a likely pair,
#: a row of a cluster.
_PARAGRAPH, _PERMUTATION, _KEY, _PAIR, _COMPARED, _DECIDED = 55.0, 0.03, 0.57, 5.0, 115.0, 61.0

#: Bytes shuffled: a fingerprint, a key, a pair beside its sketch, a likely pair with two texts, a
#: row of a cluster.
_PRINTED, _KEYED, _PAIRED, _TEXTS, _RECORD = 18.0, 4.8, 8.0, 575.0, 330.0

#: Bytes written: a paragraph with its text, a key, a pair.
_STORED, _STORED_KEY, _STORED_PAIR = 500.0, 4.0, 10.0

#: The processor time of one more paragraph today, as a share of what the constants above give.
_SHARE = 0.7

#: Dollars for an hour of a core. distributed-curator published 620 for 4.5 hours of 63 machines of
#: 32 cores.
_PRICE = 0.07


class Cost(NamedTuple):
    """The estimate: strangers met a paragraph; of all paragraphs together the rest."""

    bucket: float
    strangers: float
    recall: float
    hours: float
    shuffled: float
    stored: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--sizes", default="1e6,1e8,1e9,1e10,1e11", help="paragraphs")
    parser.add_argument("--recipe", default="29x3,64x4,85x6,73x7,64x8", help="bands x rows")
    parser.add_argument("--share", type=float, default=_SHARE, help="of the processor time")
    parser.add_argument("--price", type=float, default=_PRICE, help="dollars for a core-hour")
    options = parser.parse_args(arguments)
    head = ["paragraphs", "bands x rows", "in a bucket", "strangers", "recall", "core-hours",
            "dollars", "shuffled", "bytes each", "stored"]  # fmt: skip
    rows = []
    for size in map(float, options.sizes.split(",")):
        for recipe in options.recipe.split(","):
            count, width = map(int, recipe.split("x"))
            cost = estimate(size, Banding(2, count, width))
            if cost.bucket > CAP:
                continue
            hours = cost.hours * options.share
            rows.append([
                f"{size:.0e}", recipe, f"{cost.bucket:.2g}", f"{cost.strangers:.3g}",
                f"{cost.recall:.3f}", _rounded(hours), _rounded(hours * options.price),
                _bytes(cost.shuffled), f"{cost.shuffled / size:,.0f}", _bytes(cost.stored),
            ])  # fmt: skip
    print(table(head, rows))


def estimate(size: float, banding: Banding) -> Cost:
    """Estimate one job."""
    _, count, width = banding
    permutations = count * width
    bucket = bands._BACKGROUND["words", 2][width - 2] * size * _DISTINCT
    strangers = bucket * count
    pairs = strangers / 2 + _LIKELY
    sketch = 8 * sketch_words(permutations)
    keys = count * _DISTINCT
    micro = _PARAGRAPH + _PERMUTATION * permutations + _KEY * keys + _PAIR * pairs
    micro += _COMPARED * _LIKELY + _DECIDED * _CLUSTERED
    shuffled = _PRINTED + _KEYED * keys + (_PAIRED + sketch) * pairs + _TEXTS * _LIKELY
    shuffled += _RECORD * _CLUSTERED
    stored = _STORED + _STORED_KEY * count + sketch + _STORED_PAIR * pairs
    return Cost(
        bucket, strangers, bands.expected_recall(banding, 0.8), micro * size / 3.6e9,
        shuffled * size, stored * size,
    )  # fmt: skip


def _rounded(number: float) -> str:
    return f"{number:,.2g}" if number < 10 else f"{number:,.0f}"


def _bytes(size: float) -> str:
    for unit, factor in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9)):
        if size >= factor:
            return f"{size / factor:,.3g} {unit}"
    return f"{size / 1e6:,.3g} MB"


if __name__ == "__main__":
    main()
