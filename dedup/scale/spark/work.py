"""The work folder of a job: its settings, and the stages that are done.

Knows: Parquet, marks, settings. Does not know: what a stage does.

A stage is done when its mark exists, which is written after its Parquet; a stage that a killed run
left half done is written again. The folder may be on any file system that the cluster knows, and
the driver may be a client of Spark Connect.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dedup.scale.failures import WorkMismatch
from dedup.scale.spark.failures import StageFailed, said_by
from dedup.scale.spark.marks import Facts, marks_in
from dedup.scale.spark.metrics import Shuffled
from dedup.scale.storage.folder import differences

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: Version of the stages and their columns.
VERSION = 3


#: How Parquet is written: without a dictionary, for hashes and texts hardly repeat.
_WRITING = {"parquet.enable.dictionary": "false"}


class StageDone(NamedTuple):
    """A stage that is done.

    stage: its name; rows: how many it wrote; shuffled: bytes that it shuffled, None where unknown;
    seconds: by the clock; again: whether an earlier run had done it.
    """

    stage: str
    rows: int
    shuffled: int | None
    seconds: float
    again: bool = False


#: Is called with every stage that is done.
Progress = Callable[[StageDone], None]


class WorkFolder:
    """A work folder. Raises WorkMismatch where it holds a job with other settings."""

    def __init__(
        self, spark: SparkSession, path: str, settings: Facts, progress: Progress | None
    ) -> None:
        self.spark, self.path = spark, path.rstrip("/")
        self.settings = settings
        self._marks = marks_in(spark, self.path)
        self._progress = progress
        self._shuffled = Shuffled(spark)
        self._check({"version": VERSION, **settings})

    def stage(self, name: str, frame: DataFrame) -> DataFrame:
        """Write a stage, unless it is done; read it back."""
        from pyspark.sql.types import StructType

        mark = self._marks.get(name)
        again = mark is not None
        if mark is None:
            with self.running(name):
                mark = self._write(name, frame)
        self._tell(name, mark, again)
        schema = StructType.fromJson(json.loads(mark["schema"]))
        return self.spark.read.schema(schema).parquet(f"{self.path}/{name}")

    def fact(self, name: str, make: Callable[[], Facts]) -> Facts:
        """Compute a few numbers and write them down, unless an earlier run did; return them."""
        mark = self._marks.get(name)
        if mark is None:
            with self.running(name):
                mark = make()
            self._marks.put(name, mark)
        return mark

    def rows(self, name: str) -> int:
        """Return the number of rows of a stage that is done."""
        mark = self._marks.get(name)
        assert mark is not None
        return int(mark["rows"])

    @contextmanager
    def running(self, stage: str) -> Iterator[None]:
        """Raise errors of Spark as StageFailed, which names the stage."""
        from pyspark.errors import PySparkException

        try:
            yield
        except PySparkException as error:
            raise StageFailed(stage, self.path, said_by(error)) from error

    def _write(self, name: str, frame: DataFrame) -> Facts:
        since = time.perf_counter()
        before = self._shuffled.total()
        place = f"{self.path}/{name}"
        frame.write.mode("overwrite").options(**_WRITING).parquet(place)
        rows = self.spark.read.schema(frame.schema).parquet(place).count()
        after = self._shuffled.total()
        shuffled = None if before is None or after is None else after - before
        mark = {
            "rows": rows, "seconds": round(time.perf_counter() - since, 3), "shuffled": shuffled,
            "schema": frame.schema.json(),
        }  # fmt: skip
        self._marks.put(name, mark)
        return mark

    def _tell(self, name: str, mark: Facts, again: bool) -> None:
        if self._progress is not None:
            self._progress(StageDone(name, mark["rows"], mark["shuffled"], mark["seconds"], again))

    def _check(self, settings: Facts) -> None:
        settings = json.loads(json.dumps(settings))
        before = self._marks.get("job")
        if before is None:
            self._marks.put("job", settings)
            return
        different = differences(before, settings)
        if different:
            raise WorkMismatch(Path(self.path), different)
