"""The command line: parse, call, print.

Knows: options, exit codes, which report goes where. Does not know: how anything is found, read,
cut or written. Exit code 0: done. 2: could not be done; one line on standard error says why.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from dedup import __version__
from dedup.errors import DedupError

if TYPE_CHECKING:
    from dedup.cleaning import Cleaned, FindOptions
    from dedup.found import Found
    from dedup.paragraph import Document, Paragraph
    from dedup.readers.containers import Shard
    from dedup.reports.findings import Findings
    from dedup.reports.text import Style

#: Lines written in one go.
_LINES = 1_000

_FAILED, _INTERRUPTED, _PIPE_CLOSED = 2, 130, 141

#: Commands that are imported when they are asked for: their module and their name in it.
_LAZY = {
    "check": ("dedup.check.commands", "check_command"),
    "baseline": ("dedup.check.commands", "baseline_command"),
    "index": ("dedup.index.cli", "index_command"),
}

_PATHS = click.argument("paths", metavar="PATH...", nargs=-1, required=True)
_LIMIT = click.option(
    "--limit", default=20, show_default=True, metavar="N", type=click.IntRange(0),
    help="Show the first N findings of a sort; 0 shows all.",
)  # fmt: skip
_THRESHOLD = click.option(
    "--threshold", default=0.8, show_default=True, metavar="T",
    help="Similarity from which on two paragraphs are copies: the share of words that stand in"
    " both, in the same order. Above 0, at most 1.",
)  # fmt: skip
_RECALL = click.option(
    "--recall", default=0.99, show_default=True, metavar="R",
    help="Share of the pairs at or above the threshold that must be found; 1 compares all pairs.",
)  # fmt: skip
_TOKENS = click.option(
    "--tokens", default="words", show_default=True, type=click.Choice(["words", "chars"]),
    help="What is compared: words, or characters for scanned, noisy text.",
)  # fmt: skip
_MIN_TOKENS = click.option(
    "--min-tokens", default=8, show_default=True, metavar="N",
    help="Paragraphs with fewer words are not compared.",
)  # fmt: skip
_VARIANTS = click.option(
    "--variants", default="report", show_default=True,
    type=click.Choice(["report", "remove", "ignore"]),
    help="What becomes of a paragraph that is alike but says something else, a number or a name"
    " replaced by another: 'report' keeps it and says so, 'ignore' keeps it in silence, 'remove'"
    " takes it for a copy.",
)  # fmt: skip
_AUDIT = click.option(
    "--audit", default=0, metavar="N", type=click.IntRange(0),
    help="Compare N random paragraphs with all others and say what share of the pairs escaped.",
)  # fmt: skip
_LOOK_INSIDE = click.option(
    "--contained", default="report", show_default=True, type=click.Choice(["report", "ignore"]),
    help="Whether to tell of paragraphs that stand, whole or nearly, inside a longer one.",
)  # fmt: skip
_TAKE_INSIDE = click.option(
    "--contained", default="keep", show_default=True, type=click.Choice(["keep", "remove"]),
    help="What becomes of paragraphs that stand, whole or nearly, inside a longer one.",
)  # fmt: skip
_HISTOGRAM = click.option(
    "--histogram", is_flag=True,
    help="Instead of findings, show how many pairs lie at each similarity, with three examples of"
    " each, to choose a threshold by looking.",
)  # fmt: skip
_WORKERS = click.option(
    "--workers", type=click.IntRange(1), metavar="N",
    help="Processes to use.  [default: all cores for large inputs]",
)  # fmt: skip
_MARKUP = click.option(
    "--markup", default="auto", show_default=True, metavar="NAME",
    help="What parts paragraphs: the ends of 'lines', 'blank' lines, or 'auto' for whichever of"
    " the two a text was written with; or the blocks of 'markdown', 'mdx', 'rst', 'asciidoc' or"
    " 'html', where code, tables and other markup are left out.",
)  # fmt: skip
_ENCODING = click.option(
    "--encoding", default="utf-8", show_default=True, metavar="NAME",
    help="Encoding of the input. Byte-order marks are recognised.",
)  # fmt: skip
_ERRORS = click.option(
    "--errors", default="strict", show_default=True, metavar="HOW",
    help="What to do with bytes that are not in that encoding: 'strict' stops, 'replace' marks and"
    " 'ignore' drops them, 'surrogateescape' carries them through unchanged.",
)  # fmt: skip
_MATCHING = (_THRESHOLD, _RECALL, _TOKENS, _MIN_TOKENS, _VARIANTS, _WORKERS)
_READING = (_MARKUP, _ENCODING, _ERRORS)


class Reading(NamedTuple):
    """How input becomes paragraphs."""

    markup: str
    encoding: str
    errors: str


class Search(NamedTuple):
    """What was read and what was found in it; without ``documents`` where only findings matter."""

    documents: list[Document]
    parts: list[list[Paragraph]]
    found: Found
    findings: Findings


Command = TypeVar("Command", bound=Callable[..., None])


class _Commands(click.Group):
    """The commands; those of the check and the index are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands."""
        return sorted([*super().list_commands(ctx), *_LAZY])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Look a command up."""
        if cmd_name not in _LAZY:
            return super().get_command(ctx, cmd_name)
        module, name = _LAZY[cmd_name]
        found: click.Command = getattr(import_module(module), name)
        return found


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="dedup")
def commands() -> None:
    """Find repeated and nearly repeated paragraphs, and take them out.

    \b
    dedup find article.txt              what repeats what?
    dedup find docs/ --format json      the same, of a folder, for a program
    dedup clean article.txt -o new.txt  write it without its copies
    dedup explain old.txt new.txt       how alike are two texts, what differs?
    dedup check                         fail where a repository repeats paragraphs
    """  # noqa: D301 - click reads \b as a character


def _searches(command: Command) -> Command:
    """Give a command the options for reading and matching, as two arguments, checked."""

    @wraps(command)
    def gathered(markup: str, encoding: str, errors: str, **others: object) -> None:
        names = ("threshold", "recall", "tokens", "min_tokens", "variants", "workers")
        matching = {name: others.pop(name) for name in names}
        _check(matching, markup, encoding, errors)
        command(reading=Reading(markup, encoding, errors), matching=matching, **others)

    for option in reversed(_MATCHING + _READING):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]


def _check(matching: dict[str, object], markup: str, encoding: str, errors: str) -> None:
    """Turn away wrong values before any input is read."""
    from dedup.finding import find
    from dedup.readers.file import Decoder
    from dedup.segment import segmenter

    try:
        find([], **{**matching, "workers": 1})  # type: ignore[arg-type]
        segmenter(markup)
        Decoder(encoding, errors)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


@commands.command("find")
@_PATHS
@_searches
@click.option("--format", "form", default="text", show_default=True,
              type=click.Choice(["text", "json", "jsonl"]), help="Form of the report.")  # fmt: skip
@_LIMIT
@_LOOK_INSIDE
@_AUDIT
@_HISTOGRAM
def find_command(
    paths: Sequence[str],
    reading: Reading,
    matching: FindOptions,
    form: str,
    limit: int,
    contained: str,
    audit: int,
    histogram: bool,
) -> None:
    """Report which paragraphs repeat which.

    PATH is a file, a folder of them, or - for standard input: text, HTML, JSON Lines, Parquet, WARC
    and WET. Pasted blocks come first, then
    single paragraphs, those with the most repeated words before others; then variants, which are
    alike but say something else, and paragraphs that stand inside longer ones. What differs is
    marked: [-words of the kept paragraph-]{+words of the copy+}.

    \b
    dedup find article.txt
    dedup find --threshold 0.9 docs/ README.md
    dedup find --min-tokens 3 --markup blank poems.txt
    dedup find --audit 1000 docs/       how many pairs escaped?
    dedup find --histogram docs/        what lies above and below the threshold?
    curl -s https://example.org/page.txt | dedup find -
    dedup find docs/ --format jsonl | jq 'select(.type == "run")'
    """  # noqa: D301
    from dedup.reports import json, text

    if histogram:
        _show_histogram(paths, reading, matching, form)
        return
    inside = contained == "report"
    findings = _search(paths, reading, matching, keep=False, inside=inside, audit=audit).findings
    if form == "json":
        _print([json.find_json(findings)])
    elif form == "jsonl":
        _print(json.find_jsonl(findings))
    else:
        _print(text.find_text(findings, _style(limit)))


@commands.command("clean")
@_PATHS
@click.option("-o", "--output", metavar="OUT",
              help="Write to this file, or for several texts into this folder, instead of standard"
              " output. Every file is written whole or not at all.")  # fmt: skip
@click.option("--removed", metavar="FILE",
              help="Write what was taken out to this file, one JSON object a line."
              "  [default with -o: OUT.removed.jsonl, or removed.jsonl in the folder]")  # fmt: skip
@_searches
@_TAKE_INSIDE
@_LIMIT
def clean_command(
    paths: Sequence[str],
    reading: Reading,
    matching: FindOptions,
    output: str | None,
    removed: str | None,
    contained: str,
    limit: int,
) -> None:
    """Write texts without their copies.

    The first of several copies stays, in the order of reading. Not a byte of what stays is changed.
    What goes is told on standard error, and written down where -o or --removed says.

    \b
    dedup clean article.txt > new.txt
    dedup clean article.txt -o new.txt --threshold 0.95
    dedup clean docs/ -o cleaned/       a folder; the record is cleaned/removed.jsonl
    dedup clean crawl.jsonl.gz -o new/  JSON Lines, Parquet, WARC, WET: all else in them stays
    """  # noqa: D301
    from dedup.cleaning import take_out
    from dedup.readers import markup_of_document, shards
    from dedup.readers.containers import Shard
    from dedup.reports.text import removed_text

    options: FindOptions = {**matching, "contained": contained}
    documents, parts, found, findings = _search(paths, reading, options, keep=True)
    markups = [markup_of_document(document, reading.markup) for document in documents]
    cleaned = take_out(documents, parts, found, markups)
    files = [each for each in shards(paths) if isinstance(each, Shard)]
    if all(each.container == "text" for each in files):
        places, record = _places(paths, [document.source for document in documents], output)
        texts = [_bytes_of(*each, reading.errors) for each in zip(documents, cleaned, strict=True)]
        _write(list(zip(places, texts, strict=True)), removed or record, cleaned)
    else:
        _rewrite(files, paths, reading, output, removed, cleaned)
    left = sum(len(each.left) for each in cleaned)
    for line in removed_text(findings, limit, left):
        click.echo(line, err=True)


@commands.command("explain")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@_THRESHOLD
@_TOKENS
@_ENCODING
@_ERRORS
@click.option("--format", "form", default="text", show_default=True,
              type=click.Choice(["text", "json"]), help="Form of the answer.")  # fmt: skip
def explain_command(
    a: str, b: str, threshold: float, tokens: str, encoding: str, errors: str, form: str
) -> None:
    """Say how alike two texts are, and mark the words that differ.

    A and B are files where such files exist, - is standard input, and @FILE is always a file;
    anything else is taken for the text itself.

    \b
    dedup explain old.txt new.txt
    dedup explain "The ferry sails at nine." "The ferry sails at ten."
    """  # noqa: D301
    from dedup.explaining import explain
    from dedup.reports import json, text

    _check({"threshold": threshold}, "auto", encoding, errors)
    old, new = (_text_of(each, encoding, errors) for each in (a, b))
    found = explain(old, new, tokens, threshold)
    if form == "json":
        _print([json.explain_json(found)])
    else:
        _print(text.explain_text(found, _style(0)))


def _show_histogram(
    paths: Sequence[str], reading: Reading, matching: FindOptions, form: str
) -> None:
    """Print how many pairs lie at each similarity."""
    from dedup.histogram import histogram
    from dedup.reports.console import Progress
    from dedup.reports.histogram import histogram_json, histogram_text

    _, parts, _ = _read(paths, reading, keep=False)
    paragraphs = [each for part in parts for each in part]
    with Progress() as progress:
        found = histogram(
            paragraphs,
            tokens=matching["tokens"],
            min_tokens=matching["min_tokens"],
            workers=matching["workers"],
            progress=progress,
        )
    if form == "text":
        threshold, tokens = matching["threshold"], matching["tokens"]
        _print(histogram_text(found, paragraphs, threshold, tokens, _style(0)))
    else:
        _print([histogram_json(found, paragraphs)])


def _read(
    paths: Sequence[str], reading: Reading, keep: bool
) -> tuple[list[Document], list[list[Paragraph]], int]:
    """Read what the paths lead to: documents if asked for, their paragraphs, how many skipped."""
    from dedup.paragraph import Skipped
    from dedup.readers import documents, markup_of_document
    from dedup.segment import segmenter

    segmenter(reading.markup)
    kept: list[Document] = []
    parts: list[list[Paragraph]] = []
    skipped = 0
    for document in documents(paths, reading.encoding, reading.errors):
        if isinstance(document, Skipped):
            skipped += 1
            continue
        parts.append(segmenter(markup_of_document(document, reading.markup))(document))
        if keep:
            kept.append(document)
    return kept, parts, skipped


def _search(
    paths: Sequence[str],
    reading: Reading,
    matching: FindOptions,
    keep: bool,
    inside: bool = False,
    audit: int = 0,
) -> Search:
    """Read what the paths lead to and find what repeats, with progress shown."""
    from dedup.finding import find
    from dedup.reports.console import Progress
    from dedup.reports.findings import findings

    since = time.perf_counter()
    kept, parts, skipped = _read(paths, reading, keep)
    paragraphs = [each for part in parts for each in part]
    with Progress() as progress:
        options: FindOptions = {**matching, "progress": progress}
        found = find(paragraphs, **options)
        seconds = time.perf_counter() - since
        contained = found.contained if inside else ()
        audited = found.audit(audit, progress) if audit else None
    told = findings(paragraphs, found, len(parts), skipped, seconds, audited, contained)
    return Search(kept, parts, found, told)


def _places(
    paths: Sequence[str], sources: Sequence[str], output: str | None
) -> tuple[list[str | None], str | None]:
    """Say where each text goes, None for standard output, and where the record of removals."""
    from dedup.writers.file import RECORD, targets

    if output is None:
        if len(sources) != 1:
            raise click.UsageError(f"{len(sources)} texts were read; name a folder with -o")
        return [None], None
    alone = len(paths) == 1 and not os.path.isdir(paths[0])
    if alone and not output.endswith(("/", os.sep)) and not os.path.isdir(output):
        return [output], f"{output}.{RECORD}"
    if os.path.exists(output) and not os.path.isdir(output):
        raise click.UsageError(f"{output} is a file; -o must name a folder for several texts")
    return [*targets(sources, paths, output)], os.path.join(output, RECORD)


def _write(
    texts: Sequence[tuple[str | None, bytes]], record: str | None, cleaned: Sequence[Cleaned]
) -> None:
    """Write the texts and the record, all of them or none."""
    from dedup.reports.console import write
    from dedup.reports.json import removed_jsonl
    from dedup.writers.file import write_whole

    files = [(place, content) for place, content in texts if place is not None]
    if record is not None:
        lines = [removed_jsonl(each) + "\n" for one in cleaned for each in one.removed]
        files.append((record, "".join(lines).encode()))
    write_whole(files)
    for place, content in texts:
        if place is None:
            write(content)


def _rewrite(
    files: Sequence[Shard],
    paths: Sequence[str],
    reading: Reading,
    output: str | None,
    removed: str | None,
    cleaned: Sequence[Cleaned],
) -> None:
    """Write containers anew, each whole or not at all, and then the record of removals."""
    from dedup.readers.options import Options
    from dedup.reports.json import removed_jsonl
    from dedup.writers import write_shard
    from dedup.writers.file import RECORD, shard_targets, write_whole

    if output is None:
        raise click.UsageError("what isn't plain text is written to a file or folder; name one: -o")
    folder = len(files) != 1 or output.endswith(("/", os.sep)) or os.path.isdir(output)
    if folder and os.path.exists(output) and not os.path.isdir(output):
        raise click.UsageError(f"{output} is a file; -o must name a folder for several files")
    targets = shard_targets(files, paths, output) if folder else [output]
    texts = iter(cleaned)
    options = Options(reading.encoding, reading.errors)
    for shard, target in zip(files, targets, strict=True):
        write_shard(shard, target, lambda document: next(texts).text, options)
    record = removed or (os.path.join(output, RECORD) if folder else f"{output}.{RECORD}")
    lines = [removed_jsonl(each) + "\n" for one in cleaned for each in one.removed]
    write_whole([(record, "".join(lines).encode())])


def _bytes_of(document: Document, cleaned: Cleaned, errors: str) -> bytes:
    from dedup.readers.file import TextFile

    encoding = document.encoding if isinstance(document, TextFile) else "utf-8"
    return cleaned.text.encode(encoding, errors)


def _text_of(argument: str, encoding: str, errors: str) -> str:
    """Read an argument of ``explain``: a file, or the text itself."""
    from dedup.readers.file import STDIN, Decoder

    path = argument.removeprefix("@")
    if argument.startswith("@") or argument == STDIN or os.path.isfile(argument):
        return Decoder(encoding, errors).read(path).text
    return argument


def _style(limit: int) -> Style:
    from dedup.reports.console import columns, wants_colour
    from dedup.reports.text import Style

    return Style(wants_colour(sys.stdout), columns(), limit)


def _print(lines: Iterable[str]) -> None:
    from dedup.reports.console import write

    rest = iter(lines)
    while batch := list(islice(rest, _LINES)):
        write("\n".join(batch) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. The entry point of ``dedup``."""
    from dedup.reports.console import Closed

    try:
        code = commands.main(arguments, prog_name="dedup", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return _FAILED
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        return _fail(context.command_path if context else "dedup", error.format_message())
    except DedupError as error:
        return _fail("dedup", str(error))
    except OSError as error:
        return _fail("dedup", f"{error.filename or 'output'}: {error.strerror or error}")
    except click.Abort:
        return _INTERRUPTED
    except Closed:
        return _PIPE_CLOSED
    return code if isinstance(code, int) else 0


def _fail(name: str, message: str) -> int:
    click.echo(f"{name}: {' '.join(message.split())}", err=True)
    return _FAILED


if __name__ == "__main__":
    sys.exit(main())
