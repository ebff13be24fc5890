"""What all tests share: how hypothesis searches, and the sets of real text where they are."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.laws import DEV, DevSet, dev_set

settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# Reports are as wide as the terminal says, which some runners of tests say wrongly.
os.environ.pop("COLUMNS", None)

DEV_SETS = (
    "bible_editions",
    "content_hugo_rust",
    "licences_scancode",
    "ocr_overproof",
    "ocr_two_scans",
    "versioned_etcd",
)


@pytest.fixture(scope="session", params=DEV_SETS)
def real(request: pytest.FixtureRequest) -> DevSet:
    """Each of the sets of real text in turn, with all its pairs; skips where they are absent."""
    name: str = request.param
    if not (DEV / name / "units.jsonl").is_file():
        pytest.skip(f"the development set {name} is not at {DEV.parent.name}/{DEV.name}")
    return dev_set(name)
