"""Plans: what a job would take out, in a file that people can read, shorten and carry out.

Knows: the head of a plan and that its lines are those of a record of removals. Does not know: how
it was decided, how it is carried out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from dedup.dump import record
from dedup.dump.removal import Removal, removal_of
from dedup.errors import InputError
from dedup.readers import Options

#: Version of the head.
VERSION = 1


class Plan(NamedTuple):
    """The head of a plan.

    paths: what was asked for; inputs: name, size and time of change of each file; reading, markup:
    how they were read; made: the settings it was made with, for whoever reads it.
    """

    paths: list[str]
    inputs: list[list[Any]]
    reading: Options
    markup: str
    made: dict[str, Any]

    def line(self) -> bytes:
        """Write the head as a line of JSON."""
        fields = {**self._asdict(), "reading": asdict(self.reading)}
        return json.dumps({"plan": VERSION, **fields}).encode() + b"\n"


def check_name(path: str) -> None:
    """Raise InputError for a name that no plan can have."""
    if path.endswith(".parquet"):
        raise InputError(path, "a plan is JSON Lines", "let its name end in .jsonl or .jsonl.gz")
    record.check_name(path)


def read_plan(path: str) -> Plan:
    """Read the head of a plan. Raises InputError for what is none, or one of another version."""
    line = next(record.lines(path), b"")
    fields = record.object_of(line or b"{}", path, 1)
    if "plan" not in fields:
        raise InputError(path, "is no plan", "make one with 'dedup clean PATH... --plan FILE'")
    if fields.pop("plan") != VERSION:
        raise InputError(path, f"is a plan of another version than {VERSION}", "make it anew")
    try:
        return Plan(**{**fields, "reading": Options(**fields["reading"])})
    except (TypeError, ValueError, KeyError) as error:
        raise InputError(f"{path}:1", f"the head of the plan can't be read ({error})") from error


def split(path: str, sources: Sequence[str], folder: Path) -> list[str]:
    """Part a plan by its sources: a part for each, without the head. Raises InputError.

    Its lines stand source by source, in the order in which these are read.
    """
    folder.mkdir(exist_ok=True)
    removals = _removals(path)
    following = next(removals, None)
    parts = []
    for number, source in enumerate(sources):
        part = str(folder / f"{number:06d}.jsonl.gz")

        def own(source: str = source) -> Iterator[bytes]:
            nonlocal following
            while following is not None and following.source == source:
                yield following.line()
                following = next(removals, None)

        record.write_lines(part, own())
        parts.append(part)
    if following is not None:
        raise InputError(
            path, f"it names {following.source}, which is not read, or not in this order",
            "give the paths that the plan was made of; lines may be left out, not moved",
        )  # fmt: skip
    return parts


def _removals(path: str) -> Iterator[Removal]:
    for number, line in enumerate(record.lines(path), 1):
        if number > 1 and line.strip():
            yield removal_of(record.object_of(line, path, number), path, number)
