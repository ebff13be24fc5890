"""A job on a cluster of Spark answers what ``find`` does (law 4), whatever dies on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import dedup
from tests.scale.spark.test_job import BANDED, check_answer, job_of, mixed
from tests.support.spark_cluster import Cluster, Driver, require_spark

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def test_a_cluster_whose_executor_worker_and_driver_are_killed(tmp_path: Path) -> None:
    require_spark()
    texts = mixed(9, 1000)
    with Cluster(tmp_path) as cluster:
        job = job_of(tmp_path, texts, master=cluster.master, partitions=4)
        with Driver(tmp_path, job, cluster.python) as driver:
            driver.wait_for("copies")
            cluster.kill_executor_in_shuffle()
            driver.wait_for("compare")
            driver.kill()
        with Driver(tmp_path, job, cluster.python) as driver:
            driver.wait_for("compare")
            cluster.kill_worker()
            summary = driver.finish()
    again = {report["stage"] for report in driver.reports if report.get("again")}
    assert {"sketch", "copies", "buckets", "likely", "texts", "compare"} <= again
    assert "decide" not in again
    found = dedup.find(texts, recipe=BANDED)
    check_answer(json.loads((tmp_path / "answer.json").read_text()), found)
    assert summary["removed"] == int((~found.kept).sum())
