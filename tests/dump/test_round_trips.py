"""All that went comes back: every container, packing, policy and markup, damaged files too.

``ROUND_TRIPS=SEED,JOBS python -m pytest tests/dump/test_round_trips.py -s`` runs others than usual.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from dedup.dump import record
from dedup.dump.job import clean_files
from dedup.dump.restoration import NotRestored, restore
from dedup.dump.summary import File, Summary
from dedup.options import Policy
from dedup.readers import ReadOptions
from dedup.readers.containers import packing_by_name
from dedup.writers import WriteOptions
from tests.support.census import Census
from tests.support.flat import make_request
from tests.support.round_trips import KINDS, Draw, rows, sound, write

#: Where drawing begins, and how many jobs there are.
SEED, JOBS = (int(each) for each in os.environ.get("ROUND_TRIPS", "20261129,50").split(","))

#: Files of a job.
FILES = 80

MARKUPS = ("auto", "auto", "lines", "blank", "markdown", "mdx", "rst", "asciidoc", "html")
ERRORS = ("surrogateescape", "surrogateescape", "replace", "ignore", "backslashreplace")
POLICIES: tuple[dict[str, Any], ...] = (
    {}, {}, {"keep": "longest"}, {"keep": "order", "order": ("*9*",)}, {"scope": "document"},
    {"scope": "host"}, {"min_copies": 3}, {"protect": ("coat",)},
)  # fmt: skip

CONSTRUCTS = [
    *KINDS, "gzip", "zstd", "lz4", "not packed", "mutated", "packing mutated",
    *MARKUPS[1:], *ERRORS[1:], *record.SUFFIXES, *map(str, POLICIES[1:]),
    "changed", "unchanged", "whole text gone", "left out", "instead", "raw", "damage kept",
    "utf-16-le", "gb18030", "restored", "refused",
]  # fmt: skip

#: What can't come back, and is said to be so.
REFUSED = ("did not write it", "could not be unpacked", "of its rows were left out")


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't wait for the disk, which these tests don't pull from under the job."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def test_what_went_comes_back_to_the_byte(tmp_path: Path) -> None:
    print(f"ROUND_TRIPS={SEED},{JOBS}")
    census = Census(CONSTRUCTS)
    for number in range(JOBS):
        _job(Draw(SEED + number), tmp_path / str(number), census)
        shutil.rmtree(tmp_path / str(number))
    assert census.examples == JOBS * FILES
    census.require(1)


def _job(draw: Draw, folder: Path, census: Census) -> None:
    """Clean and restore some files, and hold each against what it was."""
    source, output, back = folder / "in", folder / "out", folder / "back"
    source.mkdir(parents=True)
    asked: dict[str, Any] = draw.choice(POLICIES)
    form, errors, markup = draw.choice(record.SUFFIXES), draw.choice(ERRORS), draw.choice(MARKUPS)
    if form == ".parquet":  # which has no place for half of a surrogate pair
        errors, draw.halves = "replace", False
    made = [
        write(draw, source, f"{at:04d}", draw.choice(list(KINDS))) for at in range(FILES)
    ]  # fmt: skip
    request = make_request(
        [str(source)], str(output), policy=Policy(**asked), markup=markup,
        reading=ReadOptions(errors=errors, max_bytes=draw.choice((300, 1 << 20, 1 << 20))),
        writing=WriteOptions(empty=draw.choice(("keep", "drop"))),
        min_tokens=4, removed=str(folder / f"removed{form}"), workers=1,
    )  # fmt: skip
    summary = clean_files(request)
    failures: dict[str, str] = {}
    try:
        restore(str(output), str(back))
    except NotRestored as error:
        failures = dict(error.failures)
    met = {str(asked), form, errors, markup}
    files = {each.input: each for each in summary.files}
    gone = _gone(summary, request.record)
    for path, constructs in made:
        file = files.pop(str(path), None)
        said = failures.pop(str(path), None)
        found = {"binary"}
        if file is not None:
            found = _held(path, back / path.name, file, said, gone.get(str(path), set()))
        census.meet({*constructs, *found, *(met if path == made[0][0] else ())})
    assert (files, failures) == ({}, {})


def _gone(summary: Summary, path: str) -> dict[str, set[str]]:
    """Say what the removals of each file hold."""
    found: dict[str, set[str]] = {each.input: set() for each in summary.files}
    for each in record.read(path):
        met = found[each.source]
        if each.instead:
            met.add("instead")
        if each.raw is not None:
            met.add("raw")
    return found


def _held(path: Path, back: Path, file: File, said: str | None, gone: set[str]) -> set[str]:
    """Hold one file against what it was; says what was met."""
    found = {"changed" if file.gone else "unchanged", *gone, file.encoding or ""}
    if file.written["emptied"]:
        found.add("whole text gone")
    if file.written["dropped"]:
        found.add("left out")
    if file.written["passed"]:
        found.add("damage kept")
    was = None if file.container == "parquet" else sound(path, file.packing)
    if said is None:
        found.add("restored")
        if file.container == "parquet":
            assert rows(back) == rows(path), path
        else:
            assert was is None or sound(back, packing_by_name(path.name)) == was, path
    else:
        found.add("refused")
        assert not back.exists()
        assert any(each in said for each in REFUSED), (path, said)
        if file.container not in ("parquet", "jsonl"):
            nothing = not file.written["documents"] and not file.written["passed"]
            assert not was or nothing or len(was) > 300, (path, said)
    return found
