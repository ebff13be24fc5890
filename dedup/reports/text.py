"""Findings as text, for people: runs first, then groups, variants, and lines of sums.

Knows: what people want to see of a finding, and how much of it. Does not know: how findings come
about, terminals (``Style`` says whether to use colours, and how wide lines may be).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.audit import Audit
from dedup.contained import Containment
from dedup.core.similarity import rounded
from dedup.explanation import MOST_SHOWN, Explanation, explain
from dedup.found import Found, Group, Kind, Run
from dedup.paragraph import Paragraph, text_of
from dedup.reports.findings import Findings, FindSummary
from dedup.reports.wording import counted, mark, one_line, shorten, visible, wrap

#: The number of characters that are shown of a text.
_EXCERPT = 180

#: The most differences of an explanation that are listed, and the characters of either side.
_MOST_REASONS, _MOST_WORDS = 20, 60

_MOST_COPIES = 5  # of a group, or edited ones of a run, unless all are to be shown


# How like a copy is: to the letter; but for punctuation, case and spacing; less than that.
IDENTICAL, SAME_WORDS, EDITED = "identical", "with the same words", "edited"


class Style(NamedTuple):
    """How a report looks: colours, the width, and the most findings of a kind (0 for all)."""

    colour: bool = False
    columns: int = 100
    limit: int = 20


def find_text(findings: Findings, style: Style) -> Iterator[str]:
    """Write the whole report, a line at a time."""
    shown = findings.runs[: style.limit or None]
    for run in shown:
        yield from _run(findings, run, style)
        yield ""
    yield from _more(len(findings.runs) - len(shown), "run")
    in_runs = findings.in_runs()
    groups = [group for group in findings.groups if not in_runs[group.copies].all()]
    for group in groups[: style.limit or None]:
        yield from _group(findings, group, in_runs, style)
        yield ""
    yield from _more(len(groups) - len(groups[: style.limit or None]), "group")
    variants = findings.variants[: style.limit or None]
    for k in variants:
        yield from _variant(findings, k, style)
        yield ""
    yield from _more(len(findings.variants) - len(variants), "variant")
    contained = findings.contained[: style.limit or None]
    for each in contained:
        yield from _contained(findings, each, style)
        yield ""
    yield from _more(len(findings.contained) - len(contained), "contained paragraph")
    if not findings.summary.copies:
        yield "nothing repeats"
        if not findings.variants and not findings.contained:
            yield from compared(findings)
    yield from sums(findings.summary)


def compared(findings: Findings) -> Iterator[str]:
    """Say what was compared, and which options would find more, if nothing was found."""
    recipe, threshold = findings.found.recipe, findings.summary.threshold
    every, long = len(findings.paragraphs), findings.competing()
    words = counted(recipe.min_tokens, "word")
    if long < 2:
        some = f"{long:,} {'has' if long == 1 else 'have'} {words} or more"
        yield f"too little to compare: of {counted(every, 'paragraph')}, {some}"
        yield "to compare more: --min-tokens 3 for shorter ones, --markup lines for each line"
        return
    what = "words" if recipe.tokens == "words" else "characters"
    share = f"{100 * threshold:g} % of their {what} in the same order"
    shorter = f", {every - long:,} shorter ones stay" if every > long else ""
    yield f"no two of {long:,} paragraphs of {words} or more share {share}{shorter}"
    lower = f"--threshold {max(threshold - 0.1, 0.5):g}, " if threshold > 0.5 else ""
    yield f"to see more: {lower}--min-tokens 3, or --histogram, which shows how alike they are"


def explain_text(explanation: Explanation, style: Style) -> Iterator[str]:
    """Write score, kind, the marked wording and the note."""
    yield f"similarity {rounded(explanation.similarity, 2):.2f}, {explanation.kind.name.lower()}"
    if explanation.stretches:
        yield ""
        yield from wrap(mark(explanation.stretches), style.columns, style.colour)
    if explanation.reason:
        yield ""
        yield from _reasons(explanation)
    if explanation.note:
        yield ""
        yield explanation.note


def _reasons(explanation: Explanation) -> Iterator[str]:
    """Say which differences speak for a variant and which for an edited copy."""
    for each in explanation.differences[:_MOST_REASONS]:
        words = [one_line(shorten(side, _MOST_WORDS)) for side in (each.before, each.after)]
        what = " -> ".join(f'"{side}"' if side else "nothing" for side in words)
        yield f"{each.weight:+.1f}  {what}: {each.rule}"
    yield from _further(len(explanation.differences) - _MOST_REASONS, "difference")
    for name, weight in explanation.whole:
        yield f"{weight:+.1f}  {name}"
    verdict = "a variant" if explanation.kind == Kind.VARIANT else "an edited copy"
    yield f"probability of a variant {explanation.probability:.2f}: {verdict}"


def _further(count: int, name: str) -> Iterator[str]:
    if count > 0:
        yield f"and {counted(count, f'more {name}')}"


def removed_lines(findings: Findings) -> list[str]:
    """Say what was removed from texts: a line for each run and each other paragraph, in order."""
    paragraphs, found = findings.paragraphs, findings.found
    in_runs = findings.in_runs()
    lines = [(run.copy, sentence(findings, run, " ({})")) for run in findings.runs]
    for k in np.flatnonzero(~found.kept & ~in_runs).tolist():
        one, other = paragraphs[k], paragraphs[int(found.match[k])]
        if found.kind[k] == Kind.CONTAINED:
            lines.append((k, f"{_lines(one, one)} stands in {other_place(one, other)}"))
        else:
            lines.append((k, f"{place_and_verb(one, one, other)} ({_likeness(findings, k)})"))
    several = findings.summary.files > 1
    return [
        f"{visible(paragraphs[k].source)}: {line}" if several else line for k, line in sorted(lines)
    ]


def _run(findings: Findings, run: Run, style: Style) -> Iterator[str]:
    paragraphs, found = findings.paragraphs, findings.found
    first, last = paragraphs[run.copy], paragraphs[run.copy_last]
    yield bold(place_of(first, last), style)
    yield "  " + sentence(findings, run, ": {}")
    yield from _indented(one_line(shorten(text_of(first), _EXCERPT)), style)
    edited = [k for k in copies_of(found, run) if found.kind[k] != Kind.EXACT]
    for k in edited[: _MOST_COPIES if style.limit else None]:
        what = place_and_verb(paragraphs[k], paragraphs[k], paragraphs[found.match[k]])
        yield f"  {what}: {_likeness(findings, k)}"
        yield from _difference(findings, k, style)
    if style.limit:
        yield from _more(len(edited) - _MOST_COPIES, "edited paragraph", "  ")


def _group(
    findings: Findings, group: Group, in_runs: NDArray[np.bool_], style: Style
) -> Iterator[str]:
    paragraphs, found = findings.paragraphs, findings.found
    kept = paragraphs[group.kept]
    in_runs_above = int(in_runs[group.copies].sum())
    copies = group.copies[~in_runs[group.copies]].tolist()
    yield bold(place_of(kept, kept), style)
    words = counted(findings.words_of(group), "word")
    yield f"  {repeated(len(group.copies), in_runs_above)}, {words}"
    yield from _indented(one_line(shorten(text_of(kept), _EXCERPT)), style)
    for k in copies[: _MOST_COPIES if style.limit else None]:
        yield f"  {place_of(paragraphs[k], paragraphs[k])}: {_likeness(findings, k)}"
        if found.kind[k] != Kind.EXACT:
            yield from _difference(findings, k, style)
    if style.limit:
        yield from _more(len(copies) - _MOST_COPIES, "copy", "  ")


def _variant(findings: Findings, k: int, style: Style) -> Iterator[str]:
    paragraphs, found = findings.paragraphs, findings.found
    variant, partner = paragraphs[k], paragraphs[int(found.match[k])]
    yield bold(place_of(variant, variant), style)
    yield f"  a variant of {other_place(variant, partner)}: {_likeness(findings, k)}"
    yield from _difference(findings, k, style)


def _contained(findings: Findings, found: Containment, style: Style) -> Iterator[str]:
    paragraphs = findings.paragraphs
    inner, outer = paragraphs[found.inner], paragraphs[found.outer]
    yield bold(place_of(inner, inner), style)
    yield f"  {stands_in(inner, outer, found.share)}"
    yield from _indented(one_line(shorten(text_of(inner), _EXCERPT)), style)


def stands_in(inner: Paragraph, outer: Paragraph, share: float) -> str:
    """Say in which longer paragraph another stands, and how much of it."""
    part = f"{100 * rounded(share, 2):.0f} % of its words"
    return f"stands in {other_place(inner, outer)}: {part}, in one piece"


def repeated(copies: int, in_runs: int) -> str:
    """Say how often a paragraph is repeated; in_runs: the number of the copies within runs."""
    above = f" ({in_runs:,} of them in runs above)" if in_runs else ""
    return f"repeated {_times(copies)}{above}"


def other_place(one: Paragraph, other: Paragraph) -> str:
    """Write the place of another paragraph, with its source only if that differs."""
    same = (one.source, one.record) == (other.source, other.record)
    return _lines(other, other) if same else place_of(other, other)


def _difference(findings: Findings, k: int, style: Style) -> Iterator[str]:
    """Show how a copy differs from what it repeats."""
    kept = text_of(findings.paragraphs[int(findings.found.match[k])])
    copy = text_of(findings.paragraphs[k])
    if len(kept) + len(copy) > MOST_SHOWN:
        yield "    too long to be shown word by word"
        return
    tokens = findings.found.recipe.tokens
    found = explain(kept, copy, tokens, findings.summary.threshold)
    for line in wrap(mark(found.stretches, context=60), style.columns - 4, style.colour):
        yield f"    {line}"
    if found.kind == Kind.VARIANT:
        yield f"    {found.reason}"


def sentence(findings: Findings, run: Run, how: str) -> str:
    """Say what a run repeats: ``lines 21-38 repeat lines 3-20: 18 paragraphs, identical``."""
    paragraphs = findings.paragraphs
    ends = (run.copy, run.copy_last, run.kept, run.kept_last)
    alike = Counter(_degree(findings, k) for k in copies_of(findings.found, run))
    if len(alike) == 1 and IDENTICAL in alike:
        parts = [IDENTICAL]
    else:
        parts = [f"{alike[each]} {each}" for each in (IDENTICAL, SAME_WORDS, EDITED) if alike[each]]
    if alike[EDITED]:
        parts.append(f"similarity {rounded(run.similarity, 2):.2f}")
    what = ", ".join([counted(run.paragraphs, "paragraph"), *parts])
    return place_and_verb(*(paragraphs[k] for k in ends)) + how.format(what)


def copies_of(found: Found, run: Run) -> list[int]:
    """Give the positions of the copies in a run."""
    return [k for k in range(run.copy, run.copy_last + 1) if not found.kept[k]]


def _degree(findings: Findings, k: int) -> str:
    """Say in a word how similar a copy is."""
    if findings.found.kind[k] != Kind.EXACT:
        return EDITED
    kept = findings.paragraphs[int(findings.found.match[k])]
    return IDENTICAL if kept.text == findings.paragraphs[k].text else SAME_WORDS


def _likeness(findings: Findings, k: int) -> str:
    degree = _degree(findings, k)
    if degree != EDITED:
        return degree
    return f"similarity {rounded(float(findings.found.similarity[k]), 2):.2f}"


def place_and_verb(
    first: Paragraph, last: Paragraph, kept: Paragraph, kept_last: Paragraph | None = None
) -> str:
    """Say which lines repeat which, with the name of the other source if it differs."""
    kept_last = kept_last or kept
    verb = "repeat" if last.last > first.first else "repeats"
    same = (first.source, first.record) == (kept.source, kept.record)
    other = _lines(kept, kept_last) if same else place_of(kept, kept_last)
    return f"{_lines(first, last)} {verb} {other}"


def place_of(first: Paragraph, last: Paragraph) -> str:
    """Write a place as editors open it: ``path:first-last``."""
    record = f"[{first.record}]" if first.record else ""
    source = visible(first.source + record)
    return f"{source}:{_numbers(first, last)}" if source else _lines(first, last)


def _lines(first: Paragraph, last: Paragraph) -> str:
    return ("lines " if last.last > first.first else "line ") + _numbers(first, last)


def _numbers(first: Paragraph, last: Paragraph) -> str:
    return f"{first.first}-{last.last}" if last.last > first.first else str(first.first)


def sums(summary: FindSummary) -> Iterator[str]:
    """Say what was compared, what repeats, and which share of the pairs is expected to be found."""
    counts = [counted(summary.files, "file"), counted(summary.paragraphs, "paragraph")]
    if summary.runs:
        counts.append(counted(summary.runs, "run"))
    counts += [counted(summary.groups, "group"), f"{counted(summary.words, 'word')} repeated"]
    if summary.variants:
        counts.append(counted(summary.variants, "variant"))
    if summary.contained:
        counts.append(f"{summary.contained:,} inside others")
    counts.append(_seconds(summary.seconds))
    if summary.skipped:
        counts.insert(1, f"{summary.skipped:,} skipped")
    yield ", ".join(counts)
    if summary.uncompared:
        yield f"{counted(summary.uncompared, 'pair')} not compared"
    if summary.recall < 1.0:
        yield expected(summary.recall, summary.threshold)
    if summary.audit is not None:
        yield from _audit(summary.audit)


def expected(recall: float, threshold: float) -> str:
    """Say which share of the pairs is expected to be found."""
    return (
        f"at least {math.floor(1000 * recall) / 10:.1f} % of the pairs with similarity "
        f"{threshold:g} are expected to be found"
    )


def _audit(audit: Audit) -> Iterator[str]:
    """Say what an audit found, with its margin."""
    sample = f"audit: {counted(audit.sample, 'paragraph')} compared with all"
    if not audit.pairs:
        yield f"{sample}, no pair alike among them"
        return
    yield (
        f"{sample}, {audit.escaped:,} of {counted(audit.pairs, 'pair')} escaped: "
        f"{100 * audit.share:.2f} % ({100 * audit.low:.2f} to {100 * audit.high:.2f} %, "
        "95 % confidence)"
    )


def _more(count: int, name: str, indent: str = "") -> Iterator[str]:
    if count > 0:
        yield f"{indent}and {counted(count, f'more {name}')} (--limit 0 shows all)"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:,.0f} s"


def _indented(text: str, style: Style) -> Iterator[str]:
    for line in wrap([(text, "")], style.columns - 4, style.colour):
        yield f"    {line}"


def bold(text: str, style: Style) -> str:
    """Make text bold if colours are used."""
    return f"\x1b[1m{text}\x1b[0m" if style.colour else text
