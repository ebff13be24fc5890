"""What executors do, without Spark: batches of Arrow in and out, beside the stages of the core."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from benchmarks import corpus
from dedup import stages
from dedup.core import candidates, sketch
from dedup.core.bands import jaccard_at
from dedup.core.runs import inside_runs
from dedup.core.walk import LIMITS
from dedup.options import Matching, Resources
from dedup.scale.spark import archive
from dedup.scale.spark.failures import TaskFailed
from dedup.scale.spark.stages import components, short_in_runs
from dedup.scale.spark.tasks import arrow, decision, fingerprints
from dedup.scale.spark.tasks import buckets as bucket_tasks
from dedup.scale.spark.tasks.similarity import Compare
from dedup.scale.spark.tasks.sketches import NUMBER_BITS, Sketching
from dedup.search import find_by
from tests.support import laws

pyarrow = pytest.importorskip("pyarrow")

#: Bounds that small inputs reach.
FEW = LIMITS._replace(cap=2, most=3)

BANDED = dedup.Recipe(permutations=96, bands=32, rows=3, min_tokens=4)


def run(task: arrow.Task, batches: Iterable[Any]) -> dict[str, list[Any]]:
    """Run a task over batches; give its rows by column."""
    found: dict[str, list[Any]] = {}
    for batch in task(batches):
        for name in batch.schema.names:
            found.setdefault(name, []).extend(batch.column(name).to_pylist())
    return found


def cut(table: Any, size: int) -> list[Any]:
    """Cut a table into batches of so many rows."""
    batches: list[Any] = table.to_batches(max_chunksize=size)
    return batches


def sorted_table(found: dict[str, list[Any]], *keys: str) -> Any:
    """Make a table of rows and sort it, as a shuffle would."""
    return pyarrow.table(found).sort_by([(key, "ascending") for key in keys])


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 2**62), st.integers(0, 5), st.integers(0, 3)),
             min_size=1, max_size=60, unique_by=lambda each: each[0]),
    st.integers(1, 7),
    st.booleans(),
)  # fmt: skip
def test_rows_meet_that_share_a_key_and_a_scope(
    drawn: list[tuple[int, int, int]], per_band: int, scoped: bool
) -> None:
    rows, keys, scopes = (list(each) for each in zip(*drawn, strict=True))
    bands = 3
    wide = [[key * 0x10001 if band == 0 else key % (band + 2) for band in range(bands)]
            for key in keys]  # fmt: skip
    words = [[7, 9, 2**63 + 2**40 * scope] for scope in scopes]
    batch = arrow.batch_of(
        row=np.array(rows), keys=arrow.binary(np.array(wide, dtype=np.uint32)),
        sketch=arrow.binary(np.array(words, dtype=np.uint64)),
    )  # fmt: skip
    packed = run(bucket_tasks.PackKeys(per_band, scoped).run, [batch, batch.slice(0, 0)])
    table = sorted_table(packed, "target")
    met = run(bucket_tasks.Meet(per_band, scoped, 4).run, cut(table, 5))
    pairs: set[tuple[int, int]] = set()
    hot = []
    for band in range(bands):
        buckets: dict[tuple[int, int], list[int]] = {}
        for row, key, scope in zip(rows, wide, scopes, strict=True):
            buckets.setdefault((key[band], scope if scoped else 0), []).append(row)
        for some in map(sorted, buckets.values()):
            if len(some) > 4:
                hot.append(some)
            else:
                pairs |= {(a, b) for k, a in enumerate(some) for b in some[k + 1 :]}
    found = list(zip(met.get("a", []), met.get("b", []), met.get("hot", []), strict=True))
    assert {(a, b) for a, b, is_hot in found if not is_hot} == pairs
    by_bucket = groupby(sorted((a, b) for a, b, is_hot in found if is_hot), lambda each: each[0])
    assert sorted(sorted(b for _, b in group) for _, group in by_bucket) == sorted(hot)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.floats(-2, 2), st.integers(0, 2**62)), max_size=40,
             unique_by=lambda each: each[2]),
    st.sampled_from([None, "float64"]),
)  # fmt: skip
def test_the_first_by_rank_stands_for_its_words(
    drawn: list[tuple[int, float, int]], rank: str | None
) -> None:
    prints = np.array([(p * 2**61, p % 2) for p, _, _ in drawn], dtype=np.uint64).reshape(-1, 2)
    places = np.array([place for _, _, place in drawn], dtype=np.int64)
    named: dict[str, Any] = {"print": arrow.binary(prints), "place": places}
    if rank:
        named["rank"] = np.array([each for _, each, _ in drawn], dtype=np.float64)
    packed = run(fingerprints.PackPrints(5).run, cut(pyarrow.table(named), 7))
    found: dict[str, list[int]] = {}
    if packed:
        found = run(fingerprints.Fold(rank).run, cut(sorted_table(packed, "target"), 2))
    expected = {}
    for p, own, place in drawn:
        same = [(r if rank else 0, other) for q, r, other in drawn if q == p]
        head = min(same)[1]
        if (own if rank else 0, place) != min(same):
            expected[place] = head
    assert dict(zip(found.get("place", []), found.get("head", []), strict=True)) == expected


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60))
def test_components_are_those_of_a_walk(edges: list[tuple[int, int]]) -> None:
    a, b = (np.array(each, dtype=np.int64) for each in (zip(*edges, strict=True) if edges else
                                                        ([], [])))  # fmt: skip
    found = run(components.label, cut(pyarrow.table({"a": a * 10**17, "b": b * 10**17}), 4))
    labels = dict(zip(found.get("row", []), found.get("label", []), strict=True))
    expected = {}
    for row in {end for edge in edges if edge[0] != edge[1] for end in edge}:
        reached, wait = {row}, [row]
        while wait:
            at = wait.pop()
            near = {x for edge in edges if at in edge for x in edge} - reached
            reached |= near
            wait += near
        expected[row * 10**17] = min(reached) * 10**17
    assert labels == expected


def test_a_chain_is_labelled_in_few_passes() -> None:
    draw = np.random.default_rng(1)
    chain = draw.permutation(200_000)
    assert not components.components(len(chain), chain[1:], chain[:-1]).any()


# -- deciding


class World:
    """Texts, what they share, and the records of all rows."""

    def __init__(self, texts: list[str], threshold: float, judged: bool, scale: int) -> None:
        family = stages.family(BANDED)
        sketched = stages.sketch_texts(texts, BANDED, family)
        distinct = np.unique(sketched.prints, axis=0, return_index=True)[1]
        own = np.sort(distinct[sketched.words[distinct] >= 4])
        self.texts = [texts[k] for k in own.tolist()]
        self.sketches = sketched.sketches[own]
        self.scale, self.threshold = scale, threshold
        jaccard = jaccard_at(threshold, BANDED.width)
        least = sketch.least_agreement(jaccard, BANDED.permutations)
        found = candidates.Collection()
        for number, band in enumerate(sketched.keys):
            shared = candidates.shared(band, own)
            found.add(number, candidates.candidates(shared, self.sketches, least, FEW.cap))
        met = found.joined()
        earlier, later = candidates.unpack(met.pairs)
        recipe = BANDED if judged else None
        compared = run(Compare(threshold, "words", recipe).run, [arrow.batch_of(
            earlier=earlier, later=later,
            agreement=sketch.agreement(self.sketches[earlier], self.sketches[later]),
            s=pyarrow.array([self.texts[k] for k in earlier], pyarrow.string()),
            t=pyarrow.array([self.texts[k] for k in later], pyarrow.string()),
        )])  # fmt: skip
        names = ("earlier", "later", "agreement", "score", "variant")
        self.pairs = list(zip(*(compared.get(name, []) for name in names), strict=True))
        bucket = np.repeat(np.arange(len(met.sizes)), met.sizes)
        self.hot: dict[int, list[int]] = {}
        for row, number in zip(met.members.tolist(), bucket.tolist(), strict=True):
            self.hot.setdefault(row, []).append(number * 7 - 3)
        self.task = decision.Decide(least, threshold, "words", recipe, False, FEW)

    def records(self) -> Iterator[tuple[Any, ...]]:
        """Make the records of all rows."""
        nothing = (None,) * 6
        for i, j, agreement, score, variant in self.pairs:
            yield (j * self.scale, i * self.scale, agreement, score, variant, *nothing[:3])
            yield (i * self.scale, None, *nothing)
        for row, buckets in self.hot.items():
            own = (buckets, self.sketches[row].tobytes(), self.texts[row])
            yield (row * self.scale, *nothing[:4], *own)

    def decide(self, size: int) -> tuple[list[bool], list[int], list[float]]:
        """Decide the rows; their records come in batches of some size."""
        count = len(self.texts)
        kept, match, similarity = [True] * count, list(range(count)), [1.0] * count
        found = run(self.task.run, self._batches(size))
        self.uncompared = found.pop("uncompared")[-1]
        *rows, last = zip(*found.values(), strict=True)
        assert last == (None,) * 4
        for row, is_kept, partner, score in rows:
            assert partner != row
            row //= self.scale
            kept[row], match[row], similarity[row] = is_kept, partner // self.scale, score
        return kept, match, similarity

    def _batches(self, size: int) -> list[Any]:
        rows = sorted(self.records(), key=lambda each: each[0])
        types = {
            "long": pyarrow.int64(),
            "int": pyarrow.int32(),
            "double": pyarrow.float64(),
            "boolean": pyarrow.bool_(),
            "binary": pyarrow.binary(),
            "string": pyarrow.string(),
            "array<long>": pyarrow.list_(pyarrow.int64()),
        }
        kinds = [each.split() for each in decision.RECORD.split(", ")]
        arrays = [
            pyarrow.array([row[k] for row in rows], types[kind])
            for k, (_, kind) in enumerate(kinds)
        ]
        return cut(pyarrow.table(arrays, names=[name for name, _ in kinds]), size)


@settings(max_examples=100)
@given(
    laws.text_lists(most=24), st.sampled_from([0.5, 0.7, 0.8, 0.9]), st.booleans(),
    st.integers(1, 9), st.integers(1, 40), st.sampled_from([1, 10**15]),
)  # fmt: skip
def test_rows_decided_as_their_records_come_answer_what_find_does(
    texts: list[str], threshold: float, judged: bool, size: int, together: int, scale: int
) -> None:
    world = World(texts, threshold, judged, scale)
    variants = "report" if judged else "remove"
    matching = Matching(threshold, recipe=BANDED, variants=variants)
    found = find_by(matching, world.texts, resources=Resources(1), limits=FEW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decision, "_RECORDS", together)
        kept, match, similarity = world.decide(size)
    assert kept == found.kept.tolist()
    assert match == found.match.tolist()
    assert np.array(similarity, np.float32).tolist() == found.similarity.tolist()
    assert world.uncompared == found.uncompared


def test_only_texts_that_buckets_remember_stay_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision, "_RECORDS", 20)
    held: list[int] = []

    class Watched(decision._Texts):
        def add(self, *more: Any) -> None:
            held.append(len(self._rows))
            super().add(*more)

    monkeypatch.setattr(decision, "_Texts", Watched)
    world = World([laws.template(k) for k in range(300)], 0.8, True, 1)
    world.decide(7)
    assert len(held) > 10
    assert max(held) <= FEW.cap * len({bucket for some in world.hot.values() for bucket in some})


def test_without_bands_one_task_answers_what_find_does() -> None:
    texts = [*corpus.paragraphs(80, 7, exact=0, edited=0.5).texts, *corpus.variants(20, 7)]
    recipe = dedup.Recipe(permutations=64, bands=0, rows=4)
    found = dedup.find(texts, recipe=recipe)
    table = pyarrow.table({"row": [3 * k for k in range(len(texts))], "text": texts})
    answer = run(decision.DecideAll(0.8, "words", recipe).run, cut(table, 30))
    assert answer.pop("uncompared")[-1] == found.uncompared
    *rows, _ = zip(*answer.values(), strict=True)
    assert rows == [
        (3 * k, bool(found.kept[k]), 3 * int(found.match[k]), pytest.approx(found.similarity[k]))
        for k in np.flatnonzero(found.match != np.arange(len(texts))).tolist()
    ]
    assert len(rows) > 30


def test_records_are_cut_between_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision, "_RECORDS", 3)
    rows = [1, 1, 2, 2, 2, 2, 3, 4, 4, 5]
    for size in range(1, 11):
        parts = [
            each.column("row").to_pylist()
            for each in decision._by_rows(cut(pyarrow.table({"row": rows}), size))
        ]
        assert [row for part in parts for row in part] == rows
        assert all(a[-1] < b[0] for a, b in pairwise(parts))
        assert len(parts) > (size < 10)


# -- runs


@settings(max_examples=40)
@given(st.lists(st.text("AaBbC*", max_size=6), min_size=1, max_size=5), st.integers(1, 6))
def test_runs_are_found_in_the_small_world_of_each_document(letters: list[str], size: int) -> None:
    flat = [(k, letter) for k, some in enumerate(letters) for letter in some]
    document = np.array([k for k, _ in flat], dtype=np.int64)
    competes = np.array([letter.isupper() for _, letter in flat], dtype=bool)
    same = np.array([ord(letter) for _, letter in flat], dtype=np.int64)
    first = [[letter for _, letter in flat].index(letter) for _, letter in flat]
    copies = np.array([k for k in range(len(flat)) if competes[k] and first[k] != k], dtype=int)
    match = np.array([first[k] for k in copies.tolist()], dtype=int)
    gone, repeats = inside_runs(copies, match, document, competes, same)
    records = []
    of = dict(zip(copies.tolist(), match.tolist(), strict=True))
    for mine in range(len(letters)):
        reached = {int(document[of[k]]) for k in of if document[k] == mine} | {mine}
        records += [
            (mine, int(document[k]), k * 3, same[k].tobytes() * 2, bool(competes[k]),
             of[k] * 3 if document[k] == mine and k in of else None)
            for k in range(len(flat)) if document[k] in reached
        ]  # fmt: skip
    names = ("world", "other", "place", "print", "competes", "match")
    types = (pyarrow.int64(), pyarrow.int64(), pyarrow.int64(), pyarrow.binary(), pyarrow.bool_(),
             pyarrow.int64())  # fmt: skip
    arrays = [pyarrow.array([each[k] for each in records], kind) for k, kind in enumerate(types)]
    table = pyarrow.table(arrays, names=list(names)).sort_by(
        [(name, "ascending") for name in names[:3]]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(short_in_runs, "_TOGETHER", 4)
        found = run(short_in_runs.search, cut(table, size))
    assert sorted(zip(found.get("place", []), found.get("match", []), strict=True)) == [
        (3 * a, 3 * b) for a, b in zip(gone.tolist(), repeats.tolist(), strict=True)
    ]


# -- sketching, failures, the archive


def test_sketches_are_those_of_the_core_and_copies_are_found_in_the_task() -> None:
    texts = [*corpus.paragraphs(60, 2).texts, "Read more", "", "***", "Read more"]
    texts += texts[:5]
    batch = arrow.batch_of(id=np.arange(len(texts)), text=texts)
    found = run(Sketching(BANDED).run, [batch])
    sketched = stages.sketch_texts(texts, BANDED, stages.family(BANDED))
    assert found["keys"] == [row.tobytes() for row in np.ascontiguousarray(sketched.keys.T)]
    assert found["sketch"] == [row.tobytes() for row in sketched.sketches]
    assert found["competes"] == (sketched.words >= 4).tolist()
    local = [texts.index(text) if len(text) > 9 else k for k, text in enumerate(texts)]
    assert found["local"] == local
    by_text = dict(zip(texts, found["print"], strict=True))
    assert [by_text[text] for text in texts] == found["print"]
    assert by_text[""] != by_text["***"]


def test_the_least_by_rank_is_sent_even_when_it_comes_late() -> None:
    text = corpus.paragraphs(1, 3).texts[0]
    batch = arrow.batch_of(id=np.array([5, 3, 4]), text=[text] * 3, rank=[2.0, 1.0, 2.0])
    found = run(Sketching(BANDED).run, [batch])
    assert found["local"] == [5, 3, 3]
    assert found["rank"] == [2.0, 1.0, 2.0]


def test_documents_are_cut_by_the_markup_of_each() -> None:
    texts = ["One.\n\n- two\n- three", "<p>One</p><p>two</p>"]
    batch = arrow.batch_of(id=np.array([3, 4]), text=texts, markup=[None, "html"])
    found = run(Sketching(BANDED, "markdown").run, [batch])
    assert found["text"] == ["One.", "two", "three", "One", "two"]
    assert found["place"] == [(3 << NUMBER_BITS) + k for k in range(3)] + [
        (4 << NUMBER_BITS) + k for k in range(2)
    ]
    assert found["first"][:3] == [1, 3, 4]


def broken(batches: Iterable[Any]) -> Iterator[Any]:
    """A task that fails on the third row."""
    for batch in batches:
        if 33 in batch.column("id").to_pylist():
            raise ZeroDivisionError("one cannot\n  divide")
        yield batch


def test_a_task_that_fails_names_its_rows() -> None:
    table = pyarrow.table({"id": [31, 32, 33, 34, 35, 36, 37]})
    with pytest.raises(TaskFailed) as error:
        run(arrow.named(broken, "id"), cut(table, 5))
    assert str(error.value) == (
        "ZeroDivisionError: one cannot divide; in the rows with id 31, 32, 33 ... 35"
    )


NULLS = {
    "a text": ({"id": [1, 2], "text": ["a", None]}, "text is null in the row with id 2"),
    "a rank": ({"id": [1], "text": ["a"], "rank": [float("nan")]}, "a rank is null or NaN"),
}


@pytest.mark.parametrize(("rows", "reason"), NULLS.values(), ids=NULLS)
def test_rows_without_a_value_are_named(rows: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        run(Sketching(BANDED).run, pyarrow.table(rows).to_batches())


_IMPORTS = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        known = {"numpy", "xxhash", "rapidfuzz", "orjson", "pyarrow", "dedup"}
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top in known or top.startswith("_"):
            return None
        raise ModuleNotFoundError(name)
sys.path.insert(0, sys.argv[1])
sys.meta_path.insert(0, Blocked())
import dedup.scale.spark as spark, dedup.dump.spark.job
from dedup.scale.spark.stages import short_in_runs
from dedup.scale.spark.tasks import buckets, decision, fingerprints, similarity, sketches
assert dedup.__file__.startswith(sys.argv[1]), dedup.__file__
assert spark.clean and "pyspark" not in sys.modules
"""


def test_the_archive_imports_alone_with_what_executors_have(tmp_path: Path) -> None:
    packed = archive(tmp_path / "dedup.zip")
    process = subprocess.run(
        [sys.executable, "-c", _IMPORTS, packed], capture_output=True, text=True, cwd=tmp_path
    )
    assert process.returncode == 0, process.stderr
    again = archive(tmp_path / "again.zip")
    assert Path(packed).read_bytes() == Path(again).read_bytes()
    assert Path(archive()).name == Path(archive()).name


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from dedup.scale.spark import Cluster, clean

    real: Callable[..., Any] = importlib.util.find_spec
    assert real is not None
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(dedup.MissingExtra, match=r"dedup-paragraphs\[spark\]"):
        clean(None, Cluster("nowhere"))  # type: ignore[arg-type]
