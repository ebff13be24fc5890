"""The contents of a review page of a plan: every removal with a tick.

Knows: how removals are joined into findings. Does not know: the page, how a plan is made or carried
out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from dedup.core.runs import runs
from dedup.dump.partners import Going, Looked
from dedup.dump.removal import BOILERPLATE, DOCUMENT
from dedup.found import Kind
from dedup.reports import text
from dedup.reports.review.contents import (
    FindingSort,
    Pair,
    ReviewContents,
    ReviewFinding,
    ReviewPlan,
)
from dedup.reports.wording import counted

RUN, GROUP, CONTAINED = "run", "group", "contained"

#: The heading of each sort of findings, and what it is.
SORTS = {
    RUN: ("Runs", "Pasted blocks: paragraphs in a row that stand elsewhere in the same order."),
    GROUP: ("Groups", "A paragraph that stays, and its copies, but for those of runs."),
    CONTAINED: ("Contained", "Paragraphs that stand, whole or nearly, inside a longer one."),
    BOILERPLATE: ("Boilerplate", "The first of the copies, where none is kept."),
    DOCUMENT: ("Documents", "What goes because so much of its document is copies."),
}

_KINDS = {each.name.lower(): each for each in Kind}


def contents(looked: Looked, path: str) -> ReviewContents:
    """Gather the contents of a page about the plan at a path."""
    findings = sorted(_findings(looked), key=lambda each: -each.words)
    found = [each.sort for each in findings]
    name = _name(path)
    return ReviewContents(
        "What would be taken out",
        [
            f"{counted(looked.total, 'removal')}, {counted(looked.words, 'word')}, in {path}",
            "Untick what is to stay, download the plan, and carry it out with: "
            f"dedup clean --apply {name} -o OUT",
        ],
        findings,
        {sort: FindingSort(*said, found.count(sort)) for sort, said in SORTS.items()},
        looked.tokens,
        plan=ReviewPlan(name, looked.head, looked.total),
    )


def _name(path: str) -> str:
    """Name the plan after a review: ``plan.jsonl.gz`` becomes ``plan.reviewed.jsonl``."""
    return f"{os.path.basename(path).partition('.jsonl')[0]}.reviewed.jsonl"


def _findings(looked: Looked) -> Iterator[ReviewFinding]:
    in_runs: set[int] = set()
    for run in _runs(looked):
        in_runs.update(each.line for each in run)
        yield _run(run)
    groups: dict[tuple[object, ...], list[Going]] = {}
    for each in looked.going:
        if each.line not in in_runs:
            groups.setdefault((_sort(each), *_together(each)), []).append(each)
    for (sort, *_), group in groups.items():
        yield _group(str(sort), group)


def _runs(looked: Looked) -> Iterator[list[Going]]:
    """Join copies in a row whose kept paragraphs stand in a row too."""
    placed = [each for each in looked.going if each.at >= 0 and each.kept_at >= 0]
    placed.sort(key=lambda each: each.at)
    copies = np.array([each.at for each in placed], dtype=np.int64)
    match = np.array([each.kept_at for each in placed], dtype=np.int64)
    found = runs(copies, match, looked.documents)
    for first, last in zip(found.first.tolist(), found.last.tolist(), strict=True):
        yield placed[first : last + 1]


def _sort(going: Going) -> str:
    kind = going.removal.kind
    return kind if kind in SORTS else GROUP


def _together(going: Going) -> tuple[object, ...]:
    """Give the key of removals that are shown together: of one kept paragraph, or one document."""
    removal = going.removal
    if removal.kind == BOILERPLATE:
        return (going.line,)
    if removal.kept is None:
        return removal.source, removal.document
    return tuple(removal.kept.values())


def _run(run: Sequence[Going]) -> ReviewFinding:
    first, last = run[0], run[-1]
    assert first.kept
    assert last.kept
    said = text.place_and_verb(first.copy, last.copy, first.kept, last.kept)
    title = f"{said}: {counted(len(run), 'paragraph')}"
    return _finding(RUN, text.place_of(first.copy, last.copy), title, run)


def _group(sort: str, group: Sequence[Going]) -> ReviewFinding:
    first = group[0]
    place = text.place_of(first.copy, first.copy)
    if sort == GROUP and first.kept:
        place = text.place_of(first.kept, first.kept)
    titles = {
        GROUP: text.repeated(len(group), 0),
        CONTAINED: f"{counted(len(group), 'paragraph')} inside a longer one",
        BOILERPLATE: "boilerplate, of which no copy stays",
        DOCUMENT: f"{counted(len(group), 'paragraph')} that go with their document",
    }
    return _finding(sort, place, titles[sort], group)


def _finding(sort: str, place: str, title: str, going: Iterable[Going]) -> ReviewFinding:
    every = list(going)
    words = sum(each.words for each in every)
    return ReviewFinding(sort, place, title, words, [_pair(each) for each in every])


def _pair(going: Going) -> Pair:
    removal = going.removal
    kind = _KINDS.get(removal.kind, removal.kind)
    return Pair(going.kept, going.copy, removal.similarity, kind, removal, going.line)
