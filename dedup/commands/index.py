"""The command ``dedup index``: the persistent index from a shell.

Knows: options, what is printed, exit codes. Does not know: how anything is decided or stored.
Exit codes: 0 done; 1 ``check`` has found something wrong; 2 could not be done.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from dedup.commands.numbers import Finite
from dedup.commands.options import asks
from dedup.options import Matching
from dedup.reports.console import say, write
from dedup.reports.escapes import visible, visible_json

if TYPE_CHECKING:
    from dedup.index import Index, Match, Stats
    from dedup.index.arguments import Options
    from dedup.paragraph import Paragraph

_WRONG = 1

_INDEX = click.argument("index", metavar="INDEX", type=click.Path())
_PATHS = click.argument("paths", metavar="PATH...", nargs=-1, required=True)
_FORMAT = click.option(
    "--format", "form", default="text", show_default=True, type=click.Choice(["text", "jsonl"]),
    help="Form of the answer.",
)  # fmt: skip
_MARKUP = click.option(
    "--markup", default="auto", show_default=True, metavar="NAME",
    help="How texts are cut into paragraphs; see 'dedup find --help'.",
)  # fmt: skip
_ENCODING = click.option(
    "--encoding", default="utf-8", show_default=True, metavar="NAME", help="Encoding of the input.",
)  # fmt: skip
_ERRORS = click.option(
    "--errors", default="strict", show_default=True, metavar="HOW",
    help="What to do with bytes that are not in the encoding; see 'dedup find --help'.",
)  # fmt: skip


@click.group("index", context_settings={"help_option_names": ["-h", "--help"]})
def index_command() -> None:
    """Keep a persistent index of paragraphs, and query it.

    INDEX is a file, or the address of a Redis server such as redis://host/0?prefix=name. 'add'
    makes the index if it doesn't exist. Any number of programs may use it at the same time.

    \b
    dedup index add seen.db news/               store new paragraphs, list the others
    dedup index query seen.db page.html         list paragraphs that repeat stored ones
    dedup index stats seen.db                   how much is stored, with which settings?
    dedup index prune seen.db --older-than 90   remove what was not seen for 90 days
    dedup index check seen.db                   is the index damaged?
    """  # noqa: D301 - click reads \b as a character


@index_command.command("add")
@_INDEX
@_PATHS
@asks("matching", Matching, before="For a new index: ", without=("contained",))
@click.option("--expected", type=click.IntRange(1), metavar="N", help="For a new index: the number"
              " of paragraphs to expect in it.  [default: 1000000]")  # fmt: skip
@click.option("--texts/--no-texts", "store_texts", default=None, help="For a new index: store the"
              " texts, or only hashes of their words. Without texts --variants must be 'remove'."
              "  [default: texts]")  # fmt: skip
@_MARKUP
@_ENCODING
@_ERRORS
@_FORMAT
def add_command(
    index: str,
    paths: Sequence[str],
    matching: Options,
    expected: int | None,
    store_texts: bool | None,
    markup: str,
    encoding: str,
    errors: str,
    form: str,
) -> None:
    """Store the new paragraphs of texts, and list those that are not new.

    Each text is stored as a whole or not at all. The key of a paragraph is SOURCE#LINE.

    \b
    dedup index add seen.db news/
    dedup index add seen.db page.md --markup markdown --format jsonl
    dedup index add new.db news/ --threshold 0.9 --expected 10000000
    """  # noqa: D301
    from dedup.index import Index
    from dedup.index.arguments import keys_of

    new = copies = variant = 0
    try:
        options: Options = {**matching, "expected": expected, "store_texts": store_texts}
        opened = Index(index, **options)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with opened as into:
        for page in _pages(paths, markup, encoding, errors):
            _require_names(page)
            matches = into.add_many(page, keys_of(page))
            _print_matches(page, matches, form)
            copies += sum(match is not None and match.is_copy for match in matches)
            variant += sum(match is not None and not match.is_copy for match in matches)
            new += sum(match is None for match in matches)
    say(f"{new} new or short, {variant} variants, {copies} copies")


@index_command.command("query")
@_INDEX
@_PATHS
@_MARKUP
@_ENCODING
@_ERRORS
@_FORMAT
def query_command(
    index: str, paths: Sequence[str], markup: str, encoding: str, errors: str, form: str
) -> None:
    """List paragraphs that repeat a stored one, or are variants of one. Store nothing."""
    with _reading(index) as opened:
        for page in _pages(paths, markup, encoding, errors):
            _print_matches(page, opened.query_many(page), form)


@index_command.command("stats")
@_INDEX
@click.option("--format", "form", default="text", show_default=True,
              type=click.Choice(["text", "json"]), help="Format of the output.")  # fmt: skip
def stats_command(index: str, form: str) -> None:
    """Show how much an index holds, and with which settings."""
    with _reading(index) as opened:
        stats = opened.stats()
    if form == "json":
        _print([visible_json(json.dumps({"version": 1, **asdict(stats)}, ensure_ascii=False))])
        return
    _print(_described(stats))


def _described(stats: Stats) -> Iterator[str]:
    """Word how much an index holds."""
    each = f", {stats.size / stats.paragraphs:.0f} bytes each" if stats.paragraphs else ""
    yield f"{stats.paragraphs} paragraphs, met {stats.met} times{each}"
    yield f"{stats.size} bytes, of which {stats.texts} texts"
    if stats.first is not None and stats.last is not None:
        yield f"first met {_time(stats.first)}, last {_time(stats.last)}"
    yield f"{stats.expected_recall:.1%} of the pairs from the threshold on are compared"
    for name, value in stats.settings.items():
        yield f"{name}: {value}"


@index_command.command("check")
@_INDEX
def check_command(index: str) -> None:
    """Look for damage in an index; list what is wrong, and exit with 1."""
    with _reading(index) as opened:
        problems = opened.check()
    _print(f"{visible(index)}: {visible(problem)}" for problem in problems or ["no problems"])
    if problems:
        raise click.exceptions.Exit(_WRONG)


@index_command.command("prune")
@_INDEX
@click.option("--older-than", type=Finite(0, 1_000_000), metavar="DAYS",
              help="Remove paragraphs not seen in the last DAYS days.")  # fmt: skip
@click.option("--max-items", type=click.IntRange(0), metavar="N",
              help="Keep at most the N paragraphs seen last.")  # fmt: skip
def prune_command(index: str, older_than: float | None, max_items: int | None) -> None:
    """Remove paragraphs not seen lately, or too many, and free their space."""
    if older_than is None and max_items is None:
        raise click.UsageError("say what to remove: --older-than DAYS, --max-items N, or both")
    with _writing(index) as opened:
        age = None if older_than is None else timedelta(days=older_than)
        removed = opened.prune(age, max_items)
        opened.compact()
        left = len(opened)
    _print([f"{removed} removed, {left} left"])


def _reading(index: str) -> Index:
    from dedup.index import Index

    return Index(index, readonly=True)


def _writing(index: str) -> Index:
    """Open an existing index for writing."""
    from dedup.index import Index

    _reading(index).close()
    return Index(index)


def _pages(
    paths: Sequence[str], markup: str, encoding: str, errors: str
) -> Iterator[list[Paragraph]]:
    """Read the paragraphs of each text."""
    from dedup.paragraph import Skipped
    from dedup.readers import documents
    from dedup.segment import segmenter

    try:
        segment = segmenter(markup)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    for document in documents(paths, encoding, errors):
        if isinstance(document, Skipped):
            say(f"{document.source}: {document.reason}")
        else:
            yield segment(document)


def _require_names(page: Sequence[Paragraph]) -> None:
    """Raise InputError if the name of a text is not UTF-8, because keys are made of it."""
    from dedup.errors import InputError

    names = [name for each in page[:1] for name in (each.source, each.record or "")]
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise InputError(name, "its name is not UTF-8, as keys must be", "rename it") from error


def _print_matches(page: Sequence[Paragraph], matches: Sequence[Match | None], form: str) -> None:
    """Print the matches of a text, a line each."""
    pairs = [(each, match) for each, match in zip(page, matches, strict=True) if match is not None]
    _print((_as_json if form == "jsonl" else _as_text)(*pair) for pair in pairs)


def _as_json(paragraph: Paragraph, match: Match) -> str:
    fields = {
        "key": match.key,
        "similarity": round(match.similarity, 6),
        "kind": match.kind.name.lower(),
        **paragraph.place,
    }
    return visible_json(json.dumps(fields, ensure_ascii=False))


def _as_text(paragraph: Paragraph, match: Match) -> str:
    place = visible(f"{paragraph.record or paragraph.source}:{paragraph.first}")
    how = "repeats" if match.is_copy else "variant of"
    return f"{place}: {how} {visible(match.key)} ({match.similarity:.3f})"


def _print(lines: Iterable[str]) -> None:
    """Write lines to standard output at once."""
    if written := "".join(f"{line}\n" for line in lines):
        write(written)


def _time(seconds: int) -> str:
    """Word a time; as a number of seconds, if no calendar has it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):
        return f"{seconds} seconds after 1970"
