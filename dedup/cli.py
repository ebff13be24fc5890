"""The command line: parse, call, print.

Knows: options, exit codes, which report goes where. Does not know: how anything is found, read,
cut or written. Exit code 0: done. 2: could not be done; one line on standard error says why. 3:
done, but not all was read.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import click

from dedup import __version__
from dedup.commands.options import (
    AUDIT,
    ENCODING,
    ERRORS,
    HISTOGRAM,
    LIMIT,
    LOOK_INSIDE,
    PATHS,
    THRESHOLD,
    TOKENS,
    VARIANTS_AT,
    Reading,
    check,
    searches,
)
from dedup.commands.searching import (
    Search,
    print_lines,
    read,
    require_apart,
    search,
    style,
    tell_unread,
    write_report,
)
from dedup.errors import DedupError
from dedup.reports import console

if TYPE_CHECKING:
    from dedup.cleaning import FindOptions

_FAILED, _INTERRUPTED, _PIPE_CLOSED = 2, 130, 141

#: Characters of an unexpected error, and of the command, that are shown.
_MOST_SAID = 500

_PASSWORD = re.compile(r"://[^/@\s]*@")

#: Commands that are imported when they are asked for: their module and their name in it.
_LAZY = {
    "check": ("dedup.check.commands", "check_command"),
    "baseline": ("dedup.check.commands", "baseline_command"),
    "clean": ("dedup.commands.clean", "clean_command"),
    "restore": ("dedup.commands.clean", "restore_command"),
    "index": ("dedup.index.cli", "index_command"),
}


class _Commands(click.Group):
    """The commands; most are imported when they are asked for."""

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
    dedup clean crawl/ -o new/          the same for any amount of files
    dedup restore new/ -o again/        put back what was taken out
    dedup explain old.txt new.txt       how alike are two texts, what differs?
    dedup check                         fail where a repository repeats paragraphs
    """  # noqa: D301 - click reads \b as a character


@commands.command("find")
@PATHS
@searches
@click.option("--format", "form", default="text", show_default=True,
              type=click.Choice(["text", "json", "jsonl", "html"]),
              help="Form of the report; html is a page to look at, filter and search.")  # fmt: skip
@click.option("-o", "--output", metavar="FILE",
              help="Write the report to this file instead of standard output.")  # fmt: skip
@LIMIT
@LOOK_INSIDE
@AUDIT
@HISTOGRAM
def find_command(
    paths: Sequence[str],
    reading: Reading,
    matching: FindOptions,
    form: str,
    output: str | None,
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
    dedup find docs/ --format html -o review.html   a page to look at, filter and search
    """  # noqa: D301
    require_apart(output, paths)
    if histogram:
        _show_histogram(paths, reading, matching, form, output)
        return
    inside = contained == "report"
    found = search(paths, reading, matching, keep=False, inside=inside, audit=audit)
    require_apart(output, {each.source for each in found.findings.paragraphs})
    write_report(_answer(found, form, limit, reading, output), output)
    tell_unread(found.coverage, reading)


def _answer(
    found: Search, form: str, limit: int, reading: Reading, output: str | None
) -> Iterable[str]:
    """Write what was found down, in the form that is asked for."""
    if form == "text":
        from dedup.reports import text

        return text.find_text(found.findings, style(limit, output))
    if form == "html":
        from dedup.reports.review import page
        from dedup.reports.review.found import contents
        from dedup.reports.unread import unread_text

        unread_lines = [*unread_text(found.coverage, reading.allow_skipped)]
        return page.page(contents(found.findings, unread_lines))
    from dedup.reports import json
    from dedup.reports.unread import unread_fields

    unread = unread_fields(found.coverage, reading.allow_skipped)
    if form == "json":
        return [json.find_json(found.findings, unread)]
    return json.find_jsonl(found.findings, unread)


@commands.command("explain")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@THRESHOLD
@TOKENS
@VARIANTS_AT
@ENCODING
@ERRORS
@click.option("--format", "form", default="text", show_default=True,
              type=click.Choice(["text", "json"]), help="Form of the answer.")  # fmt: skip
def explain_command(
    a: str,
    b: str,
    threshold: float,
    tokens: str,
    variants_at: float,
    encoding: str,
    errors: str,
    form: str,
) -> None:
    """Say how alike two texts are, and mark the words that differ.

    A and B are files where such files exist, - is standard input, and @FILE is always a file;
    anything else is taken for the text itself.

    \b
    dedup explain old.txt new.txt
    dedup explain "The ferry sails at nine." "The ferry sails at ten."
    """  # noqa: D301
    from dedup.explanation import explain
    from dedup.reports import json, text

    check(
        {"threshold": threshold, "variants_at": variants_at}, Reading("auto", encoding, errors, {})
    )
    old, new = (_text_of(each, encoding, errors) for each in (a, b))
    found = explain(old, new, tokens, threshold, variants_at)
    if form == "json":
        print_lines([json.explain_json(found)])
    else:
        print_lines(text.explain_text(found, style(0)))


def _show_histogram(
    paths: Sequence[str], reading: Reading, matching: FindOptions, form: str, output: str | None
) -> None:
    """Write how many pairs lie at each similarity. Raises UsageError."""
    if form == "html":
        raise click.UsageError("--histogram is text or json; a page of html has one of its own")
    from dedup.histogram import histogram
    from dedup.reports.console import Progress
    from dedup.reports.histogram import histogram_json, histogram_text

    _, parts, coverage = read(paths, reading, keep=False)
    paragraphs = [each for part in parts for each in part]
    with Progress() as progress:
        found = histogram(
            paragraphs,
            tokens=matching["tokens"],
            min_tokens=matching["min_tokens"],
            variants_at=matching["variants_at"],
            workers=matching["workers"],
            progress=progress,
        )
    if form == "text":
        threshold, tokens = matching["threshold"], matching["tokens"]
        lines = histogram_text(found, paragraphs, threshold, tokens, style(0, output))
        write_report(lines, output)
    else:
        write_report([histogram_json(found, paragraphs)], output)
    tell_unread(coverage, reading)


def _text_of(argument: str, encoding: str, errors: str) -> str:
    """Read an argument of ``explain``: a file, or the text itself."""
    from dedup.readers.file import STDIN, Decoder

    path = argument.removeprefix("@")
    if argument.startswith("@") or argument == STDIN or os.path.isfile(argument):
        return Decoder(encoding, errors).read(path).text
    return argument


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. The entry point of ``dedup``."""
    console.fill_streams()
    try:
        return _run(arguments)
    finally:
        console.settle()


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = commands.main(arguments, prog_name="dedup", standalone_mode=False)
        console.finish()
    except click.exceptions.NoArgsIsHelpError as error:
        for line in error.format_message().splitlines():
            console.say(line)
        return _FAILED
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        return _fail(context.command_path if context else "dedup", error.format_message())
    except DedupError as error:
        return _fail("dedup", str(error))
    except OSError as error:
        place = error.filename or "output"
        return _fail("dedup", f"{os.fsdecode(place)}: {error.strerror or error}")
    except MemoryError:
        return _fail("dedup", "there is not enough memory; give it less at once")
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except console.Closed:
        return _PIPE_CLOSED
    except SystemExit as error:
        # click ends with 1 where whoever reads its help has gone, and nothing else here does.
        if error.code != 1:
            raise
        return _PIPE_CLOSED
    except Exception as error:  # the last resort: nothing of it is known
        return _report(error, sys.argv[1:] if arguments is None else arguments)
    return code if isinstance(code, int) else 0


def _fail(name: str, message: str) -> int:
    lines = (line.strip() for line in message.split("\n"))
    console.say(f"{name}: {' '.join(line for line in lines if line)}")
    return _FAILED


def _report(error: Exception, arguments: Sequence[str]) -> int:
    """Say of an error that nobody expected what happened, and what to tell us of it."""
    import platform
    import shlex
    import traceback

    if os.environ.get("DEDUP_DEBUG") == "1":
        for line in "".join(traceback.format_exception(error)).splitlines():
            console.say(line)
    notes: list[str] = getattr(error, "__notes__", [])
    said = " ".join(f"{type(error).__name__}: {error}".split())
    command = _PASSWORD.sub("://***@", shlex.join(map(str, arguments)))
    console.say(f"dedup: an error of dedup itself, please report it: {said[:_MOST_SAID]}")
    console.say(
        f"dedup: with dedup {__version__}, Python {platform.python_version()},"
        f" {platform.platform()}; command: dedup {command[:_MOST_SAID]}"
        f" (DEDUP_DEBUG=1 shows where it happened){''.join(f'; {note}' for note in notes)}"
    )
    return _FAILED


if __name__ == "__main__":
    sys.exit(main())
