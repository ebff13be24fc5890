"""The marks of a work folder: a small file for each stage that is done.

Knows: how to reach a file, by Python in a local folder and by Spark elsewhere. Does not know: what
a mark holds.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dedup.scale.spark.metrics import is_remote

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Facts = dict[str, Any]


class StageMarks(Protocol):
    """The marks of one work folder."""

    def get(self, name: str) -> Facts | None:
        """Read a mark; None where it does not exist."""

    def put(self, name: str, content: Facts) -> None:
        """Write a mark, completely or not at all."""


def marks_in(spark: SparkSession, path: str) -> StageMarks:
    """Choose how the marks of a folder are reached."""
    local = path.removeprefix("file://")
    if "://" in local or is_remote(spark):
        return _BySpark(spark, path)
    return _Local(Path(local))


class _Local:
    """Marks on a file system of the driver."""

    def __init__(self, path: Path) -> None:
        self._path = path / "marks"

    def get(self, name: str) -> Facts | None:
        try:
            found: Facts = json.loads((self._path / f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return found

    def put(self, name: str, content: Facts) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        new = self._path / f"{name}.new"
        new.write_text(json.dumps(content), encoding="utf-8")
        os.replace(new, self._path / f"{name}.json")


class _BySpark:
    """Marks on a file system of the cluster. A read takes half a second and gets all of them."""

    def __init__(self, spark: SparkSession, path: str) -> None:
        self._spark, self._path = spark, f"{path}/marks"
        self._known: dict[str, Facts] | None = None

    def get(self, name: str) -> Facts | None:
        from pyspark.errors import AnalysisException

        if self._known is None:
            try:
                rows = (
                    self._spark.read.schema("name string, content string")
                    .json(f"{self._path}/*")
                    .collect()
                )
            except AnalysisException:
                rows = []
            self._known = {row[0]: json.loads(row[1]) for row in rows if row[0] and row[1]}
        return self._known.get(name)

    def put(self, name: str, content: Facts) -> None:
        frame = self._spark.createDataFrame(
            [(name, json.dumps(content))], "name string, content string"
        )
        frame.coalesce(1).write.mode("overwrite").json(f"{self._path}/{name}")
        if self._known is not None:
            self._known[name] = content
