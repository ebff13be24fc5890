"""The benchmark scripts run at a small size and print their tables; nothing here is timed."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import __main__ as listed
from benchmarks import corpus, find, measure, stages, truth
from benchmarks.peers import CONTENDERS


def test_the_same_seed_makes_the_same_corpus() -> None:
    first, again, other = (corpus.paragraphs(300, seed) for seed in (5, 5, 6))
    assert first.texts == again.texts
    assert (first.origin == again.origin).all()
    assert (first.wording == again.wording).all()
    assert first.texts != other.texts


def test_a_corpus_has_the_shares_of_copies_that_were_asked_for() -> None:
    count = 4000
    made = corpus.paragraphs(count, exact=0.2, edited=0.1)
    own = np.arange(count)
    exact = made.wording != own
    assert exact.mean() == pytest.approx(0.2, abs=0.02)
    assert (~exact & (made.origin != own)).mean() == pytest.approx(0.1, abs=0.02)
    assert len(set(made.texts)) == count - exact.sum()
    assert all(made.texts[k] == made.texts[made.wording[k]] for k in own)
    words = [len(text.split()) for text in made.texts]
    assert min(words) >= 9
    assert np.mean(words) == pytest.approx(65, abs=3)


def test_no_originals_are_alike_and_most_edited_copies_are() -> None:
    made = corpus.paragraphs(800)
    assert truth.strangers(made) == 0
    known = truth.planted(made)
    edited = (made.wording == np.arange(800)) & (made.origin != np.arange(800))
    assert 0.9 < known.repeats[edited].mean() <= 1
    assert known.alike[known.repeats].all()
    assert not known.alike[made.origin == np.arange(800)].any()


def test_marks_count_what_is_missed_and_what_is_wrong() -> None:
    known = truth.Truth(
        repeats=np.array([False, True, True, False]),
        alike=np.array([False, True, True, True]),
        exact=np.array([False, True, False, False]),
    )
    assert truth.mark(np.array([True, False, False, False]), known) == (1.0, 1.0, 0)
    assert truth.mark(np.array([False, False, True, True]), known) == (0.5, 0.0, 1)


def test_hostile_inputs_share_most_of_their_text() -> None:
    variants, shuffled = corpus.variants(50), corpus.shuffled(50)
    assert len(set(variants)) == len(set(shuffled)) == 50
    assert len({len(text.split()) for text in (*variants, *shuffled)}) <= 2
    common = set.intersection(*(set(text.lower().replace(".", "").split()) for text in shuffled))
    assert len(common) > 20


def test_find_compares_peers_and_prints_a_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rensa")
    rensa = replace(CONTENDERS["rensa"], grid=CONTENDERS["rensa"].grid[:1])
    monkeypatch.setitem(CONTENDERS, "rensa", rensa)
    sizes = ["--paragraphs=600", "--sample=300", "--hostile-size=8000"]
    find.main([*sizes, "--repeats=1", "--peers=rensa"])
    printed = capsys.readouterr().out
    for word in ("dedup", "rensa", "2 workers", "hostile", "uncompared", "import dedup"):
        assert word in printed


def test_find_prints_growing_size(capsys: pytest.CaptureFixture[str]) -> None:
    find.main(["--scale", "--sizes=500", "--repeats=1"])
    printed = capsys.readouterr().out
    assert "growing size" in printed
    assert "1.5 or less" in printed


def test_stages_prints_every_stage(capsys: pytest.CaptureFixture[str]) -> None:
    stages.main(["--paragraphs=600", "--repeats=1"])
    printed = capsys.readouterr().out
    assert all(line in printed for line in stages._STAGES.values())


def test_a_table_is_aligned() -> None:
    laid = measure.table(("a", "bb"), [("first", "1"), ("x", "22")])
    assert laid.splitlines() == ["a      bb", "-----  --", "first   1", "x      22"]


def test_the_list_names_every_script_and_so_does_the_page(
    capsys: pytest.CaptureFixture[str],
) -> None:
    listed.main()
    output = capsys.readouterr().out
    page = (listed.HERE / "README.md").read_text(encoding="utf-8")
    found = listed.scripts()
    assert {"find", "quality", "watch", "review"} <= {each.name for each in found}
    for each in found:
        assert f"python -m benchmarks.{each.name} " in output
        assert f"benchmarks.{each.name}`" in page or f"`{each.name}`" in page, each.name
        assert each.sentence.endswith("."), each.name
