"""The first pass writes the same columns whether documents come one by one or together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup import scale
from dedup.paragraph import Paragraph
from dedup.recipe import Recipe
from dedup.scale.competition import NOTHING_GIVEN
from dedup.scale.inputs import from_paths
from dedup.scale.shards import Pages, Shard, documents, documents_together
from dedup.scale.stages.first_pass import spill
from dedup.scale.storage.folder import Folder
from dedup.scale.storage.layout import Files
from tests.support import scales
from tests.support.containers import conversion, write

RECIPE = Recipe(permutations=96, bands=32, rows=3)

LINES = ("One line that is here.", "", "Another line, é.", "…", "A third line of some words more.")

pages = st.lists(st.lists(st.sampled_from(LINES), max_size=6), max_size=12)


def columns(shards: list[Shard], folder: Path) -> tuple[object, dict[str, bytes]]:
    """Run the first pass: what it tells, and the columns that it writes."""
    with Folder(folder, {"threshold": 0.8, "variants": "report"}, shards) as work:
        facts = spill(
            shards, Files(work, RECIPE), RECIPE, NOTHING_GIVEN, 1, 10, lambda *_: None
        )  # fmt: skip
    names = [path for path in folder.iterdir() if path.suffix != ".json"]
    return facts, {path.name: path.read_bytes() for path in names}


def shards_of(folder: Path, texts: list[list[str]]) -> list[Shard]:
    """Write pages into two archives and a file of rows."""
    made = [
        conversion("\n".join(lines), f"http://www.h{k % 2}.org/{k // 2}")
        for k, lines in enumerate(texts)
    ]
    write(folder / "a.wet", made[: len(made) // 2])
    write(folder / "b.wet", made[len(made) // 2 :])
    write(folder / "c.wet", made[:1])
    return from_paths(folder)


@pytest.mark.parametrize("bounds", [scales.TINY, scales.ROOMY], ids=["tiny", "roomy"])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages)
def test_columns_are_the_same_for_documents_together(
    tmp_path_factory: pytest.TempPathFactory, bounds: scales.Bounds, texts: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("in")
    shards = shards_of(folder, texts)
    with scales.within(bounds):
        apart = [replace(each, together=None) for each in shards]
        works = [tmp_path_factory.mktemp("work") for _ in range(2)]
        assert columns(shards, works[0]) == columns(apart, works[1])


def test_neighbours_of_one_shard_come_together(tmp_path: Path) -> None:
    shards = shards_of(tmp_path, [["One line.", "Two."], [], ["Three."], ["Four.", "Five."]])
    (first, *_) = [part for _, part, _ in documents_together(shards, 0, 0)]
    assert isinstance(first, Pages)
    assert first.hosts == ["h0.org", "h1.org"]
    assert [*first.begins(slice(0, 2))] == [(0, 0)]
    read = [part for _, part, _ in documents(shards, 0, 0) if len(part)]
    apart = [[getattr(each, "text", "") for each in part] for part in read]
    assert apart == [["One line.", "Two."], ["Three."], ["Four.", "Five."], ["One line.", "Two."]]


@pytest.mark.parametrize("skip", range(4))
def test_paragraphs_are_left_out_of_documents_together(tmp_path: Path, skip: int) -> None:
    shards = shards_of(tmp_path, [["1", "2"], ["3"], ["4"], ["5"]])
    left = []
    for shard, part, at in documents(shards, 0, skip):
        if shard == 0:
            left += [each.text for each in [*part][at:] if isinstance(each, Paragraph)]
    assert left == ["1", "2", "3"][skip:]


def test_names_are_a_list_of_json() -> None:
    assert scale.shards.place_name("a", None, "") == b'["a", null]'
    assert scale.shards.place_name('"', "\ud800é", "h") == b'["\\"", "\xed\xa0\x80\xc3\xa9", "h"]'
