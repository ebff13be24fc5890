"""The figures of ``benchmarks.quality``: worked out by hand, by ``score.py`` and on made sets."""

from __future__ import annotations

import json
import random
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import dedup
from benchmarks import answers, corpus, curves, marks, plot, quality, sets
from benchmarks.answers import COPY, NOTHING, VARIANT, Answer
from tests.support import brute

STATION = (
    "The waiting room of the old station was heated by a stove that nobody remembered lighting, "
    "and the clock above its door had stopped at {hour} on the day the last train left for {town}."
)
ORCHARD = (
    "In the orchard behind the mill the pears ripen a week before those on the hill, because the "
    "wall keeps the warmth of the afternoon and the stream keeps the frost away."
)


def write_set(folder: Path, truth: str = "cluster", lookalikes: str = "judged") -> Path:
    """Write a set of three passages, one of them three times, and a template of one."""
    texts = {
        "a1": STATION.format(hour="nine", town="Leeds"),
        "a2": STATION.format(hour="nine", town="Leeds").replace("old station", "station"),
        "a3": STATION.format(hour="nine", town="Leeds"),
        "t1": STATION.format(hour="nine", town="Carlisle"),
        "b1": ORCHARD,
        "b2": ORCHARD.replace("a week before", "some days before").replace("of the afternoon", ""),
        "c1": "Nobody who has seen the river in March will believe how quiet it can be in August.",
    }
    clusters = {"a1": "a", "a2": "a", "a3": "a", "b1": "b", "b2": "b"}
    units = [{"id": k, "text": text, "cluster": clusters.get(k)} for k, text in texts.items()]
    pairs = [("a1", "a2", 1), ("a1", "a3", 1), ("b1", "b2", 1), ("c1", "b1", 0), ("t1", "a3", None)]
    listed = [
        {"a": a, "b": b, "label": label, "same_family": label, "j3": 0.6} for a, b, label in pairs
    ]
    judged = [
        {"a": "a1", "b": "t1", "class": "template: same wording, another subject/value"},
        {"a": "b2", "b": "b1", "class": "same passage, edited"},
    ]
    meta = {"truth": truth, "pairs": "pairs.jsonl", "lookalikes": lookalikes}
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    for name, rows in (("units", units), ("pairs", listed), ("labelled_pairs", judged)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture
def made(tmp_path: Path) -> sets.LabelledSet:
    return sets.LabelledSet(write_set(tmp_path / "made"))


# -- sets


def test_a_set_is_read_as_positions(made: sets.LabelledSet) -> None:
    assert made.positives == {(0, 1), (0, 2), (1, 2), (4, 5)}
    assert made.edited == [(0, 1), (4, 5)]
    assert made.others == [(4, 6), (0, 3)]
    assert made.ignored == {(2, 3)}
    assert [kind for _, kind in made.judged] == [sets.TEMPLATE, sets.SAME]


def test_licence_families_are_one_passage_where_the_texts_are_alike(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "licences", truth="same_family")
    lines = (folder / "pairs.jsonl").read_text(encoding="utf-8").replace("0.6", "0.4", 1)
    (folder / "pairs.jsonl").write_text(lines, encoding="utf-8")
    families = sets.LabelledSet(folder)
    assert families.positives == {(0, 2), (4, 5)}
    assert families.ignored == {(0, 1), (2, 3)}
    assert sets.score(families, {(0, 2)}).ari is None


def test_a_set_that_is_not_there_is_named(tmp_path: Path) -> None:
    write_set(tmp_path / "made")
    assert [each.name for each in sets.read(tmp_path)] == ["made"]
    with pytest.raises(FileNotFoundError, match="has no set lost"):
        list(sets.read(tmp_path, ["made", "lost"]))
    with pytest.raises(FileNotFoundError, match="at all"):
        list(sets.read(tmp_path / "made"))


def test_a_score_counts_right_wrong_and_ignored_pairs(made: sets.LabelledSet) -> None:
    score = sets.score(made, {(0, 1), (2, 3), (0, 3), (4, 5)})
    assert (score.positives, score.reported, score.ignored, score.wrong) == (4, 4, 1, 1)
    assert (score.precision, score.recall) == (round(2 / 3, 4), 0.5)
    assert score.judged == {sets.SAME: "1/1", sets.TEMPLATE: "1/1"}
    # Reported are 0-1-2-3 and 4-5; true are 0-1-2 and 4-5: 4 pairs in both, of 7 and 4, of 21.
    chance = 7 * 4 / 21
    assert score.ari == round((4 - chance) / ((7 + 4) / 2 - chance), 4)


def test_nothing_reported_is_no_mistake(made: sets.LabelledSet) -> None:
    score = sets.score(made, set())
    assert (score.precision, score.recall, score.f1, score.ari) == (1.0, 0.0, 0.0, 0.0)


def test_joined_pairs_are_named_by_their_first() -> None:
    assert sets.join(6, [(3, 5), (1, 3), (2, 4)]).tolist() == [0, 1, 2, 1, 2, 1]


@pytest.mark.parametrize("truth", ["cluster", "same_family"])
@pytest.mark.parametrize("lookalikes", ["judged", "unjudged"])
@pytest.mark.parametrize("distinct", [False, True])
def test_scores_are_those_of_the_script(
    tmp_path: Path, truth: str, lookalikes: str, distinct: bool
) -> None:
    script = sets.DEV / "score.py"
    if not script.exists():
        pytest.skip("score.py is not here")
    folder = write_set(tmp_path / "made", truth, lookalikes)
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    meta["pairs_between_distinct_texts"] = distinct
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    labelled = sets.LabelledSet(folder)
    every = list(combinations(range(7), 2))
    for size in (0, 2, 6, 21):
        pairs = set(random.Random(size).sample(every, size))
        assert sets.score(labelled, pairs) == sets.score_by_script(labelled, pairs, script)


@pytest.mark.parametrize("tokens", ["words", "chars"])
def test_all_pairs_are_those_of_dynamic_programming(tokens: str) -> None:
    made = corpus.paragraphs(60, words=14).texts
    texts = [*made, "too short to compete", "too short to compete at all"]
    found = sets.alike(texts, 0.6, tokens)
    units = [brute.units(text, tokens) for text in texts]
    first = [units.index(unit) for unit in units]
    expected = {
        (i, j): score
        for i, j in combinations(range(len(made)), 2)
        if first[i] == i and first[j] == j and len(brute.words(texts[j])) >= 8
        if len(brute.words(texts[i])) >= 8
        if (score := brute.similarity(units[i], units[j])) >= 0.6
    }
    pairs = zip(found.i.tolist(), found.j.tolist(), found.score.tolist(), strict=True)
    assert {(i, j): score for i, j, score in pairs} == expected
    assert len(expected) > 3


# -- answers


def test_dedup_answers_in_groups_and_of_single_pairs(made: sets.LabelledSet) -> None:
    answer = answers.by_dedup(made.texts)
    assert answer.group.tolist() == [0, 0, 0, 3, 4, 4, 6]
    assert answer.named.tolist() == [False, False, False, True, False, False, False]
    assert answer.pairs == {(0, 1), (0, 2), (1, 2), (4, 5)}
    said = answer.said([(0, 1), (0, 3), (1, 3), (4, 6)]).tolist()
    assert said == [COPY, VARIANT, VARIANT, NOTHING]


def test_what_find_reports_was_compared() -> None:
    texts = corpus.paragraphs(1500, edited=0.2).texts
    found = dedup.find(texts)
    copies = np.flatnonzero(found.kind == dedup.Kind.NEAR)
    assert found.recipe.bands > 0
    assert len(copies) > 100
    assert answers.are_compared(texts, copies, found.match[copies], found.recipe, 0.8).all()
    i = np.arange(len(texts) - 1)
    assert answers.are_compared(texts, i, i + 1, found.recipe, 0.8).mean() < 0.1


def test_equal_texts_are_pairs_for_everybody(made: sets.LabelledSet) -> None:
    for each in answers.CONTENDERS:
        if each.here:
            answer = each.answer(made.texts)
            assert (0, 2) in answer.pairs, each.title
            assert answer.group[2] == 0
            assert (4, 6) not in answer.pairs
    assert answers.by_exact_text(made.texts).pairs == {(0, 2)}


def test_rensa_keeps_what_its_deduplicator_keeps() -> None:
    rensa = pytest.importorskip("rensa")
    texts = corpus.paragraphs(3000, exact=0.1, edited=0.4).texts
    pairs = answers.by_rensa(texts).pairs
    kept: list[bool] = []
    before: dict[int, list[int]] = {}
    for i, j in pairs:
        before.setdefault(j, []).append(i)
    for k in range(len(texts)):
        kept.append(not any(kept[i] for i in before.get(k, ())))
    seen = rensa.RMinHashDeduplicator(threshold=0.8, num_perm=128, use_lsh=True)
    words = ((str(k), answers._runs(text, 1)) for k, text in enumerate(texts))
    assert seen.add_pairs(words) == kept
    assert 0 < sum(kept) < len(kept)


def test_runs_of_words() -> None:
    assert answers._runs("One, two. THREE four", 3) == ["one two three", "two three four"]
    assert answers._runs("One two", 5) == ["one two"]
    assert answers._runs("", 5) == [""]


# -- figures


def _answer(group: list[int], named: list[bool]) -> Answer:
    def nothing(i: sets.Whole, j: sets.Whole) -> answers.Verdicts:
        return np.zeros(len(i), dtype=np.int8)

    return Answer(np.array(group), np.array(named), set(), nothing)


def test_a_pair_escapes_if_both_stay_in_silence(made: sets.LabelledSet) -> None:
    alike = sets.alike(made.texts, 0.8)
    assert list(zip(alike.i.tolist(), alike.j.tolist(), strict=True)) == [
        (0, 1), (0, 3), (1, 3), (4, 5),
    ]  # fmt: skip
    own, nobody = list(range(7)), [False] * 7
    assert marks.count_escaped(made.texts, _answer(own, nobody), alike) == (4, 4)
    # A variant may stay if it is called one; an edited copy may not, whatever it is called.
    named = [False, True, False, True, False, False, False]
    assert marks.count_escaped(made.texts, _answer(own, named), alike) == (2, 4)
    grouped = _answer([0, 0, 2, 3, 4, 4, 6], nobody)
    assert marks.count_escaped(made.texts, grouped, alike) == (1, 4)


def test_the_figures_of_an_answer(made: sets.LabelledSet) -> None:
    figures = marks.mark(made, answers.by_dedup(made.texts), sets.alike(made.texts, 0.8))
    assert figures.escaped == (0, 4)
    assert figures.reported == figures.removed == (2, 2)
    # Three listed pairs and the judged one, none of the two that are others.
    assert figures.precision == (4, 4)
    assert figures.ari == 1.0
    assert (figures.same, figures.templates) == ({COPY: 1}, {VARIANT: 1})


def test_reasons_add_up(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "made")
    pairs = [("a1", "a2"), ("a1", "t1"), ("b1", "b2"), ("b1", "c1")]
    lines = [json.dumps({"a": a, "b": b, "label": 1}) + "\n" for a, b in pairs]
    (folder / "pairs.jsonl").write_text("".join(lines), encoding="utf-8")
    made = sets.LabelledSet(folder)
    became = marks.reasons(made, answers.by_dedup(made.texts))
    assert became == marks.Reasons(2, (0, 1, 0, 0, 0), 1, 0)


def test_curves_count_pairs_by_similarity() -> None:
    texts = corpus.paragraphs(300, edited=0.5).texts
    drawn = curves.Curves()
    alike = sets.alike(texts, curves.LEAST)
    nobody = _answer(list(range(300)), [False] * 300)
    drawn.add(texts, {"nobody": nobody}, alike)
    drawn.add(texts, {"nobody": nobody}, alike)
    assert drawn.pairs.sum() == 2 * len(alike.i)
    enough = int((alike.score >= 0.8).sum())
    assert drawn.pairs[12:].sum() == 2 * enough > 0
    assert drawn.found[answers.DEDUP].sum() == 2 * enough
    assert drawn.missed(answers.DEDUP) == 0.0
    assert drawn.missed("nobody") == 1.0
    head, rows = drawn.rows()
    assert len(rows) == 20
    assert all(len(row) == len(head) for row in rows)


# -- plot


def _plot() -> str:
    lines = [plot.Line("found & lost", [(0.5, 0.0), (1.0, 1.0)], 0), plot.Line("b", [], 1, "2 2")]
    across, up = (
        plot.Axis("how alike", [(0.5, "0.5"), (1.0, "1.0")]),
        plot.Axis("share", [(0, "0 %"), (1, "1")]),
    )
    return plot.line_plot("A title", across, up, lines, (0.75, "here"))


def test_a_plot_has_its_labels_and_its_places() -> None:
    drawn = _plot()
    assert drawn == _plot()
    root = ElementTree.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    texts = [each.text for each in root.iter(f"{space}text")]
    for label in ("A title", "how alike", "share", "0 %", "0.5", "here", "found & lost", "b"):
        assert label in texts
    first = next(root.iter(f"{space}polyline")).attrib["points"].split()
    (left, bottom), (right, top) = ([float(x) for x in place.split(",")] for place in first)
    assert left < right
    assert top < bottom
    assert "prefers-color-scheme: dark" in drawn


def test_the_plot_at_hand_shows_everybody() -> None:
    drawn = (Path(quality.__file__).parent / "recall.svg").read_text(encoding="utf-8")
    texts = [each.text for each in ElementTree.fromstring(drawn).iter() if each.text]
    for name, _, _ in curves._LINES:
        assert name in texts


# -- the script


def test_the_script_prints_its_tables_and_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_set(tmp_path / "sets" / "ocr_made")
    out = tmp_path / "plot.svg"
    quality.main([f"--folder={tmp_path / 'sets'}", "--markdown", f"--plot={out}"])
    printed = capsys.readouterr().out
    for line in (
        "| ocr_made: escaped, of 4 pairs | 0.0 % |",
        "| ocr_made: escaped by characters, of ",
        "| ocr_made: edited copies reported, of 2 | 1.000 |",
        "| ocr_made: ARI | 1.000 |",
        "| pairs escaped, the worst set | 0.0000 | 0.01 or less | reached |",
    ):
        assert line in printed
    ElementTree.fromstring(out.read_text(encoding="utf-8"))


def test_a_missed_target_is_shouted() -> None:
    assert quality._written(quality.Target("a", 0.5, "0.9 or more", False))[-1] == "MISSED"


@pytest.mark.parametrize("name", ["bible_editions", "versioned_etcd"])
def test_the_targets_are_reached_on_real_text(name: str) -> None:
    if not (sets.DEV / name).exists():
        pytest.skip("the sets are not here")
    labelled = next(sets.read(sets.DEV, [name]))
    answer = answers.by_dedup(labelled.texts)
    figures = marks.mark(labelled, answer, sets.alike(labelled.texts, 0.8))
    drawn = curves.Curves()
    drawn.add(labelled.texts, {}, sets.alike(labelled.texts, 0.8))
    reached = list(quality.targets({name: {answers.DEDUP: figures}}, drawn))
    assert len(reached) >= 3
    assert all(each.reached for each in reached)
    script = sets.DEV / "score.py"
    pairs = answer.pairs
    assert sets.score(labelled, pairs) == sets.score_by_script(labelled, pairs, script)
