"""The findings that every format of a report shows: runs, groups, variants, sums.

Knows: which findings matter more and how many words each repeats.
Does not know: formats, colours, files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.audit import Audit
from dedup.contained import Containment
from dedup.core.tokens import tokenise
from dedup.found import Found, Group, Kind, Run
from dedup.paragraph import Paragraph, text_of

#: Texts whose words are counted in one call.
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class FindSummary:
    """The sums of a report.

    Attributes:
        files: the number of files that were read.
        skipped: the number of files that were not read.
        paragraphs: the number of paragraphs.
        runs: the number of runs.
        groups: the number of groups.
        copies: the number of copies.
        variants: the number of variants.
        contained: the number of paragraphs that stand inside longer ones.
        words: the number of words in all copies together.
        threshold: the similarity from which on a paragraph is a copy.
        recall: the share of pairs at or above ``threshold`` that is promised to be compared.
        uncompared: the number of pairs that were not compared because of a cap.
        seconds: the time that the search took.
        audit: the result of an audit, if one was asked for.

    """

    files: int
    skipped: int
    paragraphs: int
    runs: int
    groups: int
    copies: int
    variants: int
    contained: int
    words: int
    threshold: float
    recall: float
    uncompared: int
    seconds: float
    audit: Audit | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Runs and groups, each with the most repeated words first, and variants, most alike first.

    variants: positions; contained: what stands inside longer paragraphs, if asked for; words:
    int64 (n,), the number of words of every copy, 0 for what is kept.
    """

    paragraphs: Sequence[Paragraph]
    found: Found
    runs: list[Run]
    groups: list[Group]
    variants: list[int]
    contained: tuple[Containment, ...]
    words: NDArray[np.int64]
    summary: FindSummary

    def words_of(self, finding: Run | Group) -> int:
        """Count the words that a finding repeats: those of its copies."""
        if isinstance(finding, Run):
            return int(self.words[finding.copy : finding.copy_last + 1].sum())
        return int(self.words[finding.copies].sum())

    def competing(self) -> int:
        """Count the paragraphs that are long enough to be compared. Cost: 1 us each."""
        least = max(self.found.recipe.min_tokens, 1)
        return sum(
            int((tokenise(some).lengths >= least).sum())
            for some in _batches([*map(text_of, self.paragraphs)])
        )

    def in_runs(self) -> NDArray[np.bool_]:
        """Say of every paragraph whether it is a copy within a run: bool (n,)."""
        inside = np.zeros(len(self.words), dtype=bool)
        for run in self.runs:
            inside[run.copy : run.copy_last + 1] = True
        return inside & ~self.found.kept


def findings(
    paragraphs: Sequence[Paragraph],
    found: Found,
    files: int,
    skipped: int,
    seconds: float,
    audit: Audit | None = None,
    contained: tuple[Containment, ...] = (),
) -> Findings:
    """Gather what ``found`` says about paragraphs, in the order in which reports show it."""
    words = _copied_words(paragraphs, found)
    runs = found.runs()
    groups = found.groups()
    runs.sort(key=lambda run: -int(words[run.copy : run.copy_last + 1].sum()))
    groups.sort(key=lambda group: -int(words[group.copies].sum()))
    variants = np.flatnonzero(found.kept & (found.kind == Kind.VARIANT))
    variants = variants[np.argsort(-found.similarity[variants], kind="stable")]
    summary = FindSummary(
        files=files,
        skipped=skipped,
        paragraphs=len(paragraphs),
        runs=len(runs),
        groups=len(groups),
        copies=int(np.count_nonzero(~found.kept)),
        variants=len(variants),
        contained=len(contained),
        words=int(words.sum()),
        threshold=found.threshold,
        recall=found.expected_recall,
        uncompared=found.uncompared,
        seconds=seconds,
        audit=audit,
    )
    return Findings(paragraphs, found, runs, groups, variants.tolist(), contained, words, summary)


def _copied_words(paragraphs: Sequence[Paragraph], found: Found) -> NDArray[np.int64]:
    """Count the words of every copy: int64 (n,), 0 for what is kept. Cost: 2 us a copy."""
    words = np.zeros(len(paragraphs), dtype=np.int64)
    copies = np.flatnonzero(~found.kept)
    for at in range(0, len(copies), _BATCH):
        batch = copies[at : at + _BATCH]
        words[batch] = tokenise([text_of(paragraphs[k]) for k in batch.tolist()]).lengths
    return words


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH))
