"""Groups to findings: which are new, which are accepted, what each says.

Knows: places, levels, fingerprints, which comments are of no use. Does not know: how groups are
found, what is new, formats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

import xxhash

from dedup.check import baseline
from dedup.check.collecting import Collected
from dedup.check.finding import RULES, Finding, Place, Unused
from dedup.check.matching import Corpus, Match, matches
from dedup.check.settings import Settings
from dedup.check.suppression import BITS, ENABLE


class Results:
    """The findings of a check.

    touched: the paragraphs to report on, None for all; changes: whether that is because they
    changed; entries: of the baseline.
    """

    def __init__(
        self,
        collected: Collected,
        corpus: Corpus,
        levels: Mapping[str, str],
        touched: Sequence[bool] | None,
        entries: Mapping[baseline.Key, baseline.Entry],
        changes: bool,
    ) -> None:
        self.paragraphs = collected.paragraphs
        self.corpus = corpus
        self.levels = levels
        self.touched = touched
        self.entries = entries
        self.changes = changes

    def findings(self, groups: Iterable[Match]) -> tuple[tuple[Finding, ...], int]:
        """Make the findings, sorted, and count the groups that the baseline accepts."""
        found = []
        accepted = 0
        prints = self.corpus.words.prints
        copies = Counter(each[: baseline.DIGITS] for each in prints) if self.entries else {}
        for group in groups:
            if self.touched is not None and not any(self.touched[k] for k in group.places):
                continue
            verdict = baseline.judge(self.entries, group, prints, copies)
            if verdict.accepted:
                accepted += 1
            else:
                found.append(self._finding(group, verdict.note))
        found.sort(key=_order)
        return tuple(_distinct(found)), accepted

    def _finding(self, group: Match, note: str) -> Finding:
        primary = self._primary(group)
        order = [primary, *(k for k in group.places if k != primary)]
        places = tuple(
            Place(
                self.paragraphs[k],
                group.places[k],
                self.changes and self.touched is not None and self.touched[k],
                k in group.centres,
            )
            for k in order
        )
        return Finding(
            group.rule,
            self.levels[group.rule],
            places,
            int(self.corpus.words.counts[primary]),
            _fingerprint(group.rule, (self.corpus.words.prints[k] for k in group.places)),
            note,
        )

    def _primary(self, group: Match) -> int:
        """Choose the place to point at: the last that is new, else the last of all."""
        places = list(group.places)
        new = [k for k in places if self.touched is not None and self.touched[k]]
        return (new or places)[-1]


def _order(finding: Finding) -> tuple[str, int, int, str]:
    paragraph = finding.places[0].paragraph
    return paragraph.source, paragraph.first, RULES.index(finding.rule), finding.fingerprint


def _fingerprint(rule: str, prints: Iterable[str]) -> str:
    """Hash a rule and the texts of a group, wherever and in whatever order they stand."""
    return xxhash.xxh3_128_hexdigest(" ".join([rule, *sorted(set(prints))]).encode())


def _distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Give findings of the same rule and texts, as isolated sections have, other fingerprints."""
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.fingerprint] += 1
        count = seen[finding.fingerprint]
        if count == 1:
            yield finding
        else:
            digits = xxhash.xxh3_128_hexdigest(f"{finding.fingerprint} {count}".encode())
            yield replace(finding, fingerprint=digits)


def unused(
    collected: Collected, corpus: Corpus, rules: Sequence[str], settings: Settings
) -> tuple[Unused, ...]:
    """List the comments that switch nothing off which would be found. Cost: one more search."""
    corpus = corpus._replace(off=corpus.off * 0)
    met = [0] * len(collected.paragraphs)
    for group in matches(corpus, rules, settings.min_words, settings.threshold):
        for k in group.places:
            met[k] |= BITS[group.rule]
    sums = {bit: [0, *accumulate(bit & each != 0 for each in met)] for bit in BITS.values()}
    answer = []
    for source, (directive, stretches) in collected.scopes:
        used = any(
            bit & off and totals[end] > totals[first]
            for first, end, off in stretches
            for bit, totals in sums.items()
        )
        reason = directive.reason
        if directive.verb is not None:
            reason = "nothing is found there" if stretches else "no paragraph follows it"
        if not used and directive.verb != ENABLE:
            answer.append(Unused(source, directive.line, directive.comment, reason))
    return tuple(answer)


def unsettled(collected: Collected) -> list[str]:
    """Say where merge conflicts were not settled."""
    return [
        f"{source}:{line}: a merge conflict that was not settled; both sides are read, and not "
        "compared with each other"
        for source, line in collected.conflicts
    ]


def misunderstood(collected: Collected) -> list[str]:
    """Say which comments can't be understood."""
    return [
        f"{source}:{scope.directive.line}: {scope.directive.reason}"
        for source, scope in collected.scopes
        if scope.directive.verb is None
    ]
