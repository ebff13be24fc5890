"""``dedup clean --engine spark``: from options to the job on a cluster, and back to lines.

Knows: which options the cluster has, what its stages are called. Does not know: Spark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dedup.commands.options import wrong_values
from dedup.commands.search import tell_unread
from dedup.options.fields import chosen
from dedup.reports.clean import clean_text, of_cluster
from dedup.reports.console import say
from dedup.reports.wording import counted
from dedup.sizes import written_size

if TYPE_CHECKING:
    from dedup.commands.clean import Asked
    from dedup.scale.spark.work import Told

#: Options of a policy and of reading that the cluster has.
_POLICY = ("keep", "order", "scope", "min_copies", "protect")
_READING = ("encoding", "errors", "text_field", "id_field")


def clean_on_spark(asked: Asked, master: str | None) -> None:
    """Clean files on a cluster; print what was done to standard error. Raises UsageError."""
    _require_known(asked)
    if asked.output is None:
        raise click.UsageError("--engine spark writes to a folder; name one: -o")
    from dedup.scale.spark.cluster import Cluster
    from dedup.scale.spark.job import run

    with wrong_values():
        done = run(
            asked.paths, asked.output, matching=asked.matching, policy=asked.policy,
            reading=asked.reading.options, markup=asked.reading.markup,
            references=asked.references,
            cluster=Cluster(asked.resources.work, master, progress=_tell),
        )  # fmt: skip
    for line in clean_text(of_cluster(done, asked.output), limit=0):
        say(line)
    tell_unread(done.coverage, asked.reading)


def _require_known(asked: Asked) -> None:
    """Raise UsageError for an option that only one machine has."""
    names = asked.of_jobs(but=(*_POLICY, "reference", "work"))
    names += ["scope across"] if asked.policy.scope == "across" else []
    names += [name for name in chosen(asked.reading.options) if name not in _READING]
    others = {"removed": asked.removed, "workers": asked.resources.workers}
    names += [name for name, value in others.items() if value is not None]
    names += ["contained"] if asked.matching.contained != "keep" else []
    for name in names:
        option = name.replace("_", "-")
        raise click.UsageError(f"--{option} is not there on Spark; leave it out, or the engine")


def _tell(stage: Told) -> None:
    """Print a stage that is done."""
    shuffled = "" if stage.shuffled is None else f", {written_size(stage.shuffled)} shuffled"
    done = "done before" if stage.again else f"{stage.seconds:.1f} s"
    say(f"{stage.stage}: {counted(stage.rows, 'row')}{shuffled}, {done}")
