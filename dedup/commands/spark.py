"""``dedup clean --engine spark``: from options to the job on a cluster, and back to lines.

Knows: which options the cluster has, what its stages are called. Does not know: Spark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from dedup.commands.options import Reading, policy_of, wrong_values
from dedup.commands.searching import tell_unread
from dedup.reports.console import say
from dedup.reports.wording import counted
from dedup.scale.memory import written_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.cleaning import FindOptions
    from dedup.scale.spark.job import Done
    from dedup.scale.spark.work import Told

#: Options beside the policy that only one machine has, and their values where they were not given.
_LOCAL = {
    "reference_text_field": None, "plan": None, "apply": None, "annotate": None, "empty": "keep",
    "to": None, "removed": None, "workers": None, "contained": "keep",
}  # fmt: skip

#: Options of reading that the cluster has.
_FIELDS = ("text_field", "id_field")


def clean_on_spark(
    paths: Sequence[str],
    reading: Reading,
    matching: FindOptions,
    output: str | None,
    others: Mapping[str, Any],
) -> None:
    """Clean files on a cluster; print what was done to standard error. Raises UsageError."""
    _require_known(others, reading)
    if output is None:
        raise click.UsageError("--engine spark writes to a folder; name one: -o")
    from dedup.scale.spark.job import run

    given: dict[str, Any] = {**matching, **reading.containers}
    options = {name: given[name] for name in (*_MATCHING, *_FIELDS) if name in given}
    with wrong_values():
        done = run(
            paths, output, master=others["master"], work=others["work"], encoding=reading.encoding,
            errors=reading.errors, markup=reading.markup, policy=policy_of(others),
            references=others["reference"], progress=_tell, **options,
        )  # fmt: skip
    for line in _summary(done, output):
        say(line)
    tell_unread(done.coverage, reading)


_MATCHING = ("threshold", "recall", "tokens", "min_tokens", "recipe", "variants", "variants_at")


def _require_known(others: Mapping[str, Any], reading: Reading) -> None:
    """Raise UsageError for an option that only one machine has."""
    with wrong_values():
        asked = policy_of(others).of_one_machine()
    asked += [name for name, usual in _LOCAL.items() if others.get(name, usual) != usual]
    asked += [name for name in reading.containers if name not in _FIELDS]
    for name in asked:
        option = "scope across" if name == "scope" else name.replace("_", "-")
        raise click.UsageError(f"--{option} is not there on Spark; leave it out, or the engine")


def _tell(told: Told) -> None:
    """Print a stage that is done."""
    shuffled = "" if told.shuffled is None else f", {written_size(told.shuffled)} shuffled"
    done = "done before" if told.again else f"{told.seconds:.1f} s"
    say(f"{told.stage}: {counted(told.rows, 'row')}{shuffled}, {done}")


def _summary(done: Done, output: str) -> Iterator[str]:
    """Say what a job did."""
    found = done.summary
    yield (
        f"took out {found.removed:,} of {counted(found.paragraphs, 'paragraph')} in "
        f"{counted(done.coverage.documents, 'document')}, decided in "
        f"{counted(found.rounds, 'round')}"
    )
    if found.uncompared:
        yield f"{counted(found.uncompared, 'pair')} not compared"
    yield f"written to {output}/texts; what went is in {output}/removed"
