"""Plans: the removals of a job in a file that people can read, shorten and carry out.

Knows: the head of a plan; that its other lines are those of a record of removals. Does not know:
how a plan was decided, how it is carried out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from dedup import readers, schema
from dedup.dump import record
from dedup.dump.removal import Removal, removal_of
from dedup.errors import InputError
from dedup.paragraph import Skipped
from dedup.readers import ReadOptions
from dedup.scale.storage.folder import INPUTS, input_differences
from dedup.segment import segmenter

#: Version of the head.
VERSION = 1

#: The shape of options of reading in a file.
READING = schema.like(ReadOptions(), id_field=schema.optional(schema.text))

_SHAPE = schema.fields(
    {"paths": schema.listed(schema.path), "inputs": INPUTS, "reading": READING,
     "markup": schema.text, "made": schema.mapped(schema.anything)}
)  # fmt: skip


class Plan(NamedTuple):
    """The head of a plan.

    paths: the paths that the user named; inputs: name, size and time of change of each file;
    reading, markup: how they were read; made: the settings of the job, for people who read it.
    """

    paths: list[str]
    inputs: list[list[Any]]
    reading: ReadOptions
    markup: str
    made: dict[str, Any]

    def line(self) -> bytes:
        """Write the head as a line of JSON."""
        fields = {**self._asdict(), "reading": asdict(self.reading)}
        return json.dumps({"plan": VERSION, **fields}).encode() + b"\n"


def check_name(path: str) -> None:
    """Raise InputError for a name that a plan cannot have."""
    if path.endswith(".parquet"):
        raise InputError(path, "a plan is JSON Lines", "let its name end in .jsonl or .jsonl.gz")
    record.check_name(path)


def read_plan(path: str) -> Plan:
    """Read the head of a plan. Raises InputError if it is no plan, or has another version."""
    line = next(record.lines(path), b"")
    fields = record.object_of(line or b"{}", path, 1)
    if "plan" not in fields:
        raise InputError(path, "is no plan", "make one with 'dedup clean PATH... --plan FILE'")
    version = fields.pop("plan")
    if type(version) is not int or version != VERSION:
        raise InputError(path, f"is a plan of another version than {VERSION}", "make it anew")
    source, remedy = f"{path}:1", "make the plan anew"
    schema.check(fields, _SHAPE, source, remedy)
    reading = options_of(fields["reading"], source, remedy)
    try:
        segmenter(fields["markup"])
    except ValueError as error:
        raise InputError(source, f"its markup can't be used ({error})", remedy) from error
    return Plan(**{**fields, "reading": reading})


def options_of(fields: dict[str, Any], source: str, remedy: str) -> ReadOptions:
    """Make options of reading from the fields of a file. Raises InputError if they are wrong."""
    try:
        return ReadOptions(**fields)
    except (TypeError, ValueError) as error:
        raise InputError(source, f"its options can't be used ({error})", remedy) from error


def require_local(plan: Plan, source: str) -> None:
    """Raise InputError if a plan names a URL or a device, which only the command line may do."""
    for path in plan.paths:
        if not os.path.isdir(path):
            schema.require_regular(
                path, f"{source} names it; give the paths that it was made of, behind --apply"
            )


def files_of(plan: Plan, path: str, paths: Sequence[str]) -> Iterator[readers.Shard | Skipped]:
    """List the files that paths lead to, up to the first that a plan was not made from.

    path: the path of the plan. Raises InputError at that file.
    """
    count = 0
    for each in readers.shards(paths, plan.reading.container):
        if isinstance(each, readers.Shard):
            if each.path not in [old[0] for old in plan.inputs[count:][:1]]:
                raise _unplanned(path, [f"{each.path} is none of it, or in another order"])
            count += 1
        yield each


def require_inputs(plan: Plan, path: str, inputs: list[list[Any]]) -> None:
    """Raise InputError if the inputs are not those that a plan was made from."""
    if found := input_differences(plan.inputs, inputs):
        raise _unplanned(path, found)


def _unplanned(path: str, differences: Sequence[str]) -> InputError:
    return InputError(
        path, f"it was made of other input: {'; '.join(differences)}", "make the plan anew"
    )


def split(path: str, sources: Sequence[str], folder: Path) -> list[str]:
    """Split a plan into one part for each source, without the head. Raises InputError.

    The lines of a plan are in the order in which the sources are read.
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
            "give the paths that the plan was made from; you may delete lines, but not move them",
        )  # fmt: skip
    return parts


def _removals(path: str) -> Iterator[Removal]:
    for number, line in enumerate(record.lines(path), 1):
        if number > 1 and line.strip():
            yield removal_of(record.object_of(line, path, number), path, number)
