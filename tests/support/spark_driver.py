"""The driver of one job, for the tests of Spark. It reports in lines of JSON.

    python -m tests.support.spark_driver '{"master": ..., "input": ..., "work": ..., "answer": ...}'

Knows: how a job is run. The answer is written as JSON: id, kept, match, similarity, kind.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

from dedup.recipe import Recipe
from dedup.scale.spark.session import session
from dedup.scale.spark.work import StageDone
from tests.support.flat import clean_frame
from tests.support.spark_cluster import QUICK


def main() -> None:
    """Run the job that the first argument says."""
    warnings.simplefilter("ignore")
    job: dict[str, Any] = json.loads(sys.argv[1])
    conf = {
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g", "spark.executor.memory": "1g", "spark.executor.cores": "1",
        **QUICK,
        **job.get("conf", {}),
    }  # fmt: skip
    spark = session(job["master"], conf)
    cleaned = clean_frame(
        spark.read.parquet(job["input"]), work=job["work"], recipe=Recipe(**job["recipe"]),
        partitions=job.get("partitions"), progress=tell, **job.get("options", {}),
    )  # fmt: skip
    rows = [row.asDict() for row in cleaned.found.collect()]
    Path(job["answer"]).write_text(json.dumps(rows))
    print(json.dumps({**cleaned.summary._asdict(), "recipe": None}), flush=True)
    spark.stop()


def tell(stage: StageDone) -> None:
    """Tell of a stage."""
    print(json.dumps(stage._asdict()), flush=True)


if __name__ == "__main__":
    main()
