"""Findings as JSON, for programs: one document, or a line for each finding.

Knows: the names and the order of the fields. Does not know: how findings come about, files.

``json`` is ``{"version", "summary", "groups", "runs", "variants", "contained"}``. ``jsonl`` has the
same objects, each on a line with a field ``"type"``, the runs first and the summary last. A place
has the fields source, record, first and last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from dedup.contained import Containment
from dedup.core.similarity import rounded
from dedup.core.variants import judge
from dedup.explanation import Explanation
from dedup.found import Group, Kind, Run
from dedup.paragraph import Paragraph, text_of
from dedup.removal import Removed
from dedup.reports.escapes import visible_json
from dedup.reports.findings import Findings

#: Goes up when a field changes its meaning or goes away.
VERSION = 1

#: The number of digits of a similarity.
_DIGITS = 4

Fields = dict[str, object]


def find_json(findings: Findings, unread: Fields) -> str:
    """Write all findings as one JSON document; unread: what of the input was not read."""
    return _dump(
        {
            "version": VERSION,
            "summary": {**_summary(findings), **unread},
            "groups": [_group(findings, group) for group in findings.groups],
            "runs": [_run(findings, run) for run in findings.runs],
            "variants": [_variant(findings, k) for k in findings.variants],
            "contained": [_contained(findings, each) for each in findings.contained],
        },
        indent=2,
    )


def find_jsonl(findings: Findings, unread: Fields) -> Iterator[str]:
    """Write a JSON line for each run and group, and one for the summary."""
    for run in findings.runs:
        yield _dump({"type": "run", **_run(findings, run)})
    for group in findings.groups:
        yield _dump({"type": "group", **_group(findings, group)})
    for k in findings.variants:
        yield _dump({"type": "variant", **_variant(findings, k)})
    for each in findings.contained:
        yield _dump({"type": "contained", **_contained(findings, each)})
    yield _dump({"type": "summary", "version": VERSION, **_summary(findings), **unread})


def removed_jsonl(removed: Removed) -> str:
    """Write a removal: place, span and text of the paragraph, and the place that it repeats."""
    gone = removed.paragraph
    return _dump(
        {
            **gone.place,
            "start": gone.start,
            "end": gone.end,
            "similarity": rounded(removed.similarity, _DIGITS),
            "kind": _name(removed.kind),
            "kept": removed.partner.place,
            "text": gone.text,
        }
    )


def explain_json(explanation: Explanation) -> str:
    """Write an explanation as one JSON document."""
    return _dump(
        {
            "version": VERSION,
            "similarity": rounded(explanation.similarity, _DIGITS),
            "kind": _name(explanation.kind),
            "note": explanation.note,
            "reason": explanation.reason,
            "probability": rounded(explanation.probability, _DIGITS),
            "differences": [each._asdict() for each in explanation.differences],
            "whole": [{"what": name, "weight": weight} for name, weight in explanation.whole],
            "stretches": [asdict(each) for each in explanation.stretches],
        },
        indent=2,
    )


def _summary(findings: Findings) -> Fields:
    summary = findings.summary
    audit = summary.audit and summary.audit._asdict()
    return {**asdict(summary), "seconds": round(summary.seconds, 3), "audit": audit}


def _group(findings: Findings, group: Group) -> Fields:
    paragraphs, found = findings.paragraphs, findings.found
    copies = [
        {
            **paragraphs[k].place,
            "similarity": rounded(float(found.similarity[k]), _DIGITS),
            "kind": _name(Kind(int(found.kind[k]))),
        }
        for k in group.copies.tolist()
    ]
    kept = paragraphs[group.kept].place
    return {"kept": kept, "copies": copies, "words": findings.words_of(group)}


def _variant(findings: Findings, k: int) -> Fields:
    """Write a variant: its place, the kept paragraph, the similarity, and the reason."""
    paragraphs, found = findings.paragraphs, findings.found
    partner = paragraphs[int(found.match[k])]
    return {
        **paragraphs[k].place,
        "of": partner.place,
        "similarity": rounded(float(found.similarity[k]), _DIGITS),
        "reason": judge(
            text_of(partner), text_of(paragraphs[k]), found.recipe.tokens, found.recipe.variants_at
        ).reason,
    }


def _contained(findings: Findings, found: Containment) -> Fields:
    """Write a paragraph that stands inside a longer one: both places, and the share of it."""
    places = findings.paragraphs[found.inner].place, findings.paragraphs[found.outer].place
    return {**places[0], "in": places[1], "share": rounded(found.share, _DIGITS)}


def _run(findings: Findings, run: Run) -> Fields:
    paragraphs = findings.paragraphs
    return {
        "kept": _stretch(paragraphs[run.kept], paragraphs[run.kept_last]),
        "copy": _stretch(paragraphs[run.copy], paragraphs[run.copy_last]),
        "paragraphs": run.paragraphs,
        "similarity": rounded(run.similarity, _DIGITS),
    }


def _stretch(first: Paragraph, last: Paragraph) -> Fields:
    return {**first.place, "last": last.last}


def _name(kind: Kind) -> str:
    return kind.name.lower()


def _dump(fields: Fields, indent: int | None = None) -> str:
    """Write JSON that is readable, valid UTF-8 and harmless, whatever a text or name contains."""
    return visible_json(json.dumps(fields, ensure_ascii=False, indent=indent))
