"""Files of every container as shards of a job: the answer is that of ``find`` on what is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dedup
from benchmarks import corpus, crawl
from dedup import scale
from dedup.errors import InputError
from dedup.paragraph import Paragraph, Skipped
from dedup.scale.inputs import from_paths
from tests.support import scales
from tests.support.flat import run

BANDED = dedup.Recipe(permutations=96, bands=32, rows=3)


def fill(folder: Path) -> None:
    """Write the same kinds of paragraphs into one file of each container."""
    texts = corpus.paragraphs(240, 21, edited=0.3).texts
    pytest.importorskip("fastwarc")
    crawl.write_jsonl(folder / "a.jsonl.gz", texts[:80], 1)
    crawl.write_wet(folder / "b.warc.wet.gz", texts[60:160], 2)
    (folder / "c.txt").write_text("\n".join(texts[140:]) + "\n", encoding="utf-8")
    (folder / "d.html").write_text(f"<p>{texts[3]}</p><p>{texts[200]}</p>", encoding="utf-8")


@pytest.mark.parametrize("bounds", [scales.TINY, scales.ROOMY], ids=["tiny", "roomy"])
def test_files_of_every_container(tmp_path: Path, bounds: scales.Bounds) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    fill(folder)
    read = [each for each in dedup.read(folder) if isinstance(each, Paragraph)]
    with scales.within(bounds._replace(unit=max(bounds.unit, 30), arrays=1 << 20)):
        found = dedup.find(read, recipe=BANDED)
        shards = from_paths(folder)
        decisions = run(shards, tmp_path / "work", recipe=BANDED, workers=1)
    answer = decisions.every()
    assert answer.match.tolist() == found.match.tolist()
    assert answer.kept.tolist() == found.kept.tolist()
    copies = np.flatnonzero(~found.kept)
    assert decisions.places(answer.match[copies]) == [
        read[k].place for k in found.match[copies].tolist()
    ]


def test_a_file_that_changed_is_another_input(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("One line here.\n", encoding="utf-8")
    run(from_paths(page), tmp_path / "work", workers=1)
    page.write_text("One line there, and more.\n", encoding="utf-8")
    with pytest.raises(scale.WorkMismatch, match=r"page\.txt has size"):
        run(from_paths(page), tmp_path / "work", workers=1)


def test_what_is_not_read_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"text": "one"}\n{"text"\n', encoding="utf-8")
    (folder / "b.bin").write_bytes(bytes(range(256)))
    told: list[Skipped] = []
    decisions = run(
        from_paths(folder, skipped=told.append), tmp_path / "work", workers=1,
        expected=scale.Estimate(1, 10),
    )  # fmt: skip
    assert len(decisions) == 1
    assert {Path(each.source).name for each in told} == {"a.jsonl", "b.bin"}


def test_standard_input_is_refused() -> None:
    with pytest.raises(InputError, match="can't be read twice"):
        from_paths("-")


def test_places_of_some_documents_among_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dedup.scale.storage.column._GAP", 20)
    monkeypatch.setattr("dedup.scale.storage.column._SPANS", 100)
    folder = tmp_path / "in"
    folder.mkdir()
    for k in range(60):
        (folder / f"{k:02}{'x' * (k % 7)}.txt").write_text(f"A line of words, {k}.\n")
    decisions = run(from_paths(folder), tmp_path / "work", workers=1)
    names = sorted(str(path) for path in folder.iterdir())
    for some in ([0], [59], [3, 4, 5], [0, 1, 7, 8, 30, 59], [*range(60)], []):
        found = decisions.names(np.array(some, dtype=np.int64))
        assert [source for source, _, _ in found] == [names[k] for k in some]


def test_names_whose_ends_fall_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name * 9}.txt").write_text(f"A line of {name}.\n")
    decisions = run(from_paths(folder), tmp_path / "work", workers=1)
    path = tmp_path / "work" / "name_ends"
    ends = np.fromfile(path, "<u8")
    for changed in (
        [ends[1], ends[0], ends[2]],
        [0, 2**63 + 5, ends[2]],
        [2**62, ends[1], ends[2]],
    ):
        np.array(changed, "<u8").tofile(path)
        damaged = scale.Decisions(tmp_path / "work")
        with pytest.raises(InputError, match=r"name_ends: is damaged: it falls; the work folder"):
            damaged.names(np.arange(3))
    ends.tofile(path)
    assert len(decisions.names(np.arange(3))) == 3
