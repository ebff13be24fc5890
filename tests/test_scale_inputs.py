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
from tests import scales

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
        decisions = scale.run(shards, tmp_path / "work", recipe=BANDED, workers=1)
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
    scale.run(from_paths(page), tmp_path / "work", workers=1)
    page.write_text("One line there, and more.\n", encoding="utf-8")
    with pytest.raises(scale.WorkMismatch, match=r"page\.txt has size"):
        scale.run(from_paths(page), tmp_path / "work", workers=1)


def test_what_is_not_read_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"text": "one"}\n{"text"\n', encoding="utf-8")
    (folder / "b.bin").write_bytes(bytes(range(256)))
    told: list[Skipped] = []
    decisions = scale.run(
        from_paths(folder, skipped=told.append), tmp_path / "work", workers=1,
        expected=scale.Estimate(1, 10),
    )  # fmt: skip
    assert len(decisions) == 1
    assert {Path(each.source).name for each in told} == {"a.jsonl", "b.bin"}


def test_standard_input_is_refused() -> None:
    with pytest.raises(InputError, match="can't be read twice"):
        from_paths("-")
