"""``dedup clean --engine spark``: run the job on a cluster.

Knows: which options a cluster has, and how a finished stage is printed. Does not know: Spark.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from dedup.reports.console import say
from dedup.reports.wording import counted
from dedup.sizes import written_size

if TYPE_CHECKING:
    from dedup.commands.clean import CleanArguments
    from dedup.dump.request import Request
    from dedup.dump.summary import Summary
    from dedup.paragraph import Skipped
    from dedup.scale.spark.work import StageDone

#: Carries out a request; calls a function with each thing that isn't read.
Job = Callable[["Request", Callable[["Skipped"], None]], "Summary"]

#: Options that a cluster doesn't have, and what to do instead.
_ONE_MACHINE = {
    "apply": "carry out the plan on one machine, without --engine spark",
    "contained": "leave this option out, or --engine spark",
    "workers": "the cluster decides how many tasks run at once",
}


def on_spark(asked: CleanArguments, master: str | None) -> Job:
    """Give a function that runs the job on a cluster. Raises UsageError for wrong options."""
    given = {
        "apply": asked.apply,
        "contained": asked.matching.contained if asked.matching.contained != "keep" else None,
        "workers": asked.resources.workers,
    }
    for name, value in given.items():
        if value is not None:
            raise click.UsageError(f"--{name} doesn't exist on Spark; {_ONE_MACHINE[name]}")
    if asked.output is None and asked.plan is None:
        raise click.UsageError("--engine spark writes to a folder; name one with -o")
    from dedup.scale.spark.cluster import Cluster

    cluster = Cluster(master=master, progress=_tell)

    def job(request: Request, skipped: Callable[[Skipped], None]) -> Summary:
        from dedup.dump.spark.job import clean_on_cluster

        return clean_on_cluster(request, cluster, skipped)

    return job


def _tell(stage: StageDone) -> None:
    """Print a line about a stage that is done."""
    shuffled = "" if stage.shuffled is None else f", {written_size(stage.shuffled)} shuffled"
    done = "done before" if stage.again else f"{stage.seconds:.1f} s"
    say(f"{stage.stage}: {counted(stage.rows, 'row')}{shuffled}, {done}")
