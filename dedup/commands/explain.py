"""The command ``dedup explain``: compare two texts.

Knows: its options, and where the texts come from. Does not know: how they are compared or shown.
"""

from __future__ import annotations

import os

import click

from dedup.commands.options import takes
from dedup.commands.steps import print_lines, style
from dedup.options import Matching
from dedup.readers.file import STDIN, Decoder
from dedup.readers.options import ReadOptions


@click.command("explain")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@takes("matching", Matching, only=("threshold", "tokens", "variants_at"))
@takes("reading", ReadOptions, only=("encoding", "errors"))
@click.option("--format", "form", default="text", show_default=True,
              type=click.Choice(["text", "json"]), help="Form of the answer.")  # fmt: skip
def explain_command(a: str, b: str, matching: Matching, reading: ReadOptions, form: str) -> None:
    """Say how alike two texts are, and mark the words that differ.

    A and B are files, if there are files with these names, and otherwise the texts themselves. - is
    standard input, and @FILE is always a file.

    \b
    dedup explain old.txt new.txt
    dedup explain "The ferry sails at nine." "The ferry sails at ten."
    """  # noqa: D301
    from dedup.explanation import explain
    from dedup.reports import json, text

    old, new = (_text_of(each, reading) for each in (a, b))
    found = explain(old, new, matching.tokens, matching.threshold, matching.variants_at)
    if form == "json":
        print_lines([json.explain_json(found)])
    else:
        print_lines(text.explain_text(found, style(0)))


def _text_of(argument: str, reading: ReadOptions) -> str:
    """Give the text that an argument is or names."""
    path = argument.removeprefix("@")
    if argument.startswith("@") or argument == STDIN or os.path.isfile(argument):
        return Decoder(reading.encoding, reading.errors).read(path).text
    return argument
