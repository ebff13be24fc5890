"""What all tests share: how hypothesis searches, their order, and the sets of real text."""

from __future__ import annotations

import json
import os

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from tests.support.laws import DevSet, as_dev_set, dev_set
from tests.support.places import DEV, ROOT

settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# Reports are as wide as the terminal says, which some runners of tests say wrongly.
os.environ.pop("COLUMNS", None)

# Haystack reports to its makers which components a pipeline has, unless it is told not to.
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

DEV_SETS = (
    "bible_editions",
    "content_hugo_rust",
    "licences_scancode",
    "ocr_overproof",
    "ocr_two_scans",
    "versioned_etcd",
)


#: The files that take longest. With several workers, each file is one worker's: if one of these
#: were begun last, the others would wait for it.
SLOWEST = (
    "scale/spark/test_job.py",
    "dump/spark/test_job.py",
    "dump/test_round_trips.py",
    "scale/spark/test_killed.py",
    "scale/test_job.py",
    "scale/test_resume.py",
    "dump/test_job.py",
    "index/sqlite/test_processes.py",
    "test_linear.py",
    "reports/test_review_browser.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-xdist take files in the order of collection, and not by their number of tests."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slowest files first."""
    order = {ROOT / "tests" / name: place for place, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


@pytest.fixture(scope="session", params=DEV_SETS)
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DevSet:
    """Each of the sets of real text in turn, with all its pairs; skips where they are absent.

    The workers of pytest-xdist share what the first of them worked out.
    """
    name: str = request.param
    if not (DEV / name / "units.jsonl").is_file():
        pytest.skip(f"the development set {name} is not at {DEV.parent.name}/{DEV.name}")
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return dev_set(name)
    kept = tmp_path_factory.getbasetemp().parent / f"{name}.json"
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            kept.write_text(json.dumps(dev_set(name)), encoding="utf-8")
    return as_dev_set(json.loads(kept.read_text(encoding="utf-8")))
