"""A job on Spark answers what ``find`` does (law 4), whatever dies on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import dedup
from benchmarks import corpus
from dedup.paragraph import texts_of
from dedup.scale.spark import JavaMissing, StageFailed, WorkMismatch, session
from dedup.scale.spark.stages import components
from dedup.scale.spark.stages import decision as decision_stage
from dedup.scale.spark.work import StageDone, WorkFolder
from tests.core.test_runs import page
from tests.support import laws, places, scales
from tests.support.flat import clean_frame
from tests.support.spark_cluster import by_hand, local_session, require_spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

BANDED = dedup.Recipe(permutations=96, bands=32, rows=3)


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """One session for all tests in this process."""
    require_spark()
    with local_session() as session:
        yield session


def write_table(path: Path, **columns: Any) -> str:
    """Write columns to three files of Parquet."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table(columns)
    path.mkdir()
    third = -(-table.num_rows // 3)
    for number, begin in enumerate(range(0, table.num_rows, third)):
        parquet.write_table(table.slice(begin, third), path / f"{number}.parquet")
    return str(path)


def check_answer(
    rows: list[Any], found: dedup.Found, ids: list[Any] | None = None, places: Any = None
) -> None:
    """The rows of an answer are what ``find`` says of all paragraphs that aren't simply kept."""
    ids = ids if ids is not None else list(range(len(found.kept)))
    expected = {
        ids[k]: (bool(found.kept[k]), ids[int(found.match[k])], float(found.similarity[k]),
                 dedup.Kind(int(found.kind[k])).name.lower())
        for k in np.flatnonzero(found.kind != dedup.Kind.UNIQUE).tolist()
    }  # fmt: skip
    given = {row["id"]: tuple(row[name] for name in ("kept", "match", "similarity", "kind"))
            for row in rows}  # fmt: skip
    assert len(rows) == len(given)
    assert given == expected


def mixed(seed: int, count: int) -> list[str]:
    """Texts with copies, edited copies, variants, and templates whose buckets get hot."""
    draw = np.random.default_rng(seed)
    texts = [*corpus.paragraphs(count, seed, edited=0.2).texts, *corpus.variants(40, seed)]
    texts += [laws.template(k) for k in range(300)]
    texts += [near_copy(draw, texts[3].split()) for _ in range(100)]
    return [texts[k] for k in draw.permutation(len(texts)).tolist()]


def job_of(folder: Path, texts: list[str], **more: Any) -> dict[str, Any]:
    """Say what a driver is to do with texts."""
    if not (folder / "in").exists():
        write_table(folder / "in", id=range(len(texts)), text=texts)
    return {
        "input": f"file://{folder}/in", "work": str(folder / "work"),
        "answer": str(folder / "answer.json"), "recipe": BANDED.to_dict(), **more,
    }  # fmt: skip


def near_copy(draw: np.random.Generator, words: list[str]) -> str:
    """Put a few function words into a text."""
    words = list(words)
    for _ in range(int(draw.integers(1, 4))):
        words.insert(int(draw.integers(0, len(words))), "and")
    return " ".join(words)


def test_8_000_paragraphs_and_templates(spark: SparkSession, tmp_path: Path) -> None:
    texts = mixed(5, 8_000)
    found = dedup.find(texts, recipe=BANDED)
    frame = spark.read.parquet(write_table(tmp_path / "in", id=range(len(texts)), text=texts))
    done: list[StageDone] = []
    cleaned = clean_frame(
        frame, work=str(tmp_path / "work"), recipe=BANDED, partitions=4, progress=done.append
    )
    check_answer(cleaned.found.collect(), found)
    kept = [row.id for row in cleaned.kept.select("id").collect()]
    assert sorted(kept) == np.flatnonzero(found.kept).tolist()
    assert cleaned.summary.paragraphs == len(texts)
    assert cleaned.summary.removed == len(texts) - len(kept) == cleaned.removed.count()
    assert [each.stage for each in done][:3] == ["sketch", "copies", "buckets"]
    assert done[0].rows == len(texts)
    assert not any(each.again for each in done)


def test_real_paragraphs_in_documents(spark: SparkSession, tmp_path: Path) -> None:
    texts: list[str] = []
    for name in ("bible_editions", "ocr_two_scans", "versioned_etcd"):
        if not (places.DEV / name / "units.jsonl").exists():
            pytest.skip(f"no {name} beside the checkout")
        with open(places.DEV / name / "units.jsonl", encoding="utf-8") as lines:
            texts += [json.loads(line)["text"] for line in lines][:4000]
    pages = [scales.paragraphs(texts[k : k + 30], f"page {k}") for k in range(0, len(texts), 30)]
    letters = ["AaBbC", "XAaBbC", "AaB", "CbD", "A*B-C_D", "A*B-C_D", "AaBa", "AaBaAaBa"]
    pages += [page(each, f"letters {k}") for k, each in enumerate(letters)]
    flat = [each for some in pages for each in some]
    found = dedup.find(flat, recipe=BANDED)
    ids = [7 * k + 3 for k in range(len(flat))]
    source = write_table(
        tmp_path / "in", id=ids, text=texts_of(flat), page=[each.source for each in flat]
    )
    cleaned = clean_frame(
        spark.read.parquet(source), work=str(tmp_path / "work"), document="page", recipe=BANDED,
        partitions=4,
    )  # fmt: skip
    check_answer(cleaned.found.collect(), found, ids)


@by_hand
def test_ids_that_are_words_a_rank_and_hosts(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that clusters are decided by several tasks.
    monkeypatch.setattr(decision_stage, "FEW", 100)
    draw = np.random.default_rng(2)
    texts = [*corpus.paragraphs(900, 6, edited=0.4).texts, *(laws.template(k) for k in range(240))]
    texts += [near_copy(draw, texts[0].split()) for _ in range(240)]
    hosts = [f"host{k % 3}" for k in range(len(texts))]
    ranks = np.random.default_rng(3).choice([0.0, -1.5, 2.0, 1e300], len(texts))
    ids = [f"page {k:05d}" for k in range(len(texts))]
    source = write_table(tmp_path / "in", id=ids, body=texts, host=hosts, rank=ranks)
    cleaned = clean_frame(
        spark.read.parquet(source), "body", work=str(tmp_path / "work"), scope="host",
        rank="rank", recipe=BANDED, partitions=4, variants="ignore",
    )  # fmt: skip
    rows = cleaned.found.collect()
    for host in sorted(set(hosts)):
        mine = [k for k, each in enumerate(hosts) if each == host]
        found = dedup.find(
            [texts[k] for k in mine], rank=ranks[mine], recipe=BANDED, variants="ignore"
        )
        own = {ids[k] for k in mine}
        check_answer([row for row in rows if row.id in own], found, [ids[k] for k in mine])


@pytest.mark.parametrize("small", [pytest.param(10, marks=by_hand), 1 << 20],
                         ids=["clustered in turns", "clustered at once"])  # fmt: skip
def test_a_chain_is_decided_as_one_cluster(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    monkeypatch.setattr(decision_stage, "FEW", 10)
    monkeypatch.setattr(components, "SMALL", small)
    count = 64 if small == 10 else 10_000
    texts = chain(count)
    found = dedup.find(texts, recipe=BANDED, variants="remove")
    # Each is like the next and unlike the one after that: every other one goes.
    assert 0.4 * count < found.kept.sum() < 0.6 * count
    source = write_table(tmp_path / "in", id=range(count), text=texts)
    done: list[str] = []
    cleaned = clean_frame(
        spark.read.parquet(source), work=str(tmp_path / "work"), recipe=BANDED, partitions=2,
        variants="remove", progress=lambda each: done.append(each.stage),
    )  # fmt: skip
    check_answer(cleaned.found.collect(), found)
    assert sum(name.startswith("clusters") for name in done) <= 8


def chain(count: int) -> list[str]:
    """Make texts of which each shares 85 of 100 words with the next, at the seam of both."""
    words = [f"w{k}" for k in range(15 * count + 100)]
    return [" ".join(words[15 * k : 15 * k + 100]) for k in range(count)]


# -- settings, errors, files


@by_hand
def test_without_bands_every_pair_is_compared(spark: SparkSession, tmp_path: Path) -> None:
    texts = [*corpus.paragraphs(300, 7, edited=0.4).texts, *corpus.variants(30, 7)]
    recipe = dedup.Recipe(permutations=64, bands=0, rows=4)
    found = dedup.find(texts, recipe=recipe)
    source = write_table(tmp_path / "in", id=range(len(texts)), text=texts)
    frame = spark.read.parquet(source)
    cleaned = clean_frame(frame, work=str(tmp_path / "work"), recipe=recipe, partitions=2)
    check_answer(cleaned.found.collect(), found)
    assert cleaned.summary.uncompared == found.uncompared
    before = spark.conf.get("spark.sql.shuffle.partitions")
    with pytest.raises(WorkMismatch, match=r"threshold is 0\.9 instead of 0\.8"):
        clean_frame(frame, work=str(tmp_path / "work"), recipe=recipe, threshold=0.9)
    shorter = frame.where("id < 200")
    with pytest.raises(WorkMismatch, match="'rows': 200"):
        clean_frame(shorter, work=str(tmp_path / "work"), recipe=recipe, partitions=2)
    assert spark.conf.get("spark.sql.shuffle.partitions") == before


WRONG = {
    "a column that isn't there": ({"text": "body"}, ValueError, "text is 'body'; the columns are"),
    "an id that is a number with a fraction": ({"id": "x"}, ValueError, "id is 'x', a double"),
    "a rank that is no number": ({"rank": "text"}, ValueError, "rank is 'text', a string"),
    "an id twice": ({"id": "twice"}, ValueError, "1 of 3 rows have the id of another"),
    "a text that is null": ({"text": "null"}, StageFailed,
                            "stage sketch: ValueError: null is null|text is null in the row"),
}  # fmt: skip


@pytest.mark.parametrize(("options", "kind", "reason"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named(
    spark: SparkSession,
    tmp_path: Path,
    options: dict[str, Any],
    kind: type[Exception],
    reason: str,
) -> None:
    frame = spark.createDataFrame(
        [(1, "a", "b", 0.5, 1), (2, "b", None, 0.5, 1), (3, "c", "d", 0.5, 2)],
        "id long, text string, null string, x double, twice long",
    )
    with pytest.raises(kind, match=reason):
        clean_frame(frame, work=str(tmp_path / "work"), recipe=BANDED, partitions=1, **options)


def test_marks_by_spark_are_those_by_python(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[StageDone] = []
    path = f"file://{tmp_path}/work"
    for turn in range(2):
        with monkeypatch.context() as patch:
            patch.setattr("dedup.scale.spark.marks.is_remote", lambda spark: True)
            work = WorkFolder(spark, path, {"a": 1}, done.append)
            frame: DataFrame = work.stage("numbers", spark.range(5).selectExpr("id", "id n"))
            assert sorted(row.n for row in frame.collect()) == [0, 1, 2, 3, 4]
            assert work.fact("fact", lambda turn=turn: {"turn": turn}) == {"turn": 0}  # type: ignore[misc]
    assert [(each.rows, each.again) for each in done] == [(5, False), (5, True)]
    with monkeypatch.context() as patch:
        patch.setattr("dedup.scale.spark.marks.is_remote", lambda spark: True)
        with pytest.raises(WorkMismatch, match="a is 2 instead of 1"):
            WorkFolder(spark, path, {"a": 2}, None)


def test_java_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(JavaMissing, match=f"JAVA_HOME is {tmp_path}"):
        session.find_java()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(JavaMissing, match="there is no java on the PATH"):
        session.find_java()
