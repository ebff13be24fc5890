"""A histogram of similarities, as text and as JSON.

Knows: bars, examples. Does not know: how pairs are found or counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from dedup.core.similarity import rounded
from dedup.explanation import explain
from dedup.histogram import Bin, Histogram
from dedup.options import Matching
from dedup.paragraph import Paragraph, text_of
from dedup.reports.text import Style, bold, place_of
from dedup.reports.wording import counted, mark, wrap

#: Goes up when a field changes its meaning or goes away.
VERSION = 1

#: Columns of the longest bar.
_BAR = 40


def histogram_text(
    found: Histogram,
    paragraphs: Sequence[Paragraph],
    matching: Matching,
    style: Style,
) -> Iterator[str]:
    """Draw the bins, the most alike first, then show the examples of each."""
    threshold, tokens = matching.threshold, matching.tokens
    yield "similarity        pairs  variants"
    if found.copies:
        yield f"same words   {found.copies:>10,}         -"
    most = max((each.pairs for each in found.bins), default=0)
    marked = False
    for each in reversed(found.bins):
        if each.high <= threshold + 1e-9 and not marked:
            yield f"---- threshold {threshold:g} ----"
            marked = True
        yield _row(each, most)
    yield ""
    for each in reversed(found.bins):
        if each.examples:
            yield from _examples(each, paragraphs, tokens, style)
    what = counted(found.paragraphs, "paragraph")
    if found.sample < found.paragraphs:
        yield f"estimated: {found.sample:,} of {what} drawn at random, compared with all"
    else:
        yield f"{what} of unlike words, each compared with all others"


def histogram_json(found: Histogram, paragraphs: Sequence[Paragraph]) -> str:
    """Write the bins with their examples as one JSON document."""
    bins = [
        {
            "low": each.low,
            "high": each.high,
            "pairs": each.pairs,
            "variants": None if each.variants is None else round(each.variants, 4),
            "examples": [
                {
                    "places": [paragraphs[k].place for k in (one.first, one.second)],
                    "similarity": rounded(one.similarity, 4),
                }
                for one in each.examples
            ],
        }
        for each in found.bins
    ]
    fields = {"version": VERSION, **found._asdict(), "bins": bins}
    return json.dumps(fields, indent=2)


def _row(each: Bin, most: int) -> str:
    share = "-" if each.variants is None else f"{100 * each.variants:.0f} %"
    bar = "#" * -(-_BAR * each.pairs // most) if most else ""
    return f"{each.low:.2f}-{each.high:.2f}    {each.pairs:>10,}{share:>10}  {bar}".rstrip()


def _examples(
    each: Bin, paragraphs: Sequence[Paragraph], tokens: str, style: Style
) -> Iterator[str]:
    yield bold(f"{each.low:.2f}-{each.high:.2f}", style)
    for one in each.examples:
        first, second = paragraphs[one.first], paragraphs[one.second]
        explained = explain(text_of(first), text_of(second), tokens, threshold=0.0)
        places = f"{place_of(first, first)} and {place_of(second, second)}"
        yield f"  {places}: {rounded(one.similarity, 2):.2f}, {explained.kind.name.lower()}"
        marked = mark(explained.stretches, context=60)
        for line in wrap(marked, style.columns - 4, style.colour):
            yield f"    {line}"
    yield ""
