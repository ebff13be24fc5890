"""Which cluster a job uses and how, as one value.

Knows: its address, the work folder, settings of a session. Does not know: Spark, stages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dedup.options.fields import option
from dedup.scale.spark.work import Progress


@dataclass(frozen=True)
class Cluster:
    """Which cluster a job uses and how: what ``Resources`` is for one machine.

    Args:
        work: the folder that the stages write to, on a file system that all executors reach; a job
            that was killed goes on from there.
        master: the address of the cluster.
        partitions: tasks of a stage; None is one for each 50,000 paragraphs.
        conf: settings of Spark, where the job begins the session.
        progress: called with a ``StageDone`` after each stage.

    Raises:
        ValueError: for ``partitions`` below 1.

    """

    work: str | None = None
    master: str | None = option(
        None, "With --engine spark: the cluster, such as spark://host:7077, yarn or 'local[8]', or"
        " sc://host for Spark Connect.  [default: what spark-submit says, or local]", "URL",
    )  # fmt: skip
    partitions: int | None = None
    conf: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    progress: Progress | None = None

    def __post_init__(self) -> None:
        if self.partitions is not None and self.partitions < 1:
            raise ValueError(f"partitions is {self.partitions}; it must be 1 or more")
