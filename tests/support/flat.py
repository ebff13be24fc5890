"""Call jobs with options as keyword arguments, and make the values that they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dedup import readers, scale
from dedup.dump.request import Request
from dedup.options import Matching, Policy, Resources
from dedup.progress import Progress
from dedup.scale.competition import Given

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.dump.summary import Summary
    from dedup.scale.spark import CleanedFrame

Value = TypeVar("Value")


def taken(value: type[Value], options: dict[str, Any]) -> Value:
    """Make a value of the options that are its fields, and take these out of the others."""
    names = getattr(value, "_fields", None) or [each.name for each in fields(value)]  # type: ignore[arg-type]
    return value(**{name: options.pop(name) for name in names if name in options})


def make_request(paths: Sequence[str] = (), output: str | None = None, **options: Any) -> Request:
    """Make a request."""
    matching, resources = taken(Matching, options), taken(Resources, options)
    return Request(paths, output, matching=matching, resources=resources, **options)


def watched(request: Request, progress: Progress) -> Request:
    """Make the same request, told of its progress."""
    return replace(request, resources=request.resources.with_progress(progress))


def run(shards: Sequence[scale.Shard], work: Path | str, **options: Any) -> scale.Decisions:
    """Run a job on disk."""
    values = [taken(each, options) for each in (Matching, Resources, Given)]
    return scale.run(shards, work, *values, **options)  # type: ignore[arg-type]


def clean_frame(df: DataFrame, text: str = "text", id: str = "id", **options: Any) -> CleanedFrame:
    """Clean a DataFrame on a cluster."""
    from dedup.scale import spark

    options = {"text": text, "id": id, **options}
    cluster, columns = taken(spark.Cluster, options), taken(spark.Columns, options)
    matching = taken(Matching, options)
    policy = Policy(
        min_copies=options.pop("min_copies", 2), protect=tuple(options.pop("protect", ()))
    )
    return spark.clean(df, cluster, columns, matching, policy, **options)


def run_on_spark(
    paths: Sequence[str], output: str | None, expected: int | None = None, **options: Any
) -> Summary:
    """Clean files on a cluster."""
    from dedup.dump.spark import clean_on_cluster
    from dedup.scale.spark import Cluster

    cluster, reading = taken(Cluster, options), taken(readers.ReadOptions, options)
    request = make_request(paths, output, reading=reading, **options)
    return clean_on_cluster(request, cluster, expected=expected)
