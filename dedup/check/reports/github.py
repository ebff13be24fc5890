"""GitHub Actions: annotations in the log, the report as text, and the summary of the job.

Knows: workflow commands, their escapes, how many a step may have.
Does not know: how a group is worded, where the summary is written.

A runner obeys lines that begin with ``::``, spaces before it or not, and ``##[name]`` anywhere
(``ActionCommand`` in actions/runner). Texts and paths are a stranger's, so none begins a line here
and ``##[`` is parted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dedup.check.findings.report import ERROR, NOTE, WARNING, Finding, Report
from dedup.check.reports import full, markdown, phrases
from dedup.reports.wording import counted

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

#: Annotations of one level that a step shows; the host drops the rest without a word.
MOST_ANNOTATIONS = 10

#: Bytes of a job summary: the host takes 1 MiB a step and nothing of what is larger.
MOST_SUMMARY = 1_000_000

_COMMANDS = {ERROR: "error", WARNING: "warning", NOTE: "notice"}

#: Other places that an annotation names.
_MOST_PLACES = 20


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write the annotations, the largest groups first, then the report as text."""
    left_out = []
    for level, command in _COMMANDS.items():
        of_level = [each for each in report.findings if each.level == level]
        for finding in phrases.most_saving(of_level)[:MOST_ANNOTATIONS]:
            yield _annotation(report, finding, command)
        if len(of_level) > MOST_ANNOTATIONS:
            left_out.append(f"+{counted(len(of_level) - MOST_ANNOTATIONS, f'more {command}')}")
    if left_out:
        yield f"{', '.join(left_out)} (GitHub shows {MOST_ANNOTATIONS} of each in a step)"
    for line in full.lines(report, look._replace(colour=False)):
        yield _harmless(line)


def summary(report: Report) -> str:
    """Write the summary of the job: GitHub-flavoured Markdown of at most ``MOST_SUMMARY`` bytes."""
    return "\n".join(markdown.document(report, MOST_SUMMARY)) + "\n"


def _annotation(report: Report, finding: Finding, command: str) -> str:
    """Write the command for one group, without columns: paragraphs may have several lines."""
    paragraph = finding.places[0].paragraph
    properties = {
        "title": f"dedup ({finding.rule})",
        "file": phrases.whole(paragraph.source),
        "line": str(paragraph.first),
        "endLine": str(paragraph.last),
    }
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {written}::{_value(_message(report, finding))}"


def _message(report: Report, finding: Finding) -> str:
    others = range(1, min(len(finding.places), _MOST_PLACES + 1))
    said = [f"{phrases.spot(finding.places[0])}: {phrases.sentence(finding)}"]
    for k in others:
        remarks = phrases.remarks(report, finding, k)
        said.append(f"  {phrases.spot(finding.places[k])}{f' ({remarks})' if remarks else ''}")
    if len(finding.places) - 1 > _MOST_PLACES:
        said.append(f"  +{len(finding.places) - 1 - _MOST_PLACES:,} more")
    if setting := phrases.setting(finding):
        said.append(f"if they are meant to be alike, put into dedup.toml: {setting}")
    if finding.note:
        said.append(phrases.note(finding))
    return phrases.whole("\n".join(said))


def _value(text: str) -> str:
    """Escape the message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property of a command."""
    return _value(text).replace(":", "%3A").replace(",", "%2C")


def _harmless(line: str) -> str:
    """Write a line of text so that no runner takes it for a command."""
    line = line.replace("##[", "# #[")
    return line.replace(":::", "and", 1) if line.lstrip().startswith("::") else line
