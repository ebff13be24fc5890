"""The contents of a review page of what ``find`` found.

Knows: which findings there are, in which order. Does not know: the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge

import numpy as np
from numpy.typing import NDArray

from dedup.contained import Containment
from dedup.found import Group, Kind, Run
from dedup.reports import text
from dedup.reports.findings import Findings
from dedup.reports.review.contents import (
    MOST_PAIRS,
    FindingSort,
    Pair,
    ReviewContents,
    ReviewFinding,
)

RUN, GROUP, VARIANT, CONTAINED = "run", "group", "variant", "contained"

#: The heading of each sort of findings, and what it is.
SORTS = {
    RUN: ("Runs", "Pasted blocks: paragraphs in a row that stand elsewhere in the same order."),
    GROUP: ("Groups", "A paragraph and its copies, but for those that runs tell of."),
    VARIANT: ("Variants", "Alike, but the words that differ carry other facts. They stay."),
    CONTAINED: ("Contained", "Paragraphs that stand, whole or nearly, inside a longer one."),
}


def contents(findings: Findings, notes: Sequence[str] = ()) -> ReviewContents:
    """Gather the contents of a page; notes: more lines, such as what was not read."""
    in_runs = findings.in_runs()
    groups = _groups(findings, in_runs)
    counts = {
        RUN: len(findings.runs), GROUP: len(groups), VARIANT: len(findings.variants),
        CONTAINED: len(findings.contained),
    }  # fmt: skip
    every = merge(
        (_run(findings, each) for each in findings.runs),
        (_group(findings, each, in_runs) for each in groups),
        (_variant(findings, each) for each in findings.variants),
        (_contained(findings, each) for each in findings.contained),
        key=_order,
    )
    nothing = () if any(counts.values()) else text.compared(findings)
    recipe = findings.found.recipe
    return ReviewContents(
        "What repeats",
        [*text.sums(findings.summary), *nothing, *notes],
        every,
        {name: FindingSort(*SORTS[name], count) for name, count in counts.items()},
        recipe.tokens,
        variants_at=recipe.variants_at,
    )


def _order(finding: ReviewFinding) -> int:
    return -finding.words


def _groups(findings: Findings, in_runs: NDArray[np.bool_]) -> list[Group]:
    """List the groups with copies outside of runs, those with most words in such copies first."""
    alone = np.where(in_runs, 0, findings.words)
    groups = [each for each in findings.groups if not in_runs[each.copies].all()]
    return sorted(groups, key=lambda each: -int(alone[each.copies].sum()))


def _run(findings: Findings, run: Run) -> ReviewFinding:
    first, last = (findings.paragraphs[k] for k in (run.copy, run.copy_last))
    copies = text.copies_of(findings.found, run)
    sentence = text.sentence(findings, run, ": {}")
    place = text.place_of(first, last)
    return _finding(findings, RUN, place, sentence, findings.words_of(run), copies)


def _group(findings: Findings, group: Group, in_runs: NDArray[np.bool_]) -> ReviewFinding:
    kept = findings.paragraphs[group.kept]
    copies = group.copies[~in_runs[group.copies]]
    above = len(group.copies) - len(copies)
    words = int(findings.words[copies].sum())
    title = text.repeated(len(group.copies), above)
    return _finding(findings, GROUP, text.place_of(kept, kept), title, words, copies.tolist())


def _variant(findings: Findings, k: int) -> ReviewFinding:
    variant, partner = findings.paragraphs[k], findings.paragraphs[int(findings.found.match[k])]
    title = f"a variant of {text.other_place(variant, partner)}"
    return _finding(findings, VARIANT, text.place_of(variant, variant), title, 0, [k])


def _contained(findings: Findings, found: Containment) -> ReviewFinding:
    inner, outer = findings.paragraphs[found.inner], findings.paragraphs[found.outer]
    title = text.stands_in(inner, outer, found.share)
    pair = Pair(outer, inner, found.share, Kind.CONTAINED)
    return ReviewFinding(CONTAINED, text.place_of(inner, inner), title, 0, [pair])


def _finding(
    findings: Findings, sort: str, place: str, title: str, words: int, copies: list[int]
) -> ReviewFinding:
    """Make a finding of copies and the paragraph they repeat; of very many only the first."""
    pairs = [*_pairs(findings, copies[:MOST_PAIRS])]
    return ReviewFinding(sort, place, title, words, pairs, max(0, len(copies) - MOST_PAIRS))


def _pairs(findings: Findings, copies: list[int]) -> Iterator[Pair]:
    paragraphs, found = findings.paragraphs, findings.found
    for k in copies:
        kept = paragraphs[int(found.match[k])]
        yield Pair(kept, paragraphs[k], float(found.similarity[k]), Kind(int(found.kind[k])))
