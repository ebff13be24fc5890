"""``dedup clean --engine spark``: from options to the job on a cluster.

Knows: which options the cluster has, what its stages are called. Does not know: Spark.
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
    from dedup.scale.spark.work import Told

#: Does what is asked, and tells of what isn't read.
Job = Callable[["Request", Callable[["Skipped"], None]], "Summary"]

#: Options that only one machine has, and what to do instead.
_ONE_MACHINE = {
    "apply": "a plan says what goes already: carry it out without --engine spark",
    "contained": "leave it out, or the engine",
    "workers": "the cluster says how many tasks run at once; name it with --master",
}


def on_spark(asked: CleanArguments, master: str | None) -> Job:
    """Give the job of a cluster. Raises UsageError for options that it has not."""
    given = {
        "apply": asked.apply,
        "contained": asked.matching.contained if asked.matching.contained != "keep" else None,
        "workers": asked.resources.workers,
    }
    for name, value in given.items():
        if value is not None:
            raise click.UsageError(f"--{name} is not there on Spark; {_ONE_MACHINE[name]}")
    if asked.output is None and asked.plan is None:
        raise click.UsageError("--engine spark writes to a folder; name one: -o")
    from dedup.scale.spark.cluster import Cluster

    cluster = Cluster(master=master, progress=_tell)

    def job(request: Request, skipped: Callable[[Skipped], None]) -> Summary:
        from dedup.dump.spark.job import clean_on_cluster

        return clean_on_cluster(request, cluster, skipped)

    return job


def _tell(stage: Told) -> None:
    """Print a stage that is done."""
    shuffled = "" if stage.shuffled is None else f", {written_size(stage.shuffled)} shuffled"
    done = "done before" if stage.again else f"{stage.seconds:.1f} s"
    say(f"{stage.stage}: {counted(stage.rows, 'row')}{shuffled}, {done}")
