"""Makes findings of matches: which are new, which are accepted, what each one says.

Knows: places, levels, fingerprints, which comments are of no use. Does not know: how matches are
found, which paragraphs are new, formats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate, compress
from typing import NamedTuple

import xxhash

from dedup.check.config.settings import CheckSettings
from dedup.check.config.suppression import BITS, ENABLE
from dedup.check.files.collection import Collected
from dedup.check.findings import baseline
from dedup.check.findings.report import LEVELS, RULES, Finding, Part, Place, RepeatedPages, Unused
from dedup.check.matches.copies import Corpus, RuleMatch, matches
from dedup.check.matches.groups import MatchGroup, grouped
from dedup.check.matches.pages import editions, glob_of, pages, shares_of
from dedup.check.matches.runs import GroupRun, runs
from dedup.paragraph import Paragraph

#: The highest similarity of places whose words differ.
_BELOW = 0.9999


class Reported(NamedTuple):
    """What a check reports: its findings, sorted, and how many more the baseline accepts."""

    findings: tuple[Finding, ...]
    accepted: int


class Results:
    """Makes the findings of a check.

    Args:
        collected: what was read.
        corpus: what was compared.
        settings: of the check.
        touched: whether each paragraph is to be reported on; None for all paragraphs.
        entries: the entries of the baseline.
        changes: whether paragraphs are reported on because they changed.

    """

    def __init__(
        self,
        collected: Collected,
        corpus: Corpus,
        settings: CheckSettings,
        touched: Sequence[bool] | None,
        entries: Mapping[baseline.Key, baseline.Entry],
        changes: bool,
    ) -> None:
        self.paragraphs = collected.paragraphs
        self.files = [each.source for each in collected.paragraphs]
        self.corpus = corpus
        self.counts: list[int] = corpus.words.counts.tolist()
        self.settings = settings
        self.touched = touched
        self.entries = entries
        self.changes = changes

    def findings(self, matches: Iterable[RuleMatch]) -> Reported:
        """Make the findings of what the rules match, and count those that the baseline accepts."""
        new: list[tuple[RuleMatch, str]] = []
        known: list[tuple[RuleMatch, str]] = []
        texts = baseline.AcceptedTexts(self.entries, self.corpus)
        for match in matches:
            if self.touched is not None and not any(self.touched[k] for k in match.places):
                continue
            verdict = texts.judge(match)
            (known if verdict.accepted else new).append((match, verdict.note))
        found = sorted(self._made(new), key=_order)
        accepted = sum(1 for _ in self._bundles(known)) if known else 0
        return Reported(tuple(_distinct(found)), accepted)

    def _made(self, matches: Sequence[tuple[RuleMatch, str]]) -> Iterator[Finding]:
        for names, some in self._bundles(matches):
            yield self._finding(some, self._pages(names, some) if names else None)

    def _bundles(
        self, matches: Sequence[tuple[RuleMatch, str]]
    ) -> Iterator[tuple[tuple[str, ...], list[GroupRun]]]:
        """Give the runs that one finding reports, with the files that are editions of one page.

        For a run that is a finding by itself there are no such files.
        """
        prints, files = self.corpus.words.prints, self.files
        every = runs(grouped(matches, prints), files, prints)
        whole = editions(every, files, self.counts, self._words)
        within = {id(run) for some in whole.values() for run in some}
        yield from whole.items()
        yield from (((), [run]) for run in every if id(run) not in within)

    @cached_property
    def _words(self) -> Counter[str]:
        """How many words of each file are compared."""
        words: Counter[str] = Counter()
        for name, count in zip(self.files, self.counts, strict=True):
            if count >= self.settings.min_words:
                words[name] += count
        return words

    def _pages(self, names: tuple[str, ...], some: Sequence[GroupRun]) -> RepeatedPages:
        shares = shares_of(some, names, self.files, self.counts, self._words)
        inside = {name: self.settings.relative(name) for name in names}
        return pages(shares, {name: glob_of(at) if at else None for name, at in inside.items()})

    def _finding(self, some: Sequence[GroupRun], whole: RepeatedPages | None) -> Finding:
        """Make a finding of a run, or of all runs between editions of a page."""
        groups = [group for run in some for group in run.groups]
        similarity = {k: score for group in groups for k, score in group.places.items()}
        rules = {rule: note for group in groups for rule, note in group.rules.items()}
        levels = self.settings.levels
        rule = min(rules, key=lambda each: (LEVELS.index(levels[each]), RULES.index(each)))
        notes = {note: None for group in groups for note in group.rules.values() if note}
        places = [self._places(run, similarity) for run in some]
        if whole:
            mine = [each for each in places if any(p.paragraph.source == whole.about for p in each)]
            first = mine[0]
            first.sort(key=lambda each: each.paragraph.source != whole.about)
            rest = [each for each in places if each is not first]
            every = [*first, *(place for each in rest for place in each)]
        else:
            every = _ranked(places[0], self._asked(some[0].tracks))
        prints = (self.corpus.words.prints[k] for group in groups for k in group.places)
        return Finding(
            rule,
            levels[rule],
            tuple(every),
            every[0].words,
            _fingerprint(rule, prints),
            "; ".join(notes),
            tuple(map(self._part, groups)) if len(groups) > 1 or len(rules) > 1 else (),
            whole,
        )

    def _part(self, group: MatchGroup) -> Part:
        places = [self._place([k], score, k == group.centre) for k, score in group.places.items()]
        ranked = _ranked(places, self._asked([[k] for k in group.places]))
        return Part(tuple(ranked), ranked[0].words, frozenset(group.rules))

    def _places(self, run: GroupRun, similarity: Mapping[int, float]) -> list[Place]:
        """Give the places of a run. The place that is most like the reference is marked as kept."""
        if len(run.groups) == 1:
            (group,) = run.groups
            return [self._place([k], score, k == group.centre) for k, score in group.places.items()]
        counts = self.counts
        scores = []
        for track in run.tracks:
            every = [similarity[k] for k in track]
            total = sum(counts[k] for k in track) or 1
            mean = sum(s * counts[k] for s, k in zip(every, track, strict=True)) / total
            scores.append(1.0 if min(every) == 1.0 else min(mean, _BELOW))
        longest = max(map(len, run.tracks))
        whole = [k for k, track in enumerate(run.tracks) if len(track) == longest]
        kept = max(whole, key=lambda k: scores[k])
        return [
            self._place(track, score, number == kept)
            for number, (track, score) in enumerate(zip(run.tracks, scores, strict=True))
        ]

    def _asked(self, tracks: Sequence[Sequence[int]]) -> list[bool]:
        """Say for each place whether it is to be reported on because it changed or was named."""
        touched = self.touched
        return [touched is not None and any(touched[k] for k in track) for track in tracks]

    def _place(self, track: Sequence[int], similarity: float, kept: bool) -> Place:
        touched = self.touched
        changed = self.changes and touched is not None and any(touched[k] for k in track)
        words = sum(self.counts[k] for k in track)
        return Place(self._whole(track), similarity, changed, kept, words)

    def _whole(self, track: Sequence[int]) -> Paragraph:
        """Make one paragraph of several, from the first one's beginning to the last one's end."""
        first, last = self.paragraphs[track[0]], self.paragraphs[track[-1]]
        if len(track) == 1:
            return first
        every = [self.paragraphs[k] for k in track]
        return Paragraph(
            "\n\n".join(each.text for each in every),
            first.source,
            first.record,
            first.first,
            last.last,
            first.start,
            last.end,
            "\n\n".join(each.prose for each in every),
        )


def _ranked(places: Sequence[Place], asked: Sequence[bool]) -> list[Place]:
    """Sort the places of a group: the primary one first, then those that differ from the reference.

    The primary place is the last one that was asked for. If there is none it is the last one that
    differs, and if none differs the last of all.
    """
    wanted = [*compress(places, asked)]
    differing = [each for each in places if each.similarity < 1.0]
    primary = (wanted or differing or places)[-1]
    rest = [each for each in places if each is not primary]
    return [primary, *sorted(rest, key=lambda each: each.similarity == 1.0)]


def _order(finding: Finding) -> tuple[str, int, int, str]:
    paragraph = finding.places[0].paragraph
    return paragraph.source, paragraph.first, RULES.index(finding.rule), finding.fingerprint


def _fingerprint(rule: str, prints: Iterable[str]) -> str:
    """Hash a rule and the texts of a group, regardless of their places and order."""
    return xxhash.xxh3_128_hexdigest(" ".join([rule, *sorted(set(prints))]).encode())


def _distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Make fingerprints unique. Isolated sections may have findings of the same rule and texts."""
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
    collected: Collected, corpus: Corpus, rules: Sequence[str], settings: CheckSettings
) -> tuple[Unused, ...]:
    """List the comments without which no more would be found. Cost: one more search."""
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
    """Warn of merge conflicts that are not resolved."""
    return [
        f"{source}:{line}: a merge conflict that was not settled; both sides are read, and not "
        "compared with each other"
        for source, line in collected.conflicts
    ]


def misunderstood(collected: Collected) -> list[str]:
    """Warn of comments for dedup that can't be understood."""
    return [
        f"{source}:{scope.directive.line}: {scope.directive.reason}"
        for source, scope in collected.scopes
        if scope.directive.verb is None
    ]
