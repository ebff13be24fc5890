"""Options that several commands share.

Knows: their names, help and checks. Does not know: what is done with them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from dedup.cleaning import FindOptions
    from dedup.readers.options import ContainerOptions, Options
    from dedup.scale.policy import Policy

Command = TypeVar("Command", bound=Callable[..., None])


class Finite(click.FloatRange):
    """A number within bounds; neither infinite nor none, which lie within every bound for click."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """Read a number; fails for what isn't one within the bounds."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{number} is no number to count with", param, ctx)
        return number


PATHS = click.argument("paths", metavar="PATH...", nargs=-1, required=True)
LIMIT = click.option(
    "--limit", default=20, show_default=True, metavar="N", type=click.IntRange(0),
    help="Show the first N findings of a sort; 0 shows all.",
)  # fmt: skip
THRESHOLD = click.option(
    "--threshold", default=0.8, show_default=True, metavar="T",
    help="Similarity from which on two paragraphs are copies: the share of words that stand in"
    " both, in the same order. Above 0, at most 1.",
)  # fmt: skip
RECALL = click.option(
    "--recall", default=0.99, show_default=True, metavar="R",
    help="Share of the pairs at or above the threshold that must be found; 1 compares all pairs.",
)  # fmt: skip
TOKENS = click.option(
    "--tokens", default="words", show_default=True, type=click.Choice(["words", "chars"]),
    help="What is compared: words, or characters for scanned, noisy text.",
)  # fmt: skip
MIN_TOKENS = click.option(
    "--min-tokens", default=8, show_default=True, metavar="N",
    help="Paragraphs with fewer words are not compared.",
)  # fmt: skip
VARIANTS = click.option(
    "--variants", default="report", show_default=True,
    type=click.Choice(["report", "remove", "ignore"]),
    help="What becomes of a paragraph that is alike but says something else, a number or a name"
    " replaced by another: 'report' keeps it and says so, 'ignore' keeps it in silence, 'remove'"
    " takes it for a copy.",
)  # fmt: skip
VARIANTS_AT = click.option(
    "--variants-at", default=0.5, show_default=True, metavar="P",
    help="Probability from which on what is alike is a variant: above 0, below 1. The lower, the"
    " more is kept.",
)  # fmt: skip
AUDIT = click.option(
    "--audit", default=0, metavar="N", type=click.IntRange(0),
    help="Compare N random paragraphs with all others and say what share of the pairs escaped.",
)  # fmt: skip
LOOK_INSIDE = click.option(
    "--contained", default="report", show_default=True, type=click.Choice(["report", "ignore"]),
    help="Whether to tell of paragraphs that stand, whole or nearly, inside a longer one.",
)  # fmt: skip
TAKE_INSIDE = click.option(
    "--contained", default="keep", show_default=True, type=click.Choice(["keep", "remove"]),
    help="What becomes of paragraphs that stand, whole or nearly, inside a longer one.",
)  # fmt: skip
HISTOGRAM = click.option(
    "--histogram", is_flag=True,
    help="Instead of findings, show how many pairs lie at each similarity, with three examples of"
    " each, to choose a threshold by looking.",
)  # fmt: skip
WORKERS = click.option(
    "--workers", type=click.IntRange(1), metavar="N",
    help="Processes to use.  [default: all cores for large inputs]",
)  # fmt: skip
MARKUP = click.option(
    "--markup", default="auto", show_default=True, metavar="NAME",
    help="What parts paragraphs: the ends of 'lines', 'blank' lines, or 'auto' for whichever of"
    " the two a text was written with; or the blocks of 'markdown', 'mdx', 'rst', 'asciidoc' or"
    " 'html', where code, tables and other markup are left out.",
)  # fmt: skip
ENCODING = click.option(
    "--encoding", default="utf-8", show_default=True, metavar="NAME",
    help="Encoding of texts and JSON Lines, and of HTML files that name none. Byte-order marks are"
    " recognised.",
)  # fmt: skip
ERRORS = click.option(
    "--errors", default="strict", show_default=True, metavar="HOW",
    help="What to do with bytes that are not in that encoding: 'strict' stops, 'replace' marks and"
    " 'ignore' drops them, 'surrogateescape' carries them through unchanged.",
)  # fmt: skip
MATCHING = (THRESHOLD, RECALL, TOKENS, MIN_TOKENS, VARIANTS, VARIANTS_AT, WORKERS)
TEXT_FIELD = click.option(
    "--text-field", metavar="NAME",
    help="Field or column that holds the text, in JSON Lines and Parquet; of one within another the"
    " path, such as doc.text.  [default: text]",
)  # fmt: skip
ID_FIELD = click.option(
    "--id-field", metavar="NAME",
    help="Field or column that names a row in reports.  [default: id, else the URL]",
)  # fmt: skip
URL_FIELD = click.option(
    "--url-field", metavar="NAME", help="Field or column that holds the URL.  [default: url]",
)  # fmt: skip
DATE_FIELD = click.option(
    "--date-field", metavar="NAME", help="Field or column that holds the date.  [default: date]",
)  # fmt: skip
PAGES = click.option(
    "--pages", type=click.Choice(["auto", "text", "main", "source"]),
    help="What a page of HTML gives: its 'text', that of its 'main' content, or its 'source';"
    " 'auto' is the source of files and the text of what archives hold.  [default: auto]",
)  # fmt: skip
PARTIAL = click.option(
    "--partial", is_flag=True, default=None,
    help="Read responses of status 206 in archives too, which hold a part of a page.",
)  # fmt: skip
CONTAINER = click.option(
    "--container", type=click.Choice(["auto", *("text", "html", "jsonl", "parquet", "warc")]),
    help="What the files are, whatever they are called.  [default: by suffix and first bytes]",
)  # fmt: skip
STRICT = click.option(
    "--strict", is_flag=True, default=None,
    help="Stop at what is damaged, instead of passing over it.",
)  # fmt: skip
ALLOW_SKIPPED = click.option(
    "--allow-skipped", default=0.01, show_default=True, metavar="SHARE", type=float,
    help="Share of the rows and records of a file that may be unreadable; where more are, or a file"
    " is not read to its end, the exit code is 3.",
)  # fmt: skip
READING = (
    MARKUP, ENCODING, ERRORS, TEXT_FIELD, ID_FIELD, URL_FIELD, DATE_FIELD, PAGES, PARTIAL,
    CONTAINER, STRICT, ALLOW_SKIPPED,
)  # fmt: skip

#: The options of containers, as ``ContainerOptions`` names them; None where not given.
CONTAINER_NAMES = (
    "text_field", "id_field", "url_field", "date_field", "pages", "partial", "container",
    "strict",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """How input becomes paragraphs. allow_skipped: share of a file's records that may be unread."""

    markup: str
    encoding: str
    errors: str
    containers: ContainerOptions
    allow_skipped: float = 0.01

    @property
    def options(self) -> Options:
        """The same for readers."""
        from dedup.readers.options import Options

        return Options(self.encoding, self.errors, **self.containers)


def searches(command: Command) -> Command:
    """Give a command the options for reading and matching, as two arguments, checked."""

    @wraps(command)
    def gathered(markup: str, encoding: str, errors: str, **others: Any) -> None:  # noqa: ANN401
        names = (
            "threshold", "recall", "tokens", "min_tokens", "variants", "variants_at", "workers",
        )  # fmt: skip
        matching: FindOptions = {name: others.pop(name) for name in names}  # type: ignore[assignment]
        given = {name: others.pop(name) for name in CONTAINER_NAMES}
        chosen = {name: value for name, value in given.items() if value is not None}
        allowed = others.pop("allow_skipped")
        reading = Reading(markup, encoding, errors, chosen, allowed)  # type: ignore[arg-type]
        check(matching, reading)
        command(reading=reading, matching=matching, **others)

    for option in reversed(MATCHING + READING):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]


def check(matching: FindOptions, reading: Reading) -> None:
    """Turn away wrong values before any input is read."""
    from dedup.checks import check_part
    from dedup.readers.file import Decoder
    from dedup.search import find
    from dedup.segment import segmenter

    alone: FindOptions = {**matching, "workers": 1}
    with wrong_values():
        find([], **alone)
        segmenter(reading.markup)
        Decoder(reading.encoding, reading.errors)
        reading.options  # noqa: B018 - it checks its values
        check_part("allow_skipped", reading.allow_skipped)


def policy_of(others: Mapping[str, Any]) -> Policy:
    """Make the policy that the options of ``clean`` name. Raises ValueError."""
    from dedup.scale.policy import Policy

    return Policy(**{each.name: others[each.name] for each in fields(Policy)})


@contextmanager
def wrong_values() -> Iterator[None]:
    """Say of a wrong value that it is one of usage."""
    try:
        yield
    except ValueError as error:
        raise click.UsageError(str(error)) from error
