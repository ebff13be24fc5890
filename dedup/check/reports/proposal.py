"""The file of settings that a first run proposes for what it found.

Knows: what the file says and how it is written. Does not know: how a check is run, the baseline.

All of it is comments but the defaults that one is most likely to change, so that the file changes
nothing until somebody decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dedup.check.config.settings import CheckSettings
from dedup.check.findings.report import Report
from dedup.check.matches.pages import toml
from dedup.check.reports import phrases

#: Proposals of one kind that are written.
_MOST = 20


def proposal(report: Report, settings: CheckSettings, sites: Iterable[tuple[str, str]]) -> str:
    """Write the file. sites: the site generators that were found, each with its folder."""
    return "\n".join(_lines(report, settings, list(sites))) + "\n"


def _lines(
    report: Report, settings: CheckSettings, sites: Sequence[tuple[str, str]]
) -> Iterator[str]:
    yield "# Settings of dedup check. Every key is explained by dedup/check/README.md."
    yield ""
    yield f"min-words = {settings.min_words}      # shorter paragraphs are not compared"
    yield f"threshold = {settings.threshold}     # share of the words that stand in both"
    yield f'fail-on = {toml(settings.fail_on)}  # or "error", "never"'
    yield ""
    seen = ", ".join(f"{name} in {phrases.path(folder) or '.'}" for name, folder in sites)
    yield f"# Seen: {seen or 'no site generator'}."
    yield 'preset = "auto"'
    yield ""
    isolate = [*_trees(report), *_pages(report, "isolate")]
    yield "# Files that are alike by design, such as versions and translations, are never compared."
    yield from _key("isolate", isolate, '"i18n/{lang}/**", ["docs/**", "versioned_docs/*/**"]')
    yield ""
    yield "# What stands in these files may be repeated anywhere."
    yield from _key("boilerplate", [*_pages(report, "boilerplate")], '"docs/_shared/*.md"')
    yield ""
    yield "# Left out, even if named."
    yield '# extend-exclude = ["CHANGELOG.md"]'
    yield ""
    yield "[rules]"
    yield "# similar-paragraph = false  # edited copies"
    yield "# paragraph-variant = true   # alike but for a number, a version, a name"


def _key(key: str, proposed: Sequence[tuple[str, str]], example: str) -> Iterator[str]:
    """Write a list as comments, each entry with its reason; for an empty list an example."""
    if not proposed:
        yield f"# {key} = [{example}]"
        return
    yield "# Proposed, for what was found:"
    yield f"# {key} = ["
    for entry, why in proposed[:_MOST]:
        yield f"#     {entry},  # {why}"
    yield "# ]"


def _trees(report: Report) -> Iterator[tuple[str, str]]:
    for each, (said, setting) in zip(report.trees, phrases.trees(report), strict=True):
        if each.setting:
            yield _entry(setting), said


def _pages(report: Report, key: str) -> Iterator[tuple[str, str]]:
    for finding in phrases.most_saving(report.findings):
        setting = phrases.setting(finding)
        if setting.startswith(f"{key} = "):
            yield _entry(setting), phrases.headline(finding)


def _entry(setting: str) -> str:
    """Give the one entry of the list that a line of settings sets."""
    return setting.partition(" = ")[2].removeprefix("[").removesuffix("]")
