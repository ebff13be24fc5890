"""The job on Spark at sizes that take minutes; run by hand with DEDUP_SPARK_TESTS=1."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

import dedup
from benchmarks import corpus
from tests.scale.spark.test_job import BANDED, check_answer, job_of, near_copy
from tests.support import laws
from tests.support.spark_cluster import Cluster, Driver, by_hand, require_spark

pytestmark = by_hand

#: Seconds of a task that are never called skew: beginning one takes as long.
_SHORT = 5.0

BANNER = (
    "This site uses cookies to offer you a better browsing experience, to analyse traffic and to "
    "show you content that fits your interests; find out more on how we use cookies and how you "
    "can change your settings at any time"
)


@pytest.mark.parametrize("where", ["local[2]", "cluster"])
def test_200_000_paragraphs(tmp_path: Path, where: str) -> None:
    require_spark()
    texts = corpus.paragraphs(200_000, 11, edited=0.2).texts
    found = dedup.find(texts, recipe=BANDED)
    if where == "cluster":
        with Cluster(tmp_path) as cluster:
            job = job_of(tmp_path, texts, master=cluster.master)
            with Driver(tmp_path, job, cluster.python) as driver:
                summary = driver.finish()
    else:
        with Driver(tmp_path, job_of(tmp_path, texts, master=where)) as driver:
            summary = driver.finish()
    check_answer(json.loads((tmp_path / "answer.json").read_text()), found)
    assert summary["removed"] == int((~found.kept).sum())


BANNERS = {"to the letter": 0, "each edited": 1}


@pytest.mark.parametrize("edited", BANNERS.values(), ids=BANNERS)
def test_banners_and_templates_are_no_skew(tmp_path: Path, edited: int) -> None:
    require_spark()
    draw = np.random.default_rng(4)
    count = 20_000 if edited else 200_000
    texts = [near_copy(draw, BANNER.split()) if edited else BANNER for _ in range(count)]
    texts += [laws.template(k, 40, 5) for k in range(50_000)]
    texts += corpus.paragraphs(50_000, 12, edited=0.2).texts
    texts = [texts[k] for k in draw.permutation(len(texts)).tolist()]
    events = tmp_path / "events"
    events.mkdir()
    conf = {
        "spark.eventLog.enabled": "true", "spark.eventLog.dir": f"file://{events}",
        "spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "false",
    }  # fmt: skip
    with Cluster(tmp_path) as cluster:
        job = job_of(tmp_path, texts, master=cluster.master, conf=conf, partitions=8)
        with Driver(tmp_path, job, cluster.python) as driver:
            driver.finish()
    found = dedup.find(texts, recipe=BANDED)
    check_answer(json.loads((tmp_path / "answer.json").read_text()), found)
    for stage, seconds in tasks(events).items():
        if len(seconds) > 3:
            assert max(seconds) <= max(4 * median(seconds), _SHORT), (stage, sorted(seconds)[-5:])


def tasks(events: Path) -> dict[int, list[float]]:
    """Read the seconds of all tasks by stage; a task that failed is a failure of the test."""
    found: dict[int, list[float]] = {}
    (log,) = events.iterdir()
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            event: dict[str, Any] = json.loads(line)
            if event["Event"] == "SparkListenerTaskEnd":
                info = event["Task Info"]
                assert not info["Failed"], event["Task End Reason"]
                seconds = (info["Finish Time"] - info["Launch Time"]) / 1000
                found.setdefault(event["Stage ID"], []).append(seconds)
    return found
